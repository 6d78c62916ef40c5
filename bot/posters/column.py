"""Many words in one quiet column beside a broad bar; the picture grows with the text."""

from bot.posters.page import MARGIN, Copy, height_for, kicker, start_of, wordmark
from bot.typesetting.fitting import fit
from bot.typesetting.fonts import BRICOLAGE
from bot.typesetting.palettes import palette
from bot.typesetting.sheet import WIDTH, Sheet
from bot.typesetting.text import SetText

PALETTES = (
    palette("#1b1d2a", "#f4f1ea", "#ffb454", "#b7bac9", "#ffb454"),
    palette("#fbf7ef", "#1c1b19", "#c0321c", "#5d574d", "#ff5a36"),
    palette("#0e3b43", "#f2fbf7", "#8fe3c0", "#b9d3cf", "#8fe3c0"),
)
BAR, BESIDE = 40, 60
LARGEST, LEADING = 84, 1.26
WIDTH_OF_TEXT = WIDTH - BAR - BESIDE - MARGIN


def draw(copy: Copy) -> Sheet:
    """The poster."""
    colours = PALETTES[copy.fingerprint % len(PALETTES)]
    text, above, below = SetText(copy.slogan, (BRICOLAGE,)), kicker(copy.product, WIDTH_OF_TEXT), wordmark()
    left = MARGIN if text.rtl else BAR + BESIDE
    top = MARGIN + (above.height + 52 if above.rows else 0)
    room = WIDTH - top - MARGIN - below.height - 52
    block = fit(text, WIDTH_OF_TEXT, room, largest=LARGEST, leading=LEADING)
    height = height_for(block, room)
    sheet = Sheet(height, colours.paper)
    bar = (WIDTH - BAR, 0, WIDTH, height) if text.rtl else (0, 0, BAR, height)
    sheet.rectangle(bar, colours.shapes[0])
    sheet.write(above, left, MARGIN, WIDTH_OF_TEXT, start_of(text), colours.accent)
    sheet.write(block, left, top + max(0, room - block.height) / 2, WIDTH_OF_TEXT, start_of(text), colours.ink)
    sheet.write(below, left, height - MARGIN - below.height, WIDTH_OF_TEXT, start_of(text), colours.quiet)
    return sheet
