"""A hundred members who vote in ten open rounds at once, and a power cut in between."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.wire.conftest import TOKEN
from tests.wire.gateway import LoopbackDiscord
from tests.wire.interaction import Interaction
from tests.wire.model_server import FakeModelServer
from tests.wire.shapes import MANAGE_GUILD, Json
from tests.wire.stage import Stage

ROUNDS, MEMBERS, FIRST_MEMBER = 10, 100, 5_000
CHOICES = ("left", "right", "both-good", "both-bad", "skip")
VOTED = "You already voted in this round."


@pytest.fixture
def stage(discord: LoopbackDiscord, models: FakeModelServer, tmp_path: Path) -> Stage:
    models.jobs.plan = ("queued", "running", "succeeded")
    models.say = lambda asked: f"{asked['messages'][-1]['content']}, said {asked['model']}. Haha"
    return Stage(discord, models, tmp_path, TOKEN)


async def open_rounds(stage: Stage) -> list[Json]:
    """The messages of as many rounds between the server's model and the base."""
    await stage.launch()
    await stage.ends_with_a_model()
    started = await stage.discord.command("arena start", {"votes": MEMBERS}, permissions=MANAGE_GUILD)
    assert "2 contestants" in (await started.answered).text
    played = [
        await stage.discord.command("arena play", {"scenario": f"Scenario {n}"}, user_id=n) for n in range(ROUNDS)
    ]
    return [(await one.answered).message for one in played]


async def vote(discord: LoopbackDiscord, message: Json, member: int) -> Interaction:
    number = message["components"][0]["components"][0]["custom_id"].split(":")[1]
    choice = f"arena-{CHOICES[member % len(CHOICES)]}:{number}"
    return await discord.press(message, choice, user_id=FIRST_MEMBER + member)


async def said(voting: list[Interaction]) -> Counter[str]:
    """What they were answered: `thanks`, or a refusal."""
    texts = [(await one.answered).text for one in voting]
    return Counter("thanks" if text.startswith(("You chose", "You skipped")) else text for text in texts)


@pytest.mark.soak
async def test_each_member_votes_once_whatever_happens(stage: Stage) -> None:
    ballots = [(n % ROUNDS, member) for n, member in enumerate(range(MEMBERS))]
    random.Random(7).shuffle(ballots)  # noqa: S311 - an order
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready())
        messages = await open_rounds(stage)
        twice = [await vote(stage.discord, messages[place], member) for place, member in [*ballots, *ballots]]
        assert await said(twice) == {"thanks": MEMBERS, VOTED: MEMBERS}
        assert max([(await one.acked).elapsed for one in twice]) < 3
        before = stage.rows("round_votes")
        late = [await vote(stage.discord, messages[(place + 1) % ROUNDS], member) for place, member in ballots]
        await asyncio.gather(*(one.acked for one in late[: MEMBERS // 2]))
        await bot.kill()
    assert len(before) == MEMBERS
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready(handshakes=2))
        again = [await vote(stage.discord, messages[(place + 1) % ROUNDS], member) for place, member in ballots]
        answers = await said(again)
        assert answers["thanks"] + answers[VOTED] == MEMBERS
        assert answers[VOTED] >= MEMBERS // 2
    votes = stage.rows("round_votes")
    assert len(votes) == len({(row["round_id"], row["user_id"]) for row in votes}) == 2 * MEMBERS
    assert {row["choice"] for row in votes} == {choice.replace("-", "_") for choice in CHOICES}
