"""What models cost, by a price list with a date."""

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.errors import StartupError
from bot.tokens import Tokens

SHIPPED = Path(__file__).parents[1] / "data" / "prices.toml"
NANODOLLARS = 1000  # in a microdollar, which is the price of one token at one dollar a million


def in_dollars(nanodollars: int) -> str:
    """An amount with all of its decimals, and at least two: what is shown adds up."""
    whole, rest = divmod(nanodollars, 10**9)
    decimals = f"{rest:09d}".rstrip("0")
    return f"{whole}.{decimals:0<2}"


@dataclass(frozen=True)
class ChatPrice:
    """Dollars per million tokens of prompts, of answers, and of prompts that the server had cached."""

    prompt: float
    completion: float
    cached: float


@dataclass(frozen=True)
class Prices:
    """Dollars per million tokens by the start of a model's id, of training, chat and embeddings; where and when they were read."""

    training: Mapping[str, float]
    chat: Mapping[str, ChatPrice]
    embedding: Mapping[str, float]
    source: str
    read_on: date

    def cost_microdollars(self, base_model: str, trained_tokens: int) -> int | None:
        """The price of a training run, in millionths of a dollar; None if the model's price is not known."""
        name = _longest(self.training, base_model)
        return None if name is None else round(self.training[name] * trained_tokens)

    def chat_nanodollars(self, model: str, tokens: Tokens) -> int | None:
        """The price of an answer, in billionths of a dollar; None if the model's price is not known."""
        name = _longest(self.chat, model)
        if name is None:
            return None
        price, cached = self.chat[name], min(tokens.cached, tokens.prompt)
        prompt = price.prompt * (tokens.prompt - cached) + price.cached * cached
        return round(NANODOLLARS * (prompt + price.completion * tokens.completion))

    def embedding_nanodollars(self, model: str, tokens: Tokens) -> int | None:
        """The price of embeddings, likewise."""
        name = _longest(self.embedding, model)
        return None if name is None else round(NANODOLLARS * self.embedding[name] * tokens.prompt)


@dataclass(frozen=True)
class ServerPrices:
    """The price lists of the two model servers; None where nobody sends a bill. Fine-tuned models answer where they were trained."""

    chat: Prices | None
    training: Prices | None


def _longest(names: Iterable[str], model: str) -> str | None:
    return max((name for name in names if model.startswith(name)), key=len, default=None)


def load_prices(path: Path = SHIPPED) -> Prices:
    """Read a price list. Raises `StartupError` if it cannot be."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        training = {str(name): _price(name, price) for name, price in content["training"].items()}
        chat = {str(name): _chat_price(name, given) for name, given in content.get("chat", {}).items()}
        embedding = {str(name): _price(name, price) for name, price in content.get("embedding", {}).items()}
        return Prices(training, chat, embedding, str(content["source"]), content["date"])
    except OSError as error:
        raise StartupError(f"Cannot read the price list {path}: {error.strerror}. Check PRICES_FILE.") from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise StartupError(f"Cannot use the price list {path}: {error}. data/prices.toml shows its form.") from error


def _chat_price(name: object, given: Mapping[str, Any]) -> ChatPrice:
    prompt = _price(name, given["in"])
    return ChatPrice(prompt, _price(name, given["out"]), _price(name, given.get("cached", prompt)))


def _price(name: object, price: object) -> float:
    if isinstance(price, bool) or not isinstance(price, int | float) or not math.isfinite(price) or price < 0:
        raise ValueError(f"the price of {name} must be a number of dollars, 0 or more")
    return float(price)
