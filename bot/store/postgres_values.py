"""Values and rows as SQLite has them: whole numbers are whole, text has no NUL, and a row is read by name or by place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isnan
from typing import Any

import psycopg
from psycopg import AsyncCursor, postgres
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.types.numeric import FloatDumper
from psycopg.types.string import StrDumperUnknown

REPLACEMENT = "\ufffd"  # for the one character that PostgreSQL's text cannot hold


class NamedRow:
    """A row; see `Row`."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: Mapping[str, int], values: Sequence[Any]) -> None:
        self._places = places
        self._values = values

    def __getitem__(self, key: int | str, /) -> Any:
        return self._values[key if isinstance(key, int) else self._places[key]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def keys(self) -> Sequence[str]:
        """The names of the columns."""
        return list(self._places)


def named_rows(cursor: AsyncCursor[Any]) -> Callable[[Sequence[Any]], NamedRow]:
    """Makes the rows of a cursor."""
    places = {column.name: place for place, column in enumerate(cursor.description or ())}
    return lambda values: NamedRow(places, values)


class _Text(StrDumperUnknown):
    """Text of no declared type: PostgreSQL takes the column's."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", REPLACEMENT) if "\0" in obj else obj)


class _Float(FloatDumper):
    """SQLite stores NULL for what is not a number."""

    def dump(self, obj: float) -> Buffer | None:
        return None if isnan(obj) else super().dump(obj)


class _Numeric(Loader):
    """Sums of whole numbers are numeric there."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdigit() else float(text)


def _adapters() -> AdaptersMap:
    adapters = AdaptersMap(psycopg.adapters)
    adapters.register_dumper(str, _Text)
    adapters.register_dumper(float, _Float)
    adapters.register_loader(postgres.types["numeric"].oid, _Numeric)
    return adapters


class _Context:
    """What connections are opened with."""

    adapters = _adapters()
    connection = None


ADAPTERS = _Context()
