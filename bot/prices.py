"""What models cost, by a price list with a date."""

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from bot.errors import StartupError
from bot.tokens import Tokens

SHIPPED = Path(__file__).parents[1] / "data" / "prices.toml"
EACH = "each"
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
class ImagePrice:
    """Dollars for a picture by quality (`EACH` where there is one price), and per million tokens of prompts and pictures, if a server counts them."""

    each: Mapping[str, float]
    prompt: float = 0.0
    picture: float | None = None


@dataclass(frozen=True)
class Prices:
    """Dollars by the start of a model's id: per million tokens of training, chat and embeddings, per minute of a recording, and of pictures; where and when they were read."""

    training: Mapping[str, float]
    chat: Mapping[str, ChatPrice]
    embedding: Mapping[str, float]
    source: str
    read_on: date
    transcription: Mapping[str, float] = field(default_factory=dict)
    image: Mapping[str, ImagePrice] = field(default_factory=dict)

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

    def transcription_nanodollars(self, seconds: float, model: str, _tokens: Tokens) -> int | None:
        """The price of a transcript of so many seconds, whatever tokens the server counts."""
        name = _longest(self.transcription, model)
        return None if name is None else round(10**9 * self.transcription[name] * seconds / 60)

    def image_nanodollars(self, quality: str | None, model: str, tokens: Tokens) -> int | None:
        """The price of a picture: by the tokens that the server counted for it, else as the list has it. None if that is not known."""
        name = _longest(self.image, model)
        if name is None:
            return None
        price = self.image[name]
        if price.picture is not None and tokens.completion:
            return round(NANODOLLARS * (price.prompt * tokens.prompt + price.picture * tokens.completion))
        each = price.each.get(quality or EACH)
        return None if each is None else round(NANODOLLARS * (each * 10**6 + price.prompt * tokens.prompt))


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
        transcription = {str(name): _price(name, price) for name, price in content.get("transcription", {}).items()}
        image = {str(name): _image_price(name, given) for name, given in content.get("image", {}).items()}
        return Prices(training, chat, embedding, str(content["source"]), content["date"], transcription, image)
    except OSError as error:
        raise StartupError(f"Cannot read the price list {path}: {error.strerror}. Check PRICES_FILE.") from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise StartupError(f"Cannot use the price list {path}: {error}. data/prices.toml shows its form.") from error


def _chat_price(name: object, given: Mapping[str, Any]) -> ChatPrice:
    prompt = _price(name, given["in"])
    return ChatPrice(prompt, _price(name, given["out"]), _price(name, given.get("cached", prompt)))


def _image_price(name: object, given: Mapping[str, Any]) -> ImagePrice:
    each = {str(quality): _price(name, price) for quality, price in given.items() if quality not in ("in", "out")}
    picture = _price(name, given["out"]) if "out" in given else None
    return ImagePrice(each, _price(name, given.get("in", 0)), picture)


def _price(name: object, price: object) -> float:
    if isinstance(price, bool) or not isinstance(price, int | float) or not math.isfinite(price) or price < 0:
        raise ValueError(f"the price of {name} must be a number of dollars, 0 or more")
    return float(price)
