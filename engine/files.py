"""/v1/files: uploads, streamed to disk under names of the engine's own."""

import asyncio
import os
from pathlib import Path
from typing import BinaryIO

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from openai.types import FileDeleted, FileObject

from engine.errors import ApiError, no_such_file
from engine.records import new_id, now
from engine.services import services_of
from engine.web import read_cursor, reply, reply_list

MAX_BYTES = 512 * 1024 * 1024
_CHUNK = 256 * 1024
_MAX_FIELD = 1024


async def create_file(request: web.Request) -> web.Response:
    """POST /v1/files: multipart with `purpose` and `file`."""
    services = services_of(request)
    draft = services.files / f"{new_id('upload-')}.part"
    try:
        name, purpose = await _receive(request, draft)
        stored = await _accept(draft, name, purpose)
        await asyncio.to_thread(draft.replace, services.files / stored.id)
        async with services.state.transaction():
            await services.state.files.add(stored, parent=stored.purpose)
    finally:
        await asyncio.to_thread(draft.unlink, missing_ok=True)
    return reply(stored)


async def list_files(request: web.Request) -> web.Response:
    """GET /v1/files, newest first unless `order=asc`."""
    cursor = read_cursor(request, limit=10_000, most=10_000)
    page, has_more = await services_of(request).state.files.page(cursor, parent=request.query.get("purpose"))
    return reply_list(page, has_more=has_more)


async def retrieve_file(request: web.Request) -> web.Response:
    """GET /v1/files/{file}."""
    return reply(await _find(request))


async def read_file(request: web.Request) -> web.FileResponse:
    """GET /v1/files/{file}/content."""
    stored = await _find(request)
    headers = {"Content-Type": "application/octet-stream"}
    return web.FileResponse(services_of(request).files / stored.id, headers=headers)


async def delete_file(request: web.Request) -> web.Response:
    """DELETE /v1/files/{file}."""
    services, stored = services_of(request), await _find(request)
    async with services.state.transaction():
        if not await services.state.files.delete(stored.id):
            raise no_such_file(stored.id)
    await asyncio.to_thread((services.files / stored.id).unlink, missing_ok=True)
    return reply(FileDeleted(id=stored.id, deleted=True, object="file"))


def sweep_files(folder: Path, known: set[str]) -> None:
    """Make the folder and remove what a crash left in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in known:
            path.unlink()


async def _find(request: web.Request) -> FileObject:
    file_id = request.match_info["file"]
    stored = await services_of(request).state.files.get(file_id)
    if stored is None:
        raise no_such_file(file_id)
    return stored


async def _receive(request: web.Request, draft: Path) -> tuple[str | None, str | None]:
    """Stream the form's file to `draft`; give its name and the purpose."""
    if request.content_type != "multipart/form-data":
        raise ApiError("The body must be multipart/form-data with the fields 'purpose' and 'file'.")
    try:
        return await _read_form(await request.multipart(), draft)
    except (ValueError, LookupError, AssertionError, RuntimeError, HttpProcessingError) as error:
        raise ApiError("We could not parse the multipart body of your request.") from error


async def _read_form(form: MultipartReader, draft: Path) -> tuple[str | None, str | None]:
    name: str | None = None
    purpose: str | None = None
    while (part := await form.next()) is not None:
        if not isinstance(part, BodyPartReader) or part.name not in ("file", "purpose"):
            field = getattr(part, "name", None)
            raise ApiError(f"Unrecognized request argument supplied: {field}", param=field, code="unknown_parameter")
        if part.name == "file":
            name = part.filename or "file"
            await _write(part, draft)
        else:
            purpose = (await _short_field(part)).decode()
    return name, purpose


async def _short_field(part: BodyPartReader) -> bytes:
    content = b""
    while chunk := await part.read_chunk(_MAX_FIELD):
        content += chunk
        if len(content) > _MAX_FIELD:
            raise ApiError(f"Invalid value for '{part.name}': it is too long.", param=part.name)
    return content


async def _write(part: BodyPartReader, draft: Path) -> None:
    size = 0
    stream: BinaryIO = await asyncio.to_thread(draft.open, "wb")
    try:
        while chunk := await part.read_chunk(_CHUNK):
            size += len(chunk)
            if size > MAX_BYTES:
                raise ApiError("The file is larger than 512 MB.", status=413, param="file", code="file_too_large")
            await asyncio.to_thread(stream.write, chunk)
        await asyncio.to_thread(_settle, stream)
    finally:
        await asyncio.to_thread(stream.close)


def _settle(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


async def _accept(draft: Path, name: str | None, purpose: str | None) -> FileObject:
    for field, value in (("purpose", purpose), ("file", name)):
        if value is None:
            message = f"Missing required parameter: '{field}'."
            raise ApiError(message, param=field, code="missing_required_parameter")
    if purpose != "fine-tune":
        message = f"Invalid value for 'purpose': '{purpose}'. This engine takes 'fine-tune' only."
        raise ApiError(message, param="purpose", code="invalid_value")
    size = (await asyncio.to_thread(draft.stat)).st_size
    if size == 0:
        raise ApiError("The file is empty.", param="file", code="empty_file")
    return FileObject(
        id=new_id("file-"),
        bytes=size,
        created_at=now(),
        filename=name or "file",
        object="file",
        purpose="fine-tune",
        status="processed",
    )
