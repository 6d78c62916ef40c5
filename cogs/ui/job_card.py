"""How a fine-tuning job looks in a channel, and the buttons under it."""

from datetime import datetime

import discord

from bot.app import App
from bot.errors import NotFoundError
from bot.finetuning.progress import expected_finish
from bot.store.jobs import Job
from bot.store.outbox import Delivery
from bot.texts import buttons
from bot.texts import cards as texts
from bot.texts.finetuning import advice, status_of
from bot.texts.template import Text, clip, escape, markdown
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.message import Rendered
from cogs.ui.text import MAX_FIELD, MAX_TITLE, bar, typed

MISLEADING_STEPS = 50  # before one step in so many, an expected end would be wrong by minutes
MAX_ERROR = 1000
NOTABLE_DIFFERENCE = 0.05  # between the tokens that were quoted and those that were trained


async def job_message(app: App, delivery: Delivery) -> Rendered | None:
    """The message that follows a job; None if the job is gone."""
    try:
        return await job_card(app, await app.finetunes.get(delivery.guild_id, int(delivery.subject)))
    except NotFoundError:
        return None


async def job_card(app: App, job: Job) -> Rendered:
    """A job as it stands, with the buttons for what can be done next."""
    in_use = (await app.registry.models(job.guild_id)).uses(job.fine_tuned_model)
    emoji, words = texts.JOB_STATUS.get(job.status, ("❔", escape(job.status)))
    lines = [line for line in _lines(job, app.clock(), in_use=in_use) if line]
    title = clip(texts.JOB_TITLE.format(emoji=emoji, job=job.id, status=words), MAX_TITLE)
    embed = discord.Embed(title=title, description="\n".join(lines))
    embed.add_field(name=texts.DATASET, value=typed(job.dataset, MAX_FIELD))
    embed.add_field(name=texts.BASE_MODEL, value=typed(job.base_model, MAX_FIELD))
    if job.trained_tokens:
        embed.add_field(name=texts.TRAINED_TOKENS, value=_trained(job.trained_tokens, job.quoted_tokens))
    return Rendered(embed, view=_buttons(job))


def _lines(job: Job, now: datetime, *, in_use: bool) -> list[str]:
    lines = _progress(job, now)
    if job.status == "succeeded" and job.fine_tuned_model:
        lines.append(str(texts.READY_IN_USE[job.kind] if in_use else texts.READY))
    if job.error_message:
        lines.append(
            typed(str(Text(job.error_message)), MAX_ERROR)
            + (f" ({typed(job.error_code, 100)})" if job.error_code else "")
        )
    if job.status == "failed":
        lines.append(str(advice(job.error_code, job.error_message)))
    if job.unreachable_since and not job.ended:
        since = discord.utils.format_dt(job.unreachable_since, "t")
        lines.append(texts.UNREACHABLE_SINCE.format(since=since))
    return lines


def _progress(job: Job, now: datetime) -> list[str]:
    lines = []
    if job.step is not None and job.total_steps:
        share = job.step / job.total_steps
        step = texts.STEP_OF.format(step=job.step, steps=job.total_steps)
        lines.append(f"`{bar(share)}` {min(share, 1):.0%}\n{step}")
    if job.train_loss is not None:
        lines.append(texts.TRAINING_LOSS_IS.format(loss=job.train_loss))
    finish = None if _just_begun(job) else expected_finish(job, now)
    if finish:
        lines.append(texts.READY_AT.format(when=discord.utils.format_dt(finish, "R")))
    return lines


def _just_begun(job: Job) -> bool:
    """Whether the pace so far would mislead: the first steps take as long as the start, and hundreds are to come."""
    taken = (job.step or 0) - (job.running_from_step or 0)
    return bool(job.step and job.total_steps and taken * MISLEADING_STEPS < job.total_steps)


def _trained(trained: int, quoted: int) -> str:
    if abs(trained - quoted) <= NOTABLE_DIFFERENCE * trained:
        return f"{trained:,}"
    return markdown(texts.TRAINED_AND_QUOTED, {"trained": f"{trained:,}", "quoted": f"{quoted:,}"})


def _buttons(job: Job) -> discord.ui.View | None:
    if job.ended:
        return None
    if job.status in ("paused", "pausing"):
        return row_of(ResumeButton(job.id), CancelButton(job.id))
    return row_of(PauseButton(job.id), CancelButton(job.id)) if job.remote_job_id else row_of(CancelButton(job.id))


class PauseButton(RowButton, custom_id="pause"):
    """Pauses a job."""

    label, emoji, managers_only = buttons.PAUSE, "⏸️", True

    async def press(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        job = await interaction.client.app.job_control.pause(guild_id(interaction), self.row_id)
        await interaction.edit_original_response(content=texts.JOB_IS.format(job=job.id, status=status_of(job.status)))


class ResumeButton(RowButton, custom_id="resume"):
    """Resumes a paused job."""

    label, emoji, managers_only = buttons.RESUME, "▶️", True

    async def press(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        job = await interaction.client.app.job_control.resume(guild_id(interaction), self.row_id)
        await interaction.edit_original_response(content=texts.JOB_IS.format(job=job.id, status=status_of(job.status)))


class CancelButton(RowButton, custom_id="cancel"):
    """Stops a job, after a question: what is trained so far is paid for."""

    label, emoji, managers_only = buttons.CANCEL, "🛑", True

    async def press(self, interaction: Interaction) -> None:
        job = await interaction.client.app.finetunes.get(guild_id(interaction), self.row_id)
        question = texts.CANCEL_QUESTION.format(job=job.id)
        await interaction.response.send_message(question, view=row_of(ReallyCancelButton(job.id)), ephemeral=True)


class ReallyCancelButton(RowButton, custom_id="really-cancel"):
    """Stops a job."""

    label, style, managers_only = buttons.STOP_JOB, discord.ButtonStyle.danger, True

    async def press(self, interaction: Interaction) -> None:
        await interaction.response.defer()
        job = await interaction.client.app.job_control.cancel(guild_id(interaction), self.row_id)
        await interaction.edit_original_response(content=cancelled(job), view=None)


def cancelled(job: Job) -> str:
    """What is said after a job was told to stop."""
    return (texts.CANCELLED if job.ended else texts.STOPPING).format(job=job.id)


BUTTONS = (PauseButton, ResumeButton, CancelButton, ReallyCancelButton)
