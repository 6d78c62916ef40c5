"""The application: its routes, and what every request passes on its way to them."""

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from engine.api import chat, embeddings, files, jobs, models
from engine.api.access import Keys
from engine.api.failures import answer_failures
from engine.api.metrics import Metrics, measured, name_answer
from engine.api.services import OWNER, SERVICES, Services, services_of
from engine.protocol.errors import ApiError

_MAX_BODY = 32 * 1024 * 1024
_JOBS = "/v1/fine_tuning/jobs"


def create_app(services: Services, keys: Keys | None = None) -> web.Application:
    """The server's application. Without keys every client is let in."""
    metrics = Metrics()
    passed = [measured(metrics), answer_failures, _key_check(keys or Keys())]
    app = web.Application(middlewares=passed, client_max_size=_MAX_BODY)
    app[SERVICES] = services
    app.on_response_prepare.append(name_answer)
    app.add_routes(_routes())
    app.router.add_get("/metrics", _metrics_route(metrics))
    return app


def _routes() -> list[web.RouteDef]:
    return [
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
        web.post(f"{_JOBS}/{{job}}/pause", jobs.pause_job),
        web.post(f"{_JOBS}/{{job}}/resume", jobs.resume_job),
        web.get(f"{_JOBS}/{{job}}/events", jobs.list_events),
        web.get(f"{_JOBS}/{{job}}/checkpoints", jobs.list_checkpoints),
        web.post("/v1/chat/completions", chat.create_completion),
        web.post("/v1/embeddings", embeddings.create_embeddings),
    ]


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def _metrics_route(metrics: Metrics) -> Handler:
    async def tell(request: web.Request) -> web.Response:
        services = services_of(request)
        gauges = {
            "jobs_waiting": ("Fine-tuning jobs that have yet to begin.", await services.queue.waiting()),
            "trainings_running": ("Trainings under way.", services.queue.running),
            "embedding_texts_waiting": ("Texts that wait to be embedded.", services.embedder.waiting),
        }
        return web.Response(text=metrics.text(gauges), content_type="text/plain", charset="utf-8")

    return tell


def _key_check(keys: Keys) -> Middleware:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        owner = keys.owner(given)
        if owner is not None:
            request[OWNER] = owner
        elif request.path != "/health":
            message = "Incorrect API key provided." if given else "You didn't provide an API key."
            raise ApiError(message, status=401, code="invalid_api_key")
        return await handler(request)

    return check
