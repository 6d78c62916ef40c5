"""What the engine counts of itself, and /metrics, which shows it to Prometheus."""

import secrets
import time

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from engine.api.services import services_of

REQUEST_ID = web.RequestKey("request_id", str)
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_CLIENT_GONE = 499


class Metrics:
    """Requests by method, route and status, how long each route's took, and what waits."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        prefix = "punchline_engine"
        labels, took = ("method", "route", "status"), "Time from a request's head to the end of its answer."
        self._requests = Counter(f"{prefix}_requests", "Requests answered.", labels, registry=registry)
        self._seconds = Histogram(f"{prefix}_request_seconds", took, ("route",), buckets=_BUCKETS, registry=registry)
        self._waiting = Gauge(f"{prefix}_jobs_waiting", "Fine-tuning jobs that have yet to begin.", registry=registry)
        self._running = Gauge(f"{prefix}_trainings_running", "Trainings under way.", registry=registry)
        elected = "Whether this process validates and trains: 1 in one of those that share their state."
        self._elected = Gauge(f"{prefix}_elected", elected, registry=registry)
        self._texts = Gauge(f"{prefix}_embedding_texts_waiting", "Texts that wait to be embedded.", registry=registry)

    async def show(self, request: web.Request) -> web.Response:
        services = services_of(request)
        self._waiting.set(await services.queue.waiting())
        self._running.set(services.queue.running)
        self._elected.set(services.queue.works_here)
        self._texts.set(services.embedder.waiting)
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    def middleware(self) -> Middleware:
        """Name each request, and count it once it is answered."""

        @web.middleware
        async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
            request[REQUEST_ID] = f"req_{secrets.token_hex(16)}"
            began_at, status = time.perf_counter(), _CLIENT_GONE
            try:
                answer = await handler(request)
                status = answer.status
                return answer
            finally:
                resource = request.match_info.route.resource
                route = resource.canonical if resource else "unknown"
                self._requests.labels(request.method if resource else "any", route, status).inc()
                self._seconds.labels(route).observe(time.perf_counter() - began_at)

        return measure


async def name_answer(request: web.Request, answer: web.StreamResponse) -> None:
    if REQUEST_ID in request:
        answer.headers["x-request-id"] = request[REQUEST_ID]
