"""What autocomplete offers."""

from collections.abc import Iterable
from typing import Any, Literal

import discord
from discord import app_commands

from bot.characters import visible
from bot.finetuning.service import FineTuneService
from bot.kinds import JOKE

MAX_CHOICES = 25
KindName = Literal["joke", "slogan"]  # as options offer the kinds of writing
MAX_CHOICE_LENGTH = 100
SEARCHED_JOBS = 200


def chosen_kind(interaction: discord.Interaction[Any]) -> str:
    """The kind in the options so far; jokes if there is none."""
    return getattr(interaction.namespace, "kind", None) or JOKE.name


def matching(current: str, names: Iterable[str]) -> list[app_commands.Choice[str]]:
    """Names that contain what was typed, in order, as many as Discord takes; too long ones cannot be chosen."""
    typed = current.casefold()
    found = [
        (shown, name)
        for name in names
        if typed in name.casefold() and len(name) <= MAX_CHOICE_LENGTH and (shown := visible(name))
    ]
    return [app_commands.Choice(name=shown, value=name) for shown, name in found[:MAX_CHOICES]]


async def job_choices(
    finetunes: FineTuneService, guild_id: int, current: int | str, *, running: bool = False
) -> list[app_commands.Choice[int]]:
    """Jobs by number, dataset and status, newest first."""
    typed = str(current).casefold()
    jobs = [job for job in await finetunes.list(guild_id, SEARCHED_JOBS) if not (running and job.ended)]
    named = [(job.id, f"{job.id}: {job.dataset}, {job.status}"[:MAX_CHOICE_LENGTH]) for job in jobs]
    found = [(number, name) for number, name in named if typed in name.casefold()]
    return [app_commands.Choice(name=name, value=number) for number, name in found[:MAX_CHOICES]]
