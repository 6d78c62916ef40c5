"""Posts the report on a finished job: one message of its own, so that it notifies."""

import discord

from bot.client import PunchlineBot
from bot.drawing import Chart
from bot.reports import loss_chart
from bot.reports.losses import read_points
from bot.reports.report import Report
from bot.store.jobs import Job
from cogs.ui.report_card import picture, report_card


class ReportPoster:
    """What the reporter shows reports with."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._bot = bot

    async def __call__(self, job: Job, report: Report) -> bool:
        """Send it to the job's channel, else to the server's admin channel; False if neither takes it."""
        app = self._bot.app
        chart = await app.charts.draw(loss_chart.sketch(read_points(await app.events.metrics(job.id))))
        admins = (await app.guild_settings.get(job.guild_id)).admin_channel_id
        for channel_id in filter(None, (job.channel_id, admins)):
            # Where a channel forbids attachments, the report goes without its picture.
            if await self._sent(channel_id, job, report, chart) or await self._sent(channel_id, job, report, None):
                return True
        return False

    async def _sent(self, channel_id: int, job: Job, report: Report, chart: Chart | None) -> bool:
        card = await report_message(self._bot, job, report, with_picture=chart is not None)
        file = picture(chart) if chart else discord.utils.MISSING
        try:
            # Discord takes a nonce once, should the bot end before it has written down that the report was sent.
            await self._bot.get_partial_messageable(channel_id).send(embed=card, file=file, nonce=job.launch_id[-25:])
        except (discord.NotFound, discord.Forbidden):
            return False
        return True


async def report_message(bot: PunchlineBot, job: Job, report: Report, *, with_picture: bool) -> discord.Embed:
    """The card, saying whether the model is in use at this moment."""
    active = (await bot.app.registry.shelf(job.guild_id)).active
    in_use = active is not None and active.model == report.model
    return report_card(job, report, in_use=in_use, picture=with_picture)
