"""Ray's job API over HTTP, as its dashboard offers it: what the engine needs of it, without Ray."""

from typing import Literal

import aiohttp
from pydantic import BaseModel, ValidationError

# The dashboard passes the refusal of the node that takes jobs on as its own failure, with status 500.
_PASSED_ON = "failed with status code 400"
_TIMEOUT = aiohttp.ClientTimeout(total=20)


class RayUnreachableError(Exception):
    """The cluster does not answer, or not as Ray would; it may later."""


class RayRefusedError(Exception):
    """The cluster does not take a job; the text is Ray's."""


class RaySubmission(BaseModel):
    """A job to submit. Ray takes each `submission_id` once."""

    submission_id: str
    entrypoint: str
    entrypoint_num_cpus: float = 0
    entrypoint_num_gpus: float = 0
    entrypoint_memory: int | None = None
    runtime_env: dict[str, dict[str, str]] = {}
    metadata: dict[str, str] = {}


class RayJob(BaseModel):
    """A submitted job. `driver_exit_code` is its program's, where that ended by itself; negative where a signal ended it."""

    status: Literal["PENDING", "RUNNING", "STOPPED", "SUCCEEDED", "FAILED"]
    message: str | None = None
    error_type: str | None = None
    driver_exit_code: int | None = None

    @property
    def has_ended(self) -> bool:
        return self.status not in ("PENDING", "RUNNING")

    @property
    def last_words(self) -> str:
        """What Ray says of its end, in one line. Of a program that failed by itself, the last line of its log."""
        return _short(self.message or self.status)


class RayJobs:
    """A cluster's jobs. Every method may raise RayUnreachableError."""

    def __init__(self, address: str, token: str = "") -> None:
        self._jobs = f"{address}/api/jobs/"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def find(self, submission_id: str) -> RayJob | None:
        """None where the cluster does not know it: it was never submitted, or the head began anew."""
        status, text = await self._ask("GET", submission_id)
        if status == 404:
            return None
        if status != 200:
            raise RayUnreachableError(f"HTTP {status}: {_short(text)}")
        try:
            return RayJob.model_validate_json(text)
        except ValidationError as error:
            raise RayUnreachableError(f"it answered {_short(text)}") from error

    async def submit(self, job: RaySubmission) -> None:
        """Raises RayRefusedError."""
        status, text = await self._ask("POST", "", job)
        if status != 200 and f"{job.submission_id} already exists" in text:
            return  # the answer to the first request was lost
        if status == 400 or _PASSED_ON in text:
            raise RayRefusedError(_short(text))
        if status != 200:
            raise RayUnreachableError(f"HTTP {status}: {_short(text)}")

    async def stop(self, submission_id: str) -> None:
        """SIGTERM, and SIGKILL after the job's RAY_JOB_STOP_WAIT_TIME_S. Returns at once."""
        status, text = await self._ask("POST", f"{submission_id}/stop")
        if status not in (200, 404):
            raise RayUnreachableError(f"HTTP {status}: {_short(text)}")

    async def _ask(self, method: str, path: str, body: BaseModel | None = None) -> tuple[int, str]:
        content = body.model_dump(mode="json", exclude_none=True) if body else None
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT, headers=self._headers) as session,
                session.request(method, self._jobs + path, json=content) as answer,
            ):
                return answer.status, await answer.text()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise RayUnreachableError(str(error) or type(error).__name__) from error


def _short(text: str) -> str:
    """The last line that says something: of a traceback, the error."""
    lines = [line for line in text.splitlines() if line.strip(" .")] or ["nothing"]
    return lines[-1][:300]
