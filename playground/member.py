"""What a person does in the simulated Discord, and what they then read: commands, buttons, embeds, attached files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import discord
import simcord


class UnexpectedAnswerError(Exception):
    """The bot answered something else than the story needs; the text is what it said."""


@dataclass(frozen=True)
class Answer:
    """A message of the bot, with one embed."""

    message: simcord.ResponseMessage
    embed: discord.Embed

    @property
    def title(self) -> str:
        return self.embed.title or ""

    @property
    def text(self) -> str:
        return self.embed.description or ""

    @property
    def footer(self) -> str:
        return self.embed.footer.text or ""


async def ask(who: simcord.MemberActor, where: simcord.ChannelHandle, command: str, **options: Any) -> Answer:
    """Run a slash command. Raises `UnexpectedAnswerError` where the answer is no embed."""
    return _read(await who.slash(where, command, **options))


async def press(who: simcord.MemberActor, answer: Answer, label: str) -> Answer | None:
    """Press a button under an answer; returns the new message if there is one."""
    result = await who.click(answer.message, label=label)
    fresh = result.response is not None and result.response.id != answer.message.id
    return _read(result) if fresh else None


async def completion(who: simcord.MemberActor, answer: Answer) -> Mapping[str, Any]:
    """The whole completion behind a joke or slogan, from the file under *Details*."""
    details = await press(who, answer, "Details")
    if details is None or not details.message.attachments:
        raise UnexpectedAnswerError("Details came without a file.")
    whole: Mapping[str, Any] = json.loads(await details.message.attachments[0].read())
    return whole


async def picture(who: simcord.MemberActor, answer: Answer, label: str) -> tuple[bytes, str]:
    """Press a button that posts a picture: its file, and its alt text. Raises `UnexpectedAnswerError` where there is none."""
    result = await who.click(answer.message, label=label)
    if result.response is None or not result.response.attachments:
        said = [reply.content for reply in (result.response, *result.followups) if reply]
        raise UnexpectedAnswerError(" ".join(said) or "The bot posted no picture.")
    (file,) = result.response.attachments
    return await file.read(), file.description or ""


def _read(result: simcord.InteractionResult) -> Answer:
    message = result.response
    if message is None or not message.embeds:
        said = [reply.content for reply in (message, *result.followups) if reply]
        raise UnexpectedAnswerError(" ".join(said) or "The bot did not answer.")
    return Answer(message, message.embeds[0])
