"""/v1/files: uploads, kept under names of the engine's own."""

import asyncio
from pathlib import Path

from aiohttp import web
from openai.types import FileDeleted, FileObject

from engine.api.body import read_cursor, reply, reply_list
from engine.api.services import services_of
from engine.api.uploads import Upload, receive
from engine.protocol.errors import ApiError, no_such_file
from engine.protocol.objects import new_id, now
from engine.storage.files import put_in_place

PURPOSE = "fine-tune"


async def create_file(request: web.Request) -> web.Response:
    """POST /v1/files: multipart with `purpose` and `file`. The answer means that both are on disk."""
    services = services_of(request)
    await asyncio.to_thread(services.limits.check_disk, services.files)
    services.limits.check_storage(await services.state.files.total("bytes"), request.content_length or 0)
    draft = services.files / f"{new_id('upload-')}.part"
    try:
        stored = _accepted(await receive(request, draft, services.limits))
        async with services.state.transaction():
            services.limits.check_storage(await services.state.files.total("bytes"), stored.bytes)
            await asyncio.to_thread(put_in_place, draft, services.files / stored.id)
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


def _accepted(upload: Upload) -> FileObject:
    for field, value in (("purpose", upload.purpose), ("file", upload.name)):
        if value is None:
            message = f"Missing required parameter: '{field}'."
            raise ApiError(message, param=field, code="missing_required_parameter")
    if upload.purpose != PURPOSE:
        message = f"Invalid value for 'purpose': '{upload.purpose}'. This engine takes '{PURPOSE}' only."
        raise ApiError(message, param="purpose", code="invalid_value")
    if upload.size == 0:
        raise ApiError("The file is empty.", param="file", code="empty_file")
    return FileObject(
        id=new_id("file-"),
        bytes=upload.size,
        created_at=now(),
        filename=upload.name or "file",
        object="file",
        purpose="fine-tune",
        status="processed",
    )
