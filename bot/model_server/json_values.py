"""Values out of the JSON of an answer, whatever a server put there."""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]


def finite(value: object) -> float | None:
    """A number that can be drawn and compared, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # JSON sets no bound on integers
        return None
    return number if math.isfinite(number) else None


def whole(value: object) -> int | None:
    """A count that a database can hold, or None."""
    number = finite(value)
    return int(number) if number is not None and 0 <= number < 2**53 else None


def mapping(value: object) -> Json:
    """The object, or an empty one where it is none."""
    return value if isinstance(value, Mapping) else {}


def text(value: object) -> str:
    """A text that must be there. Raises `ValueError` where it is not."""
    if not isinstance(value, str) or not value:
        raise ValueError("an id, model or status is missing")
    return storable(value)


def said(value: object) -> str | None:
    """A text, or None where there is none."""
    return storable(str(value)) if value else None


def storable(given: str) -> str:
    """Half a surrogate pair is JSON but not Unicode: it can neither be stored nor sent."""
    return given.encode("utf-8", "replace").decode("utf-8")


def day(value: object) -> date | None:
    """A date, from a date, a time of day, or Unix seconds, also as text; None for anything else."""
    if not isinstance(value, str):
        found = moment(value)
    elif value.strip().isdecimal() and len(value.strip()) > len("YYYYMMDD"):
        found = moment(float(value))
    else:
        found = _iso(value.strip())
    return found.date() if found else None


def moment(value: object) -> datetime | None:
    """Unix seconds as a moment; None where a server that knows no time sends null or zero."""
    seconds = finite(value)
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _iso(given: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(given)
        return found.astimezone(UTC) if found.tzinfo else found
    except (ValueError, OverflowError):
        return None
