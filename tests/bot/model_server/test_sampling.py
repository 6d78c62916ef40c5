"""How answers are drawn: large models as in the recipe, small ones with less chance, whatever is asked of them."""

import pytest

from bot.app import App
from bot.model_server.sampling import RECIPE, SMALL, Sampling
from bot.slogans import SloganRequest
from tests.bot.parts import GUILD, MEMBER, are_small, launch, own_model
from tests.wire.model_server import FakeModelServer

SIZES = pytest.mark.parametrize("small", [False, True], ids=["large", "small"])


def drawn(server: FakeModelServer, small: bool) -> None:
    """Every chat was drawn so; what a body does not hold is None."""
    expected = SMALL if small else RECIPE
    found = {(call.body["temperature"], call.body.get("top_p")) for call in server.calls("chat")}
    assert found == {(expected.temperature, expected.top_p)}


@SIZES
async def test_jokes_by_the_base_by_a_model_of_ones_own_and_compared(
    app: App, server: FakeModelServer, small: bool
) -> None:
    if small:
        are_small(server)
    await own_model(app, "ft:practice-1:mine")
    await app.jokes.tell(GUILD, MEMBER, "A duck")
    await app.jokes.tell(GUILD, MEMBER, "A duck", "ft:practice-1:mine")
    await app.comparison.compare(GUILD, MEMBER, "A duck", ["base", "ft:practice-1:mine"])
    assert len(server.calls("chat")) == 4
    drawn(server, small)


@SIZES
async def test_a_report(app: App, server: FakeModelServer, small: bool) -> None:
    if small:
        are_small(server)
    server.jobs.plan = ("succeeded",)
    await launch(app)
    await app.tracker.round()
    await app.tracker.round()
    await app.reporter.round()
    assert len(server.calls("chat")) == 40
    drawn(server, small)


@SIZES
async def test_a_slogan_unless_the_member_chose_a_temperature(app: App, server: FakeModelServer, small: bool) -> None:
    if small:
        are_small(server)
    await app.slogans.write(GUILD, MEMBER, SloganRequest("A bakery"))
    drawn(server, small)
    await app.slogans.write(GUILD, MEMBER, SloganRequest("A bakery", temperature=0.2))
    body = server.calls("chat")[-1].body
    assert (body["temperature"], body.get("top_p")) == (0.2, SMALL.top_p if small else None)


def test_the_recipes_way_is_temperature_one_and_nothing_else() -> None:
    assert Sampling(temperature=1, top_p=None) == RECIPE
    assert Sampling(temperature=0.7, top_p=0.95) == SMALL


async def test_sizes_cost_no_request_beside_the_two_lists(app: App, server: FakeModelServer) -> None:
    are_small(server)
    await own_model(app, use=True)
    for _ in range(3):
        await app.jokes.tell(GUILD, MEMBER, "A duck")
    assert [route for route, _ in server.history if route == "models"] == ["models"] * 2
