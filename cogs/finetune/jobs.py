"""`/finetune status`, `list`, `cancel`: jobs and what can be done with them."""

import discord
from discord import app_commands

from bot.store.jobs import Job
from cogs.finetune.group import FineTuneCommands, numbers
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.text import listing


class JobCommands(FineTuneCommands):
    """Shows and steers jobs."""

    @app_commands.command()
    @app_commands.describe(job="Which job (the newest)")
    @app_commands.checks.has_permissions(manage_guild=True)
    async def status(self, interaction: Interaction, job: int | None = None) -> None:
        """Show how a job stands"""
        found = await self._finetunes.get(guild_id(interaction), job)
        await interaction.response.send_message(embed=await self._card(found), ephemeral=True)

    @app_commands.command(name="list")
    @app_commands.checks.has_permissions(manage_guild=True)
    async def list_(self, interaction: Interaction) -> None:
        """List this server's jobs"""
        jobs = await self._finetunes.list(guild_id(interaction))
        await interaction.response.send_message(embed=_list(jobs), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(job="Which job")
    @app_commands.checks.has_permissions(manage_guild=True)
    async def cancel(self, interaction: Interaction, job: int) -> None:
        """Stop a job"""
        await interaction.response.defer(ephemeral=True)
        cancelled = await self._finetunes.cancel(guild_id(interaction), job)
        state = "cancelled" if cancelled.ended else "being stopped"
        await interaction.edit_original_response(content=f"Job {cancelled.id} is {state}.")

    @status.autocomplete("job")
    async def _jobs(self, interaction: Interaction, current: int | str) -> list[app_commands.Choice[int]]:
        return numbers(current, await self._finetunes.list(guild_id(interaction)))

    @cancel.autocomplete("job")
    async def _running(self, interaction: Interaction, current: int | str) -> list[app_commands.Choice[int]]:
        jobs = await self._finetunes.list(guild_id(interaction))
        return numbers(current, tuple(job for job in jobs if not job.ended))


def _list(jobs: tuple[Job, ...]) -> discord.Embed:
    if not jobs:
        return discord.Embed(title="No jobs yet", description="`/finetune launch` starts one from a dataset.")
    lines = [
        f"**{job.id}** {job.status}: {job.dataset} on {job.base_model}, {discord.utils.format_dt(job.created_at, 'R')}"
        + (f" → `{job.fine_tuned_model}`" if job.fine_tuned_model else "")
        for job in jobs
    ]
    return discord.Embed(title="Fine-tuning jobs", description=listing(lines))
