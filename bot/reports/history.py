"""What a job went through and achieved: its events, its losses, its report."""

from dataclasses import dataclass

from bot.drawing import Chart, Charts
from bot.errors import NotFoundError
from bot.finetuning.service import FineTuneService
from bot.reports import loss_chart
from bot.reports.losses import LossPoint, read_points
from bot.reports.report import Report
from bot.reports.reporter import Reporter
from bot.store.events import EventStore, JobEvent
from bot.store.jobs import Job
from bot.texts.reports import NO_REPORT


@dataclass(frozen=True)
class EventPage:
    """Some events of a job, newest first, and whether there are older ones."""

    job: Job
    events: tuple[JobEvent, ...]
    has_older: bool


class JobHistory:
    """Reads what the tracker and the reporter wrote."""

    def __init__(self, finetunes: FineTuneService, reporter: Reporter, events: EventStore, charts: Charts) -> None:
        self._finetunes = finetunes
        self._reporter = reporter
        self._events = events
        self._charts = charts

    async def events(self, guild_id: int, number: int | None, count: int) -> EventPage:
        """The newest events of a job, by default of the newest one. Raises `NotFoundError`."""
        return await self._page(await self._finetunes.get(guild_id, number), count, None)

    async def events_before(self, guild_id: int, event: int, count: int) -> EventPage:
        """The events of the same job before this one. Raises `NotFoundError`."""
        job_id = await self._events.job_of(event)
        return await self._page(await self._finetunes.get(guild_id, job_id or 0), count, event)

    async def _page(self, job: Job, count: int, before: int | None) -> EventPage:
        found = await self._events.list(job.id, count + 1, before)
        return EventPage(job, found[:count], len(found) > count)

    async def points(self, job_id: int) -> tuple[LossPoint, ...]:
        """The losses so far."""
        return read_points(await self._events.metrics(job_id))

    async def losses(self, job_id: int) -> tuple[tuple[LossPoint, ...], Chart | None]:
        """The losses so far and their chart; no chart if it cannot be drawn here."""
        points = await self.points(job_id)
        return points, await self._charts.draw(loss_chart.sketch(points))

    async def report(self, job: Job) -> Report:
        """The job's report. Raises `NotFoundError`."""
        report = await self._reporter.find(job.id)
        if report is None:
            raise NotFoundError(NO_REPORT, job=job.id)
        return report
