"""How a fine-tuning job looks in a channel."""

from datetime import datetime

import discord

from bot.finetuning.failures import advice
from bot.finetuning.service import expected_finish
from bot.store.jobs import Job
from cogs.ui.text import bar, clip

STATUS = {
    "pending": ("⏳", "handing the training file to the model server"),
    "validating_files": ("🔎", "the model server checks the training file"),
    "queued": ("⏳", "waiting for its turn"),
    "running": ("🏋️", "training"),
    "pausing": ("⏸️", "pausing"),
    "paused": ("⏸️", "paused"),
    "succeeded": ("✅", "done"),
    "failed": ("❌", "failed"),
    "cancelled": ("🛑", "cancelled"),
}

MISLEADING = 50  # before one step in so many, an expected end would be wrong by minutes


def job_card(job: Job, now: datetime, *, in_use: bool = False) -> discord.Embed:
    """A job as it stands; `in_use` says that the model it made tells the server's jokes."""
    emoji, words = STATUS.get(job.status, ("❔", job.status))
    embed = discord.Embed(
        title=f"{emoji} Job {job.id}: {words}", description="\n".join(filter(None, _lines(job, now, in_use=in_use)))
    )
    embed.add_field(name="Dataset", value=job.dataset)
    embed.add_field(name="Base model", value=job.base_model)
    if job.trained_tokens:
        embed.add_field(name="Trained tokens", value=f"{job.trained_tokens:,}")
    return embed


def _lines(job: Job, now: datetime, *, in_use: bool) -> list[str]:
    lines = [*_progress(job, now)]
    if job.status == "succeeded" and job.fine_tuned_model:
        switch = "It tells this server's jokes now." if in_use else "`/models use` switches to it."
        lines += [f"`{job.fine_tuned_model}` is ready. {switch}", "Try `/joke`."]
    if job.error_message:
        lines.append(clip(job.error_message, 1000) + (f" ({job.error_code})" if job.error_code else ""))
    if job.status == "failed":
        lines.append(advice(job.error_code, job.error_message))
    if job.unreachable_since and not job.ended:
        lines.append(
            f"⚠️ The model server cannot be reached since {discord.utils.format_dt(job.unreachable_since, 't')}; still trying."
        )
    return lines


def _progress(job: Job, now: datetime) -> list[str]:
    lines = []
    if job.step is not None and job.total_steps:
        share = job.step / job.total_steps
        lines.append(f"`{bar(share)}` {min(share, 1):.0%}\nStep {job.step} of {job.total_steps}")
    if job.train_loss is not None:
        lines.append(f"Training loss {job.train_loss:.3f}")
    finish = None if _just_begun(job) else expected_finish(job, now)
    if finish:
        lines.append(f"Ready {discord.utils.format_dt(finish, 'R')}")
    return lines


def _just_begun(job: Job) -> bool:
    """Whether the pace so far would mislead: the first steps take as long as the start, and hundreds are to come."""
    return bool(job.step and job.total_steps and job.step * MISLEADING < job.total_steps)
