"""How these fonts were made: `python bot/typesetting/fonts/build.py SOURCES`, with what README.md lists unpacked in that folder.

Needs fontTools with brotli. Only for whoever brings the fonts up to date; the bot never runs it.
"""

import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from fontTools import subset
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
TAKEN = {
    "anton/400Regular/Anton_400Regular.ttf": "anton.ttf",
    "bricolage-grotesque/800ExtraBold/BricolageGrotesque_800ExtraBold.ttf": "bricolage.ttf",
    "dm-serif-display/400Regular/DMSerifDisplay_400Regular.ttf": "dm-serif-display.ttf",
    "inter/800ExtraBold/Inter_800ExtraBold.ttf": "inter-800.ttf",
    "rubik/500Medium/Rubik_500Medium.ttf": "rubik-500.ttf",
    "rubik/800ExtraBold/Rubik_800ExtraBold.ttf": "rubik-800.ttf",
}
SCRIPTS = "Arabic Bengali Devanagari Gujarati Gurmukhi Kannada Khmer Lao Malayalam Myanmar Tamil Telugu Thai"
NAMES = [0, 1, 2, 3, 4, 5, 6, 13, 14]
# The first and last lead bytes of the standards whose characters the Chinese font keeps: those of Mainland China, of Taiwan (both
# levels that are in daily use), of Japan and of Korea.
STANDARDS = {"gb2312": (0xA1, 0xFF), "big5": (0xA1, 0xC7), "euc_jp": (0xA1, 0xFF), "euc_kr": (0xA1, 0xC9)}
EAST_ASIA = (
    range(0x3000, 0x3100),
    range(0x3130, 0x3190),
    range(0x31F0, 0x3200),
    range(0xFF00, 0xFFF0),
    range(0xAC00, 0xD7A4),
)


def main(sources: Path) -> None:
    """Writes every font beside this file."""
    for source, name in TAKEN.items():
        shutil.copyfile(sources / "npm/@expo-google-fonts" / source, HERE / name)
    noto = sources / "fonts-noto-core/usr/share/fonts/truetype/noto"
    for script in SCRIPTS.split():
        font = TTFont(noto / f"NotoSans{script}-Bold.ttf", recalcTimestamp=False)
        letters = [one for one in font.getBestCmap() if one >= 0x300]
        save(font, letters, ["*"], HERE / f"noto-sans-{script.lower()}.ttf")
    cjk = sources / "fonts-noto-cjk/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"
    # The third of its fonts is Simplified Chinese, with the others' forms in `locl`.
    font = TTFont(cjk, fontNumber=2, recalcTimestamp=False)
    save(font, east_asian(), ["locl", "ccmp", "palt", "kern"], HERE / "noto-sans-cjk.otf")
    emoji(sources / "npm/twemoji-colr-font/twemoji.woff2", HERE / "twemoji.ttf")


def save(font: TTFont, letters: Iterable[int], features: list[str], target: Path) -> None:
    """Those letters of a font, without hints."""
    options = subset.Options()
    options.layout_features, options.name_IDs = features, NAMES
    options.hinting, options.notdef_outline = False, True
    options.drop_tables += ["VORG", "vhea", "vmtx", "BASE", "DSIG"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=set(letters))
    subsetter.subset(font)
    font.save(target)


def east_asian() -> Iterator[int]:
    """Code points of the standards from the general punctuation on, and all kana and hangul."""
    for encoding, (first, last) in STANDARDS.items():
        for pair in ((lead, trail) for lead in range(first, last) for trail in range(0x40, 0xFF)):
            try:
                found = bytes(pair).decode(encoding)
            except UnicodeDecodeError:
                continue
            yield from (ord(one) for one in found if ord(one) >= 0x2010)
    for letters in EAST_ASIA:
        yield from letters


def emoji(source: Path, target: Path) -> None:
    """Gives each emoji an outline around its coloured layers: Pillow takes the room of a coloured glyph from it."""
    font = TTFont(source, recalcTimestamp=False)
    font.flavor = None
    glyphs, widths = font["glyf"], font["hmtx"]
    for name, layers in font["COLR"].ColorLayers.items():
        boxes = [glyphs[layer.name] for layer in layers if glyphs[layer.name].numberOfContours]
        if boxes:
            left, bottom = min(one.xMin for one in boxes), min(one.yMin for one in boxes)
            right, top = max(one.xMax for one in boxes), max(one.yMax for one in boxes)
            pen = TTGlyphPen(None)
            pen.moveTo((left, bottom))
            for corner in ((left, top), (right, top), (right, bottom)):
                pen.lineTo(corner)
            pen.closePath()
            glyphs[name] = pen.glyph()
            widths[name] = (widths[name][0], left)
    font.save(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
