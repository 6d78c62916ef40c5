"""The folder with the training files of all servers, each named by the hash of its content."""

import asyncio
import uuid
from collections.abc import Set
from pathlib import Path

PASSING = "incoming-"


class Folder:
    """Files come in under a passing name, and are kept under their hash; the same content is kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self) -> Path:
        """A fresh place for a file that is not kept yet."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{PASSING}{uuid.uuid4().hex}"

    async def sweep(self) -> None:
        """Delete every file that is not kept under its hash yet."""
        await self.drop(*await asyncio.to_thread(lambda: list(self._folder.glob(f"{PASSING}*"))))

    def file(self, sha256: str) -> Path:
        """Where the file of this content lies."""
        return self._folder / f"{sha256}.jsonl"

    async def keep(self, path: Path, sha256: str) -> None:
        """Put a file in its place."""
        await asyncio.to_thread(path.replace, self.file(sha256))

    async def drop(self, *paths: Path) -> None:
        """Delete files, if they are there."""
        for path in paths:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def tidy(self, kept: Set[str], *hashes: str | None) -> None:
        """Delete the files of these hashes, but for those that are kept."""
        await self.drop(*(self.file(sha256) for sha256 in hashes if sha256 and sha256 not in kept))
