"""The operator's own list, in a file: a word a line as in `bot/moderation/words.py`, or a regular expression between slashes."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import StartupError
from bot.moderation.words import WordList, folded, is_entry
from bot.texts import startup as texts

if TYPE_CHECKING:
    from regex import Pattern

log = logging.getLogger(__name__)

COMMENT = "#"
# An expression that takes longer counts as found: else a text could be written such that it passes.
SECONDS = 0.05


class OperatorsList:
    """What the operator blocks in all servers, for everybody."""

    def __init__(self, entries: Sequence[str] = (), expressions: Sequence["Pattern[str]"] = ()) -> None:
        self._words = WordList(entries)
        self._expressions = tuple(expressions)

    def blocks(self, text: str) -> bool:
        """Whether something of the list is in the text."""
        spelt = folded(text)
        return self._words.blocks(text) or any(_finds(expression, spelt) for expression in self._expressions)


def _finds(expression: "Pattern[str]", text: str) -> bool:
    try:
        return expression.search(text, timeout=SECONDS) is not None
    except TimeoutError:
        log.warning(
            "The expression /%s/ of BLOCKED_WORDS_FILE takes too long. Write a simpler one.", expression.pattern
        )
        return True


def load_operators_list(path: Path | None) -> OperatorsList:
    """Read the file; None is an empty list. Raises `StartupError` that names the faulty line."""
    if path is None:
        return OperatorsList()
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise StartupError(texts.NO_WORDS_FILE.format(path=path, reason=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise StartupError(texts.NOT_UTF8.format(file=path)) from error
    entries, expressions = list[str](), list["Pattern[str]"]()
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith(COMMENT):
            continue
        if len(line) > 2 and line[0] == line[-1] == "/":
            expressions.append(_compiled(line[1:-1], path, number))
        elif is_entry(line):
            entries.append(line)
        else:
            raise StartupError(texts.BAD_WORD.format(path=path, line=number))
    return OperatorsList(entries, expressions)


def _compiled(source: str, path: Path, line: int) -> "Pattern[str]":
    import regex  # noqa: PLC0415  # 35 ms, which a start without such a list need not wait for

    try:
        return regex.compile(source, regex.IGNORECASE)
    except regex.error as error:
        raise StartupError(texts.BAD_EXPRESSION.format(path=path, line=line, reason=error)) from error
