"""The application: its routes, and what every request passes on its way to them."""

from urllib.parse import unquote, unquote_to_bytes

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from engine.api import chat, embeddings, files, jobs, models, transcriptions
from engine.api.access import Access, guard
from engine.api.connections import refuse_encoding
from engine.api.failures import answer_failures
from engine.api.metrics import Metrics, name_answer
from engine.api.services import SERVICES, Services
from engine.protocol.errors import invalid

MAX_BODY_BYTES = 32 * 1024 * 1024
_ENCODINGS = ("", "identity", "gzip", "deflate")
_JOBS = "/v1/fine_tuning/jobs"


def create_app(services: Services, access: Access) -> web.Application:
    metrics = Metrics()
    passed = [metrics.middleware(), answer_failures, guard(access), _check_encodings]
    app = web.Application(middlewares=passed, client_max_size=MAX_BODY_BYTES)
    app[SERVICES] = services
    app.on_response_prepare.append(name_answer)
    app.on_response_prepare.append(access.share)
    app.add_routes(
        [
            web.get("/health", _health),
            web.get("/metrics", metrics.show),
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
            web.post(f"{_JOBS}/{{job}}/pause", jobs.pause_job),
            web.post(f"{_JOBS}/{{job}}/resume", jobs.resume_job),
            web.get(f"{_JOBS}/{{job}}/events", jobs.list_events),
            web.get(f"{_JOBS}/{{job}}/checkpoints", jobs.list_checkpoints),
            web.post("/v1/chat/completions", chat.create_completion),
            web.post("/v1/embeddings", embeddings.create_embeddings),
            web.post("/v1/audio/transcriptions", transcriptions.create_transcription),
        ]
    )
    return app


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


@web.middleware
async def _check_encodings(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The URL is UTF-8, and the body as it is, or in one of the encodings that aiohttp is sure to decode."""
    query = request.raw_path.partition("?")[2]
    pairs = [pair.partition("=")[::2] for pair in query.split("&")]
    for name, value in (*request.match_info.items(), *pairs):
        try:
            unquote_to_bytes(value).decode()
        except UnicodeDecodeError:
            raise invalid(unquote(name), "it is not UTF-8 text") from None
    if request.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower() not in _ENCODINGS:
        return refuse_encoding()
    return await handler(request)
