"""Stop sequences."""

from collections.abc import Sequence

from engine.backends import Answer


def cut_at_stops(answer: Answer, stops: Sequence[str]) -> Answer:
    """The answer before the first place where a stop sequence stands. A cut answer counts as ended."""
    text = "".join(answer.pieces)
    places = [place for stop in stops if (place := text.find(stop)) >= 0]
    if not places:
        return answer
    left, kept = min(places), []
    for piece in answer.pieces:
        kept.append(piece[:left])
        left -= len(kept[-1])
    return Answer(tuple(piece for piece in kept if piece), ended=True)
