"""A small GPT whose first position is not a word but the request: its sentence vector and the slots it offers.

Pre-normalised transformer with squared-ReLU feed-forward layers and one matrix for both word inputs and outputs.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.backends.practice.layers import (
    Attention,
    CrossEntropy,
    Norm,
    attend,
    attend_backward,
    cross_entropy,
    normalise,
    normalise_backward,
)
from engine.backends.tensors import Floats, Integers, Weights

IGNORED = -1


@dataclass(frozen=True)
class Sizes:
    """The network's dimensions; the vocabulary's is in the weights."""

    width: int = 96
    layers: int = 3
    heads: int = 4
    context: int = 96
    sentence: int = 384
    slot_kinds: int = 4


class Batch(NamedTuple):
    """Training rows: (B, S) sentence vectors, (B,) slot kinds, (B, T) words read and (B, T) words expected after each.

    Position 0 of `read` is overlaid by the request; IGNORED in `expected` counts for nothing.
    """

    sentences: Floats
    kinds: Integers
    read: Integers
    expected: Integers


class _BlockTrace(NamedTuple):
    first_norm: Norm
    attention_input: Floats
    attention: Attention
    attended: Floats
    second_norm: Norm
    feed_input: Floats
    rectified: Floats


def new_weights(sizes: Sizes, words: int, generator: np.random.Generator) -> Weights:
    def normal(*shape: int, spread: float) -> Floats:
        return generator.normal(0, spread, shape).astype(np.float32)

    width = sizes.width
    weights: Weights = {
        "words": normal(words, width, spread=0.05),
        "places": normal(sizes.context, width, spread=0.02),
        "sentence": normal(sizes.sentence, width, spread=0.3),
        "kinds": normal(sizes.slot_kinds, width, spread=0.3),
        "final.gain": np.ones(width, np.float32),
    }
    for layer in range(sizes.layers):
        weights |= {
            f"{layer}.first.gain": np.ones(width, np.float32),
            f"{layer}.attention.in": normal(width, 3 * width, spread=width**-0.5),
            f"{layer}.attention.out": normal(width, width, spread=0.5 * width**-0.5),
            f"{layer}.second.gain": np.ones(width, np.float32),
            f"{layer}.feed.in": normal(width, 4 * width, spread=width**-0.5),
            f"{layer}.feed.out": normal(4 * width, width, spread=0.25 * width**-0.5),
        }
    return weights


def add_words(weights: Weights, words: int, generator: np.random.Generator) -> Weights:
    """The same weights with fresh rows behind the known words, up to `words` of them."""
    known, width = weights["words"].shape
    fresh = generator.normal(0, 0.05, (words - known, width)).astype(weights["words"].dtype)
    wider = {"words": np.concatenate([weights["words"], fresh])}
    return {name: value.copy() for name, value in weights.items()} | wider


def prefix(weights: Weights, sentences: Floats, kinds: Integers) -> Floats:
    start: Floats = sentences @ weights["sentence"] + weights["kinds"][kinds]
    return start


def evaluate(weights: Weights, sizes: Sizes, batch: Batch) -> CrossEntropy:
    """Loss and accuracy alone, over all expected words of a batch."""
    hidden, _ = _forward(weights, sizes, batch)
    counted = batch.expected != IGNORED
    final, _ = normalise(hidden[counted], weights["final.gain"])
    return cross_entropy(final @ weights["words"].T, batch.expected[counted])


def _forward(weights: Weights, sizes: Sizes, batch: Batch) -> tuple[Floats, list[_BlockTrace]]:
    hidden, traces = _inputs(weights, batch), []
    for layer in range(sizes.layers):
        hidden, trace = _block(weights, layer, sizes.heads, hidden)
        traces.append(trace)
    return hidden, traces


def measure(weights: Weights, sizes: Sizes, batch: Batch) -> tuple[CrossEntropy, Weights]:
    """Loss, accuracy and the gradient of every weight for one batch."""
    hidden, traces = _forward(weights, sizes, batch)
    counted = batch.expected != IGNORED
    final, norm = normalise(hidden[counted], weights["final.gain"])
    measured = cross_entropy(final @ weights["words"].T, batch.expected[counted])

    gradients: Weights = {"words": measured.gradient.T @ final}
    upstream = np.zeros_like(hidden)
    back = measured.gradient @ weights["words"]
    upstream[counted], gradients["final.gain"] = normalise_backward(back, weights["final.gain"], norm)
    for layer in reversed(range(sizes.layers)):
        upstream = _block_backward(weights, layer, upstream, traces[layer], gradients)
    _inputs_backward(weights, batch, upstream, gradients)
    return measured, gradients


def _inputs(weights: Weights, batch: Batch) -> Floats:
    hidden: Floats = weights["words"][batch.read]
    hidden[:, 0] = prefix(weights, batch.sentences, batch.kinds)
    hidden += weights["places"][: batch.read.shape[1]]
    return hidden


def _block(weights: Weights, layer: int, heads: int, hidden: Floats) -> tuple[Floats, _BlockTrace]:
    attention_input, first_norm = normalise(hidden, weights[f"{layer}.first.gain"])
    attended, attention = attend(attention_input @ weights[f"{layer}.attention.in"], heads)
    hidden = hidden + attended @ weights[f"{layer}.attention.out"]
    feed_input, second_norm = normalise(hidden, weights[f"{layer}.second.gain"])
    rectified = np.maximum(feed_input @ weights[f"{layer}.feed.in"], 0)
    hidden = hidden + (rectified * rectified) @ weights[f"{layer}.feed.out"]
    return hidden, _BlockTrace(first_norm, attention_input, attention, attended, second_norm, feed_input, rectified)


def _block_backward(weights: Weights, layer: int, upstream: Floats, trace: _BlockTrace, gradients: Weights) -> Floats:
    squared = trace.rectified * trace.rectified
    gradients[f"{layer}.feed.out"] = _outer(squared, upstream)
    rectified = 2 * trace.rectified * (upstream @ weights[f"{layer}.feed.out"].T)
    gradients[f"{layer}.feed.in"] = _outer(trace.feed_input, rectified)
    back, gain = rectified @ weights[f"{layer}.feed.in"].T, f"{layer}.second.gain"
    through, gradients[gain] = normalise_backward(back, weights[gain], trace.second_norm)
    upstream = upstream + through
    gradients[f"{layer}.attention.out"] = _outer(trace.attended, upstream)
    merged = attend_backward(upstream @ weights[f"{layer}.attention.out"].T, trace.attention)
    gradients[f"{layer}.attention.in"] = _outer(trace.attention_input, merged)
    back, gain = merged @ weights[f"{layer}.attention.in"].T, f"{layer}.first.gain"
    through, gradients[gain] = normalise_backward(back, weights[gain], trace.first_norm)
    return upstream + through


def _inputs_backward(weights: Weights, batch: Batch, upstream: Floats, gradients: Weights) -> None:
    start = upstream[:, 0]
    gradients["sentence"] = batch.sentences.T @ start
    gradients["kinds"] = np.zeros_like(weights["kinds"])
    np.add.at(gradients["kinds"], batch.kinds, start)
    gradients["places"] = np.zeros_like(weights["places"])
    gradients["places"][: upstream.shape[1]] = upstream.sum(0)
    np.add.at(gradients["words"], batch.read[:, 1:], upstream[:, 1:])


def _outer(inputs: Floats, upstream: Floats) -> Floats:
    """The gradient of W in inputs @ W, summed over rows and positions."""
    gradient: Floats = inputs.reshape(-1, inputs.shape[-1]).T @ upstream.reshape(-1, upstream.shape[-1])
    return gradient
