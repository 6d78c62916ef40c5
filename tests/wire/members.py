"""Members who use the bot as people do: each sends the next command after the last answer, and some cannot wait."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.wire.gateway import LoopbackDiscord
from tests.wire.interaction import Interaction, Kind
from tests.wire.shapes import MANAGE_GUILD, MEMBER, Guild, Json, walk

Random = random.Random
FIRST_MEMBER = 7_000
THINK_SECONDS = (0.0, 3.0)  # between reading an answer and the next command
TYPE_SECONDS = (1.0, 3.0)  # in a form
IMPATIENT = 0.15  # of the commands are followed by another at once
ANIMALS = ("duck", "goose", "cat", "robot", "penguin", "lawyer", "ghost", "baker", "pirate", "snail")
DEEDS = ("crosses the road", "learns to cook", "buys a boat", "meets a king", "loses its keys", "sings in the rain")
PLACES = ("in Paris", "at the dentist's", "on the moon", "in a lift", "at school", "on a Monday")


def scene(chance: Random) -> str:
    """One of some hundred, so that some come again."""
    return f"A {chance.choice(ANIMALS)} {chance.choice(DEEDS)} {chance.choice(PLACES)}"


def numbered(chance: Random) -> str:
    """One that nobody has asked about."""
    return f"{scene(chance)}, number {chance.randrange(10**9)}"


def lines(chance: Random) -> str:
    return "\n".join(numbered(chance) for _ in range(5))


Options = Callable[[Random], dict[str, Any]]
# How often of a hundred, and with what.
COMMANDS: dict[str, tuple[int, Options]] = {
    "joke": (27, lambda chance: {"scenario": scene(chance)}),
    "slogan": (10, lambda chance: {"description": f"A shop where {scene(chance)}", "count": chance.randint(1, 3)}),
    "similarity compare": (13, lambda chance: {"first": numbered(chance), "second": scene(chance)}),
    "similarity search": (3, lambda chance: {"query": scene(chance)}),
    "similarity rank": (2, lambda chance: {"text": numbered(chance)}),
    "similarity matrix": (1, lambda _chance: {}),
    "similarity map": (1, lambda _chance: {}),
    "ask": (11, lambda chance: {"question": f"Tell me about this: {scene(chance)}"}),
    "models compare": (5, lambda chance: {"scenario": scene(chance), "model1": "base"}),
    "top": (1, lambda _chance: {}),
    "privacy": (1, lambda _chance: {}),
    "export-me": (1, lambda _chance: {}),
    "usage me": (2, lambda _chance: {}),
}
BUTTONS = {"joke": 9, "funny": 6, "flat": 3, "details": 3, "like": 2}
ACTIONS = {**{path: often for path, (often, _) in COMMANDS.items()}, **{f"{name}:": n for name, n in BUTTONS.items()}}


class Member:
    """One of a server, with a mind of their own."""

    def __init__(self, discord: LoopbackDiscord, guild: Guild, number: int, told: deque[Json]) -> None:
        """`told` are the server's latest jokes, whose buttons all its members press."""
        self.sent: list[Interaction] = []
        self._discord = discord
        self._guild = guild
        self._id = FIRST_MEMBER + number
        self._told = told
        self._chance = random.Random(number)  # noqa: S311 - an order
        offered = {command["name"] for command in discord.record.commands}
        self._actions = {
            what: often for what, often in ACTIONS.items() if what[-1] == ":" or what.split()[0] in offered
        }

    async def take_part(self, commands: int) -> None:
        """Send so many; returns when each has been answered, or was waited for in vain."""
        await asyncio.sleep(self._chance.uniform(*THINK_SECONDS))
        open_ones: list[Interaction] = []
        for turn in range(commands):
            open_ones.append(await self._act())
            if turn + 1 == commands or self._chance.random() > IMPATIENT:
                for interaction in open_ones:
                    with suppress(TimeoutError):
                        await self._read(interaction)
                open_ones.clear()
                await asyncio.sleep(self._chance.uniform(*THINK_SECONDS))

    async def _act(self) -> Interaction:
        (what,) = self._chance.choices(list(self._actions), list(self._actions.values()))
        if what.endswith(":"):
            if not self._told:
                what = "joke"
            else:
                return await self._press(self._chance.choice(self._told), what)
        options = COMMANDS[what][1](self._chance)
        rights = MANAGE_GUILD if what.startswith("models") else MEMBER
        sending = self._discord.command(what, options, user_id=self._id, permissions=rights, guild=self._guild)
        return self._note(await sending)

    async def _press(self, message: Json, prefix: str) -> Interaction:
        ids = [one["custom_id"] for one in walk(message["components"]) if one.get("custom_id")]
        wanted = next(custom_id for custom_id in ids if custom_id.startswith(prefix))
        return self._note(await self._discord.press(message, wanted, user_id=self._id))

    async def _read(self, interaction: Interaction) -> None:
        shown = (await interaction.answered).message
        if (await interaction.acked).kind is Kind.MODAL:
            await asyncio.sleep(self._chance.uniform(*TYPE_SECONDS))
            form = await self._discord.submit(interaction, {"lines": lines(self._chance)})
            await self._note(form).answered
        elif any(str(one.get("custom_id")).startswith("funny:") for one in walk(shown.get("components") or [])):
            self._told.append(shown)

    def _note(self, interaction: Interaction) -> Interaction:
        self.sent.append(interaction)
        return interaction
