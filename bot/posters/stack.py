"""Few words, as large as they can be: every line is as wide as the poster, so each has its own size."""

from collections.abc import Iterator

from bot.posters.page import COLUMN, MARGIN, Copy, height_for, kicker, start_of, wordmark
from bot.typesetting.fitting import Block, Row, fit, stacked
from bot.typesetting.fonts import ANTON
from bot.typesetting.lines import REFERENCE, Line
from bot.typesetting.palettes import palette
from bot.typesetting.sheet import WIDTH, Sheet
from bot.typesetting.text import SetText

PALETTES = (
    palette("#cf2a10", "#fff8ec", "#fff8ec", "#fff8ec"),
    palette("#ffd400", "#16130a", "#16130a", "#16130a"),
    palette("#1f2bd6", "#fdf6e3", "#fdf6e3", "#fdf6e3"),
    palette("#0d7a4f", "#fff6d8", "#fff6d8", "#fff6d8"),
)
LEADING = 1.02
WORTH = 0.5  # how much less of the poster may be covered so that words of Chinese and Japanese stay whole
LARGEST, LEAST, UNEVEN = 520, 56, 2.6  # pixels; pixels; how much larger a line may be than another
FOOT = 52


def draw(copy: Copy) -> Sheet:
    """The poster."""
    colours = PALETTES[copy.fingerprint % len(PALETTES)]
    text, above, below = SetText(copy.slogan, (ANTON,)), kicker(copy.product), wordmark()
    top = MARGIN + (above.height + 48 if above.rows else 0)
    room = WIDTH - top - MARGIN - FOOT - 24
    block = _filling(text, room) or fit(text, COLUMN, room, largest=LARGEST, leading=LEADING + 0.1)
    height = height_for(block, room)
    sheet = Sheet(height, colours.paper)
    sheet.write(above, MARGIN, MARGIN, COLUMN, start_of(text), colours.quiet)
    sheet.write(block, MARGIN, top + max(0, room - block.height) / 2, COLUMN, start_of(text), colours.ink)
    sheet.write(below, MARGIN, height - MARGIN - below.height, COLUMN, start_of(text), colours.quiet)
    return sheet


def _filling(text: SetText, room: float) -> Block | None:
    """Of all ways to cut it into lines, the one that covers most of the poster; None if each breaks a word."""
    best = list[Block]()
    for in_phrases in (True, False):
        blocks = [block for lines in _cuts(text, in_phrases) if (block := _wide(text, lines, room)) is not None]
        even = [block for block in blocks if _unevenness(block) <= UNEVEN]
        best += [max(even or blocks, key=_covered)] if blocks else []
    return next((one for one in best if _covered(one) >= WORTH * max(map(_covered, best))), None)


def _cuts(text: SetText, in_phrases: bool) -> Iterator[list[Line]]:
    seen = set[tuple[str, ...]]()
    limit = REFERENCE / 2
    while limit < REFERENCE * 40:
        cut = [(one, one.balanced(limit, in_phrases=in_phrases)) for one in text.paragraphs]
        lines = [one.line(start, end) for one, (places, _) in cut for start, end in places]
        words = tuple(line.text for line in lines)
        if words not in seen and not any(broke for _, (_, broke) in cut):
            seen.add(words)
            yield [line for line in lines if line.text]
        limit *= 1.12


def _wide(text: SetText, lines: list[Line], room: float) -> Block | None:
    sizes = [min(LARGEST, int(COLUMN * REFERENCE / max(1.0, line.extent(REFERENCE).width))) for line in lines]
    while lines and min(sizes) >= LEAST:
        rows = stacked(lines, sizes, LEADING)
        if _fits(rows, room):
            return Block(rows, max(sizes), text.missing, text.cut)
        share = min(0.99, room / max(1.0, rows[-1].baseline + rows[-1].extent.bottom))
        sizes = [int(size * max(share, 0.8)) for size in sizes]
    return None


def _fits(rows: tuple[Row, ...], room: float) -> bool:
    return max(row.baseline + row.extent.bottom for row in rows) <= room and all(
        row.extent.width <= COLUMN for row in rows
    )


def _unevenness(block: Block) -> float:
    sizes = [row.size for row in block.rows]
    return max(sizes) / min(sizes)


def _covered(block: Block) -> float:
    return sum(row.extent.width * (row.extent.top + row.extent.bottom) for row in block.rows)
