"""Fine-tuning jobs, their events, checkpoints and files, as a model server answers them.

What is not the protocol raises `ValueError`, `KeyError` or `TypeError`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.model_server.json_values import Json, finite, mapping, moment, said, text, whole

ENDED = ("succeeded", "failed", "cancelled")


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
class Checkpoint:
    """A model as it was after `step`; `model` is an id that can be asked like any other."""

    id: str
    model: str
    step: int
    train_loss: float | None
    valid_loss: float | None


def parse_job(answer: Json) -> RemoteJob:
    """A job without id or status is not one; everything else may be missing."""
    error, metadata = mapping(answer.get("error")), mapping(answer.get("metadata"))
    return RemoteJob(
        id=text(answer["id"]),
        status=text(answer["status"]),
        base_model=said(answer.get("model")) or "",
        created_at=moment(answer.get("created_at")),
        finished_at=moment(answer.get("finished_at")),
        estimated_finish=moment(answer.get("estimated_finish")),
        fine_tuned_model=said(answer.get("fine_tuned_model")),
        trained_tokens=whole(answer.get("trained_tokens")),
        error_code=said(error.get("code")),
        error_message=said(error.get("message")),
        training_file=said(answer.get("training_file")),
        metadata={str(key): str(value) for key, value in metadata.items()},
    )


def parse_event(answer: Json) -> RemoteEvent:
    """Events of an unknown type are kept as they are."""
    return RemoteEvent(
        id=text(answer["id"]),
        created_at=moment(answer["created_at"]) or datetime.fromtimestamp(0, UTC),
        level=said(answer.get("level")) or "info",
        type=said(answer.get("type")) or "message",
        message=said(answer.get("message")) or "",
        data=mapping(answer.get("data")),
    )


def parse_checkpoint(answer: Json) -> Checkpoint:
    """A checkpoint without a model is not one."""
    metrics = mapping(answer.get("metrics"))
    return Checkpoint(
        id=text(answer["id"]),
        model=text(answer["fine_tuned_model_checkpoint"]),
        step=whole(answer.get("step_number")) or 0,
        train_loss=finite(metrics.get("train_loss")),
        valid_loss=finite(metrics.get("valid_loss")),
    )


def parse_file(answer: Json) -> tuple[str, str]:
    """A file's id and name."""
    return text(answer["id"]), said(answer.get("filename")) or ""
