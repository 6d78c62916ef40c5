"""A value that is stored as JSON in one column."""

from functools import cached_property
from typing import Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class Document(Generic[T]):
    """How values of a type are read and written. It is made at first use: that takes milliseconds, which the start can do without."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind

    @cached_property
    def adapter(self) -> TypeAdapter[T]:
        """Validates and dumps."""
        return TypeAdapter(self._kind)
