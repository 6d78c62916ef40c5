"""`python -m bot.posters.worker`: a poster or share card as JSON on stdin; on stdout a line of JSON about it, and the PNG."""

import json
from typing import Literal, TypedDict

from bot.drawing import main
from bot.posters import card, column, editorial, grid, label, stack
from bot.posters.mood import Layout, Mood, layout_of
from bot.posters.page import Copy
from bot.typesetting.sheet import Sheet
from bot.typesetting.text import SetText, tidied

LAYOUTS = {
    Layout.STACK: stack.draw,
    Layout.EDITORIAL: editorial.draw,
    Layout.GRID: grid.draw,
    Layout.LABEL: label.draw,
    Layout.COLUMN: column.draw,
}


class PosterData(TypedDict):
    """A `Poster` on its way here."""

    kind: Literal["poster"]
    slogan: str
    product: str
    mood: Mood | None


class CardData(TypedDict):
    """A `ShareCard` on its way here."""

    kind: Literal["card"]
    scenario: str
    joke: str
    funny: int
    flat: int
    model: str


def poster(slogan: str, product: str = "", mood: Mood | None = None) -> Sheet:
    """A slogan in the layout that suits it."""
    text = tidied(slogan)
    return LAYOUTS[layout_of(text, mood)](Copy(text, product))


def draw(data: PosterData | CardData) -> bytes:
    """The line about the picture, and the picture; no picture where nothing of the main text can be drawn."""
    main_text = SetText(data["slogan"] if data["kind"] == "poster" else data["joke"], ())
    if not main_text.text:
        return _head(main_text.missing, cut=False)
    if data["kind"] == "poster":
        sheet = poster(data["slogan"], data["product"], data["mood"])
    else:
        sheet = card.draw(card.Card(data["scenario"], data["joke"], data["funny"], data["flat"], data["model"]))
    return _head(sheet.missing, cut=sheet.cut) + sheet.png()


def _head(missing: str, *, cut: bool) -> bytes:
    return json.dumps({"missing": missing, "cut": cut}).encode() + b"\n"


if __name__ == "__main__":
    main(draw)
