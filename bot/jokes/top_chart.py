"""The best jokes as a picture worth sharing: `sketch` is for the bot, `python -m bot.jokes.top_chart` draws it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from bot.drawing import BLUE, INK, ORANGE, WIDTH_INCHES, Sketch, drawable, main, picture, width_of
from bot.store.generations import VotedJoke
from bot.texts import top as texts
from bot.texts.template import Text, clip, in_english, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_JOKE, MAX_SCENARIO = 220, 60
INCHES_A_LINE, INCHES_BESIDE = 0.185, 0.15
INDENT = "    "
LEAST_DRAWN = 0.8  # of a joke's characters; emoji may be missing, another script may not


class Entry(TypedDict):
    """One joke on the picture; `laughs` is its number of 😂 in words."""

    joke: str
    scenario: str
    laughs: str


class Board(TypedDict):
    """All that is drawn."""

    title: str
    entries: list[Entry]


def sketch(title: Text, jokes: Sequence[VotedJoke]) -> Sketch:
    """The picture of these jokes, best first."""
    entries: list[Entry] = [
        {
            "joke": clip(" ".join(joke.text.split()), MAX_JOKE),
            "scenario": clip(" ".join(joke.scenario.split()), MAX_SCENARIO),
            "laughs": in_english(texts.LAUGHS.of(joke.funny)),
        }
        for joke in jokes
    ]
    told = [
        plain(texts.ALT_ENTRY, {"place": place, **entry, "laughs": texts.LAUGHS.of(joke.funny)})
        for place, (entry, joke) in enumerate(zip(entries, jokes, strict=True), 1)
    ]
    alt = plain(texts.ALT, {"title": title, "jokes": " ".join(told)})
    return Sketch("bot.jokes.top_chart", Board(title=in_english(title), entries=entries), alt)


def draw(board: Board) -> bytes:
    """The title, and below it each joke with its scenario and its laughs. Slow at first, and blocking."""
    lines: list[tuple[str, str, str]] = [(board["title"], ORANGE, "bold"), ("", INK, "normal")]
    for place, entry in enumerate(board["entries"], 1):
        joke = _drawn(entry["joke"]) or plain(texts.UNDRAWN, {"place": place})
        lines += [(line, INK, "bold") for line in _wrapped(f"{place}. {joke}")]
        scenario = _drawn(entry["scenario"])
        below = ", ".join(filter(None, (scenario, entry["laughs"])))
        lines += [(INDENT + line.strip(), BLUE, "normal") for line in _wrapped(below)]
        lines.append(("", INK, "normal"))

    def plot(axes: "Axes") -> None:
        axes.set_axis_off()
        axes.set_xlim(0, 1)
        axes.set_ylim(len(lines) - 1, 0)
        for place, (text, colour, weight) in enumerate(lines):
            axes.text(0, place, text, color=colour, fontweight=weight, va="top", in_layout=False)

    return picture(INCHES_A_LINE * len(lines), plot)


def _wrapped(text: str) -> list[str]:
    """Lines that fit the picture; a word that is wider than it is broken."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if width_of(INDENT + longer) > WIDTH_INCHES - INCHES_BESIDE:
            lines += [line] if line else []
            *full, longer = _pieces(word)
            lines += full
        line = longer
    first, *others = [*lines, line]
    return [first, *(INDENT + other for other in others)]


def _pieces(word: str) -> list[str]:
    pieces = [""]
    for letter in word:
        if width_of(INDENT + pieces[-1] + letter) > WIDTH_INCHES - INCHES_BESIDE:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _drawn(text: str) -> str:
    """What the font has of a text, or nothing where that is not enough to read it."""
    found = "".join(one for one in text if drawable(one))
    return " ".join(found.split()) if len(found) >= LEAST_DRAWN * len(text) else ""


if __name__ == "__main__":
    main(draw)
