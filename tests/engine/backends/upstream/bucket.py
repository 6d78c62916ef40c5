"""The tests' S3 with a bucket for adapters: in a thread of its own, since tests of the engine block, and with a say in each request.

`make ray-serve` tries the same with moto's server, which is somebody else's idea of S3.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from tests.object_store import LoopbackS3, Request

NAME, FOLDER = "bucket", "adapters"


class Bucket:
    """What is in it, and the requests that came, such as "PUT adapters/a.json".

    `before` is called with each request; an OSError becomes a 500.
    """

    url = f"s3://{NAME}/{FOLDER}"

    def __init__(self, server: LoopbackS3) -> None:
        self._server = server
        self._objects = server.buckets[NAME] = {}
        self.requests: list[str] = []
        self.before: Callable[[str], None] = lambda _: None
        server.before = self._before

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that lead to it."""
        settings = self._server.settings(NAME)
        return {name.upper(): value for name, value in settings.items() if name.startswith("aws_")}

    @property
    def sizes(self) -> dict[str, int]:
        """The objects, and how many bytes each has."""
        return {key: len(content) for key, (content, _) in sorted(self._objects.items())}

    def put(self, key: str, content: bytes) -> None:
        """Store an object, as somebody else would."""
        self._objects[key] = (content, datetime.now(UTC))

    def clear(self) -> None:
        """Delete all objects, as somebody else would."""
        self._objects.clear()

    def remove(self) -> None:
        """Delete the bucket itself."""
        del self._server.buckets[NAME]

    async def _before(self, asked: Request) -> None:
        self.requests.append(f"{asked.act.upper()} {asked.key}".strip())
        await asyncio.to_thread(self.before, self.requests[-1])


@contextmanager
def bucket() -> Iterator[Bucket]:
    """Run it on a free port."""
    loop, server = asyncio.new_event_loop(), LoopbackS3()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result()
        yield Bucket(server)
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
