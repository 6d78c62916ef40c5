"""Keeps the channels showing the latest state of each job, at the pace that Discord takes."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.clock import Clock
from bot.store.jobs import Job, JobStore

log = logging.getLogger(__name__)

BETWEEN_EDITS = timedelta(seconds=3)
AFTER_REFUSAL, LONGEST = timedelta(seconds=5), timedelta(hours=1)


@dataclass(frozen=True)
class Shown:
    """Where a job's message stands now."""

    channel_id: int
    message_id: int


class Announcer(Protocol):
    """Shows a job to its server; None when no channel takes it now."""

    async def __call__(self, job: Job) -> Shown | None: ...


@dataclass(frozen=True)
class _Rest:
    """Not before `until`; `refusals` in a row made it so long."""

    until: datetime
    refusals: int


class Display:
    """Shows what rows say and channels do not yet. What is remembered here only slows it down; a restart loses nothing."""

    def __init__(self, jobs: JobStore, clock: Clock) -> None:
        self._jobs = jobs
        self._clock = clock
        self._rests: dict[int, _Rest] = {}
        self.announcer: Announcer | None = None

    async def round(self, *, patient: bool = True) -> datetime | None:
        """Show every job that has changed and, if `patient`, has rested since its last edit or refusal.

        Returns when the next one that waits may be shown, if any does.
        """
        if self.announcer is None:
            return None
        unshown = await self._jobs.unshown()
        self._forget({job.id for job in unshown})
        for job in unshown:
            if not patient or self._rested(job):
                await self._show(job, self.announcer)
        return min((self._rests[job.id].until for job in unshown if job.id in self._rests), default=None)

    def _forget(self, unshown: set[int]) -> None:
        now = self._clock()
        self._rests = {number: rest for number, rest in self._rests.items() if number in unshown or rest.until > now}

    def _rested(self, job: Job) -> bool:
        rest = self._rests.get(job.id)
        # The end is never held back by an ordinary edit a moment ago.
        return rest is None or self._clock() >= rest.until or (job.ended and rest.refusals == 0)

    async def _show(self, job: Job, announce: Announcer) -> None:
        try:
            shown = await announce(job)
            if shown:
                now = self._clock()
                await self._jobs.shown(job, channel_id=shown.channel_id, message_id=shown.message_id, now=now)
                self._rests[job.id] = _Rest(now + BETWEEN_EDITS, refusals=0)
                return
        except Exception:  # what cannot be shown now is tried again, ever more calmly
            log.exception("Job %s could not be shown; it is tried again.", job.id)
        refusals = (self._rests[job.id].refusals if job.id in self._rests else 0) + 1
        pause: timedelta = AFTER_REFUSAL * 2 ** min(refusals, 12)
        self._rests[job.id] = _Rest(self._clock() + min(LONGEST, pause), refusals)
