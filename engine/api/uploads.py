"""Multipart uploads, streamed to disk as they arrive."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from engine.api.body import BODY_SECONDS
from engine.protocol.errors import ApiError, invalid, missing, readable, unknown

ResultT = TypeVar("ResultT")

_CHUNK_BYTES = 256 * 1024
_FIELD_CHUNK_BYTES = 4096
# Room for boundaries, part headers and the other fields beside the file itself.
_MAX_FORM_BYTES = 64 * 1024
_MAX_LINES = 300


@dataclass(frozen=True)
class Form:
    """What a form must and may hold beside its `file`.

    `takes` says whether it may have a field of that name. `check_file` gets the file's size as it grows, `check_field` each field's name and text; both raise ApiError. A field has at most
    `field_bytes`: of a longer one the check gets the beginning. Fields whose names end in [] may come several times.
    """

    required: Sequence[str]
    takes: Callable[[str], bool]
    check_file: Callable[[int], None]
    check_field: Callable[[str, str], None]
    field_bytes: int = 1024


@dataclass(frozen=True)
class Upload:
    """The file's name, which is only ever shown and never used as a path, and its bytes; its content is in the draft. And the other fields."""

    name: str
    size: int
    fields: Mapping[str, Sequence[str]]


async def receive(request: web.Request, draft: Path, form: Form) -> Upload:
    """Write the form's file to `draft`. Raises ApiError, or TimeoutError where nothing more arrives for a minute."""
    if request.content_type != "multipart/form-data":
        named = "' and '".join([*form.required, "file"])
        message = f"The body must be multipart/form-data with the fields '{named}'."
        raise ApiError(message, status=415, code="unsupported_content_type")
    form.check_file((request.content_length or 0) - _MAX_FORM_BYTES)
    try:
        parts = MultipartReader(request.headers, cast(StreamReader, _FewLines(request.content)))
        return await _read_form(parts, draft, form)
    except (ValueError, LookupError, AssertionError, RuntimeError, HttpProcessingError) as error:
        raise ApiError("We could not parse the multipart body of your request.") from error


class _FewLines:
    """A body with few lines beside the file, which is not read by lines: boundaries and part headers."""

    def __init__(self, content: StreamReader) -> None:
        self._content, self._left = content, _MAX_LINES

    async def readline(self, **options: int) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many lines")
        return await self._content.readline(**options)

    def __getattr__(self, name: str) -> object:
        return getattr(self._content, name)


async def _read_form(parts: MultipartReader, draft: Path, form: Form) -> Upload:
    file: tuple[str, int] | None = None
    fields: dict[str, list[str]] = {}
    while (part := await _in_time(parts.next())) is not None:
        name = part.name if isinstance(part, BodyPartReader) else None
        if not isinstance(part, BodyPartReader) or name is None or not (name == "file" or form.takes(name)):
            raise unknown(name or "")
        if (file if name == "file" else fields.get(name)) is not None and not name.endswith("[]"):
            raise invalid(name, "it is given twice")
        if name == "file":
            file = readable(part.filename or "file"), await _write(part, draft, form)
        else:
            fields.setdefault(name, []).append(text := await _text(part, form.field_bytes))
            form.check_field(name, text)
    if absent := [name for name in form.required if name not in fields] + ([] if file else ["file"]):
        raise missing(absent[0])
    name, size = file or ("", 0)
    if not size:
        raise ApiError("The file is empty.", param="file", code="empty_file")
    return Upload(name, size, fields)


async def _write(part: BodyPartReader, draft: Path, form: Form) -> int:
    size = 0
    stream = await asyncio.to_thread(draft.open, "wb")
    try:
        while chunk := await _in_time(part.read_chunk(_CHUNK_BYTES)):
            size += len(chunk)
            form.check_file(size)
            await asyncio.to_thread(stream.write, chunk)
    finally:
        await asyncio.to_thread(stream.close)
    return size


async def _text(part: BodyPartReader, most: int) -> str:
    content = b""
    while len(content) < most and (chunk := await _in_time(part.read_chunk(_FIELD_CHUNK_BYTES))):
        content += chunk
    return content[:most].decode(errors="replace")


async def _in_time(pending: Awaitable[ResultT]) -> ResultT:
    async with asyncio.timeout(BODY_SECONDS):
        return await pending
