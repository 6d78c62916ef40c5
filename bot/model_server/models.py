"""The models that a model server lists."""

from dataclasses import dataclass
from datetime import date

from bot.model_server.json_values import Json, day, mapping, said, text, whole


@dataclass(frozen=True)
class RemoteModel:
    """One entry of the server's list; `shutdown_date` is the day (UTC) on which it stops answering, if one is announced.

    `parameters` is how many weights it has, which llama.cpp's server and Punchline's engine return; the engine also says which of its
    models can be tuned (`tunable`), by which `methods`, and which call functions (`calls_tools`; None: unknown).
    """

    id: str
    owned_by: str
    shutdown_date: date | None
    parameters: int | None = None
    tunable: bool = True
    methods: frozenset[str] | None = None
    calls_tools: bool | None = None


def parse_model(answer: Json) -> RemoteModel:
    """A shutdown date is read as a date, a time of day, or Unix seconds, also as text; anything else counts as none."""
    meta = mapping(answer.get("meta"))
    parameters = whole(meta.get("n_params")) or None
    shutdown_date = day(answer.get("shutdown_date"))
    owner, tunable = said(answer.get("owned_by")) or "", meta.get("allow_fine_tuning") is not False
    calls_tools = meta["tools"] if isinstance(meta.get("tools"), bool) else None
    listed = meta.get("fine_tuning_methods")
    methods = frozenset(map(str, listed)) if isinstance(listed, list) else None
    return RemoteModel(text(answer["id"]), owner, shutdown_date, parameters, tunable, methods, calls_tools)
