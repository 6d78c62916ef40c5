"""A value that is stored as JSON in one column."""

from functools import cached_property
from typing import Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class Document(Generic[T]):
    """Reads and writes values of a type. The adapter is built at first use, because that takes milliseconds."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind

    @cached_property
    def adapter(self) -> TypeAdapter[T]:
        """Validates and dumps."""
        return TypeAdapter(self._kind)
