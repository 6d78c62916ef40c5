"""Voters of known taste: how many votes find the true order, and whether the intervals cover the truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import pytest

from bot.arena.bradley_terry import chance_of
from bot.arena.pairing import draw
from bot.arena.ranking import Vote, Z, fit_of, rank

CONTESTANTS = list(range(6))
TASTES = {"evenly apart": [1.25, 0.75, 0.25, -0.25, -0.75, -1.25], "in close pairs": [1.5, 1.3, 0.2, 0.0, -1.2, -1.8]}
VOTES, LOOK_EVERY = 1500, 20


@dataclass(frozen=True)
class Run:
    """After how many votes the order was the true one for good, and the share of intervals that cover the truth at the end."""

    votes: int
    covered: float


def simulate(truth: Sequence[float], seed: int, *, chosen: bool) -> Run:
    """Pairs as the arena chooses them, or each with the same chance; each vote by another member."""
    random, votes, wrong_at = Random(seed), list[Vote](), 0  # noqa: S311 - no secret
    fitted = fit_of(votes, CONTESTANTS)
    while len(votes) < VOTES:
        pair = draw(fitted, random)
        left, right = (pair.left, pair.right) if chosen else random.sample(CONTESTANTS, 2)
        won = random.random() < chance_of(truth[left] - truth[right])
        votes.append(Vote(len(votes), left, right, float(won)))
        if len(votes) % LOOK_EVERY == 0:
            fitted = fit_of(votes, CONTESTANTS)
            wrong_at = wrong_at if list(np.argsort(-fitted.strengths)) == CONTESTANTS else len(votes)
    centred = np.array(truth) - np.mean(truth)
    standings = rank(votes, CONTESTANTS).standings
    covered = [abs(one.strength - centred[one.contestant]) <= Z * one.error for one in standings]
    return Run(wrong_at + LOOK_EVERY, float(np.mean(covered)))


@pytest.mark.soak
@pytest.mark.parametrize("taste", TASTES)
def test_the_arenas_choice_needs_seven_tenths_of_the_votes_and_its_intervals_cover(taste: str) -> None:
    truth = TASTES[taste]
    ours = [simulate(truth, seed, chosen=True) for seed in range(50)]
    uniform = [simulate(truth, seed, chosen=False) for seed in range(50)]
    share = np.mean([run.votes for run in ours]) / np.mean([run.votes for run in uniform])
    covered = np.mean([run.covered for run in ours])
    assert share <= 0.7
    assert covered >= 0.9


def test_the_arenas_choice_finds_the_order_sooner() -> None:
    truth = TASTES["in close pairs"]
    ours, uniform = ([simulate(truth, seed, chosen=chosen).votes for seed in range(4)] for chosen in (True, False))
    assert sum(ours) <= 0.7 * sum(uniform)


@pytest.mark.parametrize("seed", range(5))
def test_a_member_with_half_of_all_votes_moves_no_rank(seed: int) -> None:
    random, truth, votes = Random(seed), TASTES["evenly apart"], list[Vote]()  # noqa: S311 - no secret
    for number in range(1000):
        left, right = random.sample(CONTESTANTS, 2)
        votes.append(Vote(number % 100, left, right, float(random.random() < chance_of(truth[left] - truth[right]))))
    flood = [
        Vote(999, left, right, float(left > right)) for left, right in (random.sample(CONTESTANTS, 2) for _ in votes)
    ]
    honest, flooded = rank(votes, CONTESTANTS), rank([*votes, *flood], CONTESTANTS)
    assert [(one.contestant, one.rank) for one in flooded.standings] == [
        (one.contestant, one.rank) for one in honest.standings
    ]
    assert flooded.capped == 1
