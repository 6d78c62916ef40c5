"""What the answer to an upload adds about examples that say nearly the same."""

import logging

import discord

from bot.errors import UserError
from bot.similarity.near_duplicates import NearDuplicates
from bot.store.datasets import Dataset
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.text import clip

log = logging.getLogger(__name__)

LIMIT_ANSWER = 120


async def point_out(interaction: Interaction, dataset: Dataset, card: discord.Embed) -> None:
    """Look for near-duplicates and add them to the card that is shown; a dataset without any, or a failure, changes nothing."""
    try:
        duplicates = interaction.client.app.meaning.duplicates
        found = await duplicates.find(guild_id(interaction), interaction.user.id, dataset)
    except UserError as error:
        log.warning("Nobody looked for near-duplicates in dataset %d: %s", dataset.id, error)
        return
    if found.count:
        card.add_field(name=_title(found), value=_pairs(found), inline=False)
        await interaction.edit_original_response(embed=card)


def _title(found: NearDuplicates) -> str:
    pairs = "1 pair says" if found.count == 1 else f"{found.count:,} pairs say"
    return f"{pairs} nearly the same (of the first {found.examined:,} examples)"


def _pairs(found: NearDuplicates) -> str:
    lines = [
        f"Lines {pair.first} and {pair.second} ({pair.cosine:.2f}): {clip(' '.join(pair.answer.split()), LIMIT_ANSWER)}"
        for pair in found.pairs
    ]
    rest = [f"… and {found.count - len(found.pairs):,} more."] if found.count > len(found.pairs) else []
    return "\n".join([*lines, *rest, "Training counts what is said twice twice."])
