"""An S3 server on loopback: it checks signatures, stores in memory, and fails as it is told.

`python -m tests.object_store COMMAND …` runs a command with moto's server instead, which is somebody else's idea of S3: tests that need
nothing but a bucket find its address in PUNCHLINE_TEST_S3. MOTO_SERVER is its program.
"""

import hashlib
import hmac
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import quote, unquote
from uuid import uuid4
from xml.sax.saxutils import escape, unescape

import aiohttp
from aiohttp import web

from tests.wire.gate import Gate

VARIABLE = "PUNCHLINE_TEST_S3"
KEY_ID, SECRET, REGION = "AKIAMADEUP0000001", "made-up/secret+of-the+store", "eu-central-1"
XML = '<?xml version="1.0" encoding="UTF-8"?>'


class Request(NamedTuple):
    """What was asked of an object: `copy` for a copy to it, else the HTTP method in lower case."""

    act: str
    key: str


async def _nothing(_: Request) -> None:
    pass


class LoopbackS3:
    """`async with LoopbackS3() as server`: buckets are made by `bucket`, and everything else over HTTP.

    Set `failing` to answer with a status. `before` is awaited with each request, and an OSError becomes a 500. The `gate` holds requests by what is asked: `put`, `copy` (to place a file), `get`, `delete`.
    """

    def __init__(self) -> None:
        self.buckets: dict[str, dict[str, tuple[bytes, datetime]]] = {}
        self.requests: list[Request] = []
        self.failing: int | None = None
        self.before: Callable[[Request], Awaitable[None]] = _nothing
        self.gate = Gate()
        self._parts: dict[str, dict[int, bytes]] = {}
        app = web.Application(client_max_size=2**30)
        app.router.add_route("*", "/{bucket}", self._answer)
        app.router.add_route("*", "/{bucket}/{key:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.gate.open()
        await self._runner.cleanup()

    def bucket(self) -> str:
        """A new, empty bucket."""
        name = f"test-{uuid4().hex}"
        self.buckets[name] = {}
        return name

    def settings(self, bucket: str) -> dict[str, str]:
        """Settings for a bot whose dataset files are in a bucket."""
        return settings_for(self.url, bucket)

    def keys(self, bucket: str) -> list[str]:
        """What is in a bucket."""
        return sorted(self.buckets[bucket])

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        bucket, key = request.match_info["bucket"], request.match_info.get("key", "")
        asked = Request("copy" if "x-amz-copy-source" in request.headers else request.method.lower(), key)
        self.requests.append(asked)
        try:
            await self.before(asked)
        except OSError:
            return _refused(500, "InternalError")
        if self.failing is not None:
            return _refused(self.failing, "Made-up")
        if not _signed(request, body):
            return _refused(403, "SignatureDoesNotMatch")
        if bucket not in self.buckets:
            return _refused(404, "NoSuchBucket")
        if not await self.gate.passes(asked.act, "before"):
            return _cut(request)
        answer = self._act(request, asked, self.buckets[bucket], body)
        return answer if await self.gate.passes(asked.act, "after") else _cut(request)

    def _act(
        self, request: web.Request, asked: Request, objects: dict[str, tuple[bytes, datetime]], body: bytes
    ) -> web.StreamResponse:
        if {"uploads", "uploadId"} & request.query.keys():
            return self._in_parts(request, objects, body)
        if asked.act == "copy":
            source = unquote(request.headers["x-amz-copy-source"]).strip("/").partition("/")[2]
            return _copied(objects, source, asked.key)
        if "delete" in request.query:
            return _deleted(objects, body)
        if asked.act == "put":
            objects[asked.key] = (body, datetime.now(UTC))
            return web.Response(headers={"ETag": _etag(body)})
        if asked.act == "delete":
            objects.pop(asked.key, None)
            return web.Response(status=204)
        return _read(objects, asked.key) if asked.key else _listed(objects, request.query)

    def _in_parts(
        self, request: web.Request, objects: dict[str, tuple[bytes, datetime]], body: bytes
    ) -> web.StreamResponse:
        key, upload = request.match_info["key"], request.query.get("uploadId")
        if upload is None:
            self._parts[upload := uuid4().hex] = {}
            return _xml(f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>")
        if request.method == "PUT":
            self._parts[upload][int(request.query["partNumber"])] = body
            return web.Response(headers={"ETag": _etag(body)})
        parts = self._parts.pop(upload)
        if request.method == "POST":
            content = b"".join(parts[number] for number in sorted(parts))
            objects[key] = (content, datetime.now(UTC))
            return _xml(f"<CompleteMultipartUploadResult><ETag>{_etag(content)}</ETag></CompleteMultipartUploadResult>")
        return web.Response(status=204)


def settings_for(url: str, bucket: str) -> dict[str, str]:
    """Settings for a bot whose dataset files are in a bucket of this server."""
    return {
        "datasets_folder": f"s3://{bucket}/datasets",
        "aws_endpoint_url": url,
        "aws_region": REGION,
        "aws_access_key_id": KEY_ID,
        "aws_secret_access_key": SECRET,
    }


@asynccontextmanager
async def fresh_bucket() -> AsyncIterator[dict[str, str]]:
    """Settings that name a new bucket: of the server in the environment, if there is one, else of one of ours."""
    if url := os.environ.get(VARIABLE):
        name = f"test-{uuid4().hex}"
        async with aiohttp.ClientSession(raise_for_status=True) as session, session.put(f"{url}/{name}"):
            pass
        yield settings_for(url, name)
        return
    async with LoopbackS3() as server:
        yield server.settings(server.bucket())


def _signed(request: web.Request, body: bytes) -> bool:
    """Whether the request has the signature (version 4) that our key makes, and the body that it says."""
    scheme, _, fields = request.headers.get("Authorization", "").partition(" ")
    given = dict(field.strip().split("=", 1) for field in fields.split(",") if "=" in field)
    key_id, _, scope = given.get("Credential", "").partition("/")
    claimed = request.headers.get("x-amz-content-sha256", "")
    if scheme != "AWS4-HMAC-SHA256" or key_id != KEY_ID:
        return False
    if claimed not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
        return False
    names = given["SignedHeaders"].split(";")
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names)
    query = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in request.query.items())
    parts = [
        request.method,
        request.rel_url.raw_path,
        "&".join(f"{name}={value}" for name, value in query),
        headers,
        ";".join(names),
        claimed,
    ]
    canonical = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, canonical])
    key = f"AWS4{SECRET}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), given["Signature"])


def _copied(objects: dict[str, tuple[bytes, datetime]], source: str, key: str) -> web.Response:
    if source not in objects:
        return _refused(404, "NoSuchKey")
    content, _ = objects[source]
    objects[key] = (content, datetime.now(UTC))
    return _xml(f"<CopyObjectResult><ETag>{_etag(content)}</ETag></CopyObjectResult>")


def _deleted(objects: dict[str, tuple[bytes, datetime]], body: bytes) -> web.Response:
    """Several at once."""
    keys = [unescape(key) for key in re.findall("<Key>(.*?)</Key>", body.decode())]
    for key in keys:
        objects.pop(key, None)
    deleted = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
    return _xml(f"<DeleteResult>{deleted}</DeleteResult>")


def _read(objects: Mapping[str, tuple[bytes, datetime]], key: str) -> web.Response:
    if key not in objects:
        return _refused(404, "NoSuchKey")
    content, moment = objects[key]
    return web.Response(body=content, headers={"ETag": _etag(content), "Last-Modified": _http_date(moment)})


def _listed(objects: Mapping[str, tuple[bytes, datetime]], query: Mapping[str, str]) -> web.Response:
    """Version 2 of the list, in pages of two, so that every client has to turn pages."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    after = query.get("continuation-token", "")
    inside = sorted(key for key in objects if key.startswith(prefix) and key > after)
    if delimiter:
        inside = [key for key in inside if delimiter not in key.removeprefix(prefix)]
    page, more = inside[:2], len(inside) > 2
    entries = "".join(
        f"<Contents><Key>{escape(key)}</Key><Size>{len(objects[key][0])}</Size><ETag>{_etag(objects[key][0])}</ETag>"
        f"<LastModified>{objects[key][1]:%Y-%m-%dT%H:%M:%S.000Z}</LastModified></Contents>"
        for key in page
    )
    token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
    return _xml(
        f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{token}<KeyCount>{len(page)}</KeyCount>{entries}</ListBucketResult>"
    )


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _refused(status: int, code: str) -> web.Response:
    """As Amazon does, with what a log must not repeat."""
    return _xml(f"<Error><Code>{code}</Code><AWSAccessKeyId>{KEY_ID}</AWSAccessKeyId></Error>", status)


def _xml(content: str, status: int = 200) -> web.Response:
    return web.Response(status=status, text=XML + content, content_type="application/xml")


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _http_date(moment: datetime) -> str:
    return f"{moment:%a, %d %b %Y %H:%M:%S GMT}"


def main() -> int:
    """Run the command; returns the exit status."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    server = subprocess.Popen([os.environ["MOTO_SERVER"], "-p", str(port)], stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        for _ in range(600):
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        environment = {**os.environ, VARIABLE: f"http://127.0.0.1:{port}"}
        return subprocess.run(sys.argv[1:], check=False, env=environment).returncode  # noqa: S603
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    sys.exit(main())
