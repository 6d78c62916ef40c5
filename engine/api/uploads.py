"""Multipart uploads, streamed to disk as they arrive."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from engine.api.body import BODY_SECONDS
from engine.jobs.checks import Limits
from engine.protocol.errors import ApiError, invalid, missing, readable, unknown
from engine.protocol.objects import FINE_TUNE

ResultT = TypeVar("ResultT")

_CHUNK_BYTES = 256 * 1024
_MAX_FIELD_BYTES = 1024
# Room for boundaries, part headers and the purpose beside the file itself.
_MAX_FORM_BYTES = 64 * 1024
_MAX_LINES = 300


@dataclass(frozen=True)
class Upload:
    """The file's name, which is only ever shown and never used as a path, and its bytes; its content is in the draft."""

    name: str
    size: int


async def receive(request: web.Request, draft: Path, limits: Limits) -> Upload:
    """Write the form's file to `draft`. Raises ApiError, or TimeoutError where nothing more arrives for a minute."""
    if request.content_type != "multipart/form-data":
        message = "The body must be multipart/form-data with the fields 'purpose' and 'file'."
        raise ApiError(message, status=415, code="unsupported_content_type")
    limits.check_file((request.content_length or 0) - _MAX_FORM_BYTES)
    try:
        form = MultipartReader(request.headers, cast(StreamReader, _FewLines(request.content)))
        return await _read_form(form, draft, limits)
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


async def _read_form(form: MultipartReader, draft: Path, limits: Limits) -> Upload:
    upload: Upload | None = None
    purpose: str | None = None
    while (part := await _in_time(form.next())) is not None:
        name = part.name if isinstance(part, BodyPartReader) else None
        if not isinstance(part, BodyPartReader) or name not in ("file", "purpose"):
            raise unknown(name or "")
        if (upload if name == "file" else purpose) is not None:
            raise invalid(name, "it is given twice")
        if name == "file":
            upload = Upload(readable(part.filename or "file"), await _write(part, draft, limits))
        elif (purpose := await _short_text(part)) != FINE_TUNE:
            raise invalid("purpose", f"'{purpose[:100]}'. This engine takes '{FINE_TUNE}' only")
    if upload is None or purpose is None:
        raise missing("file" if purpose else "purpose")
    if not upload.size:
        raise ApiError("The file is empty.", param="file", code="empty_file")
    return upload


async def _write(part: BodyPartReader, draft: Path, limits: Limits) -> int:
    size = 0
    stream = await asyncio.to_thread(draft.open, "wb")
    try:
        while chunk := await _in_time(part.read_chunk(_CHUNK_BYTES)):
            size += len(chunk)
            limits.check_file(size)
            await asyncio.to_thread(stream.write, chunk)
    finally:
        await asyncio.to_thread(stream.close)
    return size


async def _short_text(part: BodyPartReader) -> str:
    content = b""
    while len(content) < _MAX_FIELD_BYTES and (chunk := await _in_time(part.read_chunk(_MAX_FIELD_BYTES))):
        content += chunk
    return content[:_MAX_FIELD_BYTES].decode(errors="replace")


async def _in_time(pending: Awaitable[ResultT]) -> ResultT:
    async with asyncio.timeout(BODY_SECONDS):
        return await pending
