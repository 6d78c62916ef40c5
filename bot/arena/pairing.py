"""Which two contestants meet next: mostly those whose meeting tells most, never without chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import exp
from random import Random

from bot.arena.bradley_terry import Fit

UNIFORM_SHARE = 0.2


@dataclass(frozen=True)
class Pair:
    """Two contestants by their places, as they sit, and the probability with which these two were chosen."""

    left: int
    right: int
    probability: float


def probabilities(fit: Fit) -> dict[tuple[int, int], float]:
    """Of each pair. A fifth of the choice is uniform, the rest goes by what a meeting tells of the order."""
    pairs = list(combinations(range(len(fit.strengths)), 2))
    tells = [_tells(fit, one, other) for one, other in pairs]
    total = sum(tells)
    return {
        pair: UNIFORM_SHARE / len(pairs) + (1 - UNIFORM_SHARE) * (told / total if total else 1 / len(pairs))
        for pair, told in zip(pairs, tells, strict=True)
    }


def draw(fit: Fit, random: Random) -> Pair:
    """Two contestants, on random sides. There must be two at least."""
    chances = probabilities(fit)
    pairs: Sequence[tuple[int, int]] = list(chances)
    ((one, other),) = random.choices(pairs, weights=list(chances.values()))
    left, right = (one, other) if random.random() < 0.5 else (other, one)
    return Pair(left, right, chances[one, other])


def _tells(fit: Fit, one: int, other: int) -> float:
    """How much the variance of their difference shrinks, p (1 - p) times itself, where their order is still open: exp(-z² / 2) for
    a difference of z standard errors. Without that factor votes go to pairs whose order is known."""
    chance, variance = fit.chance(one, other), fit.variance_of_difference(one, other)
    apart = fit.strengths[one] - fit.strengths[other]
    return chance * (1 - chance) * variance * exp(-(apart**2) / (2 * variance))
