"""Posters and share cards for callers: `await draw(charts, Poster(slogan, product))`, `await draw(charts, ShareCard(...))`.

A picture is drawn as charts are: one at a time, by a process that ends with it.
"""

import json
from dataclasses import asdict, dataclass

from bot.drawing import Charts, Sketch
from bot.errors import InvalidInputError
from bot.posters.mood import Mood
from bot.texts import posters as texts
from bot.texts.template import clip, plain

WORKER = "bot.posters.worker"
MAX_ALT = 1024  # what Discord takes as the description of a file
MAX_SHOWN = 40


@dataclass(frozen=True)
class Poster:
    """A slogan, and what it is for. Its words choose one of five layouts. If they do not, `mood` does (`mood.py`)."""

    slogan: str
    product: str = ""
    mood: Mood | None = None

    def alt(self) -> str:
        """The picture in words."""
        template = texts.POSTER_ALT_FOR if self.product else texts.POSTER_ALT
        return clip(plain(template, {"slogan": self.slogan, "product": self.product}), MAX_ALT)


@dataclass(frozen=True)
class ShareCard:
    """A joke with its votes; `model` is what the card calls who told it, nothing for a model without a name."""

    scenario: str
    joke: str
    funny: int = 0
    flat: int = 0
    model: str = ""

    def alt(self) -> str:
        """The picture in words."""
        values = {**asdict(self), "tally": texts.TALLY.of(funny=self.funny, flat=self.flat)}
        return clip(plain(texts.CARD_ALT_MODEL if self.model else texts.CARD_ALT, values), MAX_ALT)


@dataclass(frozen=True)
class Picture:
    """A PNG and what it shows in words.

    `missing` has the characters that no bundled font has: they are not on the picture, and the caller says so. `cut` is whether the
    text ended in an ellipsis, because it has more than 2,000 characters or is higher than a picture can be.
    """

    png: bytes
    alt: str
    missing: str = ""
    cut: bool = False


async def draw(charts: Charts, wanted: Poster | ShareCard) -> Picture | None:
    """The picture; None if it cannot be drawn now, which the log explains.

    Raises `InvalidInputError` if there is nothing to draw, or no font has any character of it.
    """
    kind = "poster" if isinstance(wanted, Poster) else "card"
    drawn = await charts.draw(Sketch(WORKER, {"kind": kind, **asdict(wanted)}, wanted.alt()))
    if drawn is None:
        return None
    head, png = drawn.png.split(b"\n", 1)
    told = json.loads(head)
    if not png:
        if not told["missing"]:
            raise InvalidInputError(texts.NOTHING_TO_DRAW)
        raise InvalidInputError(texts.UNDRAWABLE, characters=clip(told["missing"], MAX_SHOWN))
    return Picture(png, drawn.alt, told["missing"], told["cut"])
