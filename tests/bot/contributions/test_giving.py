"""What members type is kept as they typed it, whatever it is, and can always be taken back."""

import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as how
from hypothesis import strategies as st

import bot.store.sqlite
from bot.app import App
from bot.characters import mended
from bot.contributions.consent import model_server
from bot.errors import InvalidInputError
from bot.settings import Settings
from bot.store.contributions import ContributionStore, State
from bot.store.database import open_database
from bot.store.drafts import DraftStore
from bot.store.schema import migrations
from tests.bot.parts import ADMIN, GUILD, MEMBER, count, settings_for

EXPANDS = "\U0001d160" * 4000  # three times as long once it is composed, and then more than can be embedded
TYPED = st.text(st.characters(), max_size=40)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"contributions": "on"})


@how(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scenario=TYPED, punchline=TYPED, edited=TYPED)
@example(scenario="\ud83d", punchline="🦆\u200d", edited=EXPANDS)
async def test_whatever_is_typed_is_kept_and_taken_back(app: App, scenario: str, punchline: str, edited: str) -> None:
    if not await app.drafts.list(GUILD):
        await app.drafts.create(GUILD, ADMIN, "ducks")
        await app.contributions.choose_draft(GUILD, ADMIN, "ducks")
    terms = await app.contributions.terms(GUILD)
    typed = tuple(mended(text).strip() for text in (scenario, punchline))
    if not all(typed):
        with pytest.raises(InvalidInputError):
            await app.contributions.give(GUILD, MEMBER, terms, scenario, punchline, agreed=True)
        return
    one = await app.contributions.give(GUILD, MEMBER, terms, scenario, punchline, agreed=True)
    assert one.pair == typed
    if mended(edited).strip():
        await app.contributions.accept(GUILD, ADMIN, one.id, (edited, punchline))
    await app.withdrawals.withdraw(GUILD, MEMBER, one.id)
    kept = await ContributionStore(app.database).get(GUILD, one.id)
    assert kept is not None
    assert (kept.state, kept.texts) == (State.WITHDRAWN, ())
    assert await count(app.database, "draft_examples") == 0


@pytest.mark.parametrize(
    ("urls", "said"),
    [
        (("https://api.openai.com/v1", None), "api.openai.com"),
        (("http://127.0.0.1:8080/v1", None), "the operator's own model server (127.0.0.1)"),
        (
            ("https://api.openai.com/v1", "http://engine:8080/v1"),
            "the operator's own model server (engine), which trains, and api.openai.com, which compares texts",
        ),
    ],
)
def test_the_terms_name_every_server_that_the_text_is_sent_to(
    tmp_path: Path, urls: tuple[str, str | None], said: str
) -> None:
    chat, training = urls
    assert str(model_server(settings_for(tmp_path, chat, finetune_base_url=training))) == said


async def test_drafts_from_before_contributions_keep_their_examples_and_their_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, scripts = tmp_path / "old.db", migrations()
    monkeypatch.setattr(bot.store.sqlite, "migrations", lambda: [script for script in scripts if script[0] < 10])
    async with open_database(path):
        pass
    old = sqlite3.connect(path)
    old.execute(
        "INSERT INTO drafts VALUES (1, ?, 'ducks', 'ducks', 'Joke.', 0, 1, '2026-01-01T00:00:00+00:00')", [GUILD]
    )
    turns = json.dumps([["user", "A duck"], ["assistant", "Quack"]])
    old.executemany("INSERT INTO draft_examples VALUES (?, 1, ?)", [(3, turns), (7, turns)])
    old.commit()
    old.close()
    monkeypatch.setattr(bot.store.sqlite, "migrations", lambda: scripts)
    async with open_database(path) as database:
        drafts = DraftStore(database)
        await drafts.drop_example(7)
        await drafts.add_examples(1, [[("user", "A goose"), ("assistant", "Honk")]])
        found = [await drafts.example(GUILD, number) for number in (3, 7, 8)]
        assert [one and (one.turns[0][1], one.place, one.contribution_id) for one in found] == [
            ("A duck", 1, None),
            None,
            ("A goose", 2, None),
        ]
