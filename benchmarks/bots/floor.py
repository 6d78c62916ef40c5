"""One command that defers, asks the model once and sends one embed with one button: the least that a joke needs."""

import os

import discord
from discord.ext import commands
from openai import AsyncOpenAI

from benchmarks.bots import run

SYSTEM = "You are an assistant that creates funny one-line jokes based on a given scenario."


class Another(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Another", custom_id="another")
    async def another(self, interaction: discord.Interaction, _button: discord.ui.Button["Another"]) -> None:
        await interaction.response.defer()


class Floor(commands.AutoShardedBot):
    llm: AsyncOpenAI
    another: Another

    async def setup_hook(self) -> None:
        self.llm = AsyncOpenAI()
        self.another = Another()
        await self.tree.sync()


bot = Floor(command_prefix=commands.when_mentioned, intents=discord.Intents(guilds=True))


@bot.tree.command(description="Tells a joke")
async def joke(interaction: discord.Interaction, scenario: str) -> None:
    await interaction.response.defer()
    completion = await bot.llm.chat.completions.create(
        model=os.environ["CHAT_MODEL"],
        messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": scenario}],
    )
    embed = discord.Embed(description=completion.choices[0].message.content)
    await interaction.followup.send(embed=embed, view=bot.another)


if __name__ == "__main__":
    run(bot)
