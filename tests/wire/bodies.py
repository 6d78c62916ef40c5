"""Reading what a bot sends over HTTP, and answering as Discord does."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from tests.wire.shapes import Json, Upload


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON whose type has no charset: discord.py takes anything else for text."""
    return web.Response(
        status=status, body=json.dumps(body).encode(), headers={"Content-Type": "application/json", **(headers or {})}
    )


def failure(status: int, code: int, text: str) -> web.Response:
    """Discord's error body."""
    return answer({"code": code, "message": text}, status)


def break_off(request: web.Request) -> web.Response:
    """Cut the connection; the response is for the framework, and nobody hears it."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)


async def read(request: web.Request) -> tuple[Any, tuple[Upload, ...]]:
    """The JSON of a request and the files beside it."""
    if request.content_type.startswith("multipart/"):
        return await _read_parts(request)
    raw = await request.read()
    return (json.loads(raw) if raw else {}), ()


async def _read_parts(request: web.Request) -> tuple[Json, tuple[Upload, ...]]:
    body: Json = {}
    files: list[Upload] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        raw = bytes(await part.read())
        if part.name == "payload_json":
            body |= json.loads(raw)
        elif part.filename is None:
            body[part.name or ""] = raw.decode()
        else:
            files.append(Upload(part.filename, raw))
    return body, tuple(files)


def described(upload: Upload, channel_id: int, url_of: Callable[[str], str]) -> Json:
    """The attachment that stands for an upload in a message or among an option's resolved data."""
    url = url_of(f"/attachments/{channel_id}/{upload.id}/{quote(upload.filename)}")
    return {
        "id": str(upload.id),
        "filename": upload.filename,
        "size": len(upload.data),
        "url": url,
        "proxy_url": url,
        "content_type": upload.content_type,
    }
