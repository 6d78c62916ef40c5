"""Every message for people: the texts of `bot.texts`, and the descriptions of commands, which Discord shows."""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import discord
from discord import app_commands
from pydantic import SecretStr

import bot.texts
from bot.app import open_app
from bot.client import COMMANDS, EXTENSIONS, CommandTexts, PunchlineBot
from bot.settings import Settings
from bot.texts.template import Plural, Text
from cogs.ui.answers import explain


@dataclass(frozen=True)
class Message:
    """One entry of a catalogue: `english` has two forms where it is a plural. `file` and `name` say where it stands."""

    english: tuple[str, ...]
    context: str
    file: str
    name: str


async def all_messages() -> tuple[Message, ...]:
    """The messages of all texts and commands, each once, in the order of the files."""
    found = {(one.english, one.context): one for one in [*_texts(), *[one async for one in _commands()]][::-1]}
    return tuple(reversed(found.values()))


def constants() -> Iterator[tuple[str, str, object]]:
    """What stands in the modules of `bot.texts`: each constant with its file and its name."""
    for module in sorted(one.name for one in pkgutil.iter_modules(bot.texts.__path__)):
        loaded = importlib.import_module(f"bot.texts.{module}")
        for name, value in vars(loaded).items():
            if name.isupper():
                yield f"bot/texts/{module}.py", name, value


def parts(value: object) -> Iterator[object]:
    """A constant, or what it holds."""
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for part in value:
            yield from parts(part)
    else:
        yield value


def _texts() -> Iterator[Message]:
    for file, name, value in constants():
        for part in parts(value):
            if isinstance(part, Plural):
                yield Message((part.one, part.many), "", file, name)
            elif isinstance(part, Text) and part.english:
                yield Message((part.english,), part.context, file, name)


class _Recorder(CommandTexts):
    """Notes what is translated for Discord."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}

    async def translate(
        self, string: app_commands.locale_str, _locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        if self.is_translated(context):
            place = getattr(context.data, "qualified_name", None) or getattr(context.data, "name", "")
            self.seen.setdefault(string.message, f"{context.location.name} {place}")
        return None


async def _commands() -> AsyncIterator[Message]:
    """What the commands say of themselves, by loading all of them into a bot that never logs in."""
    recorder = _Recorder()
    with TemporaryDirectory() as folder:
        values = {
            "discord_token": SecretStr("unused"),
            "openai_api_key": SecretStr("unused"),
            "database_url": f"sqlite:///{Path(folder) / 'unused.db'}",
        }
        async with open_app(Settings.model_validate(values)) as app, PunchlineBot(app, explain) as loaded:
            for extension in EXTENSIONS:
                await loaded.load_extension(extension)
            for command in loaded.tree.get_commands():
                await command.get_translated_payload(loaded.tree, recorder)
            for menu in (discord.AppCommandType.user, discord.AppCommandType.message):
                for entry in loaded.tree.get_commands(type=menu):
                    await entry.get_translated_payload(loaded.tree, recorder)
    for english, place in sorted(recorder.seen.items(), key=lambda one: one[1]):
        yield Message((english,), COMMANDS, "cogs", place)
