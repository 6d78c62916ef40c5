"""What a training run will cost, before it is launched."""

import ipaddress
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from bot.errors import StartupError

SHIPPED = Path(__file__).parents[2] / "data" / "prices.toml"
LARGE, SMALL = 25_000, 100


@dataclass(frozen=True)
class Prices:
    """Dollars per million training tokens by the start of a base model's id; where and when they were read."""

    training: dict[str, float]
    source: str
    read_on: date

    def cost_microdollars(self, base_model: str, trained_tokens: int) -> int | None:
        """The price of a run, in millionths of a dollar; None if the model's price is not known."""
        names = sorted((name for name in self.training if base_model.startswith(name)), key=len)
        return round(self.training[names[-1]] * trained_tokens) if names else None


def load_prices(path: Path = SHIPPED) -> Prices:
    """Read a price list. Raises `StartupError` if it cannot be."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        prices = {str(name): float(price) for name, price in content["training"].items()}
        return Prices(prices, str(content["source"]), content["date"])
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise StartupError(
            f"The price list {path} cannot be used: {error}. data/prices.toml shows its form."
        ) from error


def auto_epochs(examples: int) -> int:
    """What OpenAI's rule makes of `auto`: 3, more for few examples (at most 25), fewer for very many."""
    if examples * 3 < SMALL:
        return min(25, SMALL // examples)
    if examples * 3 > LARGE:
        return max(1, LARGE // examples)
    return 3


def is_own_engine(base_url: str) -> bool:
    """Whether the address is this machine or a private network, where nobody sends a bill."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host
