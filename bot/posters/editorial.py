"""Quiet words on paper: a serif with thin rules above and below, the last line in a second colour."""

from bot.posters.page import COLUMN, MARGIN, Copy, end_of, height_for, kicker, start_of, wordmark
from bot.typesetting.fitting import fit
from bot.typesetting.fonts import SERIF
from bot.typesetting.palettes import palette
from bot.typesetting.sheet import WIDTH, Sheet
from bot.typesetting.text import SetText

PALETTES = (
    palette("#f5efe4", "#1d1a16", "#b3261e", "#5c5346"),
    palette("#e9eef0", "#10202b", "#0b5f8a", "#44525b"),
    palette("#f3e6e4", "#2a1420", "#93174f", "#654a55"),
    palette("#16211c", "#f4efe2", "#f0b84b", "#b9c2b6"),
)
LARGEST, LEADING = 190, 1.08
RULE, HEAD, FOOT = 3, 44, 60


def draw(copy: Copy) -> Sheet:
    """The poster."""
    colours = PALETTES[copy.fingerprint % len(PALETTES)]
    text, above, below = SetText(copy.slogan, (SERIF,)), kicker(copy.product), wordmark()
    top = MARGIN + RULE + (HEAD + above.height if above.rows else 0) + HEAD + 20
    room = WIDTH - top - MARGIN - FOOT - HEAD
    block = fit(text, COLUMN, room, largest=LARGEST, leading=LEADING)
    height = height_for(block, room)
    sheet = Sheet(height, colours.paper)
    sheet.rectangle((MARGIN, MARGIN, MARGIN + COLUMN, MARGIN + RULE), colours.ink)
    sheet.write(above, MARGIN, MARGIN + RULE + HEAD - 10, COLUMN, start_of(text), colours.quiet)
    fills = [colours.ink] * (len(block.rows) - 1) + [colours.accent] if len(block.rows) > 1 else [colours.ink]
    sheet.write(block, MARGIN, top + max(0, room - block.height) / 2, COLUMN, start_of(text), *fills)
    foot = height - MARGIN - below.height
    sheet.rectangle((MARGIN, foot - 34, MARGIN + COLUMN, foot - 34 + RULE), colours.ink)
    sheet.write(below, MARGIN, foot, COLUMN, end_of(text), colours.quiet)
    return sheet
