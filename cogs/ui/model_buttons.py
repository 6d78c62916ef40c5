"""Buttons for what comes after a new model: use it or a checkpoint, name it, roll back, let it write."""

from functools import partial

import discord

from bot.registry.service import MAX_NAME_LENGTH, Rollback
from bot.slogans import SloganRequest
from bot.store.models import RegisteredModel
from bot.texts import cards
from bot.texts import models as texts
from cogs.ui.admin import require_manager
from cogs.ui.buttons import Interaction, RowButton, guild_id
from cogs.ui.forms import TextForm
from cogs.ui.joke_card import joke_card
from cogs.ui.message import answer
from cogs.ui.models import called
from cogs.ui.slogan_card import slogan_card

MAX_SCENARIO_LENGTH = 300


class UseModelButton(RowButton, custom_id="use-model"):
    """Makes a model the active one."""

    label, emoji, style, managers_only = "Use it", "✅", discord.ButtonStyle.success, True

    async def press(self, interaction: Interaction) -> None:
        registry, guild = interaction.client.app.registry, guild_id(interaction)
        model = await registry.numbered(guild, self.row_id)
        used = await registry.use(guild, interaction.user.id, model.model)
        await interaction.response.send_message(switched(used, model.kind))


class UseCheckpointButton(RowButton, custom_id="use-checkpoint"):
    """Makes the checkpoint of a job's step the active model."""

    managers_only = True

    async def press(self, interaction: Interaction) -> None:
        await interaction.response.defer(thinking=True)
        job, step = self.numbers
        control = interaction.client.app.job_control
        model = await control.use_checkpoint(guild_id(interaction), interaction.user.id, job, step)
        await interaction.edit_original_response(content=switched(model, model.kind))


class RollBackButton(RowButton, custom_id="roll-back"):
    """Goes back from a model to what was used before it."""

    label, emoji, managers_only = "Roll back", "↩️", True

    async def press(self, interaction: Interaction) -> None:
        registry = interaction.client.app.registry
        done = await registry.roll_back(guild_id(interaction), interaction.user.id, leaving=self.row_id)
        await interaction.response.send_message(rolled_back(done))


class NameModelButton(RowButton, custom_id="name-model"):
    """Gives a model a name of the guild's own."""

    label, emoji, managers_only = "Name it", "🏷️", True

    async def press(self, interaction: Interaction) -> None:
        form = TextForm(
            cards.NAME_FORM, cards.NAME_LABEL, cards.NAME_HINT, partial(_name, self.row_id), max_length=MAX_NAME_LENGTH
        )
        await interaction.response.send_modal(form)


async def _name(model_id: int, interaction: Interaction, name: str) -> None:
    require_manager(interaction)
    registry, guild = interaction.client.app.registry, guild_id(interaction)
    model = await registry.numbered(guild, model_id)
    await interaction.response.send_message(renamed(await registry.rename(guild, model.model, name)), ephemeral=True)


class TellJokeButton(RowButton, custom_id="tell-joke"):
    """Asks for a scenario, and tells a joke with this model."""

    label, emoji, style = "Tell a joke", "🎭", discord.ButtonStyle.primary

    async def press(self, interaction: Interaction) -> None:
        form = TextForm(
            cards.JOKE_FORM,
            cards.JOKE_LABEL,
            cards.JOKE_HINT,
            partial(_tell, self.row_id),
            max_length=MAX_SCENARIO_LENGTH,
        )
        await interaction.response.send_modal(form)


async def _tell(model_id: int, interaction: Interaction, scenario: str) -> None:
    app, guild = interaction.client.app, guild_id(interaction)
    model = await app.registry.numbered(guild, model_id)
    await interaction.response.defer(thinking=True)
    joke = await app.jokes.tell(guild, interaction.user.id, scenario, model.model, channel_id=interaction.channel_id)
    await answer(interaction, joke_card(joke))


class WriteSloganButton(RowButton, custom_id="write-slogan"):
    """Asks for a description, and writes a slogan with this model."""

    label, emoji, style = "Write a slogan", "📣", discord.ButtonStyle.primary

    async def press(self, interaction: Interaction) -> None:
        form = TextForm(
            cards.SLOGAN_FORM,
            cards.SLOGAN_LABEL,
            cards.SLOGAN_HINT,
            partial(_write, self.row_id),
            max_length=MAX_SCENARIO_LENGTH,
        )
        await interaction.response.send_modal(form)


async def _write(model_id: int, interaction: Interaction, description: str) -> None:
    app, guild = interaction.client.app, guild_id(interaction)
    model = await app.registry.numbered(guild, model_id)
    await interaction.response.defer(thinking=True)
    request, place = SloganRequest(description, model=model.model), interaction.channel_id
    await answer(
        interaction, slogan_card(await app.slogans.write(guild, interaction.user.id, request, channel_id=place))
    )


def switched(model: RegisteredModel | None, kind: str, *, unarchived: bool = False) -> str:
    """What is said after a switch, for the base (None) of this kind."""
    kind = model.kind if model else kind
    return texts.SWITCHED[kind].format(model=called(model, kind), unarchived=texts.UNARCHIVED if unarchived else "")


def rolled_back(done: Rollback) -> str:
    """What is said after a rollback."""
    gone = done.left is not None and done.left.lost_at is not None
    left = called(done.left, done.kind)
    again = "" if gone else texts.ROLL_BACK_AGAIN[done.kind].format(left=left)
    return texts.ROLLED_BACK.format(left=left, model=called(done.model, done.kind), again=again)


def renamed(model: RegisteredModel) -> str:
    """What is said after a model got a name."""
    return texts.RENAMED_TO.format(name=called(model, model.kind))


BUTTONS = (UseModelButton, UseCheckpointButton, RollBackButton, NameModelButton, TellJokeButton, WriteSloganButton)
