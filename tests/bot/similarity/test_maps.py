"""Clusters are named by their topics in any language, and a map says how much it shows."""

import pytest

from bot.app import App
from bot.errors import InvalidInputError
from bot.similarity.maps import topics
from tests.bot.parts import GUILD, MEMBER, keep
from tests.wire.model_server import FakeModelServer


@pytest.mark.parametrize(
    ("told", "named"),
    [
        (
            ["The duck quacks. Haha", "A duck, the pond. Haha", "The car honks. Haha", "A car, the road. Haha"],
            ["duck", "car"],
        ),
        (["Утка в пруду", "Утка и хлеб", "Машина в гараже", "Машина и бензин"], ["утка", "машина"]),
        (["鸭子过马路", "一只鸭子", "汽车很快", "新的汽车"], ["鸭子", "汽车"]),
        (["बत्तख तालाब", "बत्तख रोटी", "गाड़ी तेज़", "गाड़ी नई"], ["बत्तख", "गाड़ी"]),
        (["🦆", "🦆🦆", "🚗", "🚗🚗"], ["", ""]),
    ],
)
def test_a_topic_is_what_a_cluster_says_and_the_others_do_not(told: list[str], named: list[str]) -> None:
    assert topics(told, [0, 0, 1, 1]) == named


async def test_a_map_of_saved_texts_is_drawn_where_two_directions_show_enough(
    app: App, server: FakeModelServer
) -> None:
    server.vector = lambda text: [1.0, len(text) / 100, 0.0] if "duck" in text else [0.0, len(text) / 100, 1.0]
    for joke in ("a duck", "one more duck", "a goat", "one more goat", "a goat again"):
        await keep(app, joke, scenario="x")
    found = await app.meaning.maps.of_kept(GUILD, MEMBER)
    assert [(one.topic.split(", ")[0], one.size) for one in found.clusters] == [("goat", 3), ("duck", 2)]
    assert (found.worth_drawing, found.left_out, found.unread) == (True, 0, 0)


async def test_a_map_of_too_many_directions_is_not_worth_drawing(app: App, server: FakeModelServer) -> None:
    server.vector = lambda text: [float(text.endswith(f"number {n}")) + 0.01 for n in range(16)]
    for number in range(16):
        await keep(app, f"number {number}", scenario="x")
    found = await app.meaning.maps.of_kept(GUILD, MEMBER)
    assert (round(found.shown, 2), found.worth_drawing) == (0.13, False)


async def test_two_texts_make_no_map(app: App) -> None:
    for joke in ("one", "two"):
        await keep(app, joke, scenario="x")
    with pytest.raises(InvalidInputError) as refused:
        await app.meaning.maps.of_kept(GUILD, MEMBER)
    assert str(refused.value) == "A map needs at least 3 texts, and there are 2. `/joke` and `/slogan` make more."
