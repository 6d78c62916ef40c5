"""`/finetune`: quote, launch, watch and cancel fine-tuning jobs."""

from contextlib import suppress

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.store.jobs import Job
from bot.tracker import Shown
from cogs.ui.admin import MANAGERS, require_manager
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.choices import LIMIT, matching
from cogs.ui.job_card import job_card, offer_card
from cogs.ui.text import listing

Suffix = app_commands.Range[str, 1, 40]


@app_commands.default_permissions(MANAGERS)
class FineTuneCog(commands.GroupCog, group_name="finetune", group_description="Fine-tune a model of this server's own"):
    """Runs fine-tuning jobs, and shows each in one message that is edited until the end."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._bot = bot
        self._finetunes = bot.app.finetunes
        self._registry = bot.app.registry

    @app_commands.command()
    @app_commands.describe(
        dataset="What to train on",
        base_model="What to start from (the usual one)",
        epochs="How often to go through the dataset (the server's choice)",
        suffix="A word in the new model's name",
    )
    @app_commands.checks.has_permissions(manage_guild=True)
    async def launch(
        self,
        interaction: Interaction,
        dataset: str,
        base_model: app_commands.Range[str, 1, 100] | None = None,
        epochs: app_commands.Range[int, 1, 50] | None = None,
        suffix: Suffix | None = None,
    ) -> None:
        """Quote a fine-tuning job; a button launches it"""
        await interaction.response.defer()
        offer = await self._finetunes.quote(
            guild_id(interaction),
            interaction.channel_id or 0,
            interaction.user.id,
            dataset,
            base_model=base_model,
            epochs=epochs,
            suffix=suffix,
        )
        buttons = row_of(LaunchButton(offer.quote.id), DeclineButton(offer.quote.id))
        await interaction.edit_original_response(embed=offer_card(offer), view=buttons)

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

    @launch.autocomplete("dataset")
    async def _datasets(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, [dataset.name for dataset in await self._bot.app.datasets.list(guild_id(interaction))])

    @launch.autocomplete("base_model")
    async def _bases(self, _interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, await self._bot.app.catalogue.base_models())

    @status.autocomplete("job")
    async def _jobs(self, interaction: Interaction, current: int | str) -> list[app_commands.Choice[int]]:
        return _numbers(current, await self._finetunes.list(guild_id(interaction)))

    @cancel.autocomplete("job")
    async def _running(self, interaction: Interaction, current: int | str) -> list[app_commands.Choice[int]]:
        jobs = await self._finetunes.list(guild_id(interaction))
        return _numbers(current, tuple(job for job in jobs if not job.ended))

    async def show(self, job: Job) -> Shown | None:
        """Edit the job's message, or send a new one where it is gone; the tracker calls this after every change."""
        channel = self._bot.get_partial_messageable(job.channel_id)
        card = await self._card(job)
        if job.message_id is not None:
            try:
                await channel.get_partial_message(job.message_id).edit(content=None, embed=card, view=None)
                return Shown(job.channel_id, job.message_id)
            except discord.NotFound:
                pass
        sent = await channel.send(embed=card)
        return Shown(job.channel_id, sent.id)

    async def _card(self, job: Job) -> discord.Embed:
        active = (await self._registry.shelf(job.guild_id)).active
        return job_card(job, self._bot.app.clock(), in_use=active is not None and active.model == job.fine_tuned_model)


class LaunchButton(RowButton, template=r"launch:(?P<row>\d+)"):
    """Takes a quote: from here on the tracker edits the message."""

    name = "launch"
    label = "Launch"
    emoji = "🚀"
    style = discord.ButtonStyle.success

    async def press(self, interaction: Interaction) -> None:
        require_manager(interaction)
        await interaction.response.defer()
        message_id = interaction.message.id if interaction.message else None
        await interaction.client.app.finetunes.launch(
            guild_id(interaction), interaction.user.id, self.row_id, message_id
        )
        with suppress(discord.HTTPException):  # the tracker takes them away too, but it may be busy with an upload
            await interaction.edit_original_response(view=None)


class DeclineButton(RowButton, template=r"decline:(?P<row>\d+)"):
    """Leaves a quote."""

    name = "decline"
    label = "Cancel"

    async def press(self, interaction: Interaction) -> None:
        require_manager(interaction)
        await interaction.response.edit_message(content="Nothing was launched.", embed=None, view=None)


def _numbers(current: int | str, jobs: tuple[Job, ...]) -> list[app_commands.Choice[int]]:
    named = {job.id: f"{job.id}: {job.dataset}, {job.status}"[:100] for job in jobs}
    typed = str(current).casefold()
    found = [(number, name) for number, name in named.items() if typed in name.casefold()]
    return [app_commands.Choice(name=name, value=number) for number, name in found[:LIMIT]]


def _list(jobs: tuple[Job, ...]) -> discord.Embed:
    if not jobs:
        return discord.Embed(title="No jobs yet", description="`/finetune launch` starts one from a dataset.")
    lines = [
        f"**{job.id}** {job.status}: {job.dataset} on {job.base_model}, {discord.utils.format_dt(job.created_at, 'R')}"
        + (f" → `{job.fine_tuned_model}`" if job.fine_tuned_model else "")
        for job in jobs
    ]
    return discord.Embed(title="Fine-tuning jobs", description=listing(lines))


async def setup(bot: PunchlineBot) -> None:
    cog = FineTuneCog(bot)
    bot.add_dynamic_items(LaunchButton, DeclineButton)
    await bot.add_cog(cog)
    bot.app.tracker.announcer = cog.show
