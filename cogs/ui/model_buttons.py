"""Buttons for a new model: use it or a checkpoint, name it, roll back, try it."""

from functools import partial
from typing import ClassVar

import discord

from bot.registry.service import MAX_NAME_LENGTH, Rollback
from bot.slogans import SloganRequest
from bot.store.models import RegisteredModel
from bot.texts import buttons, cards
from bot.texts import models as texts
from bot.texts.template import Text
from cogs.ui.admin import require_manager
from cogs.ui.buttons import Interaction, RowButton, guild_id
from cogs.ui.forms import TextForm
from cogs.ui.joke_card import joke_card
from cogs.ui.message import Rendered, answer
from cogs.ui.models import called
from cogs.ui.slogan_card import slogan_card

MAX_SCENARIO_LENGTH = 300


class UseModelButton(RowButton, custom_id="use-model"):
    """Makes a model the active one."""

    label, emoji, style, managers_only = buttons.USE, "✅", discord.ButtonStyle.success, True

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
    """Switches back from a model to the previous one."""

    label, emoji, managers_only = buttons.ROLL_BACK, "↩️", True

    async def press(self, interaction: Interaction) -> None:
        registry = interaction.client.app.registry
        done = await registry.roll_back(guild_id(interaction), interaction.user.id, leaving=self.row_id)
        await interaction.response.send_message(rolled_back(done))


class NameModelButton(RowButton, custom_id="name-model"):
    """Gives a model a name of the guild's own."""

    label, emoji, managers_only = buttons.NAME, "🏷️", True

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


class AskModelButton(RowButton, custom_id="ask-model"):
    """Asks for a text, and answers it with this model."""

    style = discord.ButtonStyle.primary
    form: ClassVar[tuple[Text, Text, Text]]  # its title, the field's label and an example

    async def press(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(TextForm(*self.form, self._submit, max_length=MAX_SCENARIO_LENGTH))

    async def _submit(self, interaction: Interaction, text: str) -> None:
        model = await interaction.client.app.registry.numbered(guild_id(interaction), self.row_id)
        await interaction.response.defer(thinking=True)
        await answer(interaction, await self.answered(interaction, model, text))

    async def answered(self, interaction: Interaction, model: RegisteredModel, text: str) -> Rendered:
        """The model's answer."""
        raise NotImplementedError


class TellJokeButton(AskModelButton, custom_id="tell-joke"):
    """Asks for a scenario, and tells a joke with this model."""

    label, emoji, command = buttons.TELL_JOKE, "🎭", "joke"
    form = (cards.JOKE_FORM, cards.JOKE_LABEL, cards.JOKE_HINT)

    async def answered(self, interaction: Interaction, model: RegisteredModel, text: str) -> Rendered:
        guild, user, place = guild_id(interaction), interaction.user.id, interaction.channel_id
        return joke_card(await interaction.client.app.jokes.tell(guild, user, text, model.model, channel_id=place))


class WriteSloganButton(AskModelButton, custom_id="write-slogan"):
    """Asks for a description, and writes a slogan with this model."""

    label, emoji, command = buttons.WRITE_SLOGAN, "📣", "slogan"
    form = (cards.SLOGAN_FORM, cards.SLOGAN_LABEL, cards.SLOGAN_HINT)

    async def answered(self, interaction: Interaction, model: RegisteredModel, text: str) -> Rendered:
        guild, user, place = guild_id(interaction), interaction.user.id, interaction.channel_id
        request = SloganRequest(text, model=model.model)
        return slogan_card(await interaction.client.app.slogans.write(guild, user, request, channel_id=place))


def switched(model: RegisteredModel | None, kind: str, *, unarchived: bool = False) -> str:
    """The reply after a switch to a model, or to the base (None) for this kind."""
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
