"""Fills in the sentences of `bot.texts`: for Discord, where a value is shown as it was typed, and for logs and terminals.

Text from members, files, models and servers is never markup: no link, heading, mention or broken code fence of theirs becomes a live
one under the bot's name. `{name}` is such a text. `{name!c}` is one inside a code span, whose backticks the template writes itself.
"""

import re
import string
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

_INLINE_MARKS = re.compile(r"[\\*_~|`\[\]<>]|:(?=//)")
_LINE_MARKS = re.compile(r"^([ \t]*)(#|[-+](?=[-#]|[ \t]|$)|\d+(?=[.)]))", re.MULTILINE)


@runtime_checkable
class HasMarkdown(Protocol):
    """Something that is markup by itself, such as a `UserError` inside another one."""

    def markdown(self) -> str: ...


def escape(text: str) -> str:
    """The text in Discord's markdown, such that people see every character of it and nothing is live."""
    marked = _INLINE_MARKS.sub(r"\\\g<0>", text)
    return _LINE_MARKS.sub(_escape_line_mark, marked)


def _escape_line_mark(found: re.Match[str]) -> str:
    blanks, mark = found.groups()
    return f"{blanks}{mark}\\" if mark.isdigit() else f"{blanks}\\{mark}"


def code(text: str) -> str:
    """The text as it can stand inside a code span."""
    return " ".join(text.replace("`", "ˋ").split())


def clip(text: str, limit: int) -> str:
    """At most `limit` code points; an ellipsis stands for what was cut. No character that people see as one is cut in two."""
    if len(text) <= limit:
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


class _Plain(string.Formatter):
    def convert_field(self, value: Any, conversion: str | None) -> Any:
        return str(value) if conversion == "c" else super().convert_field(value, conversion)


class _Markdown(string.Formatter):
    def convert_field(self, value: Any, conversion: str | None) -> Any:
        if isinstance(value, HasMarkdown):
            return value.markdown()
        if conversion == "c":
            return code(str(value))
        if conversion is None and isinstance(value, str):
            return escape(value)
        return super().convert_field(value, conversion)


_PLAIN, _MARKDOWN = _Plain(), _Markdown()


def plain(template: str, values: Mapping[str, object]) -> str:
    """The sentence for a log, a terminal, an alt text or a footer, where nothing is markup."""
    return _PLAIN.vformat(template, (), values)


def markdown(template: str, values: Mapping[str, object]) -> str:
    """The sentence for Discord. Raises `KeyError` where a value is missing."""
    return _MARKDOWN.vformat(template, (), values)
