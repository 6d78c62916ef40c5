"""The barest discord.py bots, which Punchline is measured against."""

import os

import discord
import yarl


def run(bot: discord.Client) -> None:
    """Connect to whatever Discord the environment names, and stay."""
    discord.http.Route.BASE = os.environ["DISCORD_API_BASE"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    bot.run(os.environ["DISCORD_TOKEN"])
