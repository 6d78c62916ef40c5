"""`/finetune launch`, `status`, `list`, `cancel`, `pause`, `resume`, `checkpoints`: jobs and what can be done with them."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.model_server.jobs import Checkpoint
from bot.store.jobs import Job
from bot.texts import buttons
from bot.texts import cards as texts
from bot.texts.finetuning import status_of
from bot.texts.template import escape
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.choices import job_choices, matching
from cogs.ui.job_card import cancelled, job_card
from cogs.ui.message import Rendered, answer, reply
from cogs.ui.model_buttons import UseCheckpointButton, switched
from cogs.ui.offer_card import offer_card

JOBS_PAGE = 10
MAX_CHECKPOINT_BUTTONS = 5
Suffix = app_commands.Range[str, 1, 40]
Step = app_commands.Range[int, 0]


class JobCommands(commands.Cog):
    """Quotes, shows and steers jobs; launching is a button's."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._app = bot.app

    @app_commands.command()
    @app_commands.describe(
        dataset="What to train on",
        base_model="What to start from (the usual one)",
        epochs="How often to go through the dataset (the server's choice)",
        suffix="A word in the new model's id",
    )
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
        offer = await self._app.finetunes.quote(
            guild_id(interaction),
            interaction.channel_id or 0,
            interaction.user.id,
            dataset,
            base_model=base_model,
            epochs=epochs,
            suffix=suffix,
        )
        await answer(interaction, offer_card(offer))

    @app_commands.command()
    @app_commands.describe(job="Which job (the newest)")
    async def status(self, interaction: Interaction, job: int | None = None) -> None:
        """Show how a job stands"""
        found = await self._app.finetunes.get(guild_id(interaction), job)
        await reply(interaction, await job_card(self._app, found), ephemeral=True)

    @app_commands.command(name="list")
    async def list_(self, interaction: Interaction) -> None:
        """List this server's jobs"""
        await reply(interaction, await _page(interaction, None), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(job="Which job")
    async def cancel(self, interaction: Interaction, job: int) -> None:
        """Stop a job"""
        await interaction.response.defer(ephemeral=True)
        stopped = await self._app.job_control.cancel(guild_id(interaction), job)
        await interaction.edit_original_response(content=cancelled(stopped))

    @app_commands.command()
    @app_commands.describe(job="Which job")
    async def pause(self, interaction: Interaction, job: int) -> None:
        """Pause a job, where the model server can"""
        await interaction.response.defer(ephemeral=True)
        paused = await self._app.job_control.pause(guild_id(interaction), job)
        await interaction.edit_original_response(content=texts.JOB_IS.format(job=job, status=status_of(paused.status)))

    @app_commands.command()
    @app_commands.describe(job="Which job")
    async def resume(self, interaction: Interaction, job: int) -> None:
        """Resume a paused job"""
        await interaction.response.defer(ephemeral=True)
        resumed = await self._app.job_control.resume(guild_id(interaction), job)
        await interaction.edit_original_response(content=texts.JOB_IS.format(job=job, status=status_of(resumed.status)))

    @app_commands.command()
    @app_commands.describe(job="Which job", use="Make the checkpoint of this step the server's active model")
    async def checkpoints(self, interaction: Interaction, job: int, use: Step | None = None) -> None:
        """List a job's checkpoints, or use one as a model"""
        await interaction.response.defer(ephemeral=True)
        guild = guild_id(interaction)
        if use is None:
            _, kept = await self._app.job_control.checkpoints(guild, job)
            await answer(interaction, _checkpoints(job, kept))
            return
        chosen = await self._app.job_control.use_checkpoint(guild, interaction.user.id, job, use)
        await interaction.edit_original_response(content=switched(chosen, chosen.kind))

    @launch.autocomplete("dataset")
    async def _datasets(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, [dataset.name for dataset in await self._app.datasets.list(guild_id(interaction))])

    @launch.autocomplete("base_model")
    async def _bases(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        own = (await self._app.registry.models(guild_id(interaction))).models
        return matching(current, [*await self._app.catalogue.base_models(), *(model.model for model in own)])

    @status.autocomplete("job")
    @checkpoints.autocomplete("job")
    async def _jobs(self, interaction: Interaction, current: int | str) -> list[app_commands.Choice[int]]:
        return await job_choices(self._app.finetunes, guild_id(interaction), current)

    @cancel.autocomplete("job")
    @pause.autocomplete("job")
    @resume.autocomplete("job")
    async def _running(self, interaction: Interaction, current: int | str) -> list[app_commands.Choice[int]]:
        return await job_choices(self._app.finetunes, guild_id(interaction), current, running=True)


class OlderJobsButton(RowButton, custom_id="older-jobs"):
    """Turns to the jobs before one."""

    label, managers_only = buttons.OLDER, True

    async def press(self, interaction: Interaction) -> None:
        page = await _page(interaction, self.row_id)
        await interaction.response.edit_message(embed=page.embed, view=page.view)


async def _page(interaction: Interaction, before: int | None) -> Rendered:
    jobs = await interaction.client.app.finetunes.list(guild_id(interaction), JOBS_PAGE + 1, before)
    if not jobs:
        return Rendered(discord.Embed(title=texts.NO_JOBS, description=texts.NO_JOBS_TEXT))
    shown = jobs[:JOBS_PAGE]
    older = [OlderJobsButton(shown[-1].id)] if len(jobs) > len(shown) else []
    embed = discord.Embed(title=texts.JOBS, description="\n".join(map(_line, shown)))
    return Rendered(embed, view=row_of(*older) if older else None)


def _line(job: Job) -> str:
    started = discord.utils.format_dt(job.created_at, "R")
    made = f" → `{job.fine_tuned_model}`" if job.fine_tuned_model else ""
    return texts.JOB_LINE.format(
        job=job.id,
        status=status_of(job.status),
        dataset=escape(job.dataset),
        base=escape(job.base_model),
        started=started,
        made=made,
    )


def _checkpoints(job: int, kept: tuple[Checkpoint, ...]) -> Rendered:
    if not kept:
        title = texts.NO_CHECKPOINTS.format(job=job)
        return Rendered(discord.Embed(title=title, description=texts.NO_CHECKPOINTS_TEXT))
    lines = [texts.CHECKPOINT.format(step=one.step, losses=_losses(one)) for one in kept]
    embed = discord.Embed(title=texts.CHECKPOINTS.format(job=job), description="\n".join(lines[:50]))
    embed.set_footer(text=texts.NEWEST_FIRST if kept[0].valid_loss is None else texts.BEST_FIRST)
    buttons = [
        UseCheckpointButton(job, one.step, label=texts.USE_STEP.format(step=one.step))
        for one in kept[:MAX_CHECKPOINT_BUTTONS]
    ]
    return Rendered(embed, view=row_of(*buttons))


def _losses(checkpoint: Checkpoint) -> str:
    known = ((texts.VALIDATION_LOSS_OF, checkpoint.valid_loss), (texts.TRAINING_LOSS_OF, checkpoint.train_loss))
    return "".join(text.format(loss=loss) for text, loss in known if loss is not None)


BUTTONS = (OlderJobsButton,)
