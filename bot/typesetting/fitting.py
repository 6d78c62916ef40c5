"""Fits a text into a box: the largest size at which nothing is outside it."""

import math
from dataclasses import dataclass
from itertools import pairwise

from bot.typesetting.fonts import ALPHABETS
from bot.typesetting.lines import REFERENCE, Extent, Line
from bot.typesetting.text import SetText

STEP = 0.965  # from one size that is tried to the next smaller
SMALLEST = 28  # pixels of 1024: 10.7 on a phone that shows the picture 390 wide
BREAKS_BELOW = 64  # the size from which on a long word is broken sooner than the text made smaller
SAFETY = 0.985  # of the width, since words are measured at another size than they are drawn at
GAP = 0.05  # of an em, the least between the ink of two lines
# Code points up to which words of Chinese and Japanese stay whole, and how much smaller the text may be for that.
DISPLAY, WORTH = 48, 0.55
FULL, HARDLY_SMALLER = 0.88, 0.84  # of the width; of a size
HIGHEST = 3600  # pixels; 2,000 letters of any language take less, 2,000 letters under eight accents each do not
BLANK = 0.5  # of a line, where a line is blank


@dataclass(frozen=True)
class Row:
    """A line in its place: `baseline` from the top of the block."""

    line: Line
    size: int
    baseline: float
    extent: Extent


@dataclass(frozen=True)
class Block:
    """Lines one under the other, from the ink of the first to that of the last; what no font has; whether the text goes on."""

    rows: tuple[Row, ...]
    size: int
    missing: str = ""
    cut: bool = False

    @property
    def width(self) -> float:
        return max((row.extent.width for row in self.rows), default=0.0)

    @property
    def height(self) -> float:
        return max((row.baseline + row.extent.bottom for row in self.rows), default=0.0)


def fit(
    text: SetText, width: float, height: float, *, largest: int, leading: float = 1.2, highest: float = HIGHEST
) -> Block:
    """The text as large as it fits; at the smallest size it may be higher than the box, never wider. At `highest` it is cut.

    `leading` is from one baseline to the next, in ems.
    """
    block = _largest(text, width, height, range(largest, SMALLEST, -1), leading)
    if len(text.text) <= DISPLAY:
        least = round(block.size * WORTH) if block else SMALLEST
        block = _largest(text, width, height, range(largest, least, -1), leading, in_phrases=True) or block
    if block is not None:
        block = _fuller(text, block, width, height, leading)
    share = SAFETY
    while block is None:
        block = _set(text, _How(width, SMALLEST, leading, may_break=True, share=share))
        share *= 0.9
    return _shortened(block, leading, highest)


def _largest(
    text: SetText, width: float, height: float, sizes: range, leading: float, *, in_phrases: bool = False
) -> Block | None:
    """The text at the first of these sizes that fits; not each of them is tried."""
    size = sizes.start
    while size > sizes.stop:
        may_break = size <= BREAKS_BELOW and not in_phrases
        how = _How(width, size, leading, may_break=may_break, in_phrases=in_phrases)
        block = _set(text, how, height, even=False)
        if block is not None:
            return _set(text, how, height) or block
        size = min(size - 1, round(size * STEP))
    return None


def _fuller(text: SetText, block: Block, width: float, height: float, leading: float) -> Block:
    """A little smaller, where that makes fewer lines which fill the width: short lines leave a hole beside them."""
    size = block.size
    while block.width < FULL * width and size * STEP >= max(SMALLEST, block.size * HARDLY_SMALLER):
        size = round(size * STEP)
        found = _set(text, _How(width, size, leading, may_break=False), height)
        if found is not None and len(found.rows) < len(block.rows) and found.width >= FULL * width:
            return found
    return block


@dataclass(frozen=True)
class _How:
    """A way to set a text that is tried; `share` is how much of the width it may take."""

    width: float
    size: int
    leading: float
    may_break: bool
    in_phrases: bool = False
    share: float = SAFETY


def _set(text: SetText, how: _How, height: float = math.inf, *, even: bool = True) -> Block | None:
    """The text so; None if it is too wide or too high, or a word would have to be broken."""
    limit = how.width * how.share * REFERENCE / how.size
    lines, broke = list[Line](), False
    for paragraph in text.paragraphs:
        cuts, breaks = (paragraph.balanced if even else paragraph.wrap)(limit, in_phrases=how.in_phrases)
        broke = broke or breaks
        lines += [paragraph.line(start, end) for start, end in cuts]
    steps = sum(how.size * how.leading * (1 if line.text else BLANK) for line in lines[1:])
    if (broke and not how.may_break) or steps > height:  # measuring every line takes its time
        return None
    block = Block(stacked(lines, [how.size] * len(lines), how.leading), how.size, text.missing, text.cut)
    return block if block.width <= how.width and block.height <= height else None


def _shortened(block: Block, leading: float, highest: float) -> Block:
    """A block that no picture is high enough for, up to where one is."""
    kept = [row.line for row in block.rows if row.baseline + row.extent.bottom <= highest - block.size * 2]
    if len(kept) == len(block.rows):
        return block
    lines = [*kept, *SetText("…", ALPHABETS).lines()]
    return Block(stacked(lines, [block.size] * len(lines), leading), block.size, block.missing, cut=True)


def stacked(lines: list[Line], sizes: list[int], leading: float) -> tuple[Row, ...]:
    """Lines below each other, none of whose ink touches the next."""
    extents = [line.extent(size) for line, size in zip(lines, sizes, strict=True)]
    baselines = [extents[0].top] if extents else []
    for place, (above, below) in enumerate(pairwise(extents), 1):
        size = sizes[place]
        step = size * leading * (1 if lines[place].text else BLANK)
        baselines.append(baselines[-1] + max(step, above.bottom + below.top + size * GAP))
    return tuple(
        Row(line, size, baseline, extent)
        for line, size, baseline, extent in zip(lines, sizes, baselines, extents, strict=True)
    )
