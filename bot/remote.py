"""What a model server answers, as frozen values: the shapes of OpenAI's protocol that the bot relies on.

Each `parse_*` takes the decoded JSON of an answer and raises `ValueError`, `KeyError`, `TypeError` or `IndexError` when it is not
the protocol; `bot.llm` turns those into one clear error.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import fmean
from typing import Any

from bot.tool_calls import ToolCall, parse_tool_calls

Json = Mapping[str, Any]
ENDED = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Tokens:
    """What a request used: tokens of the prompt, those of them that the server had cached, and tokens of the answers."""

    prompt: int
    completion: int = 0
    cached: int = 0


NO_TOKENS = Tokens(0)


@dataclass(frozen=True)
class Completion:
    """A chat completion: its texts in order, tokens used, and the whole answer as JSON, but for the log probability of each token.

    `likelihoods` are the mean log probabilities of the tokens of each text, None where the server does not return them. `cut` says
    which texts met the token limit. `tool_calls` are those of the first answer.
    """

    texts: tuple[str, ...]
    model: str
    prompt_tokens: int
    completion_tokens: int
    latency_ms: float
    raw_json: str
    likelihoods: tuple[float | None, ...]
    cut: tuple[bool, ...]
    tool_calls: tuple[ToolCall, ...] = ()
    cached_tokens: int = 0

    @property
    def tokens(self) -> Tokens:
        """What the request used."""
        return Tokens(self.prompt_tokens, self.completion_tokens, self.cached_tokens)


@dataclass(frozen=True)
class RemoteJob:
    """A fine-tuning job as the server reports it. `status` may be a word that nobody foresaw."""

    id: str
    status: str
    base_model: str
    created_at: datetime | None
    finished_at: datetime | None
    estimated_finish: datetime | None
    fine_tuned_model: str | None
    trained_tokens: int | None
    error_code: str | None
    error_message: str | None
    training_file: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class RemoteEvent:
    """One line of a job's history; `data` holds step and losses when `type` is `metrics`."""

    id: str
    created_at: datetime
    level: str
    type: str
    message: str
    data: Mapping[str, Any]


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


@dataclass(frozen=True)
class Checkpoint:
    """A model as it was after `step`; `model` is an id that can be asked like any other."""

    id: str
    model: str
    step: int
    train_loss: float | None
    valid_loss: float | None


def parse_completion(answer: Json, latency_ms: float) -> Completion:
    """Null texts (such as refusals) become empty. Texts may be missing if there are function calls."""
    messages = [choice["message"] for choice in answer["choices"]]
    if not messages:
        raise ValueError("no choices")
    calls = [parse_tool_calls(_mapping(message).get("tool_calls")) for message in messages]
    contents = [
        message.get("content") if made else message["content"] for message, made in zip(messages, calls, strict=True)
    ]
    texts = tuple((_said(content) or "").strip() for content in contents)
    tokens = parse_tokens(answer)
    return Completion(
        texts=texts,
        model=_text(answer["model"]),
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
        cached_tokens=tokens.cached,
        latency_ms=latency_ms,
        raw_json=_storable(json.dumps(_without_logprobs(answer), ensure_ascii=False)),
        likelihoods=tuple(_likelihood(choice) for choice in answer["choices"]),
        cut=tuple(choice.get("finish_reason") == "length" for choice in answer["choices"]),
        tool_calls=calls[0],
    )


def parse_tokens(answer: Json) -> Tokens:
    """What the server says that it used; nothing where it does not say so."""
    usage = _mapping(answer.get("usage"))
    details = _mapping(usage.get("prompt_tokens_details"))
    counted = usage.get("prompt_tokens"), usage.get("completion_tokens"), details.get("cached_tokens")
    return Tokens(*(whole(count) or 0 for count in counted))


def parse_job(answer: Json) -> RemoteJob:
    """A job without id or status is not one; everything else may be missing."""
    error, metadata = _mapping(answer.get("error")), _mapping(answer.get("metadata"))
    return RemoteJob(
        id=_text(answer["id"]),
        status=_text(answer["status"]),
        base_model=_said(answer.get("model")) or "",
        created_at=_moment(answer.get("created_at")),
        finished_at=_moment(answer.get("finished_at")),
        estimated_finish=_moment(answer.get("estimated_finish")),
        fine_tuned_model=_said(answer.get("fine_tuned_model")),
        trained_tokens=whole(answer.get("trained_tokens")),
        error_code=_said(error.get("code")),
        error_message=_said(error.get("message")),
        training_file=_said(answer.get("training_file")),
        metadata={str(key): str(value) for key, value in metadata.items()},
    )


def parse_event(answer: Json) -> RemoteEvent:
    """Events of an unknown type are kept as they are."""
    return RemoteEvent(
        id=_text(answer["id"]),
        created_at=_moment(answer["created_at"]) or datetime.fromtimestamp(0, UTC),
        level=_said(answer.get("level")) or "info",
        type=_said(answer.get("type")) or "message",
        message=_said(answer.get("message")) or "",
        data=_mapping(answer.get("data")),
    )


def parse_model(answer: Json) -> RemoteModel:
    """A shutdown date is read as a date, a time of day, or Unix seconds, also as text; anything else counts as none."""
    meta = _mapping(answer.get("meta"))
    parameters = whole(meta.get("n_params")) or None
    shutdown_date = _day(answer.get("shutdown_date"))
    owner, tunable = _said(answer.get("owned_by")) or "", meta.get("allow_fine_tuning") is not False
    calls_tools = meta["tools"] if isinstance(meta.get("tools"), bool) else None
    listed = meta.get("fine_tuning_methods")
    methods = frozenset(map(str, listed)) if isinstance(listed, list) else None
    return RemoteModel(_text(answer["id"]), owner, shutdown_date, parameters, tunable, methods, calls_tools)


def parse_file(answer: Json) -> tuple[str, str]:
    """A file's id and name."""
    return _text(answer["id"]), _said(answer.get("filename")) or ""


def parse_checkpoint(answer: Json) -> Checkpoint:
    """A checkpoint without a model is not one."""
    metrics = _mapping(answer.get("metrics"))
    return Checkpoint(
        id=_text(answer["id"]),
        model=_text(answer["fine_tuned_model_checkpoint"]),
        step=whole(answer.get("step_number")) or 0,
        train_loss=finite(metrics.get("train_loss")),
        valid_loss=finite(metrics.get("valid_loss")),
    )


def finite(value: object) -> float | None:
    """A number that can be drawn and compared, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # JSON sets no bound on integers
        return None
    return number if math.isfinite(number) else None


def whole(value: object) -> int | None:
    """A count that a database can hold, or None."""
    number = finite(value)
    return int(number) if number is not None and 0 <= number < 2**53 else None


def _likelihood(choice: Json) -> float | None:
    tokens = _mapping(choice.get("logprobs")).get("content")
    found = [finite(_mapping(token).get("logprob")) for token in tokens] if isinstance(tokens, list) else []
    known = [logprob for logprob in found if logprob is not None]
    return fmean(known) if known else None


def _without_logprobs(answer: Json) -> Json:
    """They are many times longer than the texts, and not needed after ranking."""
    return {
        **answer,
        "choices": [choice | {"logprobs": None} if choice.get("logprobs") else choice for choice in answer["choices"]],
    }


def _mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("an id, model or status is missing")
    return _storable(value)


def _said(value: object) -> str | None:
    return _storable(str(value)) if value else None


def _storable(text: str) -> str:
    """Half a surrogate pair is JSON but not Unicode: it can neither be stored nor sent."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _day(value: object) -> date | None:
    if not isinstance(value, str):
        moment = _moment(value)
    elif value.strip().isdecimal() and len(value.strip()) > len("YYYYMMDD"):
        moment = _moment(float(value))
    else:
        moment = _iso(value.strip())
    return moment.date() if moment else None


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None


def _moment(value: object) -> datetime | None:
    seconds = finite(value)
    if not seconds:  # a server that knows no time sends null or zero
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
