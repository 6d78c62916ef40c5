"""What trainings, answers and embeddings cost, or that nobody can know."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import StartupError
from bot.finetuning.epochs import auto_epochs, small_epochs
from bot.prices import ChatPrice, Prices, load_prices
from bot.settings import is_own_engine
from bot.tokens import Tokens

PRICES = Prices(
    {"gpt-4.1": 25.0, "gpt-4.1-mini": 5.0},
    {"gpt-6": ChatPrice(0.1, 0.5, cached=0.01)},
    {"text-embedding-3": 0.02},
    "a page",
    date(2026, 11, 22),
)


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
    assert prices.chat == {"gpt-6-luna": ChatPrice(0.1, 0.5, cached=0.1)}
    assert prices.embedding == {"text-embedding-3-small": 0.02, "text-embedding-3-large": 0.13}


def test_an_answer_costs_its_prompt_and_its_words_and_what_was_cached_costs_less() -> None:
    assert PRICES.chat_nanodollars("gpt-6-luna", Tokens(400, 20)) == 50_000
    assert PRICES.chat_nanodollars("gpt-6-luna", Tokens(400, 20, cached=300)) == 10_000 + 3_000 + 10_000
    assert PRICES.chat_nanodollars("gpt-6-luna", Tokens(400, 20, cached=9000)) == 4_000 + 10_000
    assert PRICES.chat_nanodollars("ft:gpt-6-luna", Tokens(400, 20)) is None


def test_a_short_text_that_is_embedded_still_costs_something() -> None:
    assert PRICES.embedding_nanodollars("text-embedding-3-small", Tokens(3)) == 60
    assert PRICES.embedding_nanodollars("my-embedder", Tokens(3)) is None


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
