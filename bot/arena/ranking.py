"""The ranking of a server's contestants, with what can be said for sure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, sqrt

import numpy as np

from bot.arena.bradley_terry import Comparisons, Fit, fit

Z = 1.959964  # of a 95 % interval
# A member counts in full up to so many votes, or so large a share of all, whichever is more.
FULL_VOTES, FULL_SHARE = 10, 0.2
SEAT_VOTES = 20  # fewer tell nothing of a preference for a side


@dataclass(frozen=True)
class Vote:
    """One member's vote: `score` is the left one's, 1, 0 or 0.5 for a tie."""

    member: int
    left: int
    right: int
    score: float


@dataclass(frozen=True)
class Standing:
    """A contestant's chance to beat an average one, with its 95 % interval. `rank` is 1 plus how many are surely better."""

    contestant: int
    rank: int
    chance: float
    low: float
    high: float
    votes: int


@dataclass(frozen=True)
class Ranking:
    """Best first. `left_share` of decided votes went to the left side, with its interval; `capped` members count less than they
    voted; `votes_to_part` is about how many more votes would part the first two (None: there are no two, or they are parted)."""

    standings: Sequence[Standing]
    votes: int
    capped: int
    left_share: float | None
    left_low: float
    left_high: float
    votes_to_part: int | None

    @property
    def favours_a_side(self) -> bool:
        """Whether one side surely wins more often than by chance."""
        return self.left_share is not None and not self.left_low <= 0.5 <= self.left_high


def rank(votes: Sequence[Vote], contestants: Sequence[int]) -> Ranking:
    """Rank contestants, given by their numbers, by these votes. Votes on others are left out."""
    places = _places(contestants)
    known = _among(votes, contestants)
    fitted = fit_of(known, contestants)
    met = Counter(contestant for vote in known for contestant in (vote.left, vote.right))
    standings = _standings(fitted, contestants, met)
    share, low, high = _left_share(known)
    capped = sum(weight < 1 for weight in member_weights(known).values())
    return Ranking(
        standings, len(known), capped, share, low, high, _votes_to_part(fitted, standings, places, len(known))
    )


def fit_of(votes: Sequence[Vote], contestants: Sequence[int]) -> Fit:
    """The fit behind a ranking, by the places of `contestants`."""
    places, known = _places(contestants), _among(votes, contestants)
    weights = member_weights(known)
    rows = [(places[vote.left], places[vote.right], vote.score, weights[vote.member]) for vote in known]
    return fit(Comparisons.of(rows), len(contestants))


def _places(contestants: Sequence[int]) -> Mapping[int, int]:
    return {contestant: place for place, contestant in enumerate(contestants)}


def _among(votes: Sequence[Vote], contestants: Sequence[int]) -> Sequence[Vote]:
    return [vote for vote in votes if vote.left in contestants and vote.right in contestants]


def member_weights(votes: Sequence[Vote]) -> Mapping[int, float]:
    """What each vote of a member counts: less than 1 for members who cast most of the votes."""
    cast = Counter(vote.member for vote in votes)
    most = max(FULL_VOTES, FULL_SHARE * len(votes))
    return {member: min(1.0, most / count) for member, count in cast.items()}


def _standings(fitted: Fit, contestants: Sequence[int], met: Mapping[int, int]) -> list[Standing]:
    size = len(contestants)
    centred = np.eye(size) - 1 / max(1, size)
    errors = np.sqrt(np.diag(centred @ fitted.covariances @ centred)) if size > 1 else np.zeros(size)
    low, high = fitted.strengths - Z * errors, fitted.strengths + Z * errors
    ranks = [1 + int(np.sum(low > high[place])) for place in range(size)]
    standings = [
        Standing(
            one,
            ranks[place],
            _chance(fitted.strengths[place]),
            _chance(low[place]),
            _chance(high[place]),
            met.get(one, 0),
        )
        for place, one in enumerate(contestants)
    ]
    return sorted(standings, key=lambda standing: -standing.chance)


def _chance(strength: float) -> float:
    return 1 / (1 + exp(-max(-500.0, min(500.0, float(strength)))))


def _left_share(votes: Sequence[Vote]) -> tuple[float | None, float, float]:
    """With Wilson's interval (1927)."""
    decided = [vote.score for vote in votes if vote.score in (0, 1)]
    count = len(decided)
    if count < SEAT_VOTES:
        return None, 0.0, 1.0
    share = sum(decided) / count
    middle = (share + Z * Z / (2 * count)) / (1 + Z * Z / count)
    half = Z * sqrt(share * (1 - share) / count + Z * Z / (4 * count * count)) / (1 + Z * Z / count)
    return share, middle - half, middle + half


def _votes_to_part(fitted: Fit, standings: Sequence[Standing], places: Mapping[int, int], votes: int) -> int | None:
    """Errors shrink with the square root of the votes: at how many would the first two's difference exceed its own?"""
    if len(standings) < 2 or standings[1].rank > 1:
        return None
    first, second = (places[standing.contestant] for standing in standings[:2])
    apart = fitted.strengths[first] - fitted.strengths[second]
    if votes == 0 or apart <= 0:
        return None
    needed = votes * Z * Z * fitted.variance_of_difference(first, second) / float(apart) ** 2
    return max(1, ceil(needed - votes))
