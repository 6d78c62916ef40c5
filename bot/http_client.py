"""The HTTP client under the one `AsyncOpenAI`: it reads each answer whole, within a time and a size, and without our secrets."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import httpx2

from bot.redaction import Redactor

# Lists of models, jobs and events stay far below the first. 2,048 embeddings of 3,072 numbers are 34 MB.
USUAL_BYTES, MOST_BYTES = 4 * 1024 * 1024, 64 * 1024 * 1024
LIMITS = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)
NOT_CONNECTED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)  # nothing was sent
TRANSFER_HEADERS = ("content-encoding", "content-length", "transfer-encoding")


_allowed: ContextVar[int] = ContextVar("allowed", default=USUAL_BYTES)


class AnswerTooLargeError(Exception):
    """An answer of more bytes than whoever asked allows."""


@contextmanager
def answer_of_at_most(size: int) -> Iterator[None]:
    """Requests of this task allow so many bytes (`MOST_BYTES` at most) in place of `USUAL_BYTES`."""
    token = _allowed.set(min(size, MOST_BYTES))
    try:
        yield
    finally:
        _allowed.reset(token)


class BoundedClient(httpx2.AsyncClient):
    """A request's read timeout bounds its whole answer here, not each piece of it: a server that drips is a server that hangs."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__(limits=LIMITS, follow_redirects=True)
        self._redactor = redactor

    async def send(self, request: httpx2.Request, **options: object) -> httpx2.Response:
        """Raises `httpx2.ReadTimeout`, and `AnswerTooLargeError`."""
        seconds: float | None = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(seconds):
                return await self._send(request, options)
        except TimeoutError as error:
            raise httpx2.ReadTimeout("the whole answer took too long", request=request) from error

    async def _send(self, request: httpx2.Request, options: dict[str, object]) -> httpx2.Response:
        response = await super().send(request, **{**options, "stream": True})  # type: ignore[arg-type]  # passed on as they came
        try:
            content = bytearray()
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > _allowed.get():
                    raise AnswerTooLargeError
        finally:
            await response.aclose()
        headers = [(name, value) for name, value in response.headers.multi_items() if name not in TRANSFER_HEADERS]
        return httpx2.Response(
            response.status_code,
            headers=headers,
            content=self._redactor.content(bytes(content)),
            request=request,
            extensions=response.extensions,
        )
