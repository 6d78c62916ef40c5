"""Dataset files in a bucket of an S3 server. Needs the package `obstore`, so it is imported only where a bucket is set."""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from bot.errors import StorageError
from bot.files.folder import Folder, disk_full_told
from bot.files.place import Bucket
from bot.files.storage import INCOMING, Found, file_name
from bot.texts import storage as texts

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

CONNECT_TIMEOUT, READ_TIMEOUT = timedelta(seconds=3), timedelta(seconds=20)  # the second for each part of an answer
RETRIES, RETRY_TIMEOUT = 2, timedelta(seconds=10)
SHORT_SECONDS, TRANSFER_SECONDS = 30.0, 600.0  # for a request, and for one with a file
PART_BYTES, PARTS_AT_ONCE = 5 * 1024 * 1024, 4  # of a file on its way in
CHUNK_BYTES, HEAD_CHUNK_BYTES = 1024 * 1024, 64 * 1024
AMAZON = "Amazon S3"
STATUS = re.compile(r"status code: (\d{3})")
METADATA = "/latest/api/token"  # what Amazon's machines are asked for a key where none is set
TRIAL = b"Punchline can write here.\n"


class ObjectStore:
    """See `Storage`. Names are those that a folder has, so that files can be copied from one to the other and back.

    `local` is the folder for files on their way. Nothing that the server says is passed on: it repeats names of keys.
    """

    def __init__(self, bucket: Bucket, local: Folder) -> None:
        """Raises `obstore.exceptions.BaseError` where it makes no sense."""
        self._local = local
        self._address = bucket.endpoint or AMAZON
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            config=_config(bucket),
            client_options=_client(bucket),
            retry_config=_retries(),
        )

    def new(self) -> Path:
        """In the local folder."""
        return self._local.new()

    def drop(self, *paths: Path) -> None:
        """Delete local files."""
        self._local.drop(*paths)

    async def bring(self, path: Path, sha256: str) -> str:
        """Upload it, in parts if it is large. The local file stays."""
        name = f"{INCOMING}{os.urandom(16).hex()}.{sha256}"
        async with self._asking(TRANSFER_SECONDS):
            await self._store.put_async(name, path, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
        return name

    async def place(self, name: str, sha256: str) -> None:
        """The server copies it, which takes no transfer. Its passing name has it, too, until it is let go of."""
        async with self._asking(SHORT_SECONDS):
            await self._store.copy_async(name, file_name(sha256))

    async def let_go(self, names: Collection[str]) -> None:
        """Delete the objects of these names."""
        if names:
            async with self._asking(SHORT_SECONDS):
                await self._store.delete_async(list(names))

    @asynccontextmanager
    async def reading(self, sha256: str) -> AsyncIterator[Path]:
        """A copy in the local folder. Raises `StorageError` where it is not what its name says."""
        with disk_full_told():
            path = await asyncio.to_thread(self._local.new)
        try:
            await self._fetch(sha256, path)
            yield path
        finally:
            await asyncio.to_thread(self._local.drop, path)

    async def _fetch(self, sha256: str, path: Path) -> None:
        digest = hashlib.sha256()
        async with AsyncExitStack() as opened:
            file = opened.enter_context(await asyncio.to_thread(path.open, "wb"))
            async with self._asking(TRANSFER_SECONDS):
                answer = await self._store.get_async(file_name(sha256))
                async for chunk in answer.stream(CHUNK_BYTES):
                    digest.update(chunk)
                    with disk_full_told():
                        await asyncio.to_thread(file.write, chunk)
        if digest.hexdigest() != sha256:
            raise StorageError(texts.FAILED, reason=texts.WHY_UNKNOWN.format(address=self._address))

    async def first_lines(self, sha256: str, most: int) -> Sequence[bytes]:
        """Stop reading where they end."""
        lines, rest = list[bytes](), b""
        async with self._asking(TRANSFER_SECONDS):
            answer = await self._store.get_async(file_name(sha256))
            async for chunk in answer.stream(HEAD_CHUNK_BYTES):
                *ended, rest = (rest + bytes(chunk)).split(b"\n")
                lines += filter(bytes.strip, ended)
                if len(lines) >= most:
                    return lines[:most]
        return [*lines, rest] if rest.strip() else lines

    async def size(self, sha256: str) -> int:
        """Ask for its metadata."""
        async with self._asking(SHORT_SECONDS):
            return (await self._store.head_async(file_name(sha256)))["size"]

    async def delete(self, hashes: Collection[str]) -> None:
        """One request each."""
        await self.let_go([file_name(sha256) for sha256 in hashes])

    async def list(self) -> Sequence[Found]:
        """A request for every 1,000."""
        async with self._asking(TRANSFER_SECONDS):
            found = (await self._store.list_with_delimiter_async())["objects"]
        now = datetime.now(UTC)
        return [
            Found(Path(one["path"]).name, one["size"], max(0.0, (now - one["last_modified"]).total_seconds()))
            for one in found
        ]

    async def prepare(self, age_seconds: float) -> None:
        """Delete local copies that an earlier life left."""
        await self._local.prepare(age_seconds)
        old = [one.name for one in await self._local.list() if one.is_passing and one.age_seconds >= age_seconds]
        await self._local.let_go(old)

    async def try_out(self) -> None:
        """Here and on this machine. Raises `StorageError` with a reason for the operator."""
        await self._local.try_out()
        name = f"{INCOMING}{os.urandom(16).hex()}"
        async with self._asking(SHORT_SECONDS):
            await self._store.put_async(name, TRIAL)
            content = await (await self._store.get_async(name)).bytes_async()
            await self._store.delete_async([name])
        if bytes(content) != TRIAL:
            raise StorageError(texts.FAILED, reason=texts.WHY_NOT_WRITTEN)

    @asynccontextmanager
    async def _asking(self, seconds: float) -> AsyncIterator[None]:
        try:
            with self._told():
                async with asyncio.timeout(seconds):
                    yield
        except TimeoutError as error:
            reason = texts.WHY_TOO_SLOW.format(address=self._address, seconds=seconds)
            raise StorageError(texts.NO_ANSWER, reason=reason, may_pass=True) from error

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the server refuses, in words for those who asked."""
        try:
            yield
        except (PermissionDeniedError, UnauthenticatedError):
            raise StorageError(texts.NOT_ALLOWED, reason=self._why(texts.WHY_NOT_ALLOWED)) from None
        except (BaseError, FileNotFoundError) as error:
            if METADATA in str(error):
                raise StorageError(texts.NOT_ALLOWED, reason=texts.WHY_NO_KEY) from None
            if "NoSuchBucket" in str(error):
                raise StorageError(texts.NO_BUCKET, reason=self._why(texts.WHY_NO_BUCKET)) from None
            if isinstance(error, FileNotFoundError):
                raise FileNotFoundError("there is no such object") from None
            status = STATUS.search(str(error))  # a list does not raise PermissionDeniedError
            if status and status[1] in ("401", "403"):
                raise StorageError(texts.NOT_ALLOWED, reason=self._why(texts.WHY_NOT_ALLOWED)) from None
            if status is None:
                raise StorageError(texts.NO_ANSWER, reason=self._why(texts.WHY_NO_ANSWER), may_pass=True) from None
            reason = self._why(texts.WHY_FAILED, status=status[1])
            raise StorageError(texts.FAILED, reason=reason, may_pass=status[1] >= "500") from None

    def _why(self, template: str, **values: object) -> str:
        return template.format(address=self._address, **values)


def _config(bucket: Bucket) -> "S3Config":
    """What is not given is read from the environment: a key, a region, a role."""
    config: S3Config = {"disable_bulk_delete": True}  # a request that not every S3 server knows
    if bucket.endpoint is not None:
        config["endpoint"] = bucket.endpoint
    if bucket.region is not None:
        config["region"] = bucket.region
    if bucket.access_key_id is not None and bucket.secret_access_key is not None:
        config["access_key_id"] = bucket.access_key_id.get_secret_value()
        config["secret_access_key"] = bucket.secret_access_key.get_secret_value()
    if bucket.session_token is not None:
        config["session_token"] = bucket.session_token.get_secret_value()
    return config


def _client(bucket: Bucket) -> "ClientConfig":
    return {
        "allow_http": (bucket.endpoint or "").startswith("http://"),
        "connect_timeout": CONNECT_TIMEOUT,
        "read_timeout": READ_TIMEOUT,
        "timeout": timedelta(seconds=TRANSFER_SECONDS),
    }


def _retries() -> "RetryConfig":
    return {"max_retries": RETRIES, "retry_timeout": RETRY_TIMEOUT}
