"""Modern words under a strip of circles and quarters, which the slogan's fingerprint arranges: no two are alike."""

from bot.posters.page import COLUMN, MARGIN, Copy, height_for, kicker, start_of, wordmark
from bot.typesetting.fitting import fit
from bot.typesetting.fonts import BRICOLAGE
from bot.typesetting.palettes import Colour, Palette, palette
from bot.typesetting.sheet import WIDTH, Sheet
from bot.typesetting.text import SetText

PALETTES = (
    palette("#14151f", "#f6f4ef", "#ffb454", "#b9bccb", "#ff5a36", "#ffb454", "#4f6bff", "#f6f4ef"),
    palette("#f4f1ea", "#15161a", "#1b3fd1", "#51545e", "#1b3fd1", "#ff5a36", "#ffc83d", "#15161a"),
    palette("#0f2f2e", "#f3f7ee", "#7be0b0", "#b3ccc4", "#7be0b0", "#f9d65c", "#ff7d5c", "#f3f7ee"),
    palette("#3a1d6e", "#fbf5ff", "#ffd166", "#d3c4ee", "#ff5fa2", "#ffd166", "#5ad1e6", "#fbf5ff"),
)
TILE = WIDTH // 4
LARGEST, LEADING = 170, 1.06
SHAPES = 7


def draw(copy: Copy) -> Sheet:
    """The poster."""
    colours = PALETTES[copy.fingerprint // 7 % len(PALETTES)]
    text, above, below = SetText(copy.slogan, (BRICOLAGE,)), kicker(copy.product), wordmark()
    top = TILE + 64 + (above.height + 40 if above.rows else 0)
    room = WIDTH - top - MARGIN - below.height - 64
    block = fit(text, COLUMN, room, largest=LARGEST, leading=LEADING)
    height = height_for(block, room)
    sheet = Sheet(height, colours.paper)
    _strip(sheet, colours, copy.fingerprint)
    sheet.write(above, MARGIN, TILE + 64, COLUMN, start_of(text), colours.accent)
    sheet.write(block, MARGIN, top + max(0, room - block.height) / 2, COLUMN, start_of(text), colours.ink)
    sheet.write(below, MARGIN, height - MARGIN - below.height, COLUMN, start_of(text), colours.quiet)
    return sheet


def _strip(sheet: Sheet, colours: Palette, number: int) -> None:
    count, previous = len(colours.shapes), -1
    for place in range(WIDTH // TILE):
        number, shape = divmod(number, SHAPES)
        number, ground = divmod(number, count)
        ground = ground if ground != previous else (ground + 1) % count
        figure = colours.shapes[(ground + 1 + number % (count - 1)) % count]
        previous = ground
        _tile(sheet, place * TILE, shape, colours.shapes[ground], figure)


def _tile(sheet: Sheet, left: float, shape: int, ground: Colour, figure: Colour) -> None:
    right, half = left + TILE, TILE / 2
    sheet.rectangle((left, 0, right, TILE), ground)
    if shape == 0:
        sheet.ellipse((left + 28, 28, right - 28, TILE - 28), figure)
    elif shape in {1, 2, 3, 4}:
        x, y = left - TILE * (shape in {2, 3}), -TILE * (shape in {3, 4})
        corner = {1: 180, 2: 270, 3: 0, 4: 90}[shape]
        sheet.slice((x, y, x + 2 * TILE, y + 2 * TILE), corner, corner + 90, figure)
    elif shape == 5:
        sheet.slice((left, -half, right, half), 0, 180, figure)
        sheet.slice((left, half, right, half + TILE), 180, 360, figure)
    else:
        for band in range(0, 4, 2):
            sheet.rectangle((left, band * TILE / 4, right, (band + 1) * TILE / 4), figure)
