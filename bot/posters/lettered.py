"""`python -m bot.posters.lettered`: a generated picture with a slogan set below it.

On stdin a line of JSON, and behind it the picture; on stdout a line of JSON about it, and a JPEG. The picture comes from outside:
it is decoded here, in a process that ends with it, and nothing of it but its pixels goes on.
"""

import io
import json
import sys
from typing import TypedDict

from PIL import Image

from bot.posters.page import COLUMN, MARGIN, kicker, wordmark
from bot.typesetting.fitting import fit
from bot.typesetting.fonts import BRICOLAGE
from bot.typesetting.palettes import Colour, contrast
from bot.typesetting.sheet import WIDTH, Sheet
from bot.typesetting.text import SetText, tidied

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_PIXELS = 4096 * 4096  # an image model makes 1024 x 1024; a file of a few bytes can claim to have a billion
HIGHEST = WIDTH * 3 // 2  # pixels; what is higher is cut above and below
WHITE: Colour = (255, 255, 255)
QUIET: Colour = (0xD8, 0xD8, 0xD8)
CONTRAST = 7.0  # of white on the panel
GAP, LARGEST, LEADING, ROOM = 40, 104, 1.12, 420
JPEG_QUALITY = 90


class Data(TypedDict):
    """What stands on the poster."""

    slogan: str
    product: str


def letter(data: Data, content: bytes) -> bytes:
    """The line about the poster, and the poster; without one if `readable` is false."""
    picture = _opened(content)
    if picture is None:
        return _head(readable=False)
    text, above, below = SetText(tidied(data["slogan"]), (BRICOLAGE,)), kicker(data["product"]), wordmark()
    block = fit(text, COLUMN, ROOM, largest=LARGEST, leading=LEADING)
    top = picture.height + GAP
    start = top + (above.height + GAP / 2 if above.rows else 0)
    end = start + block.height + GAP
    sheet = Sheet(round(end + below.height + GAP), _panel(picture))
    sheet.write(above, MARGIN, top, COLUMN, "centre", QUIET)
    sheet.write(block, MARGIN, start, COLUMN, "centre", WHITE)
    sheet.write(below, MARGIN, end, COLUMN, "centre", QUIET)
    poster = sheet.picture()
    poster.paste(picture, (0, 0))
    file = io.BytesIO()
    poster.save(file, "JPEG", quality=JPEG_QUALITY)
    return _head(sheet.missing, cut=sheet.cut) + file.getvalue()


def _opened(content: bytes) -> Image.Image | None:
    """The picture, as wide as a poster; None if it is none."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return None
            pixels = opened.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # all that Pillow raises for a broken file
        return None
    flat = Image.alpha_composite(Image.new("RGBA", pixels.size, WHITE), pixels).convert("RGB")
    height = max(1, round(flat.height * WIDTH / flat.width))
    if height > HIGHEST:
        kept = HIGHEST * flat.width / WIDTH
        edge = (flat.height - kept) / 2
        return flat.resize((WIDTH, HIGHEST), Image.Resampling.LANCZOS, (0, edge, flat.width, edge + kept))
    return flat.resize((WIDTH, height), Image.Resampling.LANCZOS)


def _panel(picture: Image.Image) -> Colour:
    """The colour of the picture's lower edge, as dark as white text needs it."""
    edge = picture.crop((0, picture.height * 7 // 8, WIDTH, picture.height)).resize((1, 1), Image.Resampling.BOX)
    red, green, blue = edge.tobytes()
    while contrast(WHITE, (red, green, blue)) < CONTRAST:
        red, green, blue = (part * 9 // 10 for part in (red, green, blue))
    return red, green, blue


def _head(missing: str = "", *, readable: bool = True, cut: bool = False) -> bytes:
    return json.dumps({"readable": readable, "missing": missing, "cut": cut}).encode() + b"\n"


if __name__ == "__main__":
    line = sys.stdin.buffer.readline()
    sys.stdout.buffer.write(letter(json.loads(line), sys.stdin.buffer.read()))
