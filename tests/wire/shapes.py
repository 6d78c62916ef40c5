"""What Discord sends, in the fewest fields that discord.py reads."""

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

APPLICATION_ID = 1_000_000_000_000_000_001
BOT_ID = 1_000_000_000_000_000_002
OWNER_ID = 1_000_000_000_000_000_003
MEMBER_ID = 1_000_000_000_000_000_004
MEMBER, MANAGE_GUILD, ADMINISTRATOR = 1 << 11, 1 << 5, 1 << 3  # a plain member may send messages
EPHEMERAL, LOADING = 1 << 6, 1 << 7
_EPOCH_MS = 1_420_070_400_000
_increments = itertools.count()


def snowflake() -> int:
    """A fresh id that carries the present time, as Discord's do: discord.py reads a token's age from it."""
    return (int(time.time() * 1000) - _EPOCH_MS) << 22 | next(_increments) & 0x3FFFFF


@dataclass(frozen=True)
class Guild:
    """A server with one text channel, and with as many further ones and roles as wanted; their ids come after its own."""

    id: int = 2_000_000_000_000_000_001
    name: str = "Punsters"
    channel_id: int = 2_000_000_000_000_000_002
    channel_name: str = "jokes"
    members: int = 3
    denied: int = 0  # what everybody may not do in the channel
    more_channels: int = 0
    more_roles: int = 0


@dataclass(frozen=True)
class Upload:
    """A file that someone attached, or that the bot sent."""

    filename: str
    data: bytes
    content_type: str = "application/octet-stream"
    id: int = field(default_factory=snowflake)


def user(user_id: int, *, name: str = "", bot: bool = False) -> Json:
    shown = name or f"member-{user_id % 1000}"
    return {
        "id": str(user_id),
        "username": shown,
        "discriminator": "0",
        "global_name": shown,
        "avatar": None,
        "bot": bot,
    }


BOT_USER = user(BOT_ID, name="punchline", bot=True)
APPLICATION: Json = {
    "id": str(APPLICATION_ID),
    "name": "punchline",
    "description": "",
    "icon": None,
    "flags": 0,
    "bot_public": True,
    "bot_require_code_grant": False,
    "verify_key": "0" * 64,
    "owner": user(OWNER_ID, name="owner"),
}


def member(user_id: int, permissions: int) -> Json:
    return {
        "user": user(user_id),
        "nick": None,
        "avatar": None,
        "roles": [],
        "joined_at": "2024-01-01T00:00:00+00:00",
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "permissions": str(permissions),
    }


def channel(guild: Guild) -> Json:
    return _channel(guild, guild.channel_id, guild.channel_name)


def _channels(guild: Guild) -> list[Json]:
    """All of them, as communities have them: a category, then text channels with a topic, of which one in three has rules for a role."""
    category = guild.channel_id + guild.more_channels
    found = [channel(guild)]
    for number in range(1, guild.more_channels):
        one = _channel(guild, guild.channel_id + number, f"talk-about-{number}")
        rules = [
            {"id": str(guild.id + 1 + number % max(1, guild.more_roles)), "type": 0, "allow": "1024", "deny": "2048"}
        ]
        topic = f"Everything about number {number}. Please read the rules before you write here, and be kind."
        extra = [] if number % 3 else rules
        found.append(
            one
            | {"position": number, "topic": topic, "parent_id": str(category), "last_message_id": str(snowflake())}
            | {"permission_overwrites": one["permission_overwrites"] + extra}
        )
    if guild.more_channels:
        found.append(_channel(guild, category, "Talk") | {"type": 4})
    return found


def _channel(guild: Guild, channel_id: int, name: str) -> Json:
    return {
        "id": str(channel_id),
        "guild_id": str(guild.id),
        "type": 0,
        "name": name,
        "position": 0,
        "permission_overwrites": [{"id": str(guild.id), "type": 0, "allow": "0", "deny": str(guild.denied)}],
        "nsfw": False,
        "parent_id": None,
        "topic": None,
        "last_message_id": None,
        "rate_limit_per_user": 0,
        "permissions": str(MEMBER),
    }


def _role(everyone: Json, role_id: int) -> Json:
    number = role_id - int(everyone["id"])
    return {**everyone, "id": str(role_id), "name": f"Friends {number}", "position": number, "color": 0x3498DB}


def guild_create(guild: Guild) -> Json:
    everyone = {
        "id": str(guild.id),
        "name": "@everyone",
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": str(0x7FFFFFFF & ~ADMINISTRATOR),  # an administrator is denied nothing
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "owner_id": str(OWNER_ID),
        "member_count": guild.members,
        "unavailable": False,
        "large": False,
        "joined_at": "2024-01-01T00:00:00+00:00",
        "preferred_locale": "en-US",
        "features": [],
        "roles": [everyone, *(_role(everyone, guild.id + number) for number in range(1, guild.more_roles + 1))],
        "emojis": [],
        "stickers": [],
        "channels": _channels(guild),
        "threads": [],
        "members": [member(BOT_ID, 0) | {"user": BOT_USER}],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def message(channel_id: int, body: Json, attachments: Sequence[Json], *, kind: int = 0) -> Json:
    """A message of the bot's; `body` is what it sent."""
    return {
        "id": str(snowflake()),
        "channel_id": str(channel_id),
        "type": kind,
        "author": BOT_USER,
        "application_id": str(APPLICATION_ID),
        "timestamp": datetime.now(UTC).isoformat(),
        "edited_timestamp": None,
        "tts": False,
        "pinned": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "content": body.get("content") or "",
        "embeds": body.get("embeds") or [],
        "components": body.get("components") or [],
        "flags": body.get("flags") or 0,
        "attachments": list(attachments),
    }


def walk(components: Sequence[Json]) -> Iterator[Json]:
    """Every component in a message or a modal, the containers included."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        yield from walk([component[key] for key in ("component", "accessory") if component.get(key)])
