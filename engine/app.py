"""The application: routes, the key check, and one place where every failure becomes OpenAI's error object."""

import hmac
import logging
import secrets

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from engine import chat, embeddings, files, jobs, models
from engine.errors import ApiError
from engine.services import SERVICES, Services

log = logging.getLogger(__name__)

_MAX_BODY = 32 * 1024 * 1024
_JOBS = "/v1/fine_tuning/jobs"


def create_app(services: Services, api_key: str | None) -> web.Application:
    """The server's application. Without a key every client is let in."""
    app = web.Application(middlewares=[_answer_failures, _key_check(api_key)], client_max_size=_MAX_BODY)
    app[SERVICES] = services
    app.add_routes(
        [
            web.get("/health", _health),
            web.get("/v1/models", models.list_models),
            web.get("/v1/models/{model}", models.retrieve_model),
            web.delete("/v1/models/{model}", models.delete_model),
            web.post("/v1/files", files.create_file),
            web.get("/v1/files", files.list_files),
            web.get("/v1/files/{file}", files.retrieve_file),
            web.get("/v1/files/{file}/content", files.read_file),
            web.delete("/v1/files/{file}", files.delete_file),
            web.post(_JOBS, jobs.create_job),
            web.get(_JOBS, jobs.list_jobs),
            web.get(f"{_JOBS}/{{job}}", jobs.retrieve_job),
            web.post(f"{_JOBS}/{{job}}/cancel", jobs.cancel_job),
            web.get(f"{_JOBS}/{{job}}/events", jobs.list_events),
            web.get(f"{_JOBS}/{{job}}/checkpoints", jobs.list_checkpoints),
            web.post("/v1/chat/completions", chat.create_completion),
            web.post("/v1/embeddings", embeddings.create_embeddings),
        ]
    )
    return app


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


@web.middleware
async def _answer_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ApiError as error:
        return error.response()
    except web.HTTPException as error:
        return _refusal_of(request, error)
    except ConnectionError:
        raise
    except Exception:
        number = secrets.token_hex(4)
        log.exception("error %s at %s %s", number, request.method, request.path)
        message = f"The engine made an error; its log has it under {number}."
        return ApiError(message, status=500, kind="server_error").response()


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


def _key_check(api_key: str | None) -> Middleware:
    expected = f"Bearer {api_key}".encode()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        if api_key is None or request.path == "/health" or hmac.compare_digest(given, expected):
            return await handler(request)
        message = "Incorrect API key provided." if given else "You didn't provide an API key."
        raise ApiError(message, status=401, code="invalid_api_key")

    return check
