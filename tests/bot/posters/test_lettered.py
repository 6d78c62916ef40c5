"""A slogan below a generated picture: what is taken for a picture, and how it becomes a poster."""

import io
import json
import struct
import zlib

import pytest
from PIL import Image

from bot.posters.lettered import CONTRAST, WHITE, letter
from bot.typesetting.palettes import contrast
from tests.wire.model_pictures import png

WORDS = {"slogan": "Scoop, there it is.", "product": "A company that sells ice cream"}


def made(content: bytes) -> Image.Image | None:
    head, _, poster = letter(WORDS, content).partition(b"\n")  # type: ignore[arg-type]  # the same keys
    assert json.loads(head) == {"readable": bool(poster), "missing": "", "cut": False}
    return Image.open(io.BytesIO(poster)) if poster else None


def drawn(size: tuple[int, int], form: str = "PNG", *, mode: str = "RGB", colour: object = (90, 40, 200)) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, form)  # type: ignore[arg-type]  # a colour of that mode
    return file.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("size", "height"), [((1024, 1024), 1024), ((1536, 1024), 683), ((1024, 4000), 1536), ((64, 64), 1024)]
)
def test_a_picture_of_any_size_is_as_wide_as_a_poster_and_not_endlessly_high(
    form: str, size: tuple[int, int], height: int
) -> None:
    poster = made(drawn(size, form))
    assert poster is not None
    assert poster.width == 1024
    assert height < poster.height < height + 600
    red, green, blue = poster.getpixel((500, height - 20))  # type: ignore[misc]  # a tuple, since it has colours
    assert max(abs(red - 90), abs(green - 40), abs(blue - 200)) < 16


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (255, 220, 0), (90, 40, 200)])
def test_the_words_can_be_read_below_every_picture(colour: tuple[int, int, int]) -> None:
    poster = made(drawn((512, 512), colour=colour))
    assert poster is not None
    panel = poster.getpixel((4, poster.height - 4))
    assert contrast(WHITE, panel) > CONTRAST - 0.5  # type: ignore[arg-type]  # JPEG changes colours a little


def test_what_is_seen_through_is_white() -> None:
    poster = made(drawn((64, 64), mode="RGBA", colour=(0, 0, 0, 0)))
    assert poster is not None
    assert poster.getpixel((500, 500)) == WHITE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        png()[:60],
        png()[:-30][:80],
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 64,
        drawn((8, 8), "GIF"),
        drawn((8, 8), "BMP"),
    ],
    ids=["nothing", "a page", "half a header", "half a picture", "zeros", "a GIF", "a BMP"],
)
def test_what_is_no_picture_is_said_to_be_none(content: bytes) -> None:
    assert made(content) is None


def test_a_small_file_with_a_billion_pixels_is_not_unpacked() -> None:
    assert made(drawn((4097, 4096), mode="1", colour=0)) is None
    side = 30_000  # more than Pillow itself would open
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    whole = bytearray(png())
    whole[12:33] = header + struct.pack(">I", zlib.crc32(header))
    assert made(bytes(whole)) is None
