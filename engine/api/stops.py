"""Stop sequences."""

from collections.abc import Sequence

from engine.backends.interface import Answer


def cut_at_stops(answer: Answer, stops: Sequence[str]) -> Answer:
    """The answer before the stop sequence that is complete first. A cut answer counts as ended."""
    left, kept = _place("".join(answer.pieces), stops), []
    if left is None:
        return answer
    for piece in answer.pieces:
        kept.append(piece[:left])
        left -= len(kept[-1])
    return Answer(tuple(piece for piece in kept if piece), ended=True)


class StopWatch:
    """Lets an answer's text through as it comes, up to its first stop sequence."""

    def __init__(self, stops: Sequence[str]) -> None:
        """Stop sequences are not empty."""
        self._stops = stops
        self._held = ""
        self.stopped = False

    def take(self, text: str) -> str:
        """What of the text so far can be told: nothing that may turn out to begin a stop sequence."""
        self._held += text
        place = _place(self._held, self._stops)
        if place is not None:
            self.stopped = True
            return self._tell(place)
        return self._tell(len(self._held) - self._doubtful())

    def rest(self) -> str:
        """What was held back and turned out to be text."""
        return "" if self.stopped else self._tell(len(self._held))

    def _doubtful(self) -> int:
        """How long the longest end of the text is with which a stop sequence begins."""
        starts = (stop[:length] for stop in self._stops for length in range(1, len(stop)))
        return max((len(start) for start in starts if self._held.endswith(start)), default=0)

    def _tell(self, length: int) -> str:
        told, self._held = self._held[:length], self._held[length:]
        return told


def _place(text: str, stops: Sequence[str]) -> int | None:
    """Where the stop sequence begins that is complete first; of several that end together, the longest."""
    found = [(place + len(stop), place) for stop in stops if (place := text.find(stop)) >= 0]
    return min(found)[1] if found else None
