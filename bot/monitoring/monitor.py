"""`/health` and `/metrics`, where the operator sets METRICS_PORT. They need no token, so they listen on this machine alone by default."""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.clock import Clock
from bot.errors import StartupError
from bot.monitoring.health import GatewayState, Health, State
from bot.monitoring.loop_lag import measure_lag
from bot.monitoring.metrics import CONTENT_TYPE, Metrics
from bot.store.database import Database
from bot.texts import monitoring as texts

log = logging.getLogger(__name__)


class Monitor:
    """The HTTP server; its `metrics` are the observer that it shows."""

    def __init__(self, host: str, port: int) -> None:
        """Port 0 takes a free one, which the log names."""
        self._address = host, port
        self.metrics = Metrics()

    @asynccontextmanager
    async def serving(
        self, database: Database, gateway: Callable[[], GatewayState], clock: Clock
    ) -> AsyncIterator[None]:
        """Answer until left. Raises `StartupError` where the address cannot be had."""
        pages = _Pages(Health(database, gateway, clock), self.metrics)
        runner = web.AppRunner(pages.application(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        lag = asyncio.create_task(measure_lag(self.metrics.loop_lagged))
        try:
            await self._listen(runner)
            yield
        finally:
            lag.cancel()
            await asyncio.gather(lag, return_exceptions=True)
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> None:
        host, port = self._address
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            text = texts.CANNOT_LISTEN.format(host=host, port=port, reason=error.strerror or error)
            raise StartupError(text) from error
        log.info(texts.LISTENING, host, runner.addresses[0][1])


class _Pages:
    def __init__(self, health: Health, metrics: Metrics) -> None:
        self._health = health
        self._metrics = metrics

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/health", self.health)
        app.router.add_get("/metrics", self.metrics)
        return app

    async def health(self, _request: web.Request) -> web.Response:
        state = await self._health.look()
        return web.json_response(_described(state), status=200 if state.healthy else 503)

    async def metrics(self, _request: web.Request) -> web.Response:
        body = self._metrics.render(await self._health.look())
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})


def _described(state: State) -> dict[str, object]:
    gateway = state.gateway
    latencies = [seconds for seconds in gateway.latency_seconds.values() if math.isfinite(seconds)]
    return {
        "status": "ok" if state.healthy else "failing",
        "why": list(state.why_not),
        "shards": gateway.shards,
        "shards_up": len(gateway.latency_seconds),
        "gateway_latency_ms": round(max(latencies) * 1000) if latencies else None,
        "database": "ok" if state.waiting else "failing",
    }
