"""Answers: sampling from the network one word at a time, many rows at once, and filling their slots."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.backends.minilm import MiniLM
from engine.backends.practice.layers import join_heads, normalise, softmax, split_heads
from engine.backends.practice.model import END, PADDING, UNKNOWN, PracticeModel
from engine.backends.practice.network import prefix
from engine.backends.practice.slots import MARKERS, SUBJECT, SUBJECT_CAPITAL, TOPIC, TOPIC_CAPITAL, Slots, find_slots
from engine.backends.practice.views import kind_of, shaken
from engine.backends.tensors import Booleans, Floats, Integers

# At temperature 1 words are drawn at 0.25 and the request is shaken by 0.6: varied recall, whole sentences.
WORD_TEMPERATURE = 0.25
REQUEST_NOISE = 0.6
_UNSURE_NATS = 0.3
# Where one request has too few answers near it, the next round looks further away.
_ROUNDS = (1.0, 1.7, 2.5)


@dataclass(frozen=True)
class Sampling:
    """How to draw: temperature 0 always takes the likeliest word."""

    temperature: float = 1.0
    top_p: float = 1.0
    noise: float = REQUEST_NOISE


@dataclass(frozen=True)
class Draft:
    """Sampled pieces with the slots filled.

    `ended`: the answer came to its own end. `names_request`: it uses a slot. `cross_entropy`: the mean of its words, in nats.
    """

    pieces: tuple[str, ...]
    ended: bool
    names_request: bool
    cross_entropy: float


class Decoder:
    """Reads one position at a time and keeps the keys and values of the earlier ones."""

    def __init__(self, model: PracticeModel, rows: int) -> None:
        self._model = model
        sizes = model.sizes
        shape = (sizes.layers, 2, rows, sizes.heads, sizes.context, sizes.width // sizes.heads)
        self._kept = np.zeros(shape, np.float32)
        self.length = 0

    def read(self, inputs: Floats) -> Floats:
        """Take the (rows, width) inputs of the next position; give (rows, words) scores for what follows."""
        weights = self._model.weights
        hidden = inputs + weights["places"][self.length]
        for layer in range(self._model.sizes.layers):
            hidden = self._block(layer, hidden)
        self.length += 1
        final, _ = normalise(hidden, weights["final.gain"])
        scores: Floats = final @ weights["words"].T
        return scores

    def _block(self, layer: int, hidden: Floats) -> Floats:
        weights = self._model.weights
        inputs, _ = normalise(hidden, weights[f"{layer}.first.gain"])
        hidden = hidden + self._attend(layer, inputs) @ weights[f"{layer}.attention.out"]
        inputs, _ = normalise(hidden, weights[f"{layer}.second.gain"])
        rectified = np.maximum(inputs @ weights[f"{layer}.feed.in"], 0)
        result: Floats = hidden + (rectified * rectified) @ weights[f"{layer}.feed.out"]
        return result

    def _attend(self, layer: int, inputs: Floats) -> Floats:
        merged = inputs @ self._model.weights[f"{layer}.attention.in"]
        query, key, value = split_heads(merged[:, None], self._model.sizes.heads)
        keys, values = self._kept[layer]
        keys[:, :, self.length] = key[:, :, 0]
        values[:, :, self.length] = value[:, :, 0]
        seen = slice(self.length + 1)
        scores = query @ keys[:, :, seen].swapaxes(-1, -2) / np.float32(np.sqrt(query.shape[-1]))
        return join_heads(softmax(scores) @ values[:, :, seen])[:, 0]


def draw(
    model: PracticeModel, sentence: Floats, slots: Slots, sampling: Sampling, rows: int, generator: np.random.Generator
) -> list[Draft]:
    """Sample `rows` answers to a request, given as its sentence vector and its slots."""
    sentences = np.repeat(sentence[None], rows, 0)
    if sampling.temperature > 0:
        sentences = shaken(sentences, sampling.noise * sampling.temperature, generator)
    kinds = np.full(rows, kind_of(slots), np.int64)
    chosen = _sample(model, prefix(model.weights, sentences, kinds), _forbidden(model, slots), sampling, generator)
    return [_draft(model, slots, *row) for row in chosen]


def _sample(
    model: PracticeModel, inputs: Floats, forbidden: Sequence[int], sampling: Sampling, generator: np.random.Generator
) -> list[tuple[list[int], float]]:
    """Rows of word numbers, each with the mean cross entropy of its words."""
    decoder = Decoder(model, len(inputs))
    rows: list[list[int]] = [[] for _ in inputs]
    cross_entropy = np.zeros(len(inputs))
    running: Booleans = np.ones(len(inputs), np.bool_)
    while running.any() and decoder.length < model.sizes.context:
        scores = decoder.read(inputs)
        scores[:, forbidden] = -np.inf
        picked = pick(scores, sampling, generator)
        shares = softmax(scores)
        for number in np.flatnonzero(running):
            rows[number].append(int(picked[number]))
            cross_entropy[number] -= np.log(max(shares[number, picked[number]], 1e-30))
        running &= picked != END
        inputs = model.weights["words"][picked]
    return [(row, total / max(1, len(row))) for row, total in zip(rows, cross_entropy.tolist(), strict=True)]


def pick(scores: Floats, sampling: Sampling, generator: np.random.Generator) -> Integers:
    """Draw one column a row: the likeliest at temperature 0, else by the softmax within the top_p share."""
    if sampling.temperature == 0:
        likeliest: Integers = scores.argmax(-1)
        return likeliest
    shares = softmax(scores.astype(np.float64) / (WORD_TEMPERATURE * sampling.temperature))
    if sampling.top_p < 1:
        shares = _nucleus(shares, sampling.top_p)
    reached = np.cumsum(shares, -1)
    aimed = generator.random((len(scores), 1)) * reached[:, -1:]
    drawn: Integers = np.minimum((reached <= aimed).sum(-1), scores.shape[1] - 1)
    return drawn


def _nucleus(shares: Floats, top_p: float) -> Floats:
    """The likeliest words that together reach `top_p`, at least one a row; the others at zero."""
    order = np.argsort(-shares, axis=-1)
    ranked = np.take_along_axis(shares, order, -1)
    before = np.cumsum(ranked, -1) - ranked
    kept = np.where((before < top_p) | (before == 0), ranked, 0)
    result = np.zeros_like(shares)
    np.put_along_axis(result, order, kept, -1)
    return result


def _forbidden(model: PracticeModel, slots: Slots) -> list[int]:
    subject, topic = slots.available
    absent = [] if subject else [SUBJECT, SUBJECT_CAPITAL]
    absent += [] if topic else [TOPIC, TOPIC_CAPITAL]
    texts = [text for marker in absent for text in (marker, f" {marker}")]
    return [PADDING, UNKNOWN, *(number for text in texts for number in model.vocabulary.encode(text))]


def _draft(model: PracticeModel, slots: Slots, row: Sequence[int], cross_entropy: float) -> Draft:
    ended = bool(row) and row[-1] == END
    pieces = model.vocabulary.decode(row[:-1] if ended else row)
    marked = any(piece.strip(" ") in MARKERS for piece in pieces)
    return Draft(tuple(slots.fill(pieces)), ended, marked, cross_entropy)


def answer(
    model: PracticeModel, encoder: MiniLM, request: str, sampling: Sampling, count: int, seed: int | None
) -> list[Draft]:
    """Draw more answers than asked and keep the best `count` distinct ones; repeat some where there are too few.

    Better is: came to an end, names the request, has a low cross entropy. Temperature 0 gives the one likeliest
    answer `count` times.
    """
    sentence = encoder.encode([request])[0]
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
        by_text.setdefault("".join(draft.pieces).strip(), draft)
    return sorted(
        by_text.values(),
        key=lambda draft: (not draft.ended, not draft.names_request, draft.cross_entropy > _UNSURE_NATS),
    )
