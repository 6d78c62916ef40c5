"""One training on a Ray cluster, as the engine follows it: by its reports on shared storage, and by what Ray says of its job."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from engine.concurrency.child import ChildError
from engine.concurrency.tasks import to_the_end
from engine.ray.client import RayJob, RayJobs, RayRefusedError, RaySubmission, RayUnreachableError
from engine.training.folder import LEASE_SECONDS, Lease, ReportReader, TrainingFolder
from engine.training.folder_worker import NO_ROOM
from engine.training.task import ENDINGS, TrainingReport

log = logging.getLogger(__name__)

# Attempts in a row that end before they get anywhere, until the training itself is taken to be at fault.
_MAX_FRUITLESS = 5
_START_TIMEOUT = "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"
_FIRST_SIGNAL_CODE = 128  # a shell's exit code for a program that a signal ended is 128 and more


@dataclass(frozen=True)
class Pace:
    """Seconds between two looks at the reports, two questions to Ray, and two renewals of the lease, which holds for `lease_seconds`."""

    read: float = 1.0
    ask: float = 3.0
    renew: float = 10.0
    lease_seconds: float = LEASE_SECONDS


class RayTraining:
    """engine.training.runner.Training. Ray may lose it, and it is submitted again: each attempt goes on from the last checkpoint."""

    def __init__(
        self,
        submission: RaySubmission,
        folder: TrainingFolder,
        lease: Lease,
        reader: ReportReader,
        jobs: RayJobs,
        pace: Pace,
    ) -> None:
        """`submission` lacks its attempt."""
        self._submission, self._folder, self._lease = submission, folder, lease
        self._reader, self._jobs, self._pace = reader, jobs, pace
        self._pausing = self._is_told = self._is_unreachable = False
        self._fruitless, self._ask_at, self._renew_at = 0, 0.0, 0.0

    async def reports(self) -> AsyncIterator[TrainingReport]:
        """Ends only with the training: while Ray does not answer, it waits."""
        over: RayJob | None = None
        while True:
            for report in await asyncio.to_thread(self._reader.read):
                if await self._counts(report):
                    yield report
                    if report.kind in ENDINGS:
                        return
            if over:  # all that it wrote has been read
                ending = await self._after(over)
                if ending:
                    yield ending
                    return
            over = await self._look()
            if not over:
                await asyncio.sleep(self._pace.read)

    async def pause(self) -> None:
        self._pausing, self._ask_at = True, 0.0

    async def _counts(self, report: TrainingReport) -> bool:
        """Whether a report tells the job something. The end of an earlier attempt does not; a pause that nobody here asked for may not."""
        if report.kind in ("metrics", "checkpoint"):
            self._fruitless = 0
        if report.kind not in ("paused", "disk_full"):
            return True
        if report.attempt != self._lease.attempt or (report.kind == "paused" and not self._pausing):
            return False
        await self._prepare_next()
        return True

    async def _look(self) -> RayJob | None:
        """Renew the lease, hand the attempt over, ask about it: whatever is due. What Ray says once it is over."""
        now = time.monotonic()
        if now >= self._renew_at:
            self._renew_at = now + self._pace.renew
            await self._write(self._lease.model_copy(update={"beat": self._lease.beat + 1}))
        if now < self._ask_at:
            return None
        self._ask_at = now + self._pace.ask
        try:
            over = await self._ask()
        except RayUnreachableError as error:
            if not self._is_unreachable:
                log.warning("Ray does not answer about %s, which waits: %s", self._name, error)
            self._is_unreachable = True
            return None
        self._is_unreachable = False
        return over

    async def _ask(self) -> RayJob | None:
        if not self._lease.submitted:
            await self._submit()
            return None
        job = await self._jobs.find(self._name) or RayJob(status="FAILED", error_type="LOST")
        if self._pausing and not self._is_told and not job.has_ended:
            await self._jobs.stop(self._name)
            self._is_told = True
        return job if job.has_ended else None

    async def _submit(self) -> None:
        if self._pausing:
            raise ChildError("it was paused before it began")
        command = f"{self._submission.entrypoint} --attempt {self._lease.attempt}"
        try:
            await self._jobs.submit(
                self._submission.model_copy(update={"submission_id": self._name, "entrypoint": command})
            )
        except RayRefusedError as error:
            raise ChildError(f"Ray does not take it: {error}") from error
        await self._write(self._lease.model_copy(update={"submitted": True}))

    async def _after(self, over: RayJob) -> TrainingReport | None:
        """The end of an attempt without a last report: how the training ends with it, if it does. Raises ChildError."""
        code = over.driver_exit_code
        if code is not None and 0 < code < _FIRST_SIGNAL_CODE and code != NO_ROOM and not self._pausing:
            raise ChildError(over.last_words)
        self._count_fruitless(over)
        await self._prepare_next()
        if self._pausing:
            raise ChildError("it had not saved its progress when it was ended")
        if over.status == "STOPPED":  # by somebody at Ray
            return TrainingReport(kind="paused")
        if code == NO_ROOM:
            return TrainingReport(kind="disk_full", message="No space left for the training's reports")
        log.warning("%s broke off, and is submitted again as %s: %s", self._submission.submission_id, self._name, over)
        return None

    def _count_fruitless(self, over: RayJob) -> None:
        if over.status != "FAILED" or over.error_type in ("LOST", _START_TIMEOUT):
            return  # not the training's fault
        self._fruitless += 1
        if self._fruitless >= _MAX_FRUITLESS:
            raise ChildError(f"it was ended {_MAX_FRUITLESS} times before it got anywhere: {over.last_words}")

    async def _prepare_next(self) -> None:
        """From here on the attempt before has no lease: where it still runs, unseen by Ray, it pauses by itself."""
        old = self._lease
        self._ask_at = 0.0
        await self._write(Lease(attempt=old.attempt + 1, beat=old.beat + 1, seconds=old.seconds))

    async def _write(self, lease: Lease) -> None:
        self._lease = lease
        await to_the_end(asyncio.to_thread(self._folder.write_lease, lease))

    @property
    def _name(self) -> str:
        return submission_id(self._submission.submission_id, self._lease.attempt)


def submission_id(job_id: str, attempt: int) -> str:
    """The job's own id first, `<id>-2` and so on where it had to be submitted again."""
    return job_id if attempt == 1 else f"{job_id}-{attempt}"
