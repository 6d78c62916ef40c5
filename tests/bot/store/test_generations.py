"""Generations, their usage, and one vote a member."""

import pytest

from bot.store.database import Database, to_text
from bot.store.generations import GenerationStore, Tally
from tests.bot.parts import GUILD, MEMBER, OTHER_GUILD, START, answered, count

REQUEST = {"scenario": "Ein Mann überquert die Straße 🚶", "model": None}


@pytest.fixture
def generations(database: Database) -> GenerationStore:
    return GenerationStore(database)


async def add(generations: GenerationStore, guild_id: int = GUILD) -> int:
    completion = answered("A joke 😂 Haha", "", model="ft:practice-1:a")
    return await generations.add(guild_id, MEMBER, "joke", REQUEST, completion, fine_tuned=True, now=START)


async def test_everything_comes_back_as_it_was_stored(generations: GenerationStore) -> None:
    number = await add(generations)
    stored = await generations.get(GUILD, number)
    assert stored is not None
    assert (stored.id, stored.guild_id, stored.user_id, stored.kind) == (number, GUILD, MEMBER, "joke")
    assert (stored.request, stored.texts, stored.created_at) == (REQUEST, ("A joke 😂 Haha", ""), START)
    assert (stored.model, stored.fine_tuned, stored.completion) == ("ft:practice-1:a", True, '{"id": "chatcmpl-1"}')
    assert (stored.prompt_tokens, stored.completion_tokens, stored.latency_ms) == (36, 12, 80.5)


async def test_a_generation_is_stored_with_its_usage(generations: GenerationStore, database: Database) -> None:
    await add(generations)
    (row,) = await database.fetch_all(
        "SELECT guild_id, user_id, kind, model, prompt_tokens, completion_tokens, latency_ms, created_at FROM usage"
    )
    assert tuple(row) == (GUILD, MEMBER, "joke", "ft:practice-1:a", 36, 12, 80.5, to_text(START))


async def test_without_its_generation_no_usage_is_stored(generations: GenerationStore, database: Database) -> None:
    unstorable = answered("half a pair \ud83d")
    with pytest.raises(UnicodeEncodeError):
        await generations.add(GUILD, MEMBER, "joke", {}, unstorable, fine_tuned=False, now=START)
    assert await count(database, "usage") == 0


async def test_another_server_does_not_see_it(generations: GenerationStore) -> None:
    number = await add(generations)
    assert await generations.get(OTHER_GUILD, number) is None


async def test_a_member_has_one_vote_and_may_change_it(generations: GenerationStore, database: Database) -> None:
    joke = await add(generations)
    votes = [await generations.vote(joke, MEMBER, funny=funny, now=START) for funny in (True, True, False, False)]
    assert votes == [True, False, True, False]
    assert await generations.tally(joke) == Tally(funny=0, flat=1)
    assert await count(database, "votes") == 1


async def test_votes_are_counted_by_joke(generations: GenerationStore) -> None:
    first, second = await add(generations), await add(generations)
    for member in (1, 2, 3):
        await generations.vote(first, member, funny=member != 2, now=START)
    assert await generations.tally(first) == Tally(funny=2, flat=1)
    assert await generations.tally(second) == Tally(funny=0, flat=0)
