"""Fills in the sentences of `bot.texts`: for Discord, where a value is shown as it was typed, and for logs and terminals.

Text from members, files, models and servers is never markup: no link, heading, mention or broken code fence of theirs becomes a live
one under the bot's name, and no character is sent that cannot be seen. `{name}` is such a text. `{name!c}` is one inside a code span, whose backticks the template writes itself.

Every text for people is a `Text`, which becomes a string in the language of the current task, when it is put into a message. The type
checker finds a text that was not: a `Text` is no `str`.
"""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable

from bot.characters import visible
from bot.texts.language import ENGLISH, speaking, translated, translated_plural

# Discord also makes something of `@everyone`, and of an invite without `https://`.
_INLINE_MARKS = re.compile(
    r"[\\*_~|`\[\]<>]|:(?=//)|@(?=everyone|here)|(?:(?<=discord)|(?<=discordapp))\.(?=gg|com)", re.IGNORECASE
)
MOST_OF_ONE = 8  # code points that are looked at for each one that is shown
_LINE_MARKS = re.compile(r"^([ \t]*)(#|[-+](?=[-#]|[ \t]|$)|\d+(?=[.)]))", re.MULTILINE)


@runtime_checkable
class HasMarkdown(Protocol):
    """Something that is markup by itself, such as a `UserError` inside another one."""

    def markdown(self) -> str: ...


def escape(text: str) -> str:
    """The text in Discord's markdown, such that people see every character of it and nothing is live."""
    marked = _INLINE_MARKS.sub(r"\\\g<0>", visible(text))
    return _LINE_MARKS.sub(_escape_line_mark, marked)


def _escape_line_mark(found: re.Match[str]) -> str:
    blanks, mark = found.groups()
    return f"{blanks}{mark}\\" if mark.isdigit() else f"{blanks}\\{mark}"


def code(text: str) -> str:
    """The text as it can stand inside a code span."""
    return " ".join(visible(text).replace("`", "ˋ").split())


def beginning(text: str, shown: int) -> str:
    """As much of a text as can matter where so many code points are shown: it may be very long, and nearly all of it hidden."""
    return text[: shown * MOST_OF_ONE]


def clip(text: "str | Text", limit: int) -> str:
    """At most `limit` code points; an ellipsis stands for what was cut. No character that people see as one is cut in two."""
    whole = str(text)
    text = visible(beginning(whole, limit))
    if len(text) <= limit and len(whole) <= limit * MOST_OF_ONE:
        return text
    cut = _whole_characters(text, limit - 1).rstrip()
    backslashes = len(cut) - len(cut.rstrip("\\"))
    return cut[: len(cut) - backslashes % 2] + "…"  # a backslash that escapes nothing would be shown


def _whole_characters(text: str, limit: int) -> str:
    if text.isascii():
        return text[:limit]
    import regex  # noqa: PLC0415  # 35 ms, which a start need not wait for

    end = 0
    for character in regex.finditer(r"\X", text, endpos=limit + 1):
        if character.end() > limit:
            break
        end = character.end()
    return text[:end]


@dataclass(frozen=True, slots=True)
class Text:
    """A text for people in English. `str()` gives it in the language of the current task.

    `context` tells texts apart that are the same in English alone.
    """

    english: str
    context: str = ""

    def __str__(self) -> str:
        return translated(self.english, self.context)

    def __bool__(self) -> bool:
        return bool(self.english)

    def of(self, **values: object) -> "Sentence":
        """The sentence with these values, in the language of whoever renders it."""
        return Sentence(self, values)

    def format(self, **values: object) -> str:
        """The text in the current language, with values that are markup already, or plain where nothing is markup."""
        return plain(self, values)


@dataclass(frozen=True, slots=True)
class Plural:
    """A text that depends on a number, `{count}` in it."""

    one: str
    many: str

    def of(self, count: int, **values: object) -> "Sentence":
        """The form for so many, in the language of whoever renders it."""
        return Sentence(self.form(count), {**values, "count": count})

    def form(self, count: int) -> "Counted":
        """The form for so many as a template."""
        return Counted(self, count)


@dataclass(frozen=True, slots=True)
class Counted:
    """A plural for a number, still without its values."""

    plural: Plural
    count: int

    def __str__(self) -> str:
        return translated_plural(self.plural.one, self.plural.many, self.count)


Template: TypeAlias = Text | Counted


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text with its values, which may be texts and sentences themselves. `str()` gives it as plain text in the current language."""

    template: Template
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return plain(self.template, self.values)

    def markdown(self) -> str:
        """The text for Discord: what the values contain is shown as it was typed."""
        return markdown(self.template, self.values)


def in_english(text: Text | Sentence) -> str:
    """For what no reader's language changes: a model, a log, and a chart, whose font has no other script."""
    with speaking(ENGLISH):
        return str(text)


class _Plain(string.Formatter):
    def convert_field(self, value: Any, conversion: str | None) -> Any:
        if conversion == "c" or isinstance(value, str):
            return visible(str(value))
        return super().convert_field(value, conversion)


class _Markdown(_Plain):
    def convert_field(self, value: Any, conversion: str | None) -> Any:
        if isinstance(value, HasMarkdown):
            return value.markdown()
        if conversion == "c":
            return code(str(value))
        if conversion is None and isinstance(value, str):
            return escape(value)
        return super().convert_field(value, conversion)


_PLAIN, _MARKDOWN = _Plain(), _Markdown()


def plain(template: Template, values: Mapping[str, object]) -> str:
    """The sentence for an alt text, a footer or a label, where nothing is markup, in the current language."""
    return _PLAIN.vformat(str(template), (), values)


def markdown(template: Template, values: Mapping[str, object]) -> str:
    """The sentence for Discord, in the current language. Raises `KeyError` where a value is missing."""
    return _MARKDOWN.vformat(str(template), (), values)
