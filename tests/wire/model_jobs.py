"""Files and fine-tuning jobs of the fake model server, moved by whoever tests against them."""

import time
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from aiohttp import web

from tests.wire.record import SENT
from tests.wire.replies import error
from tests.wire.shapes import Json, Upload

ENDED = {"succeeded", "failed", "cancelled"}


class MissingError(LookupError):
    """No such file or job; its text is the id."""


class FakeJobs:
    """Files, jobs and events in memory.

    A job stays at `validating_files` until `move` is called on it, or takes the next status of `plan` (as it stood when
    the job was created) each time it is retrieved.
    """

    def __init__(self) -> None:
        self.plan: Sequence[str] = ()
        self.at_once = False  # whether a job is done when its create call is answered
        self.files: dict[str, Upload] = {}
        self.jobs: dict[str, Json] = {}
        self.events: dict[str, list[Json]] = {}
        self._plans: dict[str, deque[str]] = {}
        self._numbers = count(1)

    def move(self, job_id: str, status: str, **fields: Any) -> Json:
        """Give a job a status (and any other fields), with what OpenAI fills in at its end."""
        job = self.jobs[job_id]
        job["status"] = status
        if status in ENDED:
            job["finished_at"] = int(time.time())
        if status == "succeeded":
            job["fine_tuned_model"] = f"ft:{job['model']}:loopback:{job['suffix'] or ''}:{job_id[-4:]}"
            job["trained_tokens"] = 1200
        if status == "failed":
            job["error"] = {"code": "server_error", "message": "scripted", "param": None}
        job.update(fields)
        return job

    def finish(self, job_id: str) -> Json:
        """Let the job succeed now, whatever was planned."""
        self._plans[job_id].clear()
        return self.move(job_id, "succeeded")

    def emit(
        self, job_id: str, message: str, *, level: str = "info", kind: str = "message", data: Json | None = None
    ) -> Json:
        """Add an event; `kind="metrics"` with `data={"step": 1, "train_loss": 2.0}` is a step's report."""
        event = {
            "id": f"ftevent-{next(self._numbers):06d}",
            "object": "fine_tuning.job.event",
            "created_at": int(time.time()),
            "level": level,
            "message": message,
            "type": kind,
            "data": data or {},
        }
        self.events[job_id].append(event)
        return event

    async def upload(self, request: web.Request) -> Json:
        (upload,) = request[SENT].files
        file_id = f"file-{next(self._numbers):06d}"
        self.files[file_id] = upload
        return self._file(file_id)

    async def list_files(self, _request: web.Request) -> Json:
        return _listing(self._file(file_id) for file_id in reversed(self.files))

    async def show_file(self, request: web.Request) -> Json:
        return self._file(_known(self.files, request))

    async def delete_file(self, request: web.Request) -> Json:
        file_id = _known(self.files, request)
        del self.files[file_id]
        return {"id": file_id, "object": "file", "deleted": True}

    async def create(self, request: web.Request) -> Json:
        asked = request[SENT].body
        job_id = f"ftjob-{next(self._numbers):06d}"
        self.jobs[job_id] = {
            "id": job_id,
            "object": "fine_tuning.job",
            "created_at": int(time.time()),
            "model": asked["model"],
            "training_file": asked["training_file"],
            "validation_file": asked.get("validation_file"),
            "suffix": asked.get("suffix"),
            "metadata": asked.get("metadata"),
            "method": asked.get("method") or {"type": "supervised", "supervised": {"hyperparameters": {}}},
            "hyperparameters": asked.get("hyperparameters") or {"n_epochs": "auto"},
            "status": "validating_files",
            "seed": asked.get("seed") or 0,
            "organization_id": "org-loopback",
            "result_files": [],
            "error": {},
            "fine_tuned_model": None,
            "finished_at": None,
            "estimated_finish": None,
            "trained_tokens": None,
            "integrations": [],
        }
        self.events[job_id] = []
        self._plans[job_id] = deque(self.plan)
        return self.finish(job_id) if self.at_once else self.jobs[job_id]

    async def retrieve(self, request: web.Request) -> Json:
        job_id = _known(self.jobs, request)
        if self._plans[job_id]:
            self.move(job_id, self._plans[job_id].popleft())
        return self.jobs[job_id]

    async def list_jobs(self, request: web.Request) -> Json:
        return _page(list(reversed(self.jobs.values())), request)

    async def cancel(self, request: web.Request) -> Json:
        return self.move(_known(self.jobs, request), "cancelled")

    async def list_events(self, request: web.Request) -> Json:
        return _page(list(reversed(self.events[_known(self.jobs, request)])), request)

    async def list_checkpoints(self, request: web.Request) -> Json:
        _known(self.jobs, request)
        return _listing([])

    def _file(self, file_id: str) -> Json:
        upload = self.files[file_id]
        return {
            "id": file_id,
            "object": "file",
            "bytes": len(upload.data),
            "created_at": int(time.time()),
            "filename": upload.filename,
            "purpose": "fine-tune",
            "status": "processed",
        }


def missing(problem: MissingError) -> bytes:
    """The body of OpenAI's 404."""
    return error(404, f"No such object: {problem}", "not_found", "invalid_request_error").body


def _known(things: dict[str, Any], request: web.Request) -> str:
    wanted = request.match_info["id"]
    if wanted not in things:
        raise MissingError(wanted)
    return wanted


def _listing(data: Iterable[Json], *, more: bool = False) -> Json:
    return {"object": "list", "data": list(data), "has_more": more}


def _page(newest_first: list[Json], request: web.Request) -> Json:
    """OpenAI's cursor: `limit` entries that come after the id `after`."""
    after, limit = request.query.get("after"), int(request.query.get("limit", "20"))
    ids = [entry["id"] for entry in newest_first]
    start = ids.index(after) + 1 if after in ids else 0
    return _listing(newest_first[start : start + limit], more=len(ids) > start + limit)
