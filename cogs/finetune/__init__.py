"""`/finetune`: quote, launch, watch and steer fine-tuning jobs."""

import discord
from discord import app_commands

from bot.client import PunchlineBot
from bot.finetuning.display import Shown
from bot.store.jobs import Job
from cogs.finetune.history import HistoryCommands, NewestButton, OlderButton
from cogs.finetune.jobs import JobCommands
from cogs.finetune.launch import LaunchCommands
from cogs.finetune.posting import ReportPoster
from cogs.ui.admin import MANAGERS, ManagerCog
from cogs.ui.offer_card import DeclineButton, LaunchButton


@app_commands.default_permissions(MANAGERS)
class FineTuneCog(
    LaunchCommands,
    JobCommands,
    HistoryCommands,
    ManagerCog,
    group_name="finetune",
    group_description="Fine-tune a model of this server's own",
):
    """Runs fine-tuning jobs, and shows each in one message that is edited until the end."""

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
        try:
            sent = await channel.send(embed=card)
            return Shown(job.channel_id, sent.id)
        except (discord.NotFound, discord.Forbidden):
            return await self._show_to_admins(job, card)

    async def _show_to_admins(self, job: Job, card: discord.Embed) -> Shown | None:
        """Where the job's channel is gone or closed, the one that the server chose for its admins takes over."""
        admin_channel = (await self._bot.app.guild_settings.get(job.guild_id)).admin_channel_id
        if admin_channel in (None, job.channel_id):
            return None
        sent = await self._bot.get_partial_messageable(admin_channel).send(embed=card)
        return Shown(admin_channel, sent.id)


async def setup(bot: PunchlineBot) -> None:
    cog = FineTuneCog(bot)
    bot.add_dynamic_items(LaunchButton, DeclineButton, NewestButton, OlderButton)
    await bot.add_cog(cog)
    bot.app.display.announcer = cog.show
    bot.app.reporter.announce_with(ReportPoster(bot))
