"""What every command of `/finetune` starts from."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.store.jobs import Job
from cogs.ui.choices import LIMIT
from cogs.ui.job_card import job_card


class FineTuneCommands(commands.Cog):
    """A part of the group's commands; `cogs.finetune` joins the parts into one cog."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._bot = bot
        self._finetunes = bot.app.finetunes
        self._steering = bot.app.steering

    async def _card(self, job: Job) -> discord.Embed:
        active = (await self._bot.app.registry.shelf(job.guild_id)).active
        return job_card(job, self._bot.app.clock(), in_use=active is not None and active.model == job.fine_tuned_model)


def numbers(current: int | str, jobs: tuple[Job, ...]) -> list[app_commands.Choice[int]]:
    """Jobs as autocomplete offers them: by number, dataset and status."""
    named = {job.id: f"{job.id}: {job.dataset}, {job.status}"[:100] for job in jobs}
    typed = str(current).casefold()
    found = [(number, name) for number, name in named.items() if typed in name.casefold()]
    return [app_commands.Choice(name=name, value=number) for number, name in found[:LIMIT]]
