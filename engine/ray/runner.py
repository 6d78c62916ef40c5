"""Trainings as jobs of a Ray cluster: they go on while no engine runs, and are found again by their ids."""

import asyncio
import logging
import shlex
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from engine.ray.client import RayJobs, RaySubmission, RayUnreachableError
from engine.ray.options import RayOptions
from engine.ray.training import Pace, RayTraining, submission_id
from engine.storage.files import remove
from engine.training.folder import Lease, ReportReader, TrainingFolder, has_finished
from engine.training.runner import Assignment

log = logging.getLogger(__name__)

STOP_SECONDS = 60
_ROOT = Path(__file__).parents[2]


class RayRunner:
    """engine.training.runner.TrainingRunner on a Ray cluster whose nodes see the engine's data directory at the same path."""

    is_cluster = True

    def __init__(self, options: RayOptions, folder: Path, pace: Pace | None = None) -> None:
        """`folder` is an absolute path; each job has a folder in it."""
        self._options, self._folder, self._pace = options, folder, pace or Pace()
        self._jobs = RayJobs(options.address, options.token)
        self._settled: set[str] = set()

    @asynccontextmanager
    async def training(self, assignment: Assignment) -> AsyncIterator[RayTraining]:
        self._settled.discard(assignment.job_id)
        folder = TrainingFolder(self._folder / assignment.job_id)
        lease = await asyncio.to_thread(_open, folder, assignment, self._pace.lease_seconds)
        reader = ReportReader(folder.reports, assignment.stored)
        yield RayTraining(self._submission(assignment), folder, lease, reader, self._jobs, self._pace)

    async def sweep(self, unfinished: Mapping[str, str]) -> bool:
        """Paused jobs keep their folders: the numbers of their reports go on. What Ray does not answer about now still is to end."""
        self._settled = {
            name for name in self._settled if unfinished.get(name) == "paused"
        }  # others may be cancelled now
        left = [path for path in await asyncio.to_thread(_folders, self._folder) if path.name not in self._settled]
        ending = False
        for path in left:
            status = unfinished.get(path.name, "finished")
            if status in ("finished", "paused"):
                try:
                    ending = not await self._end(path, keep=status == "paused") or ending
                except RayUnreachableError as error:
                    log.warning("Ray does not answer, and may go on with %s: %s", path.name, error)
                    return True
        return ending

    async def _end(self, path: Path, *, keep: bool) -> bool:
        """Whether a job's training has ended; if not, it was told to."""
        folder = TrainingFolder(path)
        lease, done = await asyncio.to_thread(_close, folder)
        if lease.submitted:
            name = submission_id(path.name, lease.attempt)
            job = await self._jobs.find(name)
            if job and not job.has_ended:
                if not done:
                    await self._jobs.stop(name)
                return False
        if keep:
            self._settled.add(path.name)
        else:
            await asyncio.to_thread(remove, path)
        return True

    def _submission(self, assignment: Assignment) -> RaySubmission:
        """The job without its attempt. Several workers reserve what they need by themselves, in one group."""
        needed = self._options.resources_of(assignment.base)
        threads = max(1, int(needed.cpus))
        path = self._folder / assignment.job_id
        command = ["exec", self._options.python, "-m", "engine.ray.worker", "--task", str(path)]
        if assignment.workers > 1:
            shared = {"workers": assignment.workers, "cpus": needed.cpus, "gpus": needed.gpus}
            command += [word for name, number in shared.items() for word in (f"--{name}", f"{number:g}")]
        alone = assignment.workers == 1
        variables = {
            "PYTHONPATH": str(_ROOT),
            "RAY_JOB_STOP_WAIT_TIME_S": str(STOP_SECONDS),
            "OMP_NUM_THREADS": str(threads),
        }
        return RaySubmission(
            submission_id=assignment.job_id,
            entrypoint=shlex.join(command),
            entrypoint_num_cpus=needed.cpus if alone else 0,
            entrypoint_num_gpus=needed.gpus if alone else 0,
            entrypoint_memory=needed.memory or None if alone else None,
            runtime_env={"env_vars": variables},
            metadata={"job_id": assignment.job_id, "base": assignment.base},
        )


def _folders(folder: Path) -> Iterable[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.exists() else []


def _open(folder: TrainingFolder, assignment: Assignment, seconds: float) -> Lease:
    """Make a job's folder ready for its first attempt, for the one that is under way, or for the one after one that was ended."""
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.write_task(assignment.task)
    lease = folder.lease() or Lease(seconds=seconds)
    if lease.ended:
        lease = Lease(attempt=lease.attempt + int(lease.submitted), beat=lease.beat, seconds=seconds)
    folder.write_lease(lease)
    return lease


def _close(folder: TrainingFolder) -> tuple[Lease, bool]:
    """Let no worker go on in a folder. Its lease, and whether its training has come to its end by itself."""
    lease = folder.lease() or Lease(ended=True)
    if not lease.ended:
        lease = lease.model_copy(update={"ended": True})
        folder.write_lease(lease)
    return lease, has_finished(folder)
