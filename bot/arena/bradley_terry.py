"""Bradley–Terry: the strength of each contestant from comparisons of two (Bradley and Terry, 1952).

P(i beats j) = 1 / (1 + exp(s_j - s_i)). A tie counts as half a win for each. Fitted by Newton's method on the log likelihood with a
ridge on the strengths, which keeps them finite where somebody has won everything. Covariances are the inverse of the negative Hessian.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from bot.lazy_numpy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RIDGE = 0.05  # a prior of variance 20: less than one comparison against an equal
MAX_STEPS, TOLERANCE = 100, 1e-10

Floats: TypeAlias = "NDArray[np.float64]"
Integers: TypeAlias = "NDArray[np.int64]"


@dataclass(frozen=True)
class Comparisons:
    """Row k: `first[k]` met `second[k]`, whose score was `won[k]` (1 for the first, 0 for the second, 0.5 for a tie), and it
    counts `weight[k]` times."""

    first: Integers
    second: Integers
    won: Floats
    weight: Floats

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, float, float]]) -> Comparisons:
        """From (first, second, won, weight)."""
        table = np.array(rows, dtype=np.float64).reshape(-1, 4)
        return cls(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], table[:, 3])


@dataclass(frozen=True)
class Fit:
    """Strengths, which add up to 0, and their covariances: (contestants,) and (contestants, contestants)."""

    strengths: Floats
    covariances: Floats

    def variance_of_difference(self, one: int, other: int) -> float:
        """Of the difference of two strengths."""
        table = self.covariances
        return float(table[one, one] + table[other, other] - 2 * table[one, other])

    def chance(self, one: int, other: int) -> float:
        """That the one beats the other."""
        return chance_of(self.strengths[one] - self.strengths[other])


def chance_of(difference: float) -> float:
    """To win against somebody who is weaker by so much."""
    return float(_logistic(np.float64(difference)))


def fit(comparisons: Comparisons, contestants: int) -> Fit:
    """The likeliest strengths of so many contestants, numbered from 0."""
    strengths = np.zeros(contestants)
    hessian = np.eye(contestants)
    for _ in range(MAX_STEPS):
        gradient, hessian = _derivatives(comparisons, strengths)
        step = np.linalg.solve(hessian, gradient)
        strengths = strengths + step
        if float(np.max(np.abs(step), initial=0.0)) < TOLERANCE:
            break
    covariances = np.linalg.inv(hessian).astype(np.float64)
    return Fit(strengths - strengths.mean() if contestants else strengths, covariances)


def _derivatives(data: Comparisons, strengths: Floats) -> tuple[Floats, Floats]:
    """The gradient of the log likelihood, and its negative Hessian."""
    expected = _logistic(strengths[data.first] - strengths[data.second])
    surprise = data.weight * (data.won - expected)
    size = len(strengths)
    gradient = np.bincount(data.first, surprise, size) - np.bincount(data.second, surprise, size) - RIDGE * strengths
    information = data.weight * expected * (1 - expected)
    hessian = RIDGE * np.eye(size)
    np.add.at(hessian, (data.first, data.first), information)
    np.add.at(hessian, (data.second, data.second), information)
    np.add.at(hessian, (data.first, data.second), -information)
    np.add.at(hessian, (data.second, data.first), -information)
    return gradient, hessian


def _logistic(values: Floats | np.float64) -> Floats:
    chances: Floats = 1 / (1 + np.exp(-np.clip(values, -500, 500)))
    return chances
