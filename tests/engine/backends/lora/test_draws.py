"""Which token comes next: temperature, top_p and the draw, row by row."""

import pytest
import torch

from engine.backends.lora.generate import choose

SHARES = torch.tensor([0.1, 0.6, 0.3])


def drawn(draw: float, temperature: float = 1.0, top_p: float = 1.0) -> int:
    scores = SHARES.log()[None]
    chosen = choose(scores, torch.tensor([temperature]), torch.tensor([top_p]), torch.tensor([draw]))
    return int(chosen[0])


@pytest.mark.parametrize(("draw", "token"), [(0.0, 1), (0.59, 1), (0.61, 2), (0.89, 2), (0.91, 0), (0.999999, 0)])
def test_a_draw_falls_into_the_shares_likeliest_first(draw: float, token: int) -> None:
    assert drawn(draw) == token


@pytest.mark.parametrize(("top_p", "tokens"), [(0.0, {1}), (0.5, {1}), (0.61, {1, 2}), (0.95, {0, 1, 2})])
def test_top_p_keeps_the_fewest_that_reach_it(top_p: float, tokens: set[int]) -> None:
    assert {drawn(number / 50, top_p=top_p) for number in range(50)} == tokens


def test_temperature_zero_takes_the_likeliest_and_a_high_one_levels() -> None:
    assert {drawn(number / 50, temperature=0.0) for number in range(50)} == {1}
    assert sum(drawn(number / 1000, temperature=2.0) == 0 for number in range(1000)) == pytest.approx(194, abs=5)


def test_rows_are_drawn_each_by_its_own() -> None:
    scores = SHARES.log().repeat(3, 1)
    options = torch.tensor([0.0, 1.0, 1.0]), torch.tensor([1.0, 0.5, 1.0]), torch.tensor([0.99, 0.99, 0.99])
    assert choose(scores, *options).tolist() == [1, 1, 0]
