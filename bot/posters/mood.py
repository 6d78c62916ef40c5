"""Which of the five layouts suits a text: by its length, by its mood, and where neither says anything, by its fingerprint.

The text's own words decide its mood. If they do not, the caller can compare its meaning with `EXAMPLES`.
"""

import hashlib
from enum import StrEnum

from bot.characters import characters, is_unspaced, words

LONG, SHORT, LOUDEST = 140, 26, 60  # in widths of a letter; a Chinese character is two


class Mood(StrEnum):
    """What a slogan sounds like."""

    LOUD = "loud"
    QUIET = "quiet"
    MODERN = "modern"
    WARM = "warm"


class Layout(StrEnum):
    """The five posters."""

    STACK = "stack"
    EDITORIAL = "editorial"
    GRID = "grid"
    LABEL = "label"
    COLUMN = "column"


# Texts in each mood, to compare a slogan with by an embedding model.
EXAMPLES = (
    (Mood.LOUD, "Huge sale! Hurry, everything must go!"),
    (Mood.LOUD, "Go harder. Win the game. Feel the power!"),
    (Mood.LOUD, "Party and dance all night long"),
    (Mood.QUIET, "Timeless elegance and quiet beauty"),
    (Mood.QUIET, "A calm evening with a good book"),
    (Mood.QUIET, "Breathe slowly, rest and sleep in peace"),
    (Mood.MODERN, "Fast, secure software for your data"),
    (Mood.MODERN, "The future of technology, built today"),
    (Mood.MODERN, "Smart devices and apps that work for you"),
    (Mood.WARM, "Fresh bread and sweet treats, baked with love"),
    (Mood.WARM, "Home cooking for the whole family"),
    (Mood.WARM, "Happy pets, good friends and a cosy home"),
)
# In small letters; of Chinese and Japanese, what two characters side by side may be.
LISTED = {
    Mood.LOUD: """now sale win wins power powerful hot wild loud rock big huge bold go run fight hurry never game party
        限时 抢购 必胜 燃烧 狂欢""",
    Mood.QUIET: """time timeless elegant elegance calm quiet dream dreams beauty beautiful silk book books story stories sleep soul
        wine gold flower flowers garden 时光 优雅 宁静 美丽 梦想 故事 花园 时间 岁月""",
    Mood.MODERN: """fast smart tech code data cloud app ai digital future secure speed device phone computer online software robot
        electric drive connect connected 科技 智能 未来 数据 速度 代码 手机 云端""",
    Mood.WARM: """fresh taste tasty sweet bread coffee tea cake pizza ice cream lemonade food eat drink cook home love family
        friends hug cozy warm heart baked chocolate cookie dog cat 美味 新鲜 咖啡 面包 甜蜜 家庭 温暖 爱心 好吃 回家""",
}
WORDS = {mood: frozenset(listed.split()) for mood, listed in LISTED.items()}
OF_MOOD = {Mood.LOUD: Layout.STACK, Mood.QUIET: Layout.EDITORIAL, Mood.MODERN: Layout.GRID, Mood.WARM: Layout.LABEL}
UNDECIDED = (Layout.EDITORIAL, Layout.GRID, Layout.LABEL)


def length(text: str) -> int:
    """In widths of a letter."""
    return sum(2 if is_unspaced(one) or "\uac00" <= one[0] <= "\ud7a3" else 1 for one in characters(text))


def mood_of(text: str) -> Mood | None:
    """What its words say, if they say one thing more often than others; an exclamation mark is loud."""
    found = words(text)
    counts = {mood: sum(word in known for word in found) for mood, known in WORDS.items()}
    counts[Mood.LOUD] += text.count("!") + text.count("！")
    first, second = sorted(counts.values(), reverse=True)[:2]
    return max(counts, key=lambda mood: counts[mood]) if first > second else None


def needs_meaning(text: str) -> bool:
    """Whether neither the length nor the words of a text decide its layout."""
    return length(text) <= LONG and mood_of(text) is None


def layout_of(text: str, meant: Mood | None = None) -> Layout:
    """The layout for a cleaned text. A long text gets a column, whatever it is about. `meant` is its mood by an embedding model."""
    size = length(text)
    if size > LONG:
        return Layout.COLUMN
    mood = mood_of(text) or meant
    if mood == Mood.LOUD and size > LOUDEST:
        return Layout.GRID
    if mood is not None:
        return OF_MOOD[mood]
    return Layout.STACK if size <= SHORT else UNDECIDED[fingerprint(text) % len(UNDECIDED)]


def fingerprint(text: str) -> int:
    """A number of the text, the same in every process: it chooses where nothing else does."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
