"""How log entries look: as text or as JSON, without secrets, and without what members typed.

A model server's refusal may quote the question, and a bug's message the value that it met. So an exception's own words are
only shown where they are known to hold no such text; with LOG_LEVEL=DEBUG all are.
"""

import json
import logging
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import TypeAlias

from bot.errors import ModelServerError
from bot.redaction import Redactor
from bot.texts.language import ENGLISH, speaking
from bot.texts.template import plain

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# Their messages are about files, connections and tables. Of Discord's only the first line is: others may quote a field.
TRUSTED = frozenset({"aiohttp", "discord", "sqlite3"})
UNTRUSTED_VALUES = ("said",)  # the words of a model server
CODE = re.compile(r"[a-z0-9_.]{1,64}")  # such as `context_length_exceeded`; a server may send anything
EXACT = 2**53
OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

_Excinfo: TypeAlias = "tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]"


def describe(error: BaseException) -> str:
    """An exception in one line, without words that may be a member's."""
    name, text = type(error).__name__, _trusted_text(error)
    return f"{name}: {text}" if text else name


def _trusted_text(error: BaseException) -> str:
    if isinstance(error, ModelServerError):
        text = plain(error.template, error.values | dict.fromkeys(UNTRUSTED_VALUES, "")) if error.values else str(error)
        return f"{text} ({error.code})" if error.code and CODE.fullmatch(error.code) else text
    lines = str(error).splitlines()
    trusted = isinstance(error, OSError) or type(error).__module__.partition(".")[0] in TRUSTED
    return lines[0] if lines and trusted else ""


class TextFormatter(logging.Formatter):
    """One entry a line, with a traceback below it where there is one."""

    def __init__(self, redactor: Redactor, *, all_texts: bool = False) -> None:
        """`all_texts` shows the words of every exception."""
        super().__init__(TEXT)
        self._redactor = redactor
        self._all_texts = all_texts

    def format(self, record: logging.LogRecord) -> str:
        """The whole entry, in English, whoever was answered."""
        with speaking(ENGLISH):
            return self._redactor.text(self._entry(record))

    def _entry(self, record: logging.LogRecord) -> str:
        return super().format(self._careful(record))

    def formatException(self, ei: _Excinfo) -> str:  # noqa: N802  # logging's own name
        """The traceback and those of its causes."""
        if self._all_texts or ei[1] is None:
            return super().formatException(ei)
        return "\n".join(_traceback(ei[1], set()))

    def _careful(self, record: logging.LogRecord) -> logging.LogRecord:
        """The same entry, whose exceptions are described and do not speak for themselves."""
        if self._all_texts or not isinstance(record.args, tuple):
            return record
        args = tuple(_Described(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
        copy = logging.makeLogRecord(vars(record))
        copy.args, copy.exc_text = args, None
        return copy


class JsonFormatter(TextFormatter):
    """One object a line: time, level, logger, message, the entry's own fields, and `exception` where there is one."""

    def _entry(self, record: logging.LogRecord) -> str:
        """Secrets are replaced before anything is escaped."""
        careful = self._careful(record)
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": careful.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in OWN_FIELDS},
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps({name: self._value(value) for name, value in entry.items()}, ensure_ascii=False)

    def _value(self, value: object) -> object:
        """Ids become text, as in Discord's own JSON: many readers of JSON round numbers beyond `EXACT`."""
        if value is None or (isinstance(value, int | float) and abs(value) <= EXACT):
            return value
        return self._redactor.text(str(value))


class _Described:
    """Stands for an exception among an entry's values."""

    def __init__(self, error: BaseException) -> None:
        self._text = describe(error)

    def __str__(self) -> str:
        return self._text

    __repr__ = __str__


def _traceback(error: BaseException, seen: set[int]) -> Iterator[str]:
    """As Python prints it, causes first; each line that an exception says for itself is `describe`d."""
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield from _traceback(cause, seen)
        yield "\nThat led to:\n" if error.__cause__ else "\nMeanwhile:\n"
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield describe(error)
    for one in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _traceback(one, seen)
