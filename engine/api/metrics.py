"""What the engine counts of itself, and /metrics, which tells it in Prometheus' text format."""

import secrets
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

REQUEST_ID = web.RequestKey("request_id", str)
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_PREFIX = "punchline_engine"


class Metrics:
    """Requests by method, route and status, and how long each route's took."""

    def __init__(self) -> None:
        """Everything at zero."""
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._within: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(_BUCKETS) + 1))
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note an answered request."""
        self._requests[method, route, status] += 1
        self._within[route][bisect_left(_BUCKETS, seconds)] += 1
        self._seconds[route] += seconds

    def text(self, gauges: Mapping[str, tuple[str, int]]) -> str:
        """All of it, with gauges that were read just now: each with what it means and its value."""
        lines = [*self._counters(), *self._histograms()]
        for name, (meaning, value) in gauges.items():
            lines += [*_head(name, "gauge", meaning), f"{_PREFIX}_{name} {value}"]
        return "\n".join(lines) + "\n"

    def _counters(self) -> Iterator[str]:
        yield from _head("requests_total", "counter", "Requests answered.")
        for (method, route, status), count in sorted(self._requests.items()):
            labels = f'method="{method}",route="{route}",status="{status}"'
            yield f"{_PREFIX}_requests_total{{{labels}}} {count}"

    def _histograms(self) -> Iterator[str]:
        name = f"{_PREFIX}_request_seconds"
        yield from _head("request_seconds", "histogram", "Time from a request's head to the end of its answer.")
        for route, within in sorted(self._within.items()):
            total = 0
            for bound, count in zip((*map(str, _BUCKETS), "+Inf"), within, strict=True):
                total += count
                yield f'{name}_bucket{{route="{route}",le="{bound}"}} {total}'
            yield f'{name}_sum{{route="{route}"}} {self._seconds[route]:.6f}'
            yield f'{name}_count{{route="{route}"}} {total}'


def _head(name: str, kind: str, meaning: str) -> list[str]:
    return [f"# HELP {_PREFIX}_{name} {meaning}", f"# TYPE {_PREFIX}_{name} {kind}"]


def measured(metrics: Metrics) -> Middleware:
    """Name each request, and count it once it is answered."""

    @web.middleware
    async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REQUEST_ID] = f"req_{secrets.token_hex(16)}"
        began, status = time.perf_counter(), 499
        try:
            answer = await handler(request)
            status = answer.status
            return answer
        finally:
            resource = request.match_info.route.resource
            known = resource.canonical if resource else "unknown"
            method = request.method if resource else "any"
            metrics.count(method, known, status, time.perf_counter() - began)

    return measure


async def name_answer(request: web.Request, answer: web.StreamResponse) -> None:
    """Give the answer its request's id, as OpenAI does."""
    if REQUEST_ID in request:
        answer.headers["x-request-id"] = request[REQUEST_ID]
