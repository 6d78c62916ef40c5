"""/v1/files: uploads, kept under names of the engine's own."""

import asyncio
from pathlib import Path

from aiohttp import web
from openai.types import FileDeleted, FileObject

from engine.api.replies import read_cursor, reply, reply_list
from engine.api.services import Services, services_of
from engine.api.uploads import receive
from engine.concurrency.tasks import to_the_end
from engine.protocol.errors import no_such_file
from engine.protocol.objects import FINE_TUNE, new_file, new_id
from engine.storage.database import DatabaseUnavailableError
from engine.storage.files import put_in_place, remove, settle


async def create_file(request: web.Request) -> web.Response:
    """POST /v1/files: multipart with `purpose` and `file`. The answer means that both are on disk."""
    services = services_of(request)
    await asyncio.to_thread(services.limits.check_disk, services.files)
    services.limits.check_storage(await services.state.files.total("bytes"), request.content_length or 0)
    draft = services.files / f"{new_id('upload-')}.part"
    try:
        upload = await receive(request, draft, services.limits)
        stored = new_file(upload.name, upload.size, FINE_TUNE)
        await to_the_end(_register(services, draft, stored))
    finally:
        await asyncio.to_thread(remove, draft)
    return reply(stored)


async def _register(services: Services, draft: Path, stored: FileObject) -> None:
    """Move the upload to its place and store its object, or leave neither."""
    path, is_wanted = services.files / stored.id, False
    await asyncio.to_thread(settle, draft)  # a large one takes its time, and others wait for the transaction
    try:
        async with services.state.transaction():
            services.limits.check_storage(await services.state.files.total("bytes"), stored.bytes)
            await services.state.files.add(stored, parent=stored.purpose)
            await asyncio.to_thread(put_in_place, draft, path)
        is_wanted = True
    except DatabaseUnavailableError:
        is_wanted = True  # it may have been stored; the next sweep knows
        raise
    finally:
        if not is_wanted:
            await asyncio.to_thread(remove, path)


async def list_files(request: web.Request) -> web.Response:
    cursor = read_cursor(request, limit=10_000, max_limit=10_000)
    page, has_more = await services_of(request).state.files.page(cursor, parent=request.query.get("purpose"))
    return await reply_list(page, has_more=has_more)


async def retrieve_file(request: web.Request) -> web.Response:
    return reply(await _find(request))


async def read_file(request: web.Request) -> web.FileResponse:
    stored = await _find(request)
    path = services_of(request).files / stored.id
    if not await asyncio.to_thread(path.is_file):
        raise no_such_file(stored.id)
    return web.FileResponse(path, headers={"Content-Type": "application/octet-stream"})


async def delete_file(request: web.Request) -> web.Response:
    file_id = request.match_info["file"]
    await to_the_end(_delete(services_of(request), file_id))
    return reply(FileDeleted(id=file_id, deleted=True, object="file"))


async def _delete(services: Services, file_id: str) -> None:
    async with services.state.transaction():
        if not await services.state.files.delete(file_id):
            raise no_such_file(file_id)
    await asyncio.to_thread(remove, services.files / file_id)


async def _find(request: web.Request) -> FileObject:
    file_id = request.match_info["file"]
    stored = await services_of(request).state.files.get(file_id)
    if stored is None:
        raise no_such_file(file_id)
    return stored
