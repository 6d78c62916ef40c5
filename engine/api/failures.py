"""One place where every failure becomes OpenAI's error object."""

import logging
import re

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp.web_protocol import RequestPayloadError

from engine.api.metrics import REQUEST_ID
from engine.api.replies import error_reply
from engine.protocol.errors import ApiError, database_unavailable, disk_full, invalid, our_error
from engine.storage.database import DatabaseUnavailableError
from engine.storage.files import is_disk_full
from engine.storage.state import UnknownCursorError

log = logging.getLogger(__name__)

_SERVED = "/v1/models, /v1/files, /v1/fine_tuning/jobs, /v1/chat/completions and /v1/embeddings"
# What OpenAI serves and this engine does not, and what to use instead.
_TALKING = ("responses", "completions", "conversations", "assistants", "threads")
_ELSEWHERE = dict.fromkeys(_TALKING, "Use POST /v1/chat/completions") | {
    "engines": "Use GET /v1/models",
    "fine-tunes": "Use POST /v1/fine_tuning/jobs",
    "uploads": "Use POST /v1/files, which takes the whole file at once",
}
_FIRST_PARTS = ("models", "files", "fine_tuning", "chat", "embeddings", *_ELSEWHERE)


@web.middleware
async def answer_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever a handler raises, the client reads an error object, and the log has the rest."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _reply_to_http(request, error)
    except ConnectionError:
        raise
    except RequestPayloadError as error:
        answer = error_reply(ApiError(f"The request's body could not be read: {first_line(error)}"))
        answer.force_close()  # where the next request would begin, nobody knows
        return answer
    except Exception as error:  # noqa: BLE001 - _refusal logs what it does not know
        return error_reply(_refusal(request, error))


def _refusal(request: web.Request, error: Exception) -> ApiError:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, UnknownCursorError):
        return invalid("after", f"this list has never had '{error}'")
    if isinstance(error, TimeoutError):
        return ApiError("The request's body did not arrive in time.", status=408, code="request_timeout")
    if is_disk_full(error):
        return disk_full()
    if isinstance(error, DatabaseUnavailableError):
        return database_unavailable(str(error))
    number = request[REQUEST_ID]
    log.error("error %s at %s %s", number, request.method, request.path, exc_info=error)
    return our_error(f" under {number}")


def _reply_to_http(request: web.Request, error: web.HTTPException) -> web.Response:
    messages = {405: f"Not allowed to {request.method} on {request.path}.", 413: "The request body is too large."}
    message, code = messages.get(error.status, error.reason), None
    if error.status == 404:
        message, code = f"Invalid URL ({request.method} {request.path}). {_advice(request.path)}.", "unknown_url"
    answer = error_reply(ApiError(message, status=error.status, code=code))
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def _advice(path: str) -> str:
    parts = [part for part in path.split("/") if part and part != "v1"]
    begin = next((place for place, part in enumerate(parts) if part in _FIRST_PARTS), 0)
    meant = f"/v1/{'/'.join(parts[begin:])}"
    if not parts:
        return f"This engine serves {_SERVED}"
    if parts[begin] in _ELSEWHERE:
        return f"This engine does not serve /v1/{parts[begin]}. {_ELSEWHERE[parts[begin]]}"
    if parts[begin] in _FIRST_PARTS and path != meant:
        return f"The base URL must end in /v1, once and without a slash behind it: use {meant}"
    return f"This engine does not serve {'/v1/' if path.startswith('/v1/') else '/'}{parts[0]}, only {_SERVED}"


def first_line(error: object) -> str:
    """The gist of an error of aiohttp's, which begins with its number and quotes what it got over several lines."""
    told = re.sub(r"^\d+, message:\s*", "", str(error or "it is malformed").strip())
    return told.splitlines()[0].strip().rstrip(":.") + "."
