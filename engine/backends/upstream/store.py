"""Adapters in an object store (S3, Google Cloud Storage, Azure), each in a folder of its own. Needs obstore."""

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from engine.backends.upstream.publisher import StoreError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

CONFIG = "adapter_config.json"  # Ray Serve LLM knows no adapter without it
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
_PARTS_AT_ONCE = 4  # of 5 MB; each has the client's timeout to arrive in
_QUERY = re.compile(r"\?\S*")  # Azure's may be a signature


class CloudAdapterStore:
    """A bucket, or a folder in one. Credentials and address are the usual ones of the environment (AWS_…, GOOGLE_…, AZURE_…)."""

    def __init__(self, url: str) -> None:
        """Asks nobody yet. Raises StoreError where the address or the environment makes no sense."""
        plain = any(os.environ.get(name, "").startswith("http://") for name in _ENDPOINTS)
        options: ClientConfig = {"allow_http": plain, "timeout": timedelta(minutes=2)}
        self.url = url.rstrip("/")
        with _told(self.url):
            self._store: ObjectStore = from_url(self.url, client_options=options, retry_config=_RETRIES)

    async def upload(self, folder: str, directory: Path) -> None:
        """Put a directory's files there, those that are missing. The adapter's config comes last, so that a folder with it is complete."""
        with _told(self.url):
            stored = await self._sizes(folder)
            for path, size in await asyncio.to_thread(_files, directory):
                if stored.get(f"{folder}/{path.name}") != size:
                    await obstore.put_async(self._store, f"{folder}/{path.name}", path, max_concurrency=_PARTS_AT_ONCE)

    async def delete(self, folder: str) -> None:
        """Delete a folder, its config first."""
        with _told(self.url):
            paths = await self._sizes(folder)
            for path in sorted(paths, key=lambda path: (not path.endswith(f"/{CONFIG}"), path)):
                await obstore.delete_async(self._store, path)

    async def _sizes(self, folder: str) -> dict[str, int]:
        """The paths of what lies in a folder, and their bytes."""
        return {
            found["path"]: found["size"] async for page in obstore.list(self._store, prefix=folder) for found in page
        }


def _files(directory: Path) -> list[tuple[Path, int]]:
    """A directory's files with their bytes, the adapter's config last."""
    files = [path for path in directory.iterdir() if path.is_file()]
    return [(path, path.stat().st_size) for path in sorted(files, key=lambda path: (path.name == CONFIG, path.name))]


@contextmanager
def _told(url: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, ValueError, OSError) as error:  # what is not there is a FileNotFoundError
        line = str(error).partition("\n")[0]
        raise StoreError(f"{url}: {_QUERY.sub('', line)}") from error
