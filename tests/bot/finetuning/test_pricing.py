"""What a training run will cost, or that nobody can know."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import StartupError
from bot.finetuning.pricing import Prices, auto_epochs, load_prices, small_epochs
from bot.settings import is_own_engine

PRICES = Prices({"gpt-4.1": 25.0, "gpt-4.1-mini": 5.0}, {"gpt-6": (0.1, 0.5)}, "a page", date(2026, 11, 22))


@pytest.mark.parametrize(
    ("base_model", "tokens", "microdollars"),
    [
        ("gpt-4.1-mini-2025-04-14", 1_000_000, 5_000_000),
        ("gpt-4.1-2025-04-14", 1_000_000, 25_000_000),
        ("gpt-4.1-mini", 3, 15),
        ("gpt-4.1", 0, 0),
        ("practice-1", 1_000_000, None),
        ("my-gpt-4.1", 1_000_000, None),
    ],
)
def test_the_longest_name_that_begins_the_models_sets_the_price(
    base_model: str, tokens: int, microdollars: int | None
) -> None:
    assert PRICES.cost_microdollars(base_model, tokens) == microdollars


def test_the_shipped_prices_say_where_and_when_they_were_read() -> None:
    prices = load_prices()
    assert (prices.source, prices.read_on) == ("OpenAI's pricing page", date(2026, 11, 22))
    assert prices.training == {"gpt-4.1": 25.0, "gpt-4.1-mini": 5.0, "gpt-4o-mini": 3.0}
    assert prices.chat == {"gpt-6-luna": (0.1, 0.5)}


def test_an_answer_costs_its_prompt_and_its_words() -> None:
    assert PRICES.chat_microdollars("gpt-6-luna", 400, 20) == 50
    assert PRICES.chat_microdollars("ft:gpt-6-luna", 400, 20) is None


@pytest.mark.parametrize("price", ["-5.0", "nan", "inf", "-inf", '"free"', "true", "[5.0]"])
@pytest.mark.parametrize("table", ["[training]\nm = {}", "[training]\n[chat]\nm = {{ in = 1.0, out = {} }}"])
def test_a_price_that_is_no_amount_of_money_is_refused_at_the_start(tmp_path: Path, table: str, price: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(f'source = "a test"\ndate = 2026-11-22\n{table.format(price)}\n', "utf-8")
    with pytest.raises(StartupError) as refused:
        load_prices(path)
    assert str(refused.value) == (
        f"Cannot use the price list {path}: the price of m must be a number of dollars, 0 or more. "
        "data/prices.toml shows its form."
    )


@pytest.mark.parametrize(
    ("examples", "epochs"),
    [(1, 25), (4, 25), (10, 10), (33, 3), (34, 3), (60, 3), (8333, 3), (8334, 2), (25_000, 1), (10**6, 1)],
)
def test_auto_epochs_follow_openais_rule(examples: int, epochs: int) -> None:
    assert auto_epochs(examples) == epochs


@given(st.integers(1, 10**9))
def test_auto_epochs_are_always_a_number_that_openai_takes(examples: int) -> None:
    assert 1 <= auto_epochs(examples) <= 25


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:8080/v1", True),
        ("http://localhost:8080/v1", True),
        ("http://[::1]:8080/v1", True),
        ("http://192.168.1.7/v1", True),
        ("http://engine:8080/v1", True),
        ("https://api.openai.com/v1", False),
        ("http://8.8.8.8/v1", False),
    ],
)
def test_nobody_sends_a_bill_for_ones_own_network(url: str, own: bool) -> None:
    assert is_own_engine(url) is own


@pytest.mark.parametrize(("examples", "epochs"), [(1, 25), (10, 8), (36, 2), (37, 2), (72, 1), (50_000, 1)])
def test_small_bases_see_72_examples_or_each_once(examples: int, epochs: int) -> None:
    assert small_epochs(examples) == epochs
