"""From a request to the wanted number of answers."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.backends.minilm import MiniLM
from engine.backends.practice.generate import Draft, Sampling, draw
from engine.backends.practice.model import PracticeModel
from engine.backends.practice.slots import find_slots

_DOUBTFUL = 0.3
# Where one request has too few answers near it, the next round looks further away.
_ROUNDS = (1.0, 1.7, 2.5)


def answer(
    model: PracticeModel, encoder: MiniLM, request: str, sampling: Sampling, count: int, seed: int | None
) -> list[Draft]:
    """Draw more answers than asked and keep the best `count` distinct ones; repeat some where there are too few.

    Better is: came to an end, names the request, was not surprised by itself. Temperature 0 gives the one likeliest
    answer `count` times.
    """
    sentence = encoder.encode([request]).vectors[0]
    slots = find_slots(request)
    generator = np.random.default_rng(None if seed is None else seed % 2**64)
    if sampling.temperature == 0:
        return draw(model, sentence, slots, sampling, 1, generator) * count
    distinct: list[Draft] = []
    for widening in _ROUNDS:
        wider = replace(sampling, noise=sampling.noise * widening)
        distinct = _distinct([*distinct, *draw(model, sentence, slots, wider, 2 * count + 2, generator)])
        if len(distinct) >= count:
            break
    return [distinct[number % len(distinct)] for number in range(count)]


def _distinct(drafts: Sequence[Draft]) -> list[Draft]:
    """One draft a text, the better ones first and otherwise in the order drawn."""
    by_text: dict[str, Draft] = {}
    for draft in drafts:
        by_text.setdefault(draft.text, draft)
    return sorted(
        by_text.values(), key=lambda draft: (not draft.ended, not draft.names_request, draft.doubt > _DOUBTFUL)
    )
