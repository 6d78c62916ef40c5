"""`/finetune events`, `chart`, `report`: what a job went through, and what came of it."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.reports.history import EventPage
from bot.reports.losses import describe
from bot.store.events import JobEvent
from bot.texts import buttons, cards
from bot.texts.reports import NO_EVENTS
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.choices import job_choices
from cogs.ui.message import Rendered, answer, reply
from cogs.ui.report_card import report_card
from cogs.ui.text import MAX_DESCRIPTION, typed

EVENTS_PAGE = 10
MAX_LINE = MAX_DESCRIPTION // EVENTS_PAGE - 30
LEVELS = {"info": "▫️", "warn": "⚠️", "warning": "⚠️", "error": "❌"}


class HistoryCommands(commands.Cog):
    """Shows what is known of a job beyond its state."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._app = bot.app

    @app_commands.command()
    @app_commands.describe(job="Which job (the newest)")
    async def events(self, interaction: Interaction, job: int | None = None) -> None:
        """Show what the model server reported of a job"""
        page = await self._app.history.events(guild_id(interaction), job, EVENTS_PAGE)
        await reply(interaction, _render(page), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(job="Which job (the newest)")
    async def chart(self, interaction: Interaction, job: int | None = None) -> None:
        """Draw a job's losses, also while it runs"""
        found = await self._app.finetunes.get(guild_id(interaction), job)
        await interaction.response.defer(ephemeral=True)
        points, chart = await self._app.history.losses(found.id)
        embed = discord.Embed(title=cards.LOSSES_OF_JOB.format(job=found.id), description=describe(points))
        await answer(interaction, Rendered(embed, picture=chart))

    @app_commands.command()
    @app_commands.describe(job="Which job (the newest)")
    async def report(self, interaction: Interaction, job: int | None = None) -> None:
        """Show the report on a finished job"""
        found = await self._app.finetunes.get(guild_id(interaction), job)
        await self._app.history.report(found)
        await interaction.response.defer(ephemeral=True)
        await answer(interaction, await report_card(self._app, found))

    @events.autocomplete("job")
    @chart.autocomplete("job")
    @report.autocomplete("job")
    async def _any_job(self, interaction: Interaction, current: int | str) -> list[app_commands.Choice[int]]:
        return await job_choices(self._app.finetunes, guild_id(interaction), current)


class NewestButton(RowButton, custom_id="newest"):
    """Turns to a job's newest events."""

    label, managers_only = buttons.NEWEST, True

    async def press(self, interaction: Interaction) -> None:
        history = interaction.client.app.history
        page = _render(await history.events(guild_id(interaction), self.row_id, EVENTS_PAGE))
        await interaction.response.edit_message(embed=page.embed, view=page.view)


class OlderButton(RowButton, custom_id="older"):
    """Turns to the events before one."""

    label, managers_only = buttons.OLDER, True

    async def press(self, interaction: Interaction) -> None:
        history = interaction.client.app.history
        page = _render(await history.events_before(guild_id(interaction), self.row_id, EVENTS_PAGE))
        await interaction.response.edit_message(embed=page.embed, view=page.view)


def _render(page: EventPage) -> Rendered:
    lines = [_line(event) for event in page.events]
    embed = discord.Embed(title=cards.EVENTS.format(job=page.job.id), description="\n".join(lines) or NO_EVENTS)
    older = [OlderButton(page.events[-1].number)] if page.has_older else []
    return Rendered(embed, view=row_of(NewestButton(page.job.id), *older))


def _line(event: JobEvent) -> str:
    mark, at = LEVELS.get(event.level, "▫️"), discord.utils.format_dt(event.created_at, "T")
    return f"{mark} {at} {typed(' '.join(event.message.split()) or event.type, MAX_LINE)}"


BUTTONS = (NewestButton, OlderButton)
