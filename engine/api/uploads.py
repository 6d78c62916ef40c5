"""Multipart uploads, streamed to disk as they arrive."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from engine.api.body import BODY_SECONDS
from engine.jobs.limits import Limits
from engine.protocol.errors import ApiError

_CHUNK = 256 * 1024
_MAX_FIELD = 1024


@dataclass
class Upload:
    """What the form held; the file's content is in the draft."""

    name: str | None = None
    purpose: str | None = None
    size: int = 0


async def receive(request: web.Request, draft: Path, limits: Limits) -> Upload:
    """Write the form's file to `draft`, flushed to disk. The file's name is only ever shown, never used as a path.

    Raises ApiError, or TimeoutError where nothing more arrives for a minute.
    """
    if request.content_type != "multipart/form-data":
        raise ApiError("The body must be multipart/form-data with the fields 'purpose' and 'file'.")
    try:
        return await _read_form(await request.multipart(), draft, limits)
    except (ValueError, LookupError, AssertionError, RuntimeError, HttpProcessingError) as error:
        raise ApiError("We could not parse the multipart body of your request.") from error


async def _read_form(form: MultipartReader, draft: Path, limits: Limits) -> Upload:
    upload = Upload()
    while (part := await _next(form)) is not None:
        if not isinstance(part, BodyPartReader) or part.name not in ("file", "purpose"):
            field = getattr(part, "name", None)
            raise ApiError(f"Unrecognized request argument supplied: {field}", param=field, code="unknown_parameter")
        if part.name == "file":
            upload.name = part.filename or "file"
            upload.size = await _write(part, draft, limits)
        else:
            upload.purpose = (await _short_field(part)).decode()
    return upload


async def _next(form: MultipartReader) -> object:
    async with asyncio.timeout(BODY_SECONDS):
        return await form.next()


async def _chunk(part: BodyPartReader, size: int) -> bytes:
    async with asyncio.timeout(BODY_SECONDS):
        return bytes(await part.read_chunk(size))


async def _short_field(part: BodyPartReader) -> bytes:
    content = b""
    while chunk := await _chunk(part, _MAX_FIELD):
        content += chunk
        if len(content) > _MAX_FIELD:
            raise ApiError(f"Invalid value for '{part.name}': it is too long.", param=part.name)
    return content


async def _write(part: BodyPartReader, draft: Path, limits: Limits) -> int:
    size = 0
    stream: BinaryIO = await asyncio.to_thread(draft.open, "wb")
    try:
        while chunk := await _chunk(part, _CHUNK):
            size += len(chunk)
            limits.check_file(size)
            await asyncio.to_thread(stream.write, chunk)
        await asyncio.to_thread(_settle, stream)
    finally:
        await asyncio.to_thread(stream.close)
    return size


def _settle(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())
