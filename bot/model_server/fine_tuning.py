"""Fine-tuning on the server where models are tuned: its files, jobs, events and checkpoints."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.errors import RemoteNotFoundError, RequestRefusedError
from bot.llm import AsyncOpenAI, explained, omit, protocol
from bot.model_server.jobs import (
    Checkpoint,
    RemoteEvent,
    RemoteJob,
    parse_checkpoint,
    parse_event,
    parse_file,
    parse_job,
)
from bot.texts import server as server_texts

if TYPE_CHECKING:
    from bot.llm import Method

UPLOAD_TIMEOUT = 600.0
PAGE_SIZE = 100
MAX_SEARCHED_JOBS = 1000


class FineTuning:
    """OpenAI's files and fine-tuning jobs, each request sent once. Failures are `ModelServerError`s."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def upload_training_file(self, path: Path, filename: str) -> str:
        """Upload once; returns the server's id of the file."""
        with explained(server_texts.UPLOAD), path.open("rb") as content:
            answer = await self._client.files.create(
                file=(filename, content), purpose="fine-tune", timeout=UPLOAD_TIMEOUT
            )
            return str(protocol(answer)["id"])

    async def find_files(self, prefix: str) -> dict[str, str]:
        """The newest training files whose names begin so: names by id. A server that lists no files has none."""
        try:
            with explained(server_texts.FILES):
                page = await self._client.files.list(purpose="fine-tune", limit=PAGE_SIZE)
                files = [parse_file(file) for file in protocol(page)["data"]]
        except (RemoteNotFoundError, RequestRefusedError):
            return {}
        return {file_id: name for file_id, name in files if name.startswith(prefix)}

    async def delete_file(self, file_id: str) -> None:
        """Remove an uploaded file."""
        with explained(server_texts.FILE, file_id):
            protocol(await self._client.files.delete(file_id))

    async def create_job(
        self,
        *,
        base_model: str,
        file_id: str,
        validation_file_id: str | None = None,
        epochs: int | None,
        suffix: str | None,
        launch_id: str,
        method: Literal["supervised", "dpo"] = "supervised",
    ) -> RemoteJob:
        """Create a job once; `launch_id` goes into its metadata, by which it can be found again."""
        with explained(server_texts.BASE_MODEL, base_model):
            answer = await self._client.fine_tuning.jobs.create(
                model=base_model,
                training_file=file_id,
                validation_file=validation_file_id or omit,
                suffix=suffix or omit,
                method=_method(method, epochs),
                metadata={"launch_id": launch_id},
            )
            return parse_job(protocol(answer))

    async def retrieve_job(self, job_id: str) -> RemoteJob:
        """The job as it stands."""
        with explained(server_texts.JOB, job_id):
            return parse_job(protocol(await self._client.fine_tuning.jobs.retrieve(job_id)))

    async def find_job(self, launch_id: str, file_id: str | None) -> RemoteJob | None:
        """The job with this launch id in its metadata, or, where the server ignores metadata, with this training file."""
        with explained(server_texts.JOBS):
            page = await self._client.fine_tuning.jobs.list(limit=PAGE_SIZE, metadata={"launch_id": launch_id})
            jobs = [parse_job(job) for job in protocol(page)["data"]]
        return next((job for job in jobs if _is_launch(job, launch_id, file_id)), None)

    async def jobs_by_id(self, ids: frozenset[str]) -> dict[str, RemoteJob]:
        """Those of the jobs that the server's list holds; pages through it until all are found, but not for ever."""
        found: dict[str, RemoteJob] = {}
        read = 0
        with explained(server_texts.JOBS):
            async for answer in self._client.fine_tuning.jobs.list(limit=PAGE_SIZE):
                job = parse_job(protocol(answer))
                read += 1
                if job.id in ids:
                    found[job.id] = job
                if len(found) == len(ids) or read >= len(ids) + MAX_SEARCHED_JOBS:
                    break
        return found

    async def cancel_job(self, job_id: str) -> RemoteJob:
        """Ask the server to stop the job; returns it as it stands after that."""
        with explained(server_texts.JOB, job_id):
            return parse_job(protocol(await self._client.fine_tuning.jobs.cancel(job_id)))

    async def pause_job(self, job_id: str) -> RemoteJob:
        """Ask the server to pause the job."""
        with explained(server_texts.PAUSING, job_id):
            return parse_job(protocol(await self._client.fine_tuning.jobs.pause(job_id)))

    async def resume_job(self, job_id: str) -> RemoteJob:
        """Ask the server to go on with a paused job."""
        with explained(server_texts.RESUMING, job_id):
            return parse_job(protocol(await self._client.fine_tuning.jobs.resume(job_id)))

    async def list_checkpoints(self, job_id: str) -> tuple[Checkpoint, ...]:
        """The states of the model that the server kept along the way, latest step first."""
        with explained(server_texts.CHECKPOINTS, job_id):
            page = await self._client.fine_tuning.jobs.checkpoints.list(job_id, limit=PAGE_SIZE)
            found = [parse_checkpoint(checkpoint) for checkpoint in protocol(page)["data"]]
        return tuple(sorted(found, key=lambda checkpoint: -checkpoint.step))

    async def list_events(
        self, job_id: str, *, known: frozenset[str] = frozenset(), limit: int = 100
    ) -> tuple[RemoteEvent, ...]:
        """The newest events, oldest first; pages back until one in `known` turns up."""
        found: list[RemoteEvent] = []
        with explained(server_texts.EVENTS, job_id):
            async for event in self._client.fine_tuning.jobs.list_events(job_id, limit=limit):
                if event.id in known:
                    break
                found.append(parse_event(protocol(event)))
        return tuple(reversed(found))


def _method(name: Literal["supervised", "dpo"], epochs: int | None) -> "Method":
    if name == "dpo":
        return {"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": epochs or "auto"}}}
    return {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": epochs or "auto"}}}


def _is_launch(job: RemoteJob, launch_id: str, file_id: str | None) -> bool:
    return job.metadata.get("launch_id") == launch_id or (file_id is not None and job.training_file == file_id)
