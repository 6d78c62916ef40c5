"""The ranking: the fit is that of a well-known library, intervals say what is sure, and nobody's flood decides."""

from random import Random

import choix
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.arena.bradley_terry import RIDGE, Comparisons, fit
from bot.arena.pairing import UNIFORM_SHARE, draw, probabilities
from bot.arena.ranking import Ranking, Vote, member_weights, rank, votes_to_part

MEETING = st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda pair: pair[0] != pair[1])


def votes(counts: dict[tuple[int, int], int], *, members: int = 50, left: bool = True) -> list[Vote]:
    """So many wins of the first over the second, by members in turn, the winner on changing sides."""
    found: list[Vote] = []
    for (winner, loser), count in counts.items():
        for number in range(count):
            seats = (winner, loser) if left and number % 2 == 0 else (loser, winner)
            found.append(Vote(len(found) % members, *seats, 1.0 if seats[0] == winner else 0.0))
    return found


def missing(ranking: Ranking) -> int | None:
    """How many more votes part the first two."""
    first, second = ranking.standings[:2]
    return votes_to_part(first, second, ranking.votes)


@given(wins=st.lists(MEETING, min_size=1, max_size=60))
def test_the_fit_is_choixs(wins: list[tuple[int, int]]) -> None:
    ours = fit(Comparisons.of([(winner, loser, 1.0, 1.0) for winner, loser in wins]), 5)
    theirs = choix.opt_pairwise(5, wins, alpha=RIDGE / 2, method="Newton-CG", tol=1e-12)
    assert ours.strengths == pytest.approx(theirs - theirs.mean(), abs=1e-3)


def test_a_tie_counts_as_half_a_win_for_each() -> None:
    ties = fit(Comparisons.of([(0, 1, 0.5, 2.0)]), 2)
    halves = fit(Comparisons.of([(0, 1, 1.0, 1.0), (0, 1, 0.0, 1.0)]), 2)
    assert ties.strengths == pytest.approx(halves.strengths)
    assert ties.covariances == pytest.approx(halves.covariances)


def test_the_covariances_are_those_that_simulated_votes_have() -> None:
    truth, random = np.array([0.6, 0.0, -0.6]), np.random.default_rng(7)
    fits = []
    for _ in range(300):
        first = random.integers(0, 3, 200)
        second = (first + random.integers(1, 3, 200)) % 3
        won = random.random(200) < 1 / (1 + np.exp(truth[second] - truth[first]))
        fits.append(fit(Comparisons(first, second, won.astype(float), np.ones(200)), 3))
    spread = np.var([one.strengths[0] - one.strengths[2] for one in fits])
    assert np.mean([one.variance_of_difference(0, 2) for one in fits]) == pytest.approx(spread, rel=0.25)
    assert np.mean([one.strengths for one in fits], axis=0) == pytest.approx(truth, abs=0.05)


def test_equal_ranks_are_those_whose_intervals_overlap() -> None:
    ranking = rank(votes({(1, 2): 30, (2, 1): 28, (1, 3): 30, (2, 3): 30}), [1, 2, 3])
    assert [(one.contestant, one.rank) for one in ranking.standings] == [(1, 1), (2, 1), (3, 3)]
    assert missing(ranking) is not None
    sure = rank(votes({(1, 2): 60, (2, 1): 6}), [1, 2])
    assert [one.rank for one in sure.standings] == [1, 2]
    assert missing(sure) is None


def test_as_many_votes_as_promised_part_the_first_two() -> None:
    counts = {(1, 2): 18, (2, 1): 12}
    more = missing(rank(votes(counts), [1, 2]))
    assert more is not None
    for share, parted in ((0.85, False), (1.1, True)):
        factor = share * (30 + more) / 30
        later = rank(votes({pair: round(count * factor) for pair, count in counts.items()}), [1, 2])
        assert (later.standings[1].rank == 2) is parted


def test_one_members_flood_does_not_decide() -> None:
    honest = votes({(1, 2): 30, (2, 1): 10})
    flood = [Vote(999, 2, 1, 1.0)] * 500
    weight = member_weights([*honest, *flood])[999]
    assert weight == pytest.approx(10 / 500)
    ranking = rank([*honest, *flood], [1, 2])
    assert ranking.standings[0].contestant == 1
    assert ranking.capped == 1


def test_a_preference_for_a_side_is_seen() -> None:
    lefts = [Vote(number, *((1, 2) if number % 2 else (2, 1)), 1.0) for number in range(60)]
    ranking = rank(lefts, [1, 2])
    assert (ranking.left_share, ranking.favours_a_side) == (1.0, True)
    assert ranking.standings[0].chance == pytest.approx(0.5, abs=0.02)
    fair = rank(votes({(1, 2): 30, (2, 1): 30}), [1, 2])
    assert fair.favours_a_side is False


def test_votes_on_those_who_left_do_not_count() -> None:
    ranking = rank(votes({(1, 2): 5, (1, 3): 7}), [1, 3])
    assert (ranking.votes, [one.votes for one in ranking.standings]) == (7, [7, 7])


def test_pairs_that_tell_most_meet_most_and_none_never() -> None:
    known = fit(Comparisons.of([(0, 1, 0.5, 200.0), (0, 2, 0.5, 1.0), (1, 2, 0.5, 1.0)]), 3)
    chances = probabilities(known)
    assert sum(chances.values()) == pytest.approx(1)
    assert min(chances.values()) >= UNIFORM_SHARE / 3
    assert chances[0, 2] > 3 * chances[0, 1]
    drawn = [draw(known, Random(seed)) for seed in range(2000)]  # noqa: S311 - no secret
    met = [pair for pair in drawn if {pair.left, pair.right} == {0, 2}]
    assert len(met) / 2000 == pytest.approx(chances[0, 2], abs=0.04)
    assert sum(pair.left == 0 for pair in met) / len(met) == pytest.approx(0.5, abs=0.06)
    assert met[0].probability == chances[0, 2]
