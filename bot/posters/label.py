"""Warm words on a label: centred on a bright card, with rays behind it."""

import math

from bot.posters.page import Copy, height_for, kicker, wordmark
from bot.typesetting.fitting import fit
from bot.typesetting.fonts import RUBIK
from bot.typesetting.palettes import palette
from bot.typesetting.sheet import WIDTH, Sheet
from bot.typesetting.text import SetText

PALETTES = (
    palette("#fff3dc", "#7a1f12", "#b23a12", "#8a3b1c", "#f5a623", "#f7b84b"),
    palette("#fff0f0", "#7b1237", "#b3184f", "#8f3154", "#ff8fa8", "#ffa5b8"),
    palette("#f3f9e8", "#1f4a22", "#2f6d2c", "#3c6338", "#8cc152", "#9fd06a"),
    palette("#fffae3", "#4a3200", "#8a5a00", "#6b5020", "#ffcf33", "#ffd95e"),
)
EDGE, INSIDE = 76, 60  # of the card, and from its edge to the text
WIDTH_INSIDE = WIDTH - 2 * (EDGE + INSIDE)
LARGEST, LEADING, RAYS = 190, 1.1, 36


def draw(copy: Copy) -> Sheet:
    """The poster."""
    colours = PALETTES[copy.fingerprint // 3 % len(PALETTES)]
    text, above, below = SetText(copy.slogan, (RUBIK,)), kicker(copy.product, WIDTH_INSIDE, 32), wordmark()
    top = EDGE + INSIDE + (above.height + 48 if above.rows else 0)
    bottom = EDGE + INSIDE + below.height + 56
    room = WIDTH - top - bottom
    block = fit(text, WIDTH_INSIDE, room, largest=LARGEST, leading=LEADING)
    height = height_for(block, room)
    sheet = Sheet(height, colours.shapes[0])
    middle = (WIDTH / 2, height / 2)
    for ray in range(RAYS):
        start, end = ((ray + part) * 2 * math.pi / RAYS for part in (0, 0.5))
        far = height + WIDTH
        sheet.polygon(
            [middle, *((middle[0] + far * math.cos(turn), middle[1] + far * math.sin(turn)) for turn in (start, end))],
            colours.shapes[1],
        )
    card = (EDGE, EDGE, WIDTH - EDGE, height - EDGE)
    sheet.rectangle(card, colours.paper, radius=56)
    sheet.outline([side + (18 if n < 2 else -18) for n, side in enumerate(card)], colours.accent, 4, radius=40)
    left = EDGE + INSIDE
    sheet.write(above, left, EDGE + INSIDE, WIDTH_INSIDE, "centre", colours.accent)
    sheet.write(block, left, top + max(0, room - block.height) / 2, WIDTH_INSIDE, "centre", colours.ink)
    sheet.write(below, left, height - EDGE - INSIDE + 6 - below.height, WIDTH_INSIDE, "centre", colours.quiet)
    return sheet
