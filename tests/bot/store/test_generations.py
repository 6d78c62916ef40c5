"""Generations, their usage, and one vote a member."""

import pytest

from bot.store.database import Database
from bot.store.generations import GenerationStore, Tally
from bot.store.usage import Usage, UsageStore
from tests.bot.parts import GUILD, MEMBER, OTHER_GUILD, START, answered, count

SCENARIO = "Ein Mann überquert die Straße 🚶"
REQUEST = {"scenario": SCENARIO, "model": None}


@pytest.fixture
def generations(database: Database) -> GenerationStore:
    return GenerationStore(database)


async def add(database: Database, guild_id: int = GUILD, text: str = "A joke 😂 Haha") -> int:
    completion = answered(text, "", model="ft:practice-1:a")
    cost = (completion.model, completion.prompt_tokens, completion.completion_tokens, completion.latency_ms)
    usage_id = await UsageStore(database).add(Usage(guild_id, MEMBER, "joke", "joke", *cost, created_at=START))
    return await GenerationStore(database).add(usage_id, SCENARIO, REQUEST, completion, fine_tuned=True)


async def test_everything_comes_back_as_it_was_stored(generations: GenerationStore, database: Database) -> None:
    number = await add(database)
    stored = await generations.get(GUILD, number)
    assert stored is not None
    assert (stored.id, stored.guild_id, stored.user_id, stored.kind) == (number, GUILD, MEMBER, "joke")
    assert (stored.request, stored.texts, stored.created_at) == (REQUEST, ("A joke 😂 Haha", ""), START)
    assert (stored.model, stored.fine_tuned, stored.completion) == ("ft:practice-1:a", True, '{"id": "chatcmpl-1"}')
    assert (stored.prompt_tokens, stored.completion_tokens, stored.latency_ms) == (36, 12, 80.5)


async def test_what_was_shown_for_a_scenario_is_found_again(generations: GenerationStore, database: Database) -> None:
    await add(database, text="First. Haha")
    await add(database, text="Second. Haha")
    await add(database, OTHER_GUILD, "Theirs. Haha")
    assert await generations.texts(GUILD, "joke", SCENARIO) == {"First. Haha", "Second. Haha", ""}
    assert await generations.texts(GUILD, "slogan", SCENARIO) == frozenset()
    assert await generations.texts(GUILD, "joke", "Another") == frozenset()


async def test_another_server_does_not_see_it(generations: GenerationStore, database: Database) -> None:
    number = await add(database)
    assert await generations.get(OTHER_GUILD, number) is None


async def test_a_member_has_one_vote_and_may_change_it(generations: GenerationStore, database: Database) -> None:
    joke = await add(database)
    votes = [
        await generations.vote(GUILD, joke, MEMBER, funny=funny, now=START) for funny in (True, True, False, False)
    ]
    assert votes == [True, False, True, False]
    assert await generations.tally(joke) == Tally(funny=0, flat=1)
    assert await count(database, "votes") == 1


async def test_votes_are_counted_by_joke(generations: GenerationStore, database: Database) -> None:
    first, second = await add(database), await add(database)
    for member in (1, 2, 3):
        await generations.vote(GUILD, first, member, funny=member != 2, now=START)
    assert await generations.tally(first) == Tally(funny=2, flat=1)
    assert await generations.tally(second) == Tally(funny=0, flat=0)


async def test_nobody_votes_in_another_server(generations: GenerationStore, database: Database) -> None:
    joke = await add(database)
    assert not await generations.vote(OTHER_GUILD, joke, MEMBER, funny=True, now=START)
    assert await count(database, "votes") == 0
