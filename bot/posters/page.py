"""What the posters share: margins, the line that says what the slogan is for, and the small name at the foot."""

from dataclasses import dataclass

from bot.posters.mood import fingerprint
from bot.typesetting.fitting import Block, fit
from bot.typesetting.fonts import BRICOLAGE, RUBIK_MEDIUM
from bot.typesetting.sheet import WIDTH, Align
from bot.typesetting.text import SetText, tidied

MARGIN = 76
COLUMN = WIDTH - 2 * MARGIN
SQUARE = WIDTH
MAX_PRODUCT = 80  # letters; a longer description would be a second text beside the slogan
NAME = "Punchline"
SMALL = 30  # pixels


@dataclass(frozen=True)
class Copy:
    """The words of a poster."""

    slogan: str
    product: str = ""

    @property
    def fingerprint(self) -> int:
        """The same for the same slogan."""
        return fingerprint(self.slogan)


def start_of(text: SetText) -> Align:
    """The side where its lines begin."""
    return "right" if text.rtl else "left"


def end_of(text: SetText) -> Align:
    """The side where its lines end."""
    return "left" if text.rtl else "right"


def kicker(product: str, width: float = COLUMN, size: int = 34) -> Block:
    """What the slogan is for, in a line or two; nothing if it is long."""
    short = tidied(product).replace("\n", " ")
    return fit(
        SetText(short if len(short) <= MAX_PRODUCT else "", (RUBIK_MEDIUM,)), width, 80, largest=size, highest=300
    )


def wordmark() -> Block:
    """Who made it."""
    return fit(SetText(NAME, (BRICOLAGE,)), COLUMN, SMALL, largest=SMALL)


def height_for(block: Block, room: float) -> int:
    """Of a picture: a square, and higher if its text needs more than its room."""
    return SQUARE + max(0, round(block.height - room + 0.5))
