"""`/finetune events`, `chart`, `report`: what a job went through, and what came of it."""

import discord
from discord import app_commands

from bot.errors import NotFoundError
from bot.reports import loss_chart
from bot.reports.losses import describe, read_points
from bot.store.events import EventStore, JobEvent
from bot.store.jobs import Job
from cogs.finetune.group import FineTuneCommands, numbers
from cogs.finetune.posting import report_message
from cogs.ui.admin import require_manager
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.report_card import PICTURE, picture
from cogs.ui.text import LIMIT_DESCRIPTION, clip

PAGE = 10
LEVELS = {"info": "▫️", "warn": "⚠️", "warning": "⚠️", "error": "❌"}
NO_EVENTS = "Nothing has been reported yet."
NO_REPORT = "There is no report on job {}: a job gets one when it has made a model and the model was asked."


class HistoryCommands(FineTuneCommands):
    """Shows what is known of a job beyond its state."""

    @app_commands.command()
    @app_commands.describe(job="Which job (the newest)")
    async def events(self, interaction: Interaction, job: int | None = None) -> None:
        """Show what the model server reported of a job"""
        found = await self._finetunes.get(guild_id(interaction), job)
        embed, view = await _page(self._bot.app.events, found, None)
        await interaction.response.send_message(embed=embed, view=view, ephemeral=True)

    @app_commands.command()
    @app_commands.describe(job="Which job (the newest)")
    async def chart(self, interaction: Interaction, job: int | None = None) -> None:
        """Draw a job's losses, also while it runs"""
        found = await self._finetunes.get(guild_id(interaction), job)
        await interaction.response.defer(ephemeral=True)
        points = read_points(await self._bot.app.events.metrics(found.id))
        chart = await self._bot.app.charts.draw(loss_chart.sketch(points))
        embed = discord.Embed(title=f"Job {found.id}: losses", description=describe(points))
        if chart is None:
            await interaction.edit_original_response(embed=embed)
            return
        embed.set_image(url=f"attachment://{PICTURE}")
        await interaction.edit_original_response(embed=embed, attachments=[picture(chart)])

    @app_commands.command()
    @app_commands.describe(job="Which job (the newest)")
    async def report(self, interaction: Interaction, job: int | None = None) -> None:
        """Show the report on a finished job"""
        app, found = self._bot.app, await self._finetunes.get(guild_id(interaction), job)
        report = await app.reporter.find(found.id)
        if report is None:
            raise NotFoundError(NO_REPORT.format(found.id))
        await interaction.response.defer(ephemeral=True)
        chart = await app.charts.draw(loss_chart.sketch(read_points(await app.events.metrics(found.id))))
        card = await report_message(self._bot, found, report, with_picture=chart is not None)
        await interaction.edit_original_response(embed=card, attachments=[picture(chart)] if chart else [])

    @events.autocomplete("job")
    @chart.autocomplete("job")
    @report.autocomplete("job")
    async def _any_job(self, interaction: Interaction, current: int | str) -> list[app_commands.Choice[int]]:
        return numbers(current, await self._finetunes.list(guild_id(interaction)))


class NewestButton(RowButton, template=r"newest:(?P<row>\d+)"):
    """Turns to a job's newest events."""

    name = "newest"
    label = "Newest"

    async def press(self, interaction: Interaction) -> None:
        await _turn(interaction, self.row_id, None)


class OlderButton(RowButton, template=r"older:(?P<row>\d+)"):
    """Turns to the events before one."""

    name = "older"
    label = "Older"

    async def press(self, interaction: Interaction) -> None:
        job_id = await interaction.client.app.events.job_of(self.row_id)
        await _turn(interaction, job_id or 0, self.row_id)


async def _turn(interaction: Interaction, job_id: int, before: int | None) -> None:
    require_manager(interaction)
    app = interaction.client.app
    job = await app.finetunes.get(guild_id(interaction), job_id)
    embed, view = await _page(app.events, job, before)
    await interaction.response.edit_message(embed=embed, view=view)


async def _page(events: EventStore, job: Job, before: int | None) -> tuple[discord.Embed, discord.ui.View]:
    found = await events.list(job.id, PAGE + 1, before)
    room = LIMIT_DESCRIPTION // PAGE - 1
    lines = [clip(_line(event), room) for event in found[:PAGE]]
    embed = discord.Embed(title=f"Job {job.id}: events", description="\n".join(lines) or NO_EVENTS)
    older = [OlderButton(found[PAGE - 1].number)] if len(found) > PAGE else []
    return embed, row_of(NewestButton(job.id), *older)


def _line(event: JobEvent) -> str:
    mark = LEVELS.get(event.level, "▫️")
    return f"{mark} {discord.utils.format_dt(event.created_at, 'T')} {' '.join(event.message.split()) or event.type}"
