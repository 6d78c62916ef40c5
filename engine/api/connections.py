"""Connections: what aiohttp finds wrong before a handler runs is answered in OpenAI's shape, too."""

import asyncio
import logging
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import ContentEncodingError
from aiohttp.web_protocol import RequestHandler, RequestPayloadError

from engine.api.failures import first_line
from engine.api.replies import error_reply
from engine.protocol.errors import ApiError, our_error

log = logging.getLogger(__name__)

# A connection that has not sent a whole request's head by then is closed; between two requests it may rest a little longer.
HEAD_SECONDS = 30.0
IDLE_SECONDS = 75.0


def refuse_encoding() -> web.Response:
    """The answer to a body in an encoding that is not decoded here."""
    message = "The body's content encoding is not supported. Send gzip, deflate or none."
    answer = error_reply(ApiError(message, status=415, code="unsupported_encoding"))
    answer.headers["Accept-Encoding"] = "gzip, deflate"
    return answer


class _Connection(RequestHandler):
    """One client's connection: errors in OpenAI's shape, and no waiting for a head that never comes."""

    __slots__ = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        asyncio.get_running_loop().call_later(HEAD_SECONDS, self._close_if_silent)

    def _close_if_silent(self) -> None:
        if not self._request_count:
            self.force_close()

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """A body that cannot be decoded is the client's doing: it was refused, and is no news for the log."""
        if isinstance(kw.get("exc_info"), RequestPayloadError):
            log.debug(*args, **kw)
        else:
            super().log_exception(*args, **kw)

    def handle_error(self, request: Any, status: int = 500, exc: Any = None, message: Any = None) -> web.StreamResponse:
        """What aiohttp would answer as plain text or HTML: requests that are no HTTP, and its own failures."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is on its way already")
        if isinstance(exc, ContentEncodingError):
            answer = refuse_encoding()
        elif status < HTTPStatus.INTERNAL_SERVER_ERROR:
            fault = f"The request is not valid HTTP: {first_line(message or exc)}"
            answer = error_reply(ApiError(fault, status=status))
        else:
            log.error("aiohttp failed", exc_info=exc)
            answer = error_reply(our_error())
        answer.force_close()
        return answer


class _Server(web.Server):
    def __call__(self) -> Any:
        return _Connection(self, loop=self._loop, **self._kwargs)


class EngineRunner(web.AppRunner):
    """Runs the application on connections of ours; aiohttp has no public way to name their class."""

    async def _make_server(self) -> Any:
        made = await super()._make_server()
        return _Server(made.request_handler, request_factory=made.request_factory, **made._kwargs)
