"""Search results with a button to show each, and the *More like this* button under a joke."""

from collections.abc import Sequence

import discord

from bot.similarity.pictures import number
from bot.similarity.searching import Results
from bot.store.kept import KeptText
from bot.texts import similarity as texts
from bot.texts.template import Text, clip, escape, markdown, plain
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.details import DetailsButton
from cogs.ui.text import MAX_DESCRIPTION, MAX_TITLE, typed

MAX_LINE = 180
EMOJI = {"joke": "🎭", "slogan": "📣"}


class ShowButton(RowButton, custom_id="show"):
    """Shows a kept joke or slogan whole, to the one who asks."""

    async def press(self, interaction: Interaction) -> None:
        kept = await interaction.client.app.meaning.search.get(guild_id(interaction), self.row_id)
        buttons = row_of(DetailsButton(self.row_id))
        await interaction.response.send_message(embed=_whole(kept), view=buttons, ephemeral=True)


class LikeButton(RowButton, custom_id="like"):
    """Finds what is nearest to a joke in meaning."""

    label = texts.MORE_LIKE_THIS
    emoji = "🧭"

    async def press(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        search = interaction.client.app.meaning.search
        results = await search.like(guild_id(interaction), interaction.user.id, self.row_id)
        await show(interaction, texts.MORE_LIKE_THIS, results)


async def show(interaction: Interaction, title: str | Text, results: Results) -> None:
    """Put results where the bot is thinking."""
    buttons = [ShowButton(one.kept.generation_id, label=str(place)) for place, one in enumerate(results.found, 1)]
    await interaction.edit_original_response(embed=_card(title, results), view=row_of(*buttons))


def counted(count: int) -> str:
    """A number of texts in words."""
    return str(texts.TEXTS.of(count))


def _card(title: str | Text, results: Results) -> discord.Embed:
    lines = [
        markdown(
            texts.FOUND,
            {
                "number": place,
                "likeness": number(one.cosine),
                "emoji": EMOJI.get(one.kept.kind, ""),
                "text": clip(" ".join(one.kept.text.split()), MAX_LINE),
            },
        )
        for place, one in enumerate(results.found, 1)
    ]
    if not lines:
        lines = [texts.IN_DOUBT.format(doubt=results.doubt) if results.doubt else str(texts.NOTHING_ALIKE)]
    named = escape(title) if isinstance(title, str) else title
    embed = discord.Embed(title=clip(named, MAX_TITLE), description=clip("\n".join(lines), MAX_DESCRIPTION))
    searched = texts.SEARCHED_SOME if results.ready < results.total else texts.SEARCHED
    return embed.set_footer(text=plain(searched, {"ready": results.ready, "total": counted(results.total)}))


def _whole(kept: Sequence[KeptText]) -> discord.Embed:
    shown = [typed(one.text, MAX_DESCRIPTION) for one in kept]
    text = "\n".join(f"- {one}" for one in shown) if len(shown) > 1 else shown[0]
    title = typed(kept[0].asked, MAX_TITLE)
    embed = discord.Embed(title=title, description=clip(text, MAX_DESCRIPTION))
    return embed.set_footer(text=texts.KINDS.get(kept[0].kind))
