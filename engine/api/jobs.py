"""/v1/fine_tuning/jobs: create, watch and cancel trainings."""

import re
import secrets
from typing import Annotated, Literal

from aiohttp import web
from openai.types.fine_tuning import FineTuningJob
from pydantic import Field

from engine.api.body import MOST_PAIRS, Body, Metadata, Unsupported, read_body, read_cursor, reply, reply_list
from engine.api.services import OWNER, Services, services_of
from engine.protocol.errors import ApiError, no_such_job
from engine.protocol.objects import StoredJob, StoredModel, new_id, now

_INSIDE = {"tuned_id", "epoch_tokens", "owner"}
_METADATA = re.compile(r"metadata\[(.+)\]", re.DOTALL)


class Hyperparameters(Body):
    """What a client may choose about the training."""

    n_epochs: Literal["auto"] | Annotated[int, Field(ge=1, le=50)] | None = None
    batch_size: Literal["auto"] | Annotated[int, Field(ge=1, le=256)] | None = None
    learning_rate_multiplier: Literal["auto"] | Annotated[float, Field(gt=0, le=10)] | None = None


class Supervised(Body):
    """The one supported method's settings."""

    hyperparameters: Hyperparameters | None = None


class Method(Body):
    """How to tune."""

    type: Literal["supervised"]
    supervised: Supervised | None = None


class JobRequest(Body):
    """The body of POST /v1/fine_tuning/jobs."""

    unsupported = {  # noqa: RUF012 - declared as a ClassVar in Body
        "integrations": Unsupported("it reports to no other service", ([],)),
    }

    model: str
    training_file: str
    validation_file: str | None = None
    method: Method | None = None
    hyperparameters: Hyperparameters | None = None
    suffix: Annotated[str, Field(max_length=64)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    metadata: Metadata | None = None

    def chosen(self) -> Hyperparameters:
        """The hyperparameters, from `method` or from the older place beside it."""
        supervised = self.method.supervised if self.method else None
        return (supervised and supervised.hyperparameters) or self.hyperparameters or Hyperparameters()


async def create_job(request: web.Request) -> web.Response:
    """POST /v1/fine_tuning/jobs."""
    services, asked = services_of(request), await read_body(request, JobRequest)
    model = await _check_references(services, asked)
    job = _new_job(asked, model.base, request[OWNER])
    await services.queue.submit(job)
    return reply(job, without=_INSIDE)


async def list_jobs(request: web.Request) -> web.Response:
    """GET /v1/fine_tuning/jobs, newest first, by `metadata[key]=value` where given."""
    cursor = read_cursor(request, limit=20, most=100)
    filters = {found[1]: value for key, value in request.query.items() if (found := _METADATA.fullmatch(key))}
    if len(filters) > MOST_PAIRS:
        raise ApiError(f"Invalid value for 'metadata': at most {MOST_PAIRS} pairs.", param="metadata")
    page, has_more = await services_of(request).state.jobs.page(cursor, metadata=filters)
    return reply_list(page, has_more=has_more, without=_INSIDE)


async def retrieve_job(request: web.Request) -> web.Response:
    """GET /v1/fine_tuning/jobs/{job}."""
    return reply(await _find(request), without=_INSIDE)


async def cancel_job(request: web.Request) -> web.Response:
    """POST /v1/fine_tuning/jobs/{job}/cancel."""
    job = await _find(request)
    cancelled = await services_of(request).queue.cancel(job.id)
    if cancelled is None:
        latest = await _find(request)
        message = f"Job {job.id} cannot be cancelled: it has already {_ENDED[latest.status]}."
        raise ApiError(message, param="fine_tune_id", code="invalid_job_status")
    return reply(cancelled, without=_INSIDE)


async def pause_job(request: web.Request) -> web.Response:
    """POST /v1/fine_tuning/jobs/{job}/pause."""
    job = await _find(request)
    paused = await services_of(request).queue.pause(job.id)
    if paused is None:
        raise await _wrong_status(request, "paused", "only a job that is queued or running can be")
    return reply(paused, without=_INSIDE)


async def resume_job(request: web.Request) -> web.Response:
    """POST /v1/fine_tuning/jobs/{job}/resume."""
    job = await _find(request)
    resumed = await services_of(request).queue.resume(job.id)
    if resumed is None:
        raise await _wrong_status(request, "resumed", "only a paused job can be")
    return reply(resumed, without=_INSIDE)


async def list_events(request: web.Request) -> web.Response:
    """GET /v1/fine_tuning/jobs/{job}/events, newest first."""
    job, cursor = await _find(request), read_cursor(request, limit=20, most=100)
    page, has_more = await services_of(request).state.events.page(cursor, parent=job.id)
    return reply_list(page, has_more=has_more)


async def list_checkpoints(request: web.Request) -> web.Response:
    """GET /v1/fine_tuning/jobs/{job}/checkpoints, newest first."""
    job, cursor = await _find(request), read_cursor(request, limit=10, most=100)
    page, has_more = await services_of(request).state.checkpoints.page(cursor, parent=job.id)
    return reply_list(page, has_more=has_more)


_ENDED = {"succeeded": "succeeded", "failed": "failed", "cancelled": "been cancelled"}


async def _find(request: web.Request) -> StoredJob:
    job_id = request.match_info["job"]
    job = await services_of(request).state.jobs.get(job_id)
    if job is None:
        raise no_such_job(job_id)
    return job


async def _wrong_status(request: web.Request, done: str, rule: str) -> ApiError:
    job = await _find(request)
    message = f"Job {job.id} cannot be {done}: its status is {job.status}, and {rule}."
    return ApiError(message, param="fine_tune_id", code="invalid_job_status")


async def _check_references(services: Services, asked: JobRequest) -> StoredModel:
    model = await services.catalogue.find(asked.model)
    if not services.catalogue.chats(model):
        message = f"The model `{asked.model}` cannot be fine-tuned."
        raise ApiError(message, param="model", code="model_not_available")
    await _check_file(services, asked.training_file, "training_file")
    if asked.validation_file is not None:
        await _check_file(services, asked.validation_file, "validation_file")
    return model


async def _check_file(services: Services, file_id: str, param: str) -> None:
    stored = await services.state.files.get(file_id)
    if stored is None:
        raise ApiError(f"File '{file_id}' does not exist.", param=param, code="file_not_found")
    if stored.purpose != "fine-tune":
        message = f"File '{file_id}' has the purpose '{stored.purpose}'; a {param} needs 'fine-tune'."
        raise ApiError(message, param=param, code="invalid_file_purpose")


def _new_job(asked: JobRequest, base: str, owner: str) -> StoredJob:
    chosen = {name: value or "auto" for name, value in asked.chosen().model_dump().items()}
    plain = FineTuningJob.model_validate(
        {
            "id": new_id("ftjob-"),
            "created_at": now(),
            "hyperparameters": chosen,
            "method": {"type": "supervised", "supervised": {"hyperparameters": chosen}},
            "model": asked.model,
            "object": "fine_tuning.job",
            "organization_id": "punchline",
            "result_files": [],
            "seed": secrets.randbelow(2**31) if asked.seed is None else asked.seed,
            "status": "validating_files",
            "training_file": asked.training_file,
            "validation_file": asked.validation_file,
            "metadata": asked.metadata,
            "integrations": [],
        }
    )
    tuned_id = f"ft:{base}:punchline:{_name_part(asked.suffix or '')}:{new_id('', 8)}"
    return StoredJob(**plain.model_dump(), tuned_id=tuned_id, owner=owner)


def _name_part(suffix: str) -> str:
    """A suffix as it can stand in a model's name."""
    return re.sub(r"[^a-z0-9]+", "-", suffix.lower()).strip("-")
