"""/v1/fine_tuning/jobs: create, watch and cancel trainings."""

import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal, TypeAlias

from aiohttp import web
from pydantic import Field, model_validator

from engine.api.body import MAX_PAIRS, Body, Metadata, Unsupported, expected, read_body, wrong
from engine.api.replies import read_cursor, reply, reply_list
from engine.api.services import OWNER, Services, services_of
from engine.backends.interface import Backend
from engine.jobs.queue import JobQueue
from engine.protocol.errors import ApiError, invalid, no_such_job
from engine.protocol.methods import MethodName
from engine.protocol.objects import FINE_TUNE, WORKERS, StoredJob, StoredModel, new_id, new_method, now
from engine.storage.state import Collection, DocumentT

_WORKERS = re.compile(r"[1-9]|[1-5][0-9]|6[0-4]")
_METADATA = re.compile(r"metadata\[(.+)\]", re.DOTALL)

Change: TypeAlias = Callable[[str], Awaitable[StoredJob | None]]
Auto: TypeAlias = Literal["auto"]
Epochs = Annotated[Auto | Annotated[int, Field(ge=1, le=50)], expected("'auto' or an integer from 1 to 50")]
BatchSize = Annotated[Auto | Annotated[int, Field(ge=1, le=256)], expected("'auto' or an integer from 1 to 256")]
Beta = Annotated[Auto | Annotated[float, Field(gt=0, le=2)], expected("'auto' or a number above 0, up to 2")]
Multiplier = Annotated[Auto | Annotated[float, Field(gt=0, le=10)], expected("'auto' or a number above 0, up to 10")]


class Hyperparameters(Body):
    n_epochs: Epochs | None = None
    batch_size: BatchSize | None = None
    learning_rate_multiplier: Multiplier | None = None


class DpoHyperparameters(Hyperparameters):
    beta: Beta | None = None


class Supervised(Body):
    hyperparameters: Hyperparameters | None = None


class Dpo(Body):
    hyperparameters: DpoHyperparameters | None = None


class Method(Body):
    unsupported = {  # noqa: RUF012 - declared as a ClassVar in Body
        "reinforcement": Unsupported("it tunes by examples and by preferences only"),
    }

    type: MethodName
    supervised: Supervised | None = None
    dpo: Dpo | None = None

    @model_validator(mode="after")
    def _is_of_one_type(self) -> "Method":
        for name, given in (("supervised", self.supervised), ("dpo", self.dpo)):
            if given and name != self.type:
                raise wrong(f"it is for the type '{name}', but the type is '{self.type}'", name)
        return self


class JobRequest(Body):
    unsupported = {  # noqa: RUF012 - declared as a ClassVar in Body
        "integrations": Unsupported("it reports to no other service", ([],))
    }

    model: str
    training_file: str
    validation_file: str | None = None
    method: Method | None = None
    hyperparameters: Hyperparameters | None = None
    suffix: Annotated[str, Field(max_length=64)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    metadata: Metadata | None = None

    @property
    def method_name(self) -> MethodName:
        return self.method.type if self.method else "supervised"

    def chosen(self) -> dict[str, float | str]:
        """The hyperparameters, from `method` or from the older place beside it; what was not given is `auto`."""
        method = self.method and (self.method.dpo or self.method.supervised)
        given = (method and method.hyperparameters) or self.hyperparameters
        names = (DpoHyperparameters if self.method_name == "dpo" else Hyperparameters).model_fields
        return {name: getattr(given, name, None) or "auto" for name in names}


async def create_job(request: web.Request) -> web.Response:
    services, asked = services_of(request), await read_body(request, JobRequest)
    model = await _check_references(services, asked)
    job = _new_job(asked, model.base, request[OWNER])
    await services.queue.submit(job)
    return reply(job)


async def list_jobs(request: web.Request) -> web.Response:
    """GET /v1/fine_tuning/jobs, newest first, by `metadata[key]=value` where given."""
    cursor = read_cursor(request, limit=20, max_limit=100)
    filters = {found[1]: value for key, value in request.query.items() if (found := _METADATA.fullmatch(key))}
    if len(filters) > MAX_PAIRS:
        raise invalid("metadata", f"it may have at most {MAX_PAIRS} pairs")
    page, has_more = await services_of(request).state.jobs.page(cursor, metadata=filters)
    return await reply_list(page, has_more=has_more)


async def retrieve_job(request: web.Request) -> web.Response:
    return reply(await _find(request))


async def cancel_job(request: web.Request) -> web.Response:
    return await _changed(request, services_of(request).queue.cancel, "cancelled: it has already {ended}")


async def pause_job(request: web.Request) -> web.Response:
    rule = "paused: its status is {status}, and only a job that is queued or running can be"
    return await _changed(request, services_of(request).queue.pause, rule)


async def resume_job(request: web.Request) -> web.Response:
    rule = "resumed: its status is {status}, and only a paused job can be"
    return await _changed(request, services_of(request).queue.resume, rule)


async def _changed(request: web.Request, change: Change, rule: str) -> web.Response:
    job = await _find(request)
    changed = await change(job.id)
    if changed is None:
        status = (await _find(request)).status
        reason = rule.format(status=status, ended="been cancelled" if status == "cancelled" else status)
        raise ApiError(f"Job {job.id} cannot be {reason}.", param="fine_tune_id", code="invalid_job_status")
    return reply(changed)


async def list_events(request: web.Request) -> web.Response:
    return await _list_of_job(request, services_of(request).state.events, limit=20)


async def list_checkpoints(request: web.Request) -> web.Response:
    return await _list_of_job(request, services_of(request).state.checkpoints, limit=10)


async def _list_of_job(request: web.Request, collection: Collection[DocumentT], limit: int) -> web.Response:
    job, cursor = await _find(request), read_cursor(request, limit=limit, max_limit=100)
    page, has_more = await collection.page(cursor, parent=job.id)
    return await reply_list(page, has_more=has_more)


async def _find(request: web.Request) -> StoredJob:
    job_id = request.match_info["job"]
    job = await services_of(request).state.jobs.get(job_id)
    if job is None:
        raise no_such_job(job_id)
    return job


async def _check_references(services: Services, asked: JobRequest) -> StoredModel:
    model = await services.catalogue.find(asked.model)
    if not services.catalogue.chats(model):
        message = f"The model `{asked.model}` cannot be fine-tuned."
        raise ApiError(message, param="model", code="model_not_available")
    backend = services.catalogue.backend_of(model)
    if backend.untrainable:
        raise ApiError(backend.untrainable, param="model", code="model_not_available")
    if asked.method_name not in backend.methods:
        reason = f"`{model.base}` learns by the method 'supervised' only; '{asked.method_name}' needs a real model (`--base`)"
        raise invalid("method.type", reason, "unsupported_value")
    _check_workers(asked, backend, services.queue)
    for param, file_id in (("training_file", asked.training_file), ("validation_file", asked.validation_file)):
        stored = await services.state.files.get(file_id) if file_id is not None else None
        if file_id is not None and stored is None:
            raise ApiError(f"File '{file_id}' does not exist.", param=param, code="file_not_found")
        if stored and stored.purpose != FINE_TUNE:
            message = f"File '{file_id}' has the purpose '{stored.purpose}'; a {param} needs '{FINE_TUNE}'."
            raise ApiError(message, param=param, code="invalid_file_purpose")
    return model


def _check_workers(asked: JobRequest, backend: Backend, queue: JobQueue) -> None:
    given, param = (asked.metadata or {}).get(WORKERS, "1"), f"metadata.{WORKERS}"
    if not _WORKERS.fullmatch(given):
        raise invalid(param, "it must be a whole number from 1 to 64, such as '2'")
    if given == "1":
        return
    if not queue.is_on_cluster:
        reason = "this engine trains on its own machine, with one worker; several need Ray (`--ray`, see docs/ray.md)"
        raise invalid(param, reason, "unsupported_value")
    if not backend.shares_steps:
        raise invalid(param, f"`{backend.base}` is trained by one worker", "unsupported_value")


def _new_job(asked: JobRequest, base: str, owner: str) -> StoredJob:
    chosen = asked.chosen()
    name_part = re.sub(r"[^a-z0-9]+", "-", (asked.suffix or "").lower()).strip("-")
    return StoredJob.model_validate(
        {
            "id": new_id("ftjob-"),
            "created_at": now(),
            "hyperparameters": {name: chosen[name] for name in Hyperparameters.model_fields},
            "method": new_method(asked.method_name, chosen),
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
            "tuned_id": f"ft:{base}:punchline:{name_part}:{new_id('', 8)}",
            "owner": owner,
        }
    )
