"""The whole circle with the real engine and the real small model: what members give becomes a model, and what they vote for the next one."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import pytest
from simcord import MemberActor, ResponseMessage

from bot.app import App
from bot.registry.service import GuildModels
from bot.settings import Settings
from engine.backends.llama import smollm2
from tests.bot.parts import path_of
from tests.cogs.conftest import Background, Place
from tests.cogs.contributing import give
from tests.cogs.seen import answer, card, rows
from tests.engine.backends.lora.conftest import INSTALLED, REQUIRED
from tests.engine.process import ROOT, EngineProcess, running_engine

GIVEN, PASTED = 12, 36
ROUNDS, FINAL_ROUNDS = 40, 24
JOKES = [
    (turns[1]["content"], turns[2]["content"])
    for turns in (json.loads(line)["messages"] for line in (ROOT / "data" / "jokes.jsonl").read_text().splitlines())
]

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not INSTALLED and not REQUIRED, reason="tunes a real model (`make lora`)"),
]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    with running_engine(tmp_path / "engine", with_smollm2=True) as engine:
        yield engine


@pytest.fixture
def settings(settings: Settings, engine: EngineProcess) -> Settings:
    own = {"openai_base_url": engine.url, "contributions": "on"}
    models = {
        "chat_model": smollm2.NAME,
        "finetune_model": smollm2.NAME,
        "embedding_model": "text-embedding-minilm-l6-v2",
    }
    return settings.model_copy(update={**own, **models})


class Circle:
    """What members and the admin do, in the words of the commands."""

    def __init__(self, app: App, place: Place, background: Background, voters: list[MemberActor]) -> None:
        self.app, self.place, self.background, self.voters = app, place, background, voters

    async def give_and_accept(self, jokes: list[tuple[str, str]]) -> None:
        for number, joke in enumerate(jokes):
            await give(self.place, self.voters[number % 2], *joke)
        queue = answer(await self.place.admin.slash(self.place.channel, "dataset queue"))
        for _ in jokes:
            await self.place.admin.click(queue, label="Accept")
        assert card(queue).text == "No examples are waiting."

    async def train(self, offer: ResponseMessage) -> str:
        """Take a quote, and wait for the model."""
        await self.place.admin.click(offer, label="Launch")
        async with asyncio.timeout(900):
            while (job := (await rows(self.app, "jobs"))[-1])["status"] not in ("succeeded", "failed", "cancelled"):
                await self.background.track()
                await asyncio.sleep(0.5)
        assert job["status"] == "succeeded", job["error_message"]
        return str(job["fine_tuned_model"])

    async def play(self, rounds: int) -> dict[str, list[int]]:
        """Rounds in which both voters choose the shorter answer; how many words each model used."""
        before = len(await rows(self.app, "rounds"))
        for _ in range(rounds):
            shown = answer(await self.voters[0].slash(self.place.channel, "arena play"))
            if not shown.embeds:
                continue  # both said the same
            words = {seat: len(text.split()) for seat, text in card(shown).fields.items()}
            choice = "A" if words["A"] < words["B"] else "B" if words["B"] < words["A"] else "Both good"
            for voter in self.voters:
                await voter.click(shown, label=choice)
        used: dict[str, list[int]] = defaultdict(list)
        for row in (await rows(self.app, "rounds"))[before:]:
            seen = await self.app.arena.see(self.place.guild.id, row["id"])
            used[seen.left.model or "base"].append(len(row["left_text"].split()))
            used[seen.right.model or "base"].append(len(row["right_text"].split()))
        return used

    async def models(self) -> GuildModels:
        return await self.app.registry.models(self.place.guild.id)


@pytest.fixture
async def circle(app: App, home: Place, background: Background) -> Circle:
    return Circle(app, home, background, [home.member, home.admin])


async def test_members_make_the_data_judge_the_models_and_see_the_next_one_change(circle: Circle) -> None:
    place, admin = circle.place, circle.place.admin
    draft = answer(await admin.slash(place.channel, "dataset new", name="ours"))
    await admin.slash(place.channel, "settings contributions", draft="ours")
    await circle.give_and_accept(JOKES[:GIVEN])
    for first_one in range(GIVEN, GIVEN + PASTED, 12):
        form = await admin.click(draft, label="Paste many")
        pasted = "\n".join(f"{scenario} => {joke}" for scenario, joke in JOKES[first_one : first_one + 12])
        draft = answer(await admin.submit_modal(form, {"lines": pasted}))
    await admin.click(draft, label="Save")
    (dataset,) = await circle.app.datasets.list(place.guild.id)
    file = path_of(circle.app, dataset).read_text("utf-8")
    assert (dataset.examples, str(place.member.id) in file, str(admin.id) in file) == (GIVEN + PASTED, False, False)
    offer = await admin.slash(place.channel, "finetune launch", dataset="ours", epochs=2)
    first = await circle.train(answer(offer))

    early = (await circle.app.job_control.checkpoints(place.guild.id, 1))[1][-1]
    await admin.slash(place.channel, "finetune checkpoints", job=1, use=early.step)
    await admin.slash(place.channel, "models use", model=first)
    await admin.slash(place.channel, "arena start", votes=2)
    await admin.slash(place.channel, "arena remove", model="base")
    await circle.play(ROUNDS)
    made = answer(await admin.slash(place.channel, "dataset preferences", name="short"))
    second = await circle.train(answer(await admin.click(made, label="Train on this")))

    await admin.slash(place.channel, "arena remove", model=early.model)
    used = await circle.play(FINAL_ROUNDS)
    assert set(used) == {first, second}
    assert fmean(used[second]) < 0.8 * fmean(used[first])
    promoted = answer(await admin.slash(place.channel, "arena promote"))
    assert promoted.content.startswith("🏆 **"), promoted.content
    assert (await circle.models()).active["joke"].model == second
