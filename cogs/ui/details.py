"""The *Details* button under jokes and slogans."""

import io
import json

import discord

from bot.store.generations import Generation
from bot.texts import buttons
from bot.texts import cards as texts
from cogs.ui.buttons import Interaction, RowButton, guild_id
from cogs.ui.text import MAX_FIELD, answer_cost, typed


class DetailsButton(RowButton, custom_id="details"):
    """Shows which model answered, what it cost, and the whole completion."""

    label, emoji = buttons.DETAILS, "🔍"

    async def press(self, interaction: Interaction) -> None:
        app = interaction.client.app
        generation = await app.generations.find(guild_id(interaction), self.row_id)
        await interaction.response.send_message(embed=_facts(generation), file=_completion(generation), ephemeral=True)


def _facts(generation: Generation) -> discord.Embed:
    embed = discord.Embed(title=texts.DETAILS, timestamp=generation.created_at)
    tuned = str(texts.FINE_TUNED) if generation.fine_tuned else ""
    embed.add_field(name=texts.MODEL, value=typed(generation.model, MAX_FIELD - len(tuned)) + tuned, inline=False)
    tokens = {"read": generation.prompt_tokens, "written": generation.completion_tokens}
    embed.add_field(name=texts.TOKENS, value=texts.TOKENS_OF_ONE.format(**tokens))
    if generation.drawn > len(generation.texts):
        value = texts.BEST_OF.format(drawn=generation.drawn, shown=len(generation.texts))
        embed.add_field(name=texts.DRAWN, value=value)
    embed.add_field(name=texts.COST, value=answer_cost(generation.cost_nanodollars))
    embed.add_field(name=texts.LATENCY, value=f"{generation.latency_ms:.0f} ms")
    return embed


def _completion(generation: Generation) -> discord.File:
    pretty = json.dumps(json.loads(generation.completion), indent=2, ensure_ascii=False)
    return discord.File(io.BytesIO(pretty.encode()), "completion.json", description=str(texts.WHOLE_COMPLETION))
