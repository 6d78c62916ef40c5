"""Search results with a button to show each, and the *More like this* button under a joke."""

import discord

from bot.similarity.searching import Results
from bot.store.generations import Generation
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.text import LIMIT_DESCRIPTION, LIMIT_FOOTER, LIMIT_TITLE, clip

LIMIT_LINE = 180
EMOJI = {"joke": "🎭", "slogan": "📣"}


class ShowButton(RowButton, custom_id="show"):
    """Shows a kept joke or slogan whole, to the one who asks."""

    async def press(self, interaction: Interaction) -> None:
        generation = await interaction.client.app.generations.find(guild_id(interaction), self.row_id)
        await interaction.response.send_message(embed=_whole(generation), ephemeral=True)


class LikeButton(RowButton, custom_id="like"):
    """Finds what is nearest to a joke in meaning."""

    label = "More like this"
    emoji = "🧭"

    async def press(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        search = interaction.client.app.meaning.search
        results = await search.like(guild_id(interaction), interaction.user.id, self.row_id)
        await show(interaction, "More like this", results)


async def show(interaction: Interaction, title: str, results: Results) -> None:
    """Put results where the bot is thinking."""
    buttons = [ShowButton(one.kept.generation_id, label=str(number)) for number, one in enumerate(results.found, 1)]
    await interaction.edit_original_response(embed=_card(title, results), view=row_of(*buttons))


def _card(title: str, results: Results) -> discord.Embed:
    lines = [
        f"**{number}.** `{one.cosine:.2f}` {EMOJI.get(one.kept.kind, '')} {clip(' '.join(one.kept.text.split()), LIMIT_LINE)}"
        for number, one in enumerate(results.found, 1)
    ]
    text = "\n".join(lines) or "There is nothing else here yet."
    embed = discord.Embed(title=clip(title, LIMIT_TITLE), description=clip(text, LIMIT_DESCRIPTION))
    return embed.set_footer(text=clip(_extent(results), LIMIT_FOOTER))


def _extent(results: Results) -> str:
    if results.ready < results.total:
        return (
            f"{results.ready:,} of {results.total:,} texts searched by {results.model}; "
            "the rest is being embedded. Search again in a while."
        )
    return f"{results.total:,} {'text' if results.total == 1 else 'texts'} searched by {results.model}"


def _whole(generation: Generation) -> discord.Embed:
    asked = str(generation.request.get("scenario") or generation.request.get("description") or "")
    text = "\n".join(f"- {one}" for one in generation.texts) if len(generation.texts) > 1 else generation.texts[0]
    embed = discord.Embed(
        title=clip(asked, LIMIT_TITLE), description=clip(text, LIMIT_DESCRIPTION), timestamp=generation.created_at
    )
    return embed.set_footer(text=clip(f"A {generation.kind} by {generation.model}", LIMIT_FOOTER))
