"""What a training run will cost, before it is launched."""

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.errors import StartupError

SHIPPED = Path(__file__).parents[2] / "data" / "prices.toml"
LARGE, SMALL = 25_000, 100
SHOWN_TO_SMALL = 72


@dataclass(frozen=True)
class Prices:
    """Dollars per million tokens by the start of a model's id, of training and (in, out) of chat; where and when they were read."""

    training: dict[str, float]
    chat: dict[str, tuple[float, float]]
    source: str
    read_on: date

    def cost_microdollars(self, base_model: str, trained_tokens: int) -> int | None:
        """The price of a run, in millionths of a dollar; None if the model's price is not known."""
        name = _longest(self.training, base_model)
        return None if name is None else round(self.training[name] * trained_tokens)

    def chat_microdollars(self, model: str, prompt_tokens: int, completion_tokens: int) -> int | None:
        """The price of an answer, in millionths of a dollar; None if the model's price is not known."""
        name = _longest(self.chat, model)
        if name is None:
            return None
        per_prompt_token, per_completion_token = self.chat[name]
        return round(per_prompt_token * prompt_tokens + per_completion_token * completion_tokens)


def _longest(names: Iterable[str], model: str) -> str | None:
    return max((name for name in names if model.startswith(name)), key=len, default=None)


def load_prices(path: Path = SHIPPED) -> Prices:
    """Read a price list. Raises `StartupError` if it cannot be."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        prices = {str(name): _price(name, price) for name, price in content["training"].items()}
        chat = {
            str(name): (_price(name, given["in"]), _price(name, given["out"]))
            for name, given in content.get("chat", {}).items()
        }
        return Prices(prices, chat, str(content["source"]), content["date"])
    except OSError as error:
        raise StartupError(f"Cannot read the price list {path}: {error.strerror}. Check PRICES_FILE.") from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise StartupError(f"Cannot use the price list {path}: {error}. data/prices.toml shows its form.") from error


def _price(name: object, price: object) -> float:
    if isinstance(price, bool) or not isinstance(price, int | float) or not math.isfinite(price) or price < 0:
        raise ValueError(f"the price of {name} must be a number of dollars, 0 or more")
    return float(price)


def small_epochs(examples: int) -> int:
    """Epochs for a small base: as many as show 72 examples, at most 25. Measured on the 72 shipped jokes: after one epoch all jokes
    on unseen scenarios keep the format, and they are nearer to their scenario than after two, three or five."""
    return max(1, min(25, math.ceil(SHOWN_TO_SMALL / examples)))


def auto_epochs(examples: int) -> int:
    """What OpenAI's rule makes of `auto`: 3, more for few examples (at most 25), fewer for very many."""
    if examples * 3 < SMALL:
        return min(25, SMALL // examples)
    if examples * 3 > LARGE:
        return max(1, LARGE // examples)
    return 3
