"""The network's parts, each with the derivative that training needs. Shapes: batch B, length T, width D, heads H."""

from typing import NamedTuple

import numpy as np

from engine.backends.tensors import Floats, Integers

_EPSILON = 1e-5


class Norm(NamedTuple):
    """What the backward pass of `normalise` needs."""

    unit: Floats
    scale: Floats


def normalise(inputs: Floats, gain: Floats) -> tuple[Floats, Norm]:
    """RMSNorm (Zhang and Sennrich, 2019): gain * x / sqrt(mean(x²) + 1e-5) over the last axis."""
    scale = np.sqrt(np.mean(inputs * inputs, -1, keepdims=True) + _EPSILON)
    unit = inputs / scale
    return unit * gain, Norm(unit, scale)


def normalise_backward(upstream: Floats, gain: Floats, norm: Norm) -> tuple[Floats, Floats]:
    flat = upstream.shape[-1]
    gain_gradient = (upstream * norm.unit).reshape(-1, flat).sum(0)
    through = upstream * gain
    projection = np.mean(through * norm.unit, -1, keepdims=True)
    return (through - norm.unit * projection) / norm.scale, gain_gradient


class Attention(NamedTuple):
    """What the backward pass of `attend` needs: queries, keys, values (B, H, T, D/H) and shares (B, H, T, T)."""

    query: Floats
    key: Floats
    value: Floats
    shares: Floats


def split_heads(merged: Floats, heads: int) -> tuple[Floats, Floats, Floats]:
    """(B, T, 3D) to query, key and value of (B, H, T, D/H)."""
    rows, length, width = merged.shape
    parts = merged.reshape(rows, length, 3, heads, width // (3 * heads)).transpose(2, 0, 3, 1, 4)
    return parts[0], parts[1], parts[2]


def attend(merged: Floats, heads: int) -> tuple[Floats, Attention]:
    """Causal self-attention (Vaswani et al., 2017) of (B, T, 3D); gives (B, T, D)."""
    query, key, value = split_heads(merged, heads)
    length = query.shape[2]
    scores = query @ key.swapaxes(-1, -2) / np.asarray(np.sqrt(query.shape[-1]), query.dtype)
    scores[..., np.triu(np.ones((length, length), np.bool_), 1)] = -np.inf
    shares = softmax(scores)
    return join_heads(shares @ value), Attention(query, key, value, shares)


def attend_backward(upstream: Floats, saved: Attention) -> Floats:
    query, key, value, shares = saved
    rows, heads, length, size = query.shape
    gradient = upstream.reshape(rows, length, heads, size).transpose(0, 2, 1, 3)
    shares_gradient = gradient @ value.swapaxes(-1, -2)
    scores = shares * (shares_gradient - np.sum(shares_gradient * shares, -1, keepdims=True))
    scores /= np.asarray(np.sqrt(size), query.dtype)
    merged = np.stack([scores @ key, scores.swapaxes(-1, -2) @ query, shares.swapaxes(-1, -2) @ gradient])
    return merged.transpose(1, 3, 0, 2, 4).reshape(rows, length, 3 * heads * size)


def join_heads(parts: Floats) -> Floats:
    """(B, H, T, D/H) to (B, T, D)."""
    rows, heads, length, size = parts.shape
    return parts.transpose(0, 2, 1, 3).reshape(rows, length, heads * size)


def softmax(scores: Floats) -> Floats:
    shares: Floats = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    return shares


class CrossEntropy(NamedTuple):
    """The mean in nats, the share of targets that scored highest, and the gradient of the scores."""

    loss: float
    accuracy: float
    gradient: Floats


def cross_entropy(scores: Floats, targets: Integers) -> CrossEntropy:
    shares = softmax(scores)
    rows = np.arange(len(targets))
    loss = -np.log(np.maximum(shares[rows, targets], 1e-30)).mean()
    accuracy = (scores.argmax(-1) == targets).mean()
    shares[rows, targets] -= 1
    shares /= len(targets)
    return CrossEntropy(float(loss), float(accuracy), shares)
