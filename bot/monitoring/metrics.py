"""What the bot counts of itself, as Prometheus reads it. Only imported where the operator sets METRICS_PORT."""

import math

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

from bot.monitoring.health import State
from bot.observer import EndedCommand, ModelCall
from bot.version import build

CONTENT_TYPE = CONTENT_TYPE_LATEST
PREFIX = "punchline"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
MAX_NAMES, OTHER = 200, "other"  # a label with values without end would fill Prometheus


class _Names:
    """The values of a label, the first `MAX_NAMES` of them; all later ones are `other`."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def __call__(self, name: str) -> str:
        if name in self._known or len(self._known) < MAX_NAMES:
            self._known.add(name)
            return name
        return OTHER


class Metrics:
    """An observer that counts for `/metrics`."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._commands, self._models = _Names(), _Names()
        ProcessCollector(registry=registry)
        labels = ("command", "outcome")
        self._ended = Counter(
            f"{PREFIX}_commands", "Commands, buttons and forms that ended.", labels, registry=registry
        )
        took = "Time from a command to its answer."
        self._seconds = Histogram(f"{PREFIX}_command_seconds", took, ("command",), buckets=SECONDS, registry=registry)
        self._count_models(registry)
        self._gauges = {
            name: Gauge(f"{PREFIX}_{name}", text, registry=registry)
            for name, text in {
                "healthy": "1 if /health answers 200.",
                "database_up": "1 if the database answers.",
                "outbox_waiting": "Messages that wait for Discord to take them.",
                "active_jobs": "Fine-tuning jobs that have not ended.",
                "commands_under_way": "Commands, buttons and forms that are being answered.",
                "guilds": "Servers that the bot is in.",
                "shards": "Shards of the connection to Discord.",
                "shards_up": "Shards that are connected.",
            }.items()
        }
        text = "Time between a heartbeat and its acknowledgement."
        self._latency = Gauge(f"{PREFIX}_gateway_latency_seconds", text, ("shard",), registry=registry)
        text = "How much later than asked the event loop came back, four times a second."
        self._lag = Histogram(f"{PREFIX}_event_loop_lag_seconds", text, buckets=LAG_SECONDS, registry=registry)
        versions = build()
        info = Gauge(f"{PREFIX}_build_info", "1, with what runs here.", tuple(versions), registry=registry)
        info.labels(**versions).set(1)

    def _count_models(self, registry: CollectorRegistry) -> None:
        labels = ("model", "outcome")
        self._calls = Counter(f"{PREFIX}_model_calls", "Requests for answers and vectors.", labels, registry=registry)
        text = "Tokens that they cost; `kind` is prompt or completion."
        self._tokens = Counter(f"{PREFIX}_model_tokens", text, (*labels, "kind"), registry=registry)
        text = "Time from a request to the end of its answer."
        self._call_seconds = Histogram(
            f"{PREFIX}_model_call_seconds", text, ("model",), buckets=SECONDS, registry=registry
        )

    def command_ended(self, ended: EndedCommand) -> None:
        command = self._commands(ended.command)
        self._ended.labels(command, ended.outcome).inc()
        self._seconds.labels(command).observe(ended.seconds)

    def model_called(self, call: ModelCall) -> None:
        model = self._models(call.model)
        self._calls.labels(model, call.outcome).inc()
        self._tokens.labels(model, call.outcome, "prompt").inc(call.prompt_tokens)
        self._tokens.labels(model, call.outcome, "completion").inc(call.completion_tokens)
        self._call_seconds.labels(model).observe(call.seconds)

    def loop_lagged(self, seconds: float) -> None:
        """The event loop came back so much too late."""
        self._lag.observe(seconds)

    def render(self, state: State) -> bytes:
        """All figures, those of this state included, in Prometheus's text format."""
        gateway, waiting = state.gateway, state.waiting
        now = {
            "healthy": state.healthy,
            "database_up": waiting is not None,
            "outbox_waiting": waiting.outbox_waiting if waiting else math.nan,
            "active_jobs": waiting.active_jobs if waiting else math.nan,
            "commands_under_way": gateway.commands_under_way,
            "guilds": gateway.guilds,
            "shards": gateway.shards,
            "shards_up": len(gateway.latency_seconds),
        }
        for name, value in now.items():
            self._gauges[name].set(value)
        self._latency.clear()
        for shard, seconds in gateway.latency_seconds.items():
            self._latency.labels(str(shard)).set(seconds if math.isfinite(seconds) else math.nan)
        return generate_latest(self._registry)
