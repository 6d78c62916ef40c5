"""A bot with one of everything, to prove the loopback Discord by: `python -m tests.wire.echo_bot`."""

import os

import discord
import yarl
from discord import app_commands
from discord.ext import commands


class Form(discord.ui.Modal, title="Your pun"):
    pun: discord.ui.Label[discord.ui.LayoutView] = discord.ui.Label(text="Pun", component=discord.ui.TextInput())

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.pun.component, discord.ui.TextInput)
        await interaction.response.send_message(f"pun: {self.pun.component.value}", ephemeral=True)


class Buttons(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Again", custom_id="again")
    async def again(self, interaction: discord.Interaction, _button: discord.ui.Button["Buttons"]) -> None:
        await interaction.response.edit_message(content="again")

    @discord.ui.button(label="Write one", custom_id="write")
    async def write(self, interaction: discord.Interaction, _button: discord.ui.Button["Buttons"]) -> None:
        await interaction.response.send_modal(Form())


class EchoBot(commands.AutoShardedBot):
    def __init__(self) -> None:
        super().__init__(command_prefix=commands.when_mentioned, intents=discord.Intents(guilds=True))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for nothing: a second shard or a new session may identify at once here."""

    async def setup_hook(self) -> None:
        self.add_view(Buttons())
        self.tree.add_command(joke)
        self.tree.add_command(dataset)
        await self.tree.sync()


@app_commands.command(description="Says the scenario back")
async def joke(interaction: discord.Interaction, scenario: str) -> None:
    await interaction.response.send_message(scenario, view=Buttons())


@joke.autocomplete("scenario")
async def suggest(_interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=current.upper(), value=current)]


dataset = app_commands.Group(name="dataset", description="Datasets")


@dataset.command(description="Counts the bytes of a file")
async def upload(interaction: discord.Interaction, file: discord.Attachment, times: int = 1) -> None:
    await interaction.response.defer(ephemeral=True)
    content = await file.read() * times
    who = "an admin" if interaction.permissions.manage_guild else "a member"
    await interaction.edit_original_response(
        content=f"{who} sent {len(content)} bytes",
        attachments=[discord.File(__file__, filename="source.txt")],
    )
    await interaction.followup.send(embed=discord.Embed(title=file.filename))


if __name__ == "__main__":
    discord.http.Route.BASE = os.environ["DISCORD_API_BASE"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    EchoBot().run(os.environ["DISCORD_TOKEN"])
