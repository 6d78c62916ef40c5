"""`/similarity compare`: the number, the bar, the words, and what is kept."""

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from bot.texts.similarity import WHY_IN_DOUBT
from tests.cogs.seen import Card, public, public_card, refusal, rows
from tests.wire.model_server import FakeModelServer

FOOTER = "From 0 (nothing in common) to 1 (the same)"


def at_cosine(value: float) -> dict[str, list[float]]:
    return {"I like apples": [1.0, 0.0], "I like bananas": [value, (1 - value * value) ** 0.5]}


@pytest.mark.parametrize(
    ("cosine", "title", "full"),
    [
        (0.9, "0.90 – almost the same meaning", 18),
        (0.6325, "0.63 – closely related", 13),
        (0.375, "0.38 – loosely related", 8),
        (0.001, "0.00 – unrelated", 0),
        (-0.001, "0.00 – unrelated", 0),
        (-0.5, "-0.50 – unrelated", 0),
    ],
)
async def test_two_texts_are_compared_with_two_decimals_a_bar_and_plain_words(
    app: App,
    server: FakeModelServer,
    channel: ChannelHandle,
    member: MemberActor,
    cosine: float,
    title: str,
    full: int,
) -> None:
    server.vector = at_cosine(cosine).__getitem__
    compared = await member.slash(channel, "similarity compare", first="I like apples", second="I like bananas")
    bar = "█" * full + "░" * (20 - full)
    assert public_card(compared) == Card(title, f"`{bar}`\n1. I like apples\n2. I like bananas", FOOTER)
    (used,) = await rows(app, "usage")
    assert (used["guild_id"], used["user_id"], used["kind"]) == (member.guild.id, member.id, "similarity")
    assert (used["model"], used["prompt_tokens"]) == ("text-embedding-3-small", 8)
    assert len(server.calls("embeddings")) == 1


async def test_the_same_text_twice_is_called_so(channel: ChannelHandle, member: MemberActor) -> None:
    compared = await member.slash(channel, "similarity compare", first="I like  apples", second="I like apples ")
    assert public_card(compared).title == "1.00 – the same text"


async def test_two_texts_of_a_thousand_characters_are_shown_whole(channel: ChannelHandle, member: MemberActor) -> None:
    compared = await member.slash(channel, "similarity compare", first="a" * 1000, second="b" * 1000)
    assert (public_card(compared).text or "").endswith(f"\n1. {'a' * 1000}\n2. {'b' * 1000}")


@pytest.mark.parametrize(("first", "second"), [(" ", "apples"), ("apples", "\t")])
async def test_a_blank_text_is_refused_before_anything_is_asked(
    app: App, env: Env, server: FakeModelServer, channel: ChannelHandle, member: MemberActor, first: str, second: str
) -> None:
    result = await member.slash(channel, "similarity compare", first=first, second=second)
    assert refusal(env, result) == "There is nothing to compare in an empty text. Write at least one word."
    assert (public(channel), server.calls("embeddings"), await rows(app, "usage")) == ([], [], [])


async def test_vectors_that_mean_nothing_are_not_compared(
    app: App, env: Env, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.vector = lambda _text: [0.0, 0.0]
    result = await member.slash(channel, "similarity compare", first="apples", second="bananas")
    said = "The embedding model returned a vector that means nothing. Try again in a minute."
    assert refusal(env, result) == said
    (row,) = await rows(app, "usage")
    counted = sum(len(text) // 4 + 1 for text in ("apples", "bananas"))
    assert (public(channel), row["outcome"], row["prompt_tokens"]) == ([], "failed", counted)


async def test_texts_that_the_model_cannot_tell_apart_get_no_number(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.vector = lambda _text: [1.0, 2.0]
    for _ in range(2):  # at once, too
        compared = await member.slash(channel, "similarity compare", first="I like 👍", second="I like 👎")
        text = f"1. I like 👍\n2. I like 👎\n\n{WHY_IN_DOUBT}"
        assert public_card(compared) == Card("This model cannot tell these texts apart", text)


async def test_what_was_typed_is_shown_as_it_was_typed(channel: ChannelHandle, member: MemberActor) -> None:
    compared = await member.slash(channel, "similarity compare", first="[x](https://evil.example)", second="<@1> **b**")
    assert (public_card(compared).text or "").endswith(
        "\n1. \\[x\\](https\\://evil.example)\n2. \\<@1\\> \\*\\*b\\*\\*"
    )
