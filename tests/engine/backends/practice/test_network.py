"""The hand-written derivatives, the decoder that keeps what it has read, and the learning rate."""

import numpy as np
import pytest

from engine.backends.practice.generate import Decoder, Sampling, pick
from engine.backends.practice.layers import cross_entropy
from engine.backends.practice.model import PracticeModel, Vocabulary
from engine.backends.practice.network import IGNORED, Batch, Sizes, add_words, measure, new_weights, prefix
from engine.backends.practice.trainer import learning_rate
from engine.backends.tensors import Weights

SIZES = Sizes(width=8, layers=2, heads=2, context=7, sentence=5)


def small_weights() -> Weights:
    weights = new_weights(SIZES, 11, np.random.default_rng(0))
    return {name: value.astype(np.float64) for name, value in weights.items()}


def small_batch() -> Batch:
    generator = np.random.default_rng(1)
    expected = generator.integers(0, 11, (3, 6))
    expected[1, 4:] = IGNORED
    return Batch(generator.normal(size=(3, 5)), np.array([0, 1, 3]), generator.integers(0, 11, (3, 6)), expected)


@pytest.mark.parametrize("name", sorted(small_weights()))
def test_every_gradient_agrees_with_finite_differences(name: str) -> None:
    weights, batch, generator = small_weights(), small_batch(), np.random.default_rng(2)
    _, gradients = measure(weights, SIZES, batch)
    direction = generator.normal(size=weights[name].shape)

    def loss(distance: float) -> float:
        moved = weights | {name: weights[name] + distance * direction}
        return measure(moved, SIZES, batch)[0].loss

    numeric = (loss(1e-5) - loss(-1e-5)) / 2e-5
    assert np.sum(gradients[name] * direction) == pytest.approx(numeric, rel=1e-5, abs=1e-8)


def test_the_decoder_scores_words_as_training_does() -> None:
    vocabulary = Vocabulary(["a", "b", "c"])
    weights = new_weights(SIZES, len(vocabulary), np.random.default_rng(0))
    model = PracticeModel(vocabulary, SIZES, weights)
    drawn = small_batch()
    batch = Batch(drawn.sentences.astype(np.float32), drawn.kinds, drawn.read, np.abs(drawn.expected))
    decoder = Decoder(model, rows=3)
    first = prefix(weights, batch.sentences, batch.kinds)
    scores = [decoder.read(first), *(decoder.read(weights["words"][batch.read[:, place]]) for place in range(1, 6))]
    seen = cross_entropy(np.stack(scores, 1).reshape(18, -1), batch.expected.reshape(-1))
    assert seen.loss == pytest.approx(measure(weights, SIZES, batch)[0].loss, rel=1e-5)


def test_new_words_leave_the_known_ones_as_they_were() -> None:
    weights = new_weights(SIZES, 11, np.random.default_rng(0))
    wider = add_words(weights, 15, np.random.default_rng(1))
    assert wider["words"].shape == (15, 8)
    np.testing.assert_array_equal(wider["words"][:11], weights["words"])


def test_the_learning_rate_rises_then_falls() -> None:
    rates = [learning_rate(step, 100, 1.0) for step in range(100)]
    assert rates[0] < rates[10] < rates[19]
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[99] < 0.06


def test_temperature_zero_takes_the_likeliest_word() -> None:
    scores = np.array([[1.0, 3.0, 2.0]])
    assert {int(pick(scores, Sampling(0.0), np.random.default_rng(n))[0]) for n in range(50)} == {1}


def test_a_small_top_p_leaves_only_the_likeliest_word() -> None:
    scores = np.array([[1.0, 1.1, 1.0]])
    assert {int(pick(scores, Sampling(1.0, 0.01), np.random.default_rng(n))[0]) for n in range(50)} == {1}
    assert {int(pick(scores, Sampling(2.0, 1.0), np.random.default_rng(n))[0]) for n in range(50)} == {0, 1, 2}


def test_forbidden_words_are_never_drawn() -> None:
    scores = np.array([[-np.inf, 0.0, -np.inf]])
    assert {int(pick(scores, Sampling(2.0), np.random.default_rng(n))[0]) for n in range(50)} == {1}
