"""One command that answers at once: the fastest that discord.py can be."""

import discord
from discord.ext import commands

from benchmarks.bots import run


class Echo(commands.AutoShardedBot):
    async def setup_hook(self) -> None:
        await self.tree.sync()


bot = Echo(command_prefix=commands.when_mentioned, intents=discord.Intents(guilds=True))


@bot.tree.command(description="Says the scenario back")
async def joke(interaction: discord.Interaction, scenario: str) -> None:
    await interaction.response.send_message(scenario)


if __name__ == "__main__":
    run(bot)
