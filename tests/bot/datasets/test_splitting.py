"""Which examples are held back: whole groups, as near to the wish as groups allow, the same for the same seed."""

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from bot.datasets.splitting import draw, nearest_sum

KEYS = st.lists(st.integers(0, 6), min_size=1, max_size=40)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=8), st.integers(1, 60), st.integers(-3, 60))
def test_no_other_groups_come_nearer(sizes: list[int], wanted: int, most: int) -> None:
    chosen = nearest_sum(sizes, wanted, most)
    sums = {sum(some) for count in range(1, len(sizes) + 1) for some in combinations(sizes, count)}
    best = min((one for one in sums if one <= most), key=lambda one: (abs(one - wanted), one), default=0)
    assert sum(sizes[index] for index in chosen) == best
    assert len(set(chosen)) == len(chosen)


@given(KEYS, st.integers(5, 50), st.integers(0, 9), st.integers(1, 12))
def test_both_sides_have_a_group_and_enough_is_left(keys: list[int], share: int, seed: int, least_left: int) -> None:
    held_back = draw(keys, share, seed, least_left)
    sizes = Counter(keys)
    count = sum(sizes[key] for key in held_back)
    assert held_back == draw(keys, share, seed, least_left)
    if held_back:
        assert count < len(keys)
        assert len(keys) - count >= least_left
    else:
        assert len(sizes) == 1 or min(sizes.values()) > len(keys) - least_left


def test_another_seed_draws_others_and_every_example_has_its_chance() -> None:
    drawn = Counter(key for seed in range(200) for key in draw(range(50), 10, seed, 10))
    assert set(drawn.values()) <= set(range(5, 45))
    assert (len(drawn), drawn.total()) == (50, 200 * 5)
