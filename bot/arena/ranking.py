"""The ranking of a server's contestants, with what can be said for sure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from bot.arena.bradley_terry import Comparisons, Fit, chance_of, fit
from bot.lazy_numpy import np

Z = 1.959964  # of a 95 % interval
# A member counts in full up to so many votes, or so many times those of the median member, whichever is more.
FULL_VOTES, FULL_TIMES = 10, 2
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
    """A contestant's strength and its standard error. `rank` is 1 plus how many are surely better."""

    contestant: int
    rank: int
    strength: float
    error: float
    votes: int

    @property
    def chance(self) -> float:
        """To beat an average contestant."""
        return chance_of(self.strength)

    @property
    def low(self) -> float:
        """Where the 95 % interval of the chance begins."""
        return chance_of(self.strength - Z * self.error)

    @property
    def high(self) -> float:
        """Where it ends."""
        return chance_of(self.strength + Z * self.error)

    def surely_beats(self, other: Standing) -> bool:
        """Whether its whole interval lies above the other's."""
        return self.low > other.high


@dataclass(frozen=True)
class Ranking:
    """Best first. `left_share` of decided votes went to the left side, with its interval; `capped` members count less than they
    voted."""

    standings: Sequence[Standing]
    votes: int
    capped: int
    left_share: float | None
    left_low: float
    left_high: float

    @property
    def favours_a_side(self) -> bool:
        """Whether one side surely wins more often than by chance."""
        return self.left_share is not None and not self.left_low <= 0.5 <= self.left_high


def rank(votes: Sequence[Vote], contestants: Sequence[int]) -> Ranking:
    """Rank contestants, given by their numbers, by these votes. Votes on others are left out."""
    known = _among(votes, contestants)
    met = Counter(contestant for vote in known for contestant in (vote.left, vote.right))
    standings = _standings(_fit(known, contestants), contestants, met)
    share, low, high = _left_share(known)
    capped = sum(weight < 1 for weight in member_weights(known).values())
    return Ranking(standings, len(known), capped, share, low, high)


def fit_of(votes: Sequence[Vote], contestants: Sequence[int]) -> Fit:
    """The fit behind a ranking, by the places of `contestants`."""
    return _fit(_among(votes, contestants), contestants)


def votes_to_part(better: Standing, other: Standing, votes: int) -> int | None:
    """About how many more votes lift the one's interval wholly above the other's: errors shrink with the square root of the votes.

    None where it does not lead, or is above already.
    """
    apart, errors = better.strength - other.strength, better.error + other.error
    if votes == 0 or apart <= 0 or better.surely_beats(other):
        return None
    return max(1, ceil(votes * (Z * errors / apart) ** 2 - votes))


def _fit(known: Sequence[Vote], contestants: Sequence[int]) -> Fit:
    places = {contestant: place for place, contestant in enumerate(contestants)}
    weights = member_weights(known)
    rows = [(places[vote.left], places[vote.right], vote.score, weights[vote.member]) for vote in known]
    return fit(Comparisons.of(rows), len(contestants))


def _among(votes: Sequence[Vote], contestants: Sequence[int]) -> Sequence[Vote]:
    return [vote for vote in votes if vote.left in contestants and vote.right in contestants]


def member_weights(votes: Sequence[Vote]) -> Mapping[int, float]:
    """What each vote of a member counts: less than 1 for members who cast far more votes than others do."""
    cast = Counter(vote.member for vote in votes)
    most = max(FULL_VOTES, FULL_TIMES * float(np.median(list(cast.values())))) if cast else FULL_VOTES
    return {member: min(1.0, most / count) for member, count in cast.items()}


def _standings(fitted: Fit, contestants: Sequence[int], met: Mapping[int, int]) -> list[Standing]:
    size = len(contestants)
    centred = np.eye(size) - 1 / max(1, size)
    errors = np.sqrt(np.diag(centred @ fitted.covariances @ centred)) if size > 1 else np.zeros(size)
    low, high = fitted.strengths - Z * errors, fitted.strengths + Z * errors
    ranks = [1 + int(np.sum(low > high[place])) for place in range(size)]
    standings = [
        Standing(one, ranks[place], float(fitted.strengths[place]), float(errors[place]), met.get(one, 0))
        for place, one in enumerate(contestants)
    ]
    return sorted(standings, key=lambda standing: -standing.strength)


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
