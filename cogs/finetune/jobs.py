"""`/finetune status`, `list`, `cancel`, `pause`, `resume`, `checkpoints`: jobs and what can be done with them."""

import discord
from discord import app_commands

from bot.remote import Checkpoint
from bot.store.jobs import Job
from cogs.finetune.group import FineTuneCommands, numbers
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.text import listing


class JobCommands(FineTuneCommands):
    """Shows and steers jobs."""

    @app_commands.command()
    @app_commands.describe(job="Which job (the newest)")
    async def status(self, interaction: Interaction, job: int | None = None) -> None:
        """Show how a job stands"""
        found = await self._finetunes.get(guild_id(interaction), job)
        await interaction.response.send_message(embed=await self._card(found), ephemeral=True)

    @app_commands.command(name="list")
    async def list_(self, interaction: Interaction) -> None:
        """List this server's jobs"""
        jobs = await self._finetunes.list(guild_id(interaction))
        await interaction.response.send_message(embed=_list(jobs), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(job="Which job")
    async def cancel(self, interaction: Interaction, job: int) -> None:
        """Stop a job"""
        await interaction.response.defer(ephemeral=True)
        cancelled = await self._steering.cancel(guild_id(interaction), job)
        state = "cancelled" if cancelled.ended else "being stopped"
        await interaction.edit_original_response(content=f"Job {cancelled.id} is {state}.")

    @app_commands.command()
    @app_commands.describe(job="Which job")
    async def pause(self, interaction: Interaction, job: int) -> None:
        """Pause a job, where the model server can"""
        await interaction.response.defer(ephemeral=True)
        paused = await self._steering.pause(guild_id(interaction), job)
        await interaction.edit_original_response(content=f"Job {paused.id} is {paused.status}.")

    @app_commands.command()
    @app_commands.describe(job="Which job")
    async def resume(self, interaction: Interaction, job: int) -> None:
        """Go on with a paused job"""
        await interaction.response.defer(ephemeral=True)
        resumed = await self._steering.resume(guild_id(interaction), job)
        await interaction.edit_original_response(content=f"Job {resumed.id} is {resumed.status}.")

    @app_commands.command()
    @app_commands.describe(job="Which job", use="Make the checkpoint of this step the server's active model")
    async def checkpoints(
        self, interaction: Interaction, job: int, use: app_commands.Range[int, 0] | None = None
    ) -> None:
        """List a job's checkpoints, or use one as a model"""
        await interaction.response.defer(ephemeral=True)
        guild = guild_id(interaction)
        if use is None:
            _, kept = await self._steering.checkpoints(guild, job)
            await interaction.edit_original_response(embed=_checkpoints(job, kept))
            return
        chosen = await self._steering.use_checkpoint(guild, interaction.user.id, job, use)
        await interaction.edit_original_response(content=f"Jokes are now told by `{chosen.model}`.")

    @status.autocomplete("job")
    @checkpoints.autocomplete("job")
    async def _jobs(self, interaction: Interaction, current: int | str) -> list[app_commands.Choice[int]]:
        return numbers(current, await self._finetunes.list(guild_id(interaction)))

    @cancel.autocomplete("job")
    @pause.autocomplete("job")
    @resume.autocomplete("job")
    async def _running(self, interaction: Interaction, current: int | str) -> list[app_commands.Choice[int]]:
        jobs = await self._finetunes.list(guild_id(interaction))
        return numbers(current, tuple(job for job in jobs if not job.ended))


def _checkpoints(job: int, kept: tuple[Checkpoint, ...]) -> discord.Embed:
    if not kept:
        return discord.Embed(
            title=f"Job {job} has no checkpoints yet", description="Servers keep one at the end of an epoch."
        )
    lines = [f"Step {one.step}{_losses(one)}: `{one.model}`" for one in kept]
    embed = discord.Embed(title=f"Checkpoints of job {job}", description=listing(lines))
    return embed.set_footer(text=f"/finetune checkpoints job:{job} use:{kept[0].step} makes one the active model.")


def _losses(checkpoint: Checkpoint) -> str:
    known = {"training loss": checkpoint.train_loss, "validation loss": checkpoint.valid_loss}
    return "".join(f", {name} {loss:.3f}" for name, loss in known.items() if loss is not None)


def _list(jobs: tuple[Job, ...]) -> discord.Embed:
    if not jobs:
        return discord.Embed(title="No jobs yet", description="`/finetune launch` starts one from a dataset.")
    lines = [
        f"**{job.id}** {job.status}: {job.dataset} on {job.base_model}, {discord.utils.format_dt(job.created_at, 'R')}"
        + (f" → `{job.fine_tuned_model}`" if job.fine_tuned_model else "")
        for job in jobs
    ]
    return discord.Embed(title="Fine-tuning jobs", description=listing(lines))
