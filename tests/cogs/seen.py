"""What people see and what is kept, in forms that tests compare."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import discord
from simcord import ChannelHandle, Env, InteractionResult, ResponseMessage

from bot.app import App

Message = discord.Message | ResponseMessage


class Card(NamedTuple):
    """An embed."""

    title: str | None
    text: str | None
    footer: str | None = None
    fields: Mapping[str, str] = {}


def answer(result: InteractionResult) -> ResponseMessage:
    """The message that an interaction was answered with."""
    assert result.response is not None
    return result.response


def card(message: Message | None) -> Card:
    """The one embed of a message."""
    assert message is not None
    (embed,) = message.embeds
    fields = {field.name or "": field.value or "" for field in embed.fields}
    return Card(embed.title, embed.description, embed.footer.text, fields)


def public_card(result: InteractionResult) -> Card:
    """The one embed of an answer that everybody reads."""
    assert not answer(result).ephemeral
    return card(answer(result))


def private_card(result: InteractionResult) -> Card:
    """The one embed of an answer that only the one who asked reads."""
    assert answer(result).ephemeral
    return card(answer(result))


def buttons(message: Message | None) -> list[tuple[str, str]]:
    """What stands on each button, and its id."""
    assert message is not None
    rows = [row if isinstance(row, dict) else row.to_dict() for row in message.components]
    return [(_face(button), button["custom_id"]) for row in rows for button in dict(row)["components"]]


def _face(button: dict[str, Any]) -> str:
    return " ".join(filter(None, ((button.get("emoji") or {}).get("name"), button.get("label"))))


def refusal(env: Env, result: InteractionResult) -> str:
    """The one private text that a failed interaction was answered with."""
    assert isinstance(env.errors, list)  # read, so that the simulator does not count them as overlooked
    (said,) = result.followups or [answer(result)]
    assert said.ephemeral
    assert said.embeds == []
    return said.content


def public(channel: ChannelHandle) -> list[discord.Message]:
    """What stays in the channel for everybody."""
    return [message for message in channel.history() if not message.flags.ephemeral]


def texts_sent(env: Env) -> list[dict[str, Any]]:
    """Every message that the bot wrote or edited, as Discord was told it."""
    bodies = [request.json for request in env.http_requests if request.method in ("POST", "PATCH")]
    said = [body.get("data") or body for body in bodies if isinstance(body, dict)]
    return [body for body in said if body.get("content") or body.get("embeds")]


async def rows(app: App, table: str) -> list[dict[str, Any]]:
    """What a table holds, oldest first."""
    found = await app.database.fetch_all(f"SELECT * FROM {table} ORDER BY rowid")  # noqa: S608 - names from tests
    return [dict(row) for row in found]


def names(choices: Sequence[dict[str, Any]]) -> list[str]:
    """What an autocomplete offers."""
    return [choice["name"] for choice in choices]


def example(scenario: str, joke: str | None, system: str = "Tell a joke.") -> bytes:
    """One line of a training file."""
    turns = [("system", system), ("user", scenario), ("assistant", joke)]
    return json.dumps({"messages": [{"role": role, "content": text} for role, text in turns]}).encode()


def training_file(count: int = 12, joke: str = "It quacked. Haha") -> bytes:
    """Examples enough to train on."""
    return b"\n".join(example(f"A duck, take {number:02}", joke) for number in range(1, count + 1)) + b"\n"
