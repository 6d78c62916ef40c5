"""The *Details* button under jokes and slogans."""

import io
import json

import discord

from bot.jokes import find
from bot.store.generations import Generation
from cogs.ui.buttons import Interaction, RowButton, guild_id


class DetailsButton(RowButton, template=r"details:(?P<row>\d+)"):
    """Shows who answered, at what cost, and the whole completion."""

    name = "details"
    label = "Details"
    emoji = "🔍"

    async def press(self, interaction: Interaction) -> None:
        generation = await find(interaction.client.app.generations, guild_id(interaction), self.row_id)
        await interaction.response.send_message(embed=_facts(generation), file=_completion(generation), ephemeral=True)


def _facts(generation: Generation) -> discord.Embed:
    embed = discord.Embed(title="Details", timestamp=generation.created_at)
    embed.add_field(
        name="Model", value=f"`{generation.model}`" + (" (fine-tuned)" if generation.fine_tuned else ""), inline=False
    )
    tokens = f"{generation.prompt_tokens} in the prompt, {generation.completion_tokens} in the answer"
    embed.add_field(name="Tokens", value=tokens)
    embed.add_field(name="Latency", value=f"{generation.latency_ms:.0f} ms")
    return embed


def _completion(generation: Generation) -> discord.File:
    pretty = json.dumps(json.loads(generation.completion), indent=2, ensure_ascii=False)
    return discord.File(io.BytesIO(pretty.encode()), "completion.json", description="The whole completion as JSON")
