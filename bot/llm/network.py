"""The network under the HTTP client: a request's head and body leave in one write, and to see whether a connection is idle costs little.

httpcore writes the head and the body by themselves, which wakes the model server twice; and for each request it looks at every idle
connection, each time through several layers.
"""

import select
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2

MOST_UNSENT = 64 * 1024  # bytes; a larger request leaves in several writes


class GatheringStream(httpcore2.AsyncNetworkStream):
    """Keeps what is written until something is read, or it is a lot. HTTP/1.1 reads the answer once the request is whole."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self._unsent = bytearray()
        self._socket = stream.get_extra_info("socket")
        self._readable = select.poll()
        self._readable.register(self._socket, select.POLLIN)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's
        try:
            await self._flush(timeout)
        except httpcore2.WriteError:
            self._unsent.clear()  # the server may have answered before it closed, as httpcore expects of it
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # httpcore's
        self._unsent += buffer
        if len(self._unsent) > MOST_UNSENT:
            await self._flush(timeout)

    async def _flush(self, timeout: float | None) -> None:  # noqa: ASYNC109  # passed on
        if self._unsent:
            unsent = bytes(self._unsent)
            self._unsent.clear()
            await self._stream.write(unsent, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's
    ) -> httpcore2.AsyncNetworkStream:
        return GatheringStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # a closed one is, too: its next read ends at once
            return self._socket.fileno() < 0 or bool(self._readable.poll(0))
        return self._stream.get_extra_info(info)


class GatheringBackend(httpcore2.AnyIOBackend):
    """Makes such streams."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        return GatheringStream(await super().connect_tcp(host, port, timeout, local_address, socket_options))
