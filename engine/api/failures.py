"""One place where every failure becomes OpenAI's error object."""

import errno
import logging
import re

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp.web_protocol import RequestPayloadError

from engine.api.metrics import REQUEST_ID
from engine.jobs.limits import disk_full
from engine.protocol.errors import ApiError

log = logging.getLogger(__name__)

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@web.middleware
async def answer_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever a handler raises, the client reads an error object, and the log has the rest."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _refusal_of(request, error)
    except ConnectionError:
        raise
    except RequestPayloadError as error:
        answer = ApiError(f"The request's body could not be read: {first_line(error)}").response()
        answer.force_close()  # where the next request would begin, nobody knows
        return answer
    except Exception as error:  # noqa: BLE001 - _refusal_for logs what it does not know
        return _refusal_for(request, error).response()


def _refusal_for(request: web.Request, error: Exception) -> ApiError:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, TimeoutError):
        return ApiError("The request's body did not arrive in time.", status=408, code="request_timeout")
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return disk_full()
    number = request[REQUEST_ID]
    log.error("error %s at %s %s", number, request.method, request.path, exc_info=error)
    message = f"The engine made an error; its log has it under {number}."
    return ApiError(message, status=500, kind="server_error")


def _refusal_of(request: web.Request, error: web.HTTPException) -> web.Response:
    messages = {
        404: f"Invalid URL ({request.method} {request.path})",
        405: f"Not allowed to {request.method} on {request.path}.",
        413: "The request body is too large.",
    }
    message = messages.get(error.status, error.reason)
    answer = ApiError(message, status=error.status, code="unknown_url" if error.status == 404 else None).response()
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def first_line(error: object) -> str:
    """The gist of an error of aiohttp's, which tells its number first and quotes what it got over several lines."""
    told = re.sub(r"^\d+, message:\s*", "", str(error or "it is malformed").strip())
    return told.splitlines()[0].strip().rstrip(":.") + "."
