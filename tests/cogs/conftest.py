"""A simulated Discord around the real bot, a real database file, and a model server on loopback."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import discord
import pytest
from pydantic import SecretStr
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.app import App, open_app
from bot.client import PunchlineBot
from bot.outbox import BETWEEN_EDITS, Outbox
from bot.settings import Settings
from cogs.delivery import DiscordSender
from cogs.ui.answers import explain
from tests.cogs.sent import faults, messages
from tests.wire.model_server import FakeModelServer


class Watch:
    """The time as the bot sees it; it stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def after(self, seconds: float) -> int:
        """The Unix time so many seconds from now."""
        return int((self.now + timedelta(seconds=seconds)).timestamp())


@dataclass(frozen=True)
class Background:
    """What the bot does without being asked, a round at a time."""

    app: App
    outbox: Outbox
    clock: Watch

    async def track(self) -> None:
        """Follow jobs, and deliver what is new."""
        self._pass()
        await self.app.tracker.round()
        await self.outbox.round()

    async def report(self) -> None:
        """Write reports, and deliver them."""
        self._pass()
        await self.app.reporter.round()
        await self.outbox.round()

    async def deliver(self) -> None:
        """Deliver what waits."""
        self._pass()
        await self.outbox.round()

    def _pass(self) -> None:
        """The pause between two edits of one message is over."""
        self.clock.now += BETWEEN_EDITS


@dataclass(frozen=True)
class Place:
    """A server with one channel, somebody who manages it, and somebody who does not."""

    guild: GuildHandle
    channel: ChannelHandle
    admin: MemberActor
    member: MemberActor


@pytest.fixture
async def server() -> AsyncIterator[FakeModelServer]:
    async with FakeModelServer() as server:
        yield server


@pytest.fixture
def settings(server: FakeModelServer, tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {
            "discord_token": SecretStr("token"),
            "openai_api_key": SecretStr("key"),
            "openai_base_url": server.url,
            "database_url": f"sqlite:///{tmp_path / 'punchline.db'}",
            "finetune_base_url": None,
            "chat_model": "gpt-6-luna",
            "embedding_model": "text-embedding-3-small",
            "finetune_model": "gpt-4.1-mini-2025-04-14",
            "request_timeout": 30,
        }
    )


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
async def app(settings: Settings, clock: Watch) -> AsyncIterator[App]:
    async with open_app(settings, clock) as app:
        yield app


@pytest.fixture
def new_bot() -> Callable[[App], PunchlineBot]:
    """A bot as a fresh process would build it."""

    def build(app: App) -> PunchlineBot:
        bot = PunchlineBot(app, explain)
        bot.shard_count = 1  # Discord tells it; the simulator wants to know beforehand
        return bot

    return build


@pytest.fixture
def simcord_bot(app: App, new_bot: Callable[[App], PunchlineBot]) -> PunchlineBot:
    return new_bot(app)


@pytest.fixture
def background(app: App, clock: Watch, simcord_bot: PunchlineBot) -> Background:
    return Background(app, Outbox(app.database, DiscordSender(simcord_bot), clock), clock)


@pytest.fixture
def env(simcord_env: Env) -> Iterator[Env]:
    """The simulated Discord. Whatever a test is about, all that it makes the bot send must be harmless."""
    # A chart is drawn by a process, which takes its time on a busy machine; more than the 30 s after which a request to the
    # model server gives up, and the simulator would wait for those in real time.
    simcord_env.settle_timeout = 20
    yield simcord_env
    assert [fault for body in messages(simcord_env.http_requests) for fault in faults(body)] == []


@pytest.fixture
def home(env: Env) -> Place:
    return _place(env, "Punsters")


@pytest.fixture
def elsewhere(env: Env) -> Place:
    return _place(env, "Strangers")


@pytest.fixture
def channel(home: Place) -> ChannelHandle:
    return home.channel


@pytest.fixture
def admin(home: Place) -> MemberActor:
    return home.admin


@pytest.fixture
def member(home: Place) -> MemberActor:
    return home.member


def _place(env: Env, name: str) -> Place:
    guild = env.create_guild(name)
    managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    admin = guild.add_member(env.create_user(f"admin-of-{name}"), roles=[managers])
    member = guild.add_member(env.create_user(f"member-of-{name}"))
    return Place(guild, guild.create_text_channel("jokes"), admin, member)
