"""What is registered with Discord: every command, its options, and who may see it."""

from collections.abc import Iterator
from typing import Any

import discord
import pytest
from simcord import Env, MemberActor

from bot.app import App
from bot.texts.common import NO_RIGHTS
from tests.cogs.conftest import Place
from tests.cogs.seen import buttons, public, refusal, rows, training_file

SLASH, ON_MESSAGES = 1, 3
STRING, INTEGER, BOOLEAN, CHANNEL, ROLE, NUMBER, FILE = 3, 4, 5, 7, 8, 10, 11
# Command: its options as (name, type, required, least, most), in the order that Discord shows.
COMMANDS: dict[str, list[tuple[Any, ...]]] = {
    "slogan": [
        ("description", STRING, False, 1, 500),
        ("voice", FILE, False, None, None),
        ("count", INTEGER, False, 1, 5),
        ("temperature", NUMBER, False, 0, 2),
        ("style", STRING, False, 1, 100),
        ("model", STRING, False, 1, 100),
    ],
    "joke": [
        ("scenario", STRING, False, 1, 300),
        ("voice", FILE, False, None, None),
        ("model", STRING, False, 1, 100),
    ],
    "ask": [("question", STRING, True, 1, 300), ("private", BOOLEAN, False, None, None)],
    "similarity compare": [("first", STRING, True, 1, 1000), ("second", STRING, True, 1, 1000)],
    "similarity rank": [("text", STRING, True, 1, 1000)],
    "similarity matrix": [],
    "similarity search": [("query", STRING, True, 1, 1000)],
    "similarity map": [("dataset", STRING, False, 1, 100)],
    "similarity classify": [("text", STRING, True, 1, 1000)],
    "labels add": [("name", STRING, True, 1, 100)],
    "labels list": [],
    "labels remove": [("name", STRING, True, None, None)],
    "dataset upload": [
        ("file", FILE, True, None, None),
        ("name", STRING, False, 1, 100),
        *((f"file{number}", FILE, False, None, None) for number in (2, 3, 4, 5)),
        ("kind", STRING, False, None, None),
    ],
    "dataset new": [
        ("name", STRING, True, 1, 100),
        ("system", STRING, False, 1, 2000),
        ("kind", STRING, False, None, None),
    ],
    "dataset laughter": [
        ("name", STRING, True, 1, 100),
        ("votes", INTEGER, False, 1, 100),
        ("percent", INTEGER, False, 1, 100),
        ("kind", STRING, False, None, None),
    ],
    "dataset preferences": [
        ("name", STRING, True, 1, 100),
        ("votes", INTEGER, False, 1, 100),
        ("percent", INTEGER, False, 51, 100),
        ("kind", STRING, False, None, None),
    ],
    "dataset add": [("draft", STRING, True, 1, 100)],
    "dataset review": [("draft", STRING, True, 1, 100)],
    "dataset queue": [],
    "dataset list": [],
    "dataset show": [("name", STRING, True, None, None)],
    "dataset check": [("name", STRING, True, None, None)],
    "dataset split": [
        ("name", STRING, True, None, None),
        ("share", INTEGER, False, 5, 50),
        ("seed", INTEGER, False, 0, 2**31 - 1),
    ],
    "dataset export": [("name", STRING, True, None, None)],
    "dataset remove": [("name", STRING, True, None, None)],
    "finetune launch": [
        ("dataset", STRING, True, None, None),
        ("base_model", STRING, False, 1, 100),
        ("epochs", INTEGER, False, 1, 50),
        ("suffix", STRING, False, 1, 40),
    ],
    "finetune status": [("job", INTEGER, False, None, None)],
    "finetune list": [],
    "finetune cancel": [("job", INTEGER, True, None, None)],
    "finetune pause": [("job", INTEGER, True, None, None)],
    "finetune resume": [("job", INTEGER, True, None, None)],
    "finetune checkpoints": [("job", INTEGER, True, None, None), ("use", INTEGER, False, 0, None)],
    "finetune events": [("job", INTEGER, False, None, None)],
    "finetune chart": [("job", INTEGER, False, None, None)],
    "finetune report": [("job", INTEGER, False, None, None)],
    "models list": [],
    "models use": [("model", STRING, True, None, None), ("kind", STRING, False, None, None)],
    "models rollback": [("kind", STRING, False, None, None)],
    "models rename": [("model", STRING, True, None, None), ("name", STRING, True, 1, 40)],
    "models archive": [("model", STRING, True, None, None)],
    "models compare": [
        ("scenario", STRING, True, 1, 300),
        ("model1", STRING, True, None, None),
        ("model2", STRING, False, None, None),
        ("model3", STRING, False, None, None),
        ("model4", STRING, False, None, None),
    ],
    "contribute": [],
    "contributions": [],
    "privacy": [],
    "export-me": [],
    "forget-me": [("everywhere", BOOLEAN, False, None, None)],
    "prompt add": [("kind", STRING, True, None, None), ("name", STRING, True, 1, 100)],
    "prompt list": [],
    "prompt use": [("prompt", STRING, True, None, None), ("kind", STRING, False, None, None)],
    "prompt compare": [
        ("scenario", STRING, True, 1, 300),
        ("a", STRING, True, None, None),
        ("b", STRING, True, None, None),
        ("c", STRING, False, None, None),
        ("kind", STRING, False, None, None),
    ],
    "top": [("period", STRING, False, None, None)],
    **{f"usage {name}": [("period", STRING, False, None, None)] for name in ("me", "server", "models", "export")},
    "arena play": [("scenario", STRING, False, 1, 300), ("kind", STRING, False, None, None)],
    "arena ranking": [("kind", STRING, False, None, None)],
    "arena start": [("votes", INTEGER, False, 1, 100), ("minutes", INTEGER, False, 1, 10_080)],
    "arena stop": [],
    "arena add": [("model", STRING, True, None, None), ("kind", STRING, False, None, None)],
    "arena remove": [("model", STRING, True, None, None), ("kind", STRING, False, None, None)],
    "arena promote": [("kind", STRING, False, None, None)],
    "moderation show": [],
    "moderation level": [("level", STRING, True, None, None)],
    "moderation alerts": [("channel", CHANNEL, False, None, None), ("clear", BOOLEAN, False, None, None)],
    "moderation bypass": [("role", ROLE, True, None, None), ("remove", BOOLEAN, False, None, None)],
    "moderation block": [("word", STRING, True, 1, 60)],
    "moderation unblock": [("word", STRING, True, 1, 60)],
    "moderation words": [],
    "settings show": [],
    "settings cap": [("amount", NUMBER, False, 0, 100_000), ("lift", BOOLEAN, False, None, None)],
    "settings digest": [("channel", CHANNEL, False, None, None), ("clear", BOOLEAN, False, None, None)],
    "settings channel": [("channel", CHANNEL, False, None, None), ("clear", BOOLEAN, False, None, None)],
    "settings language": [("language", STRING, False, None, None), ("clear", BOOLEAN, False, None, None)],
    "settings contributions": [("draft", STRING, False, 1, 100), ("clear", BOOLEAN, False, None, None)],
    "limits show": [],
    "limits set": [
        ("scope", STRING, True, None, None),
        ("role", ROLE, False, None, None),
        ("cooldown", INTEGER, False, 0, 86_400),
        ("daily_answers", INTEGER, False, 0, 1_000_000),
        ("monthly_answers", INTEGER, False, 0, 1_000_000),
        ("daily_dollars", NUMBER, False, 0, 100_000),
        ("monthly_dollars", NUMBER, False, 0, 100_000),
    ],
    "limits clear": [("scope", STRING, True, None, None), ("role", ROLE, False, None, None)],
    "limits exempt": [("role", ROLE, True, None, None), ("remove", BOOLEAN, False, None, None)],
    "limits allow": [
        ("command", STRING, True, None, None),
        ("channel", CHANNEL, False, None, None),
        ("role", ROLE, False, None, None),
    ],
    "limits open": [("command", STRING, True, None, None)],
}
COMPLETED = {"joke model", "slogan model", "dataset show name", "finetune launch dataset", "finetune launch base_model"}
COMPLETED |= {"finetune status job", "finetune cancel job", "models use model"}
COMPLETED |= {"finetune pause job", "finetune resume job", "finetune checkpoints job"}
COMPLETED |= {"finetune events job", "finetune chart job", "finetune report job"}
COMPLETED |= {"models rename model", "models archive model", *(f"models compare model{n}" for n in (1, 2, 3, 4))}
COMPLETED |= {f"dataset {command} name" for command in ("check", "split", "export", "remove")}
COMPLETED |= {"similarity map dataset", "labels remove name", "dataset add draft", "dataset review draft"}
COMPLETED |= {"arena add model", "arena remove model", "settings contributions draft"}
COMPLETED |= {"arena add model", "arena remove model", "prompt add name", "prompt use prompt"}
COMPLETED |= {f"prompt compare {option}" for option in "abc"}
COMPLETED |= {"moderation unblock word"}
MENUS = {"Compare with my last text", "Find similar", "Joke about this"}  # on messages
OPEN = {"slogan", "joke", "ask", "similarity", "arena", "top", "contribute", "contributions"}
OPEN |= {"privacy", "export-me", "forget-me", "usage"}
ADMIN = {"dataset", "finetune", "models", "prompt", "settings", "labels", "limits", "moderation"}
ADMIN_CALLS: dict[str, dict[str, Any]] = {
    "dataset upload": {"file": ("jokes.jsonl", training_file())},
    "dataset new": {"name": "mine"},
    "dataset laughter": {"name": "best"},
    "dataset preferences": {"name": "taste"},
    "dataset add": {"draft": "mine"},
    "dataset review": {"draft": "mine"},
    "dataset queue": {},
    "dataset list": {},
    "dataset show": {"name": "jokes"},
    "dataset check": {"name": "jokes"},
    "dataset split": {"name": "jokes"},
    "dataset export": {"name": "jokes"},
    "dataset remove": {"name": "jokes"},
    "finetune launch": {"dataset": "jokes"},
    "finetune status": {},
    "finetune list": {},
    "finetune cancel": {"job": 1},
    "finetune pause": {"job": 1},
    "finetune resume": {"job": 1},
    "finetune checkpoints": {"job": 1},
    "finetune events": {},
    "finetune chart": {},
    "finetune report": {},
    "arena start": {},
    "arena stop": {},
    "arena add": {"model": "base"},
    "arena remove": {"model": "base"},
    "arena promote": {},
    "usage server": {},
    "usage models": {},
    "usage export": {},
    "models list": {},
    "models use": {"model": "base"},
    "moderation show": {},
    "moderation level": {"level": "off"},
    "moderation alerts": {},
    "moderation block": {"word": "duck"},
    "moderation unblock": {"word": "duck"},
    "moderation words": {},
    "settings show": {},
    "settings cap": {"amount": 5},
    "settings channel": {},
    "settings digest": {},
    "settings language": {},
    "settings contributions": {},
    "limits show": {},
    "limits set": {"scope": "member", "daily_answers": 5},
    "limits clear": {"scope": "member"},
    "limits allow": {"command": "joke"},
    "limits open": {"command": "joke"},
    "labels add": {"name": "puns"},
    "labels list": {},
    "labels remove": {"name": "puns"},
    "models rollback": {},
    "models rename": {"model": "ft:mine", "name": "Ducks"},
    "models archive": {"model": "ft:mine"},
    "models compare": {"scenario": "A duck", "model1": "base"},
    "prompt add": {"kind": "joke", "name": "dry"},
    "prompt list": {},
    "prompt use": {"prompt": "shipped"},
    "prompt compare": {"scenario": "A duck", "a": "shipped", "b": "shipped"},
}


@pytest.fixture
def registered(env: Env) -> list[dict[str, Any]]:
    """The commands as Discord was told them, without those on messages."""
    return [command for command in synced(env) if command["type"] == SLASH]


def synced(env: Env) -> list[dict[str, Any]]:
    (sync,) = [request for request in env.http_requests if request.method == "PUT"]
    assert isinstance(sync.json, list)
    return sync.json


def test_three_commands_are_offered_to_everybody_on_messages_in_servers(env: Env) -> None:
    menus = [command for command in synced(env) if command["type"] != SLASH]
    assert {(menu["name"], menu["type"]) for menu in menus} == {(name, ON_MESSAGES) for name in MENUS}
    asked = [(menu["contexts"], menu["integration_types"], menu["default_member_permissions"]) for menu in menus]
    assert asked == [([0], [0], None)] * len(MENUS)


def leaves(commands: list[dict[str, Any]], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for command in commands:
        below = [option for option in command.get("options", []) if option["type"] <= 2]
        name = f"{prefix}{command['name']}"
        if below:
            yield from leaves(below, f"{name} ")
        else:
            yield name, command


def shape(option: dict[str, Any]) -> tuple[Any, ...]:
    least = option.get("min_length", option.get("min_value"))
    most = option.get("max_length", option.get("max_value"))
    return (option["name"], option["type"], option["required"], least, most)


def test_the_commands_and_options_are_exactly_these(registered: list[dict[str, Any]]) -> None:
    assert {name: [shape(option) for option in leaf["options"]] for name, leaf in leaves(registered)} == COMMANDS


def test_datasets_jobs_and_models_complete_themselves(registered: list[dict[str, Any]]) -> None:
    options = {f"{name} {option['name']}": option for name, leaf in leaves(registered) for option in leaf["options"]}
    assert {name for name, option in options.items() if option.get("autocomplete")} == COMPLETED


def test_every_command_and_option_is_described_as_discord_allows(registered: list[dict[str, Any]]) -> None:
    described = [*registered, *(leaf for _, leaf in leaves(registered))]
    described += [option for _, leaf in leaves(registered) for option in leaf["options"]]
    assert [item["name"] for item in described if not 3 < len(item["description"]) <= 100] == []
    assert all(len(item["name"]) <= 32 for item in described)


def test_all_are_for_servers_only_and_admin_groups_for_those_who_manage_one(registered: list[dict[str, Any]]) -> None:
    assert all((command["contexts"], command["integration_types"]) == ([0], [0]) for command in registered)
    asked = {command["name"]: command["default_member_permissions"] for command in registered}
    manage = discord.Permissions(manage_guild=True).value
    assert asked == {**dict.fromkeys(OPEN), **dict.fromkeys(ADMIN, manage)}


def test_a_member_is_offered_no_admin_command(home: Place) -> None:
    offered = {name.split()[0] for name in home.member.available_commands(home.channel)}
    assert offered - {name.split()[0] for name in MENUS} == OPEN
    assert {name.split()[0] for name in home.admin.available_commands(home.channel)} >= OPEN | ADMIN


@pytest.fixture
async def let_in(env: Env, home: Place) -> MemberActor:
    """A member whom the server's own settings let use every command."""
    for command in await env.bot.tree.fetch_commands():  # type: ignore[attr-defined]  # a commands.Bot
        home.guild.set_command_permissions(command, {home.member: True})
    return home.member


@pytest.mark.parametrize("command", ADMIN_CALLS)
async def test_a_member_whom_the_server_lets_see_an_admin_command_gets_a_plain_no(
    app: App, env: Env, home: Place, let_in: MemberActor, command: str
) -> None:
    result = await let_in.slash(home.channel, command, **ADMIN_CALLS[command])
    assert refusal(env, result) == str(NO_RIGHTS) == "You need the Manage Server permission for this."
    for table in ("datasets", "quotes", "jobs", "activations", "prompts", "prompt_uses"):
        assert await rows(app, table) == []
    assert public(home.channel) == []


@pytest.mark.parametrize("label", ["Launch", "Cancel"])
async def test_a_member_cannot_take_or_leave_an_admins_quote(app: App, env: Env, home: Place, label: str) -> None:
    await home.admin.slash(home.channel, "dataset upload", file=("jokes.jsonl", training_file()))
    await home.admin.slash(home.channel, "finetune launch", dataset="jokes")
    quote = home.channel.last_message
    assert quote is not None
    assert refusal(env, await home.member.click(quote, label=label)) == str(NO_RIGHTS)
    assert await rows(app, "jobs") == []
    assert buttons(home.channel.history()[1]) == [("🚀 Launch", "launch:1"), ("Cancel", "decline:1")]
