"""Posters and share cards below Discord: one at a time, whose slogan, and what waits for nobody."""

import asyncio
from collections.abc import Callable

import pytest

import bot.pictures.service
from bot.app import App
from bot.drawing import Charts
from bot.errors import ConflictError, NotFoundError
from bot.pictures.finished import Finished, Slogan
from bot.pictures.lettering import prompt_for
from bot.pictures.service import LIST_SECONDS
from bot.posters.mood import EXAMPLES, Mood
from bot.posters.service import Poster, draw
from bot.slogans import SloganRequest
from bot.texts import pictures as texts
from tests.bot.parts import GUILD, MEMBER, OTHER_GUILD, keep
from tests.wire import replies
from tests.wire.model_pictures import packed, png
from tests.wire.model_server import FakeModelServer

FLUX = "flux.1"


async def slogans(app: App, server: FakeModelServer, *said: str) -> tuple[Slogan, ...]:
    waiting = iter(said)
    server.say = lambda _asked: next(waiting)
    written = await app.slogans.write(GUILD, MEMBER, SloganRequest("A bakery", count=len(said)))
    assert written.id is not None
    return await app.pictures.slogans(GUILD, written.id)


async def test_one_slogan_has_one_poster_at_a_time_and_others_theirs_meanwhile(
    app: App, server: FakeModelServer
) -> None:
    first, second = await slogans(app, server, "Flour power", "Bread winner")
    server.script("images", *[replies.ok(packed(png())).after(0.3)] * 2)
    made = await asyncio.gather(
        *(app.pictures.generate(GUILD, MEMBER, one, FLUX) for one in (first, first, second)), return_exceptions=True
    )
    assert [type(one) for one in made] == [Finished, ConflictError, Finished]
    assert str(made[1]) == str(texts.UNDER_WAY)
    assert len(server.calls("images")) == 2


async def test_a_poster_that_failed_may_be_asked_for_again_at_once(app: App, server: FakeModelServer) -> None:
    (slogan,) = await slogans(app, server, "Flour power")
    server.script("images", replies.error(500))
    results = [
        (await asyncio.gather(app.pictures.generate(GUILD, MEMBER, slogan, FLUX), return_exceptions=True))[0]
        for _ in range(3)
    ]
    assert [type(one).__name__ for one in results] == ["ServerFailedError", "Finished", "ConflictError"]
    assert str(results[2]) == str(texts.JUST_MADE)


async def test_the_chosen_slogan_of_a_message_is_the_one_and_only_of_ones_own_server(
    app: App, server: FakeModelServer
) -> None:
    first, second = await slogans(app, server, "Flour power", "Bread winner")
    await app.generations.choose(GUILD, MEMBER, second.generation_id, second.place)
    assert await app.pictures.slogans(GUILD, second.generation_id) == (second,)
    assert await app.pictures.slogans(GUILD, first.generation_id, first.place) == (first,)
    joke = await keep(app, "A joke. Haha")
    for guild, number, place in (
        (OTHER_GUILD, first.generation_id, None),
        (GUILD, first.generation_id, 2),
        (GUILD, joke, None),
    ):
        with pytest.raises(NotFoundError):
            await app.pictures.slogans(guild, number, place)
    with pytest.raises(NotFoundError):
        await app.pictures.find_joke(GUILD, first.generation_id)


def in_mood(of: Mood | None) -> Callable[[str], list[float]]:
    """Vectors in which each example lies in its mood's own direction, and whatever else near this mood's, or none's."""
    known = {text: mood for mood, text in EXAMPLES}

    def vector(text: str) -> list[float]:
        mood = known.get(text, of)
        return [*(float(mood == one) for one in Mood), float(text not in known)]

    return vector


async def drawn(slogan: str, mood: Mood | None) -> bytes | None:
    picture = await draw(Charts(), Poster(slogan, "A bakery", mood))
    return picture.png if picture else None


async def test_a_slogan_whose_words_say_nothing_is_drawn_as_its_meaning_says(app: App, server: FakeModelServer) -> None:
    for place, mood in enumerate((Mood.WARM, Mood.QUIET, None)):
        server.vector = in_mood(mood)
        slogan = Slogan(1, place, f"Umbrellas number {place} for people", "A bakery")
        made = await app.pictures.draw(GUILD, MEMBER, slogan)
        assert made.content == await drawn(slogan.text, mood)
    asked = len(server.calls("embeddings"))
    said = Slogan(1, 3, "Fresh bread", "A bakery")
    assert (await app.pictures.draw(GUILD, MEMBER, said)).content == await drawn(said.text, None)
    assert len(server.calls("embeddings")) == asked, "nobody is asked what its words say"


@pytest.mark.parametrize("trouble", [replies.error(500), replies.ok({}).after(5)], ids=["fails", "takes long"])
async def test_a_poster_does_without_a_meaning_that_cannot_be_had(
    app: App, server: FakeModelServer, monkeypatch: pytest.MonkeyPatch, trouble: replies.Reply
) -> None:
    monkeypatch.setattr(bot.pictures.service, "MEANING_SECONDS", 0.2)
    server.vector = in_mood(Mood.WARM)
    server.script("embeddings", *[trouble] * 20)
    slogan = Slogan(1, 0, "Umbrellas number 1 for people", "A bakery")
    assert (await app.pictures.draw(GUILD, MEMBER, slogan)).content == await drawn(slogan.text, None)


async def test_a_list_of_models_that_does_not_come_soon_is_not_waited_for_but_known_the_next_time(
    app: App, server: FakeModelServer
) -> None:
    slogan = Slogan(1, 0, "Flour power", "A bakery")
    server.models[FLUX] = {"owned_by": "loopback"}
    server.script("models", replies.ok({"data": [{"id": FLUX}]}).after(LIST_SECONDS + 0.2))
    assert await app.pictures.offer(slogan) is None
    offer = await app.pictures.offer(slogan)  # it waits for the same list for another second
    assert offer is not None
    assert (offer.model, offer.cost_nanodollars, len(server.calls("models"))) == (FLUX, 0, 1)


def test_the_prompt_has_slogan_and_description_and_fits_into_what_the_smallest_model_takes() -> None:
    prompt = prompt_for(Slogan(1, 0, "Cold\n  comfort {0}" + "!" * 3000, "Ice cream {slogan}" + "d" * 500))
    assert "“Cold comfort {0}!!!" in prompt
    assert "this company: Ice cream {slogan}ddd" in prompt
    assert len(prompt) <= 1000
