"""Where a line may end: after spaces and hyphens, and between characters of scripts that have no spaces, by their own rules."""

from collections.abc import Sequence
from itertools import pairwise

import regex

IS_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}ー々〆\u3000-\u303f\uff00-\uff60\uffe0-\uffe6]")
IS_EMOJI = regex.compile(r"\p{Regional_Indicator}{2}|\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f")
# Kinsoku: what begins no line, and what ends none.
NOT_FIRST = frozenset(
    "、。，．・：；？！‼⁇⁈⁉）］｝〕〉》」』】〙〗｠”’»›ーァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎゕゖ々〻ゝゞヽヾ…‥—～〜%‰℃％.,:;?!)]}"
)
NOT_LAST = frozenset("（［｛〔〈《「『【〘〖｟“‘«‹([{$£¥€￥＄#")
HYPHENS = frozenset("-‐–—/")


def segments(characters: Sequence[str]) -> list[tuple[int, int]]:
    """The pieces of a paragraph, from and up to, between which a line may end. Spaces belong to the piece before them."""
    starts = [0, *(place for place in range(1, len(characters)) if _may_end_before(characters, place)), len(characters)]
    return list(pairwise(starts)) if characters else []


def phrases(characters: Sequence[str]) -> list[tuple[int, int]]:
    """Larger pieces: Chinese and Japanese that mostly keep words whole, as well as can be told without a dictionary.

    A Japanese phrase ends in hiragana, a Chinese one in punctuation or after 的 or 了.
    """
    joined = list[tuple[int, int]]()
    for start, end in segments(characters):
        if joined and not _ends_phrase(characters[start - 1], characters[start]):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _ends_phrase(before: str, after: str) -> bool:
    if not (_is_ideograph(before) and _is_ideograph(after)):
        return True
    return before in NOT_FIRST or before in "的了" or ("ぁ" <= before <= "ゟ" and not "ぁ" <= after <= "ゟ")


def _is_ideograph(character: str) -> bool:
    return bool(IS_IDEOGRAPH.match(character))


def _may_end_before(characters: Sequence[str], place: int) -> bool:
    before, after = characters[place - 1], characters[place]
    if after == " " or after in NOT_FIRST or before in NOT_LAST:
        return False
    if before == " ":
        return True
    if before in HYPHENS:
        return place > 1 and characters[place - 2].isalnum() and after.isalpha()
    return _is_ideograph(before) or _is_ideograph(after) or (_is_emoji(before) and _is_emoji(after))


def _is_emoji(character: str) -> bool:
    return bool(IS_EMOJI.match(character))
