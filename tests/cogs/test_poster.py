"""*Poster* under slogans: drawn or generated, what it costs, and every way in which there is none."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import discord
import pytest
from PIL import Image
from simcord import ChannelHandle, Env, InteractionResult, MemberActor, ResponseMessage

from bot.app import App
from bot.client import PunchlineBot
from bot.pictures.finished import Slogan
from bot.pictures.lettering import prompt_for
from bot.settings import Settings
from tests.cogs.conftest import Place, Watch
from tests.cogs.seen import answer, buttons, public, refusal, rows
from tests.wire import replies
from tests.wire.model_pictures import packed, png, refused, used
from tests.wire.model_server import FakeModelServer

COMPANY, SLOGAN = "A company that sells ice cream", "Scoop, there it is."
MODEL = "gpt-image-1-mini"
PRICES = """source = "a test"
date = 2026-11-20
[training]
[chat]
"gpt-6-luna" = { in = 0.10, out = 0.50 }
[image]
"gpt-image-1-mini" = { low = 0.005, medium = 0.011, high = 0.036, in = 2.0, out = 8.0 }
"dall-e-3" = { standard = 0.04, hd = 0.08 }
"""
QUESTION = (
    "A picture by `gpt-image-1-mini` costs about $0.012. A poster that Punchline draws itself costs next to nothing. "
    "Everyone in this channel will see the poster."
)
UNKNOWN = (
    "A picture by `flux.1` costs an unknown amount: the bot has no price for this model. A poster that Punchline draws itself costs next to nothing. "
    "Everyone in this channel will see the poster."
)
DRAWN = "Drawn by Punchline, without an image model."
ALT = f"A poster for “{COMPANY}” that reads: {SLOGAN}"


@pytest.fixture(autouse=True)
def says(server: FakeModelServer) -> None:
    server.say = lambda _asked: SLOGAN


@pytest.fixture
def offered(server: FakeModelServer) -> None:
    """The server lists an image model, and sends no bill."""
    server.models[MODEL] = {"owned_by": "loopback"}


@pytest.fixture
def billed(server: FakeModelServer, settings: Settings, tmp_path: Path) -> Settings:
    """It sends one."""
    server.models[MODEL] = {"owned_by": "loopback"}
    (tmp_path / "prices.toml").write_text(PRICES, "utf-8")
    return settings.model_copy(update={"prices_file": tmp_path / "prices.toml"})


async def slogan(channel: ChannelHandle, member: MemberActor, **options: Any) -> ResponseMessage:
    return answer(await member.slash(channel, "slogan", description=COMPANY, **options))


async def picture(result: InteractionResult) -> tuple[str, str, str | None, Image.Image]:
    """What everybody sees: the text beside the picture, its file and its alt text, and the picture itself."""
    message = answer(result)
    assert (message.ephemeral, message.embeds) == (False, [])
    (file,) = message.attachments
    return message.content, file.filename, file.description, Image.open(io.BytesIO(await file.read()))


async def usage(app: App) -> list[tuple[Any, ...]]:
    """How the requests for pictures ended, and what they cost in billionths of a dollar."""
    names = ("command", "model", "outcome", "error", "prompt_tokens", "completion_tokens", "cost_nanodollars")
    return [tuple(row[name] for name in names) for row in await rows(app, "usage") if row["kind"] == "poster"]


async def test_where_no_image_model_is_listed_the_poster_is_drawn_and_says_so(
    app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    written = await slogan(channel, member)
    assert buttons(written)[-1] == ("🖼️ Poster", "poster:1")
    content, name, alt, image = await picture(await member.click(written, label="Poster"))
    assert (content, name, alt) == (DRAWN, "poster.png", ALT)
    assert (image.format, image.width) == ("PNG", 1024)
    assert (server.calls("images"), await usage(app)) == ([], [])


@pytest.mark.usefixtures("offered")
async def test_ones_own_image_model_is_asked_at_once_and_the_slogan_is_set_below_its_picture(
    app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.paint = lambda _asked: png(512, b"\xc0\x20\x20")
    content, name, alt, image = await picture(await member.click(await slogan(channel, member), label="Poster"))
    assert content == "Picture by `gpt-image-1-mini`, lettering by Punchline."
    assert (name, alt) == (
        "poster.jpg",
        f"A poster for “{COMPANY}”: a picture by {MODEL}, and below it the words: {SLOGAN}",
    )
    (sent,) = server.calls("images")
    prompt = prompt_for(Slogan(1, 0, SLOGAN, COMPANY))
    assert sent.body == {
        "model": MODEL,
        "prompt": prompt,
        "n": 1,
        "size": "1024x1024",
        "quality": "medium",
        "output_format": "jpeg",
    }
    assert (COMPANY in prompt, SLOGAN in prompt, "No text at all" in prompt) == (True, True, True)
    assert image.format == "JPEG"
    assert image.height > image.width == 1024
    red, green, blue = image.getpixel((512, 512))  # type: ignore[misc]  # a tuple, since the picture has colours
    assert (red > 170, green < 60, blue < 60) == (True, True, True)
    assert await usage(app) == [("poster", MODEL, "answered", None, 40, 1056, 0)]


class TestAtAPrice:
    @pytest.fixture
    def settings(self, billed: Settings) -> Settings:
        return billed

    async def test_what_costs_is_quoted_first_and_counted_afterwards(
        self, app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
    ) -> None:
        asked = answer(await member.click(await slogan(channel, member), label="Poster"))
        assert (asked.ephemeral, asked.content) == (True, QUESTION)
        assert [face for face, _ in buttons(asked)] == ["🎨 Generate", "✏️ Draw one instead"]
        assert (server.calls("images"), await usage(app)) == ([], [])
        content, *_ = await picture(await member.click(asked, label="Generate"))
        assert content == "Picture by `gpt-image-1-mini`, lettering by Punchline."
        cost = 40 * 2000 + 1056 * 8000
        assert await usage(app) == [("generate-poster", MODEL, "answered", None, 40, 1056, cost)]

    async def test_all_buttons_work_after_a_restart_and_say_so_if_the_slogan_is_gone(
        self, app: App, env: Env, new_bot: Callable[[App], PunchlineBot], channel: ChannelHandle, member: MemberActor
    ) -> None:
        written = await slogan(channel, member)
        asked = answer(await member.click(written, label="Poster"))
        await env.restart_bot(new_bot(app))
        assert answer(await member.click(written, label="Poster")).content == QUESTION
        await app.database.write("DELETE FROM generations", {})
        for message, label in ((written, "Poster"), (asked, "Generate"), (asked, "Draw one instead")):
            said = "This one is no longer saved. Ask for a new one."
            assert refusal(env, await member.click(message, label=label)) == said

    async def test_drawing_it_instead_costs_nothing(
        self, app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
    ) -> None:
        asked = answer(await member.click(await slogan(channel, member), label="Poster"))
        content, name, *_ = await picture(await member.click(asked, label="Draw one instead"))
        assert (content, name) == (DRAWN, "poster.png")
        assert (server.calls("images"), await usage(app)) == ([], [])

    async def test_a_model_without_a_price_costs_an_unknown_amount(
        self, app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
    ) -> None:
        del server.models[MODEL]
        server.models["flux.1"] = {"owned_by": "loopback"}
        asked = answer(await member.click(await slogan(channel, member), label="Poster"))
        assert asked.content == UNKNOWN
        await picture(await member.click(asked, label="Generate"))
        assert await usage(app) == [("generate-poster", "flux.1", "answered", None, 0, 0, None)]

    async def test_another_price_by_now_is_quoted_anew(
        self, server: FakeModelServer, channel: ChannelHandle, member: MemberActor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = answer(await member.click(await slogan(channel, member), label="Poster"))
        monkeypatch.setattr("bot.prices.Prices.image_nanodollars", lambda *_: 50_000_000)
        again = answer(await member.click(asked, label="Generate"))
        assert (again.id, again.content) == (asked.id, QUESTION.replace("0.012", "0.050"))
        assert server.calls("images") == []

    async def test_a_picture_that_does_not_fit_the_budget_is_refused(
        self, app: App, env: Env, server: FakeModelServer, home: Place
    ) -> None:
        await home.admin.slash(home.channel, "limits set", scope="member", daily_dollars=0.01)
        written = await slogan(home.channel, home.member)
        asked = answer(await home.member.click(written, label="Poster"))
        said = refusal(env, await home.member.click(asked, label="Generate"))
        assert said.startswith("This may cost more than what is left of your $0.01 for today. Try again <t:")
        assert (server.calls("images"), await usage(app)) == ([], [])

    @pytest.mark.parametrize(
        ("reply", "sentence", "row"),
        [
            (
                refused("moderation_blocked", "input"),
                "The model server's moderation rejected this picture. Try another slogan, or have the poster drawn instead.",
                ("failed", "ImageRefusedError", 0),
            ),
            (
                refused("moderation_blocked", "output"),
                "The model server's moderation rejected this picture. Try another slogan, or have the poster drawn instead.",
                ("unknown", "ImageRefusedError", "bound"),
            ),
            (
                replies.reset(),
                "The model server cannot be reached. Try again in a minute. If this keeps happening, ask the bot's operator to check that it is running.",
                ("unknown", "ServerUnreachableError", "bound"),
            ),
            (
                replies.error(500),
                "The model server failed (HTTP 500). Try again in a minute.",
                ("failed", "ServerFailedError", 0),
            ),
            (
                replies.ok({**packed(b"<html>"), "usage": used(40, 272)}),
                "The model server sent something that is not a PNG, JPEG or WebP picture. Try again in a minute.",
                ("failed", "UnreadableAnswerError", 40 * 2000 + 272 * 8000),
            ),
            (
                replies.ok(packed(b"\x89PNG\r\n\x1a\nbroken")),
                "The model server sent something that is not a PNG, JPEG or WebP picture. Try again in a minute.",
                ("answered", None, 11_000_000),
            ),
        ],
        ids=["refused", "refused once drawn", "broken off", "failed", "no picture", "a broken picture"],
    )
    async def test_a_failure_has_its_sentence_and_costs_what_it_may_have_cost(
        self,
        app: App,
        env: Env,
        server: FakeModelServer,
        channel: ChannelHandle,
        member: MemberActor,
        reply: replies.Reply,
        sentence: str,
        row: tuple[str, str | None, int | str],
    ) -> None:
        asked = answer(await member.click(await slogan(channel, member), label="Poster"))
        server.script("images", reply)
        assert refusal(env, await member.click(asked, label="Generate")) == sentence
        bound = 11_000_000 + 2000 * len(prompt_for(Slogan(1, 0, SLOGAN, COMPANY)).encode())
        outcome, error, cost = row
        (kept,) = await usage(app)
        assert (kept[2], kept[3], kept[6]) == (outcome, error, bound if cost == "bound" else cost)
        assert len(public(channel)) == 1
        assert len(server.calls("images")) == 1


@pytest.mark.usefixtures("offered")
async def test_what_the_server_blocks_by_now_becomes_no_poster(
    app: App, env: Env, server: FakeModelServer, home: Place
) -> None:
    written = await slogan(home.channel, home.member)
    await home.admin.slash(home.channel, "moderation block", word="scoop")
    said = "This server does not let that through: it has a word that is not allowed here. Put it in other words, and try again."
    assert refusal(env, await home.member.click(written, label="Poster")) == said
    assert (server.calls("images"), await usage(app)) == ([], [])


async def test_of_several_slogans_one_is_picked_and_a_chosen_one_needs_no_picking(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    numbers = iter(("Cold comfort", "Lick of luck", "Sundae best"))
    server.say = lambda _asked: next(numbers)
    written = await slogan(channel, member, count=3)
    which = answer(await member.click(written, label="Poster"))
    assert (which.ephemeral, which.content) == (True, "Which slogan becomes a poster?")
    assert buttons(which) == [("🖼️ 1", "poster:1:0"), ("🖼️ 2", "poster:1:1"), ("🖼️ 3", "poster:1:2")]
    await member.click(written, label="Use 3")
    _, _, alt, _ = await picture(await member.click(written, label="Poster"))
    assert alt == f"A poster for “{COMPANY}” that reads: Sundae best"


async def test_the_same_poster_is_not_posted_twice_within_a_minute(
    env: Env, channel: ChannelHandle, member: MemberActor, admin: MemberActor
) -> None:
    written = await slogan(channel, member)
    await picture(await member.click(written, label="Poster"))
    said = "This picture was posted less than a minute ago. Look for it above."
    assert refusal(env, await admin.click(written, label="Poster")) == said


async def test_a_cooldown_also_holds_for_drawn_posters(env: Env, clock: Watch, home: Place) -> None:
    written = await slogan(home.channel, home.member)
    await home.admin.slash(home.channel, "limits set", scope="member", cooldown=90)
    said = f"On this server, everyone waits 90 seconds between two requests. Try again <t:{clock.after(90)}:R>."
    assert refusal(env, await home.member.click(written, label="Poster")) == said
    clock.now += clock.now.resolution * 91_000_000
    await picture(await home.member.click(written, label="Poster"))
    clock.now += clock.now.resolution * 61_000_000
    said = f"On this server, everyone waits 90 seconds between two requests. Try again <t:{clock.after(29)}:R>."
    assert refusal(env, await home.member.click(written, label="Poster")) == said


async def test_members_who_may_not_use_the_command_may_not_press_its_button(app: App, env: Env, home: Place) -> None:
    written = await slogan(home.channel, home.member)
    other = home.guild.create_text_channel("ads")
    await home.admin.slash(home.channel, "limits allow", command="slogan", channel=other)
    said = refusal(env, await home.member.click(written, label="Poster"))
    assert said == f"On this server, `/slogan` is for other channels: <#{other.id}>."


async def test_what_no_font_has_is_not_on_the_poster_and_named_beside_it(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.say = lambda _asked: "Scoop 𓀀"
    content, *_ = await picture(await member.click(await slogan(channel, member), label="Poster"))
    assert content == f"{DRAWN}\nThese characters could not be drawn: 𓀀"


@pytest.mark.usefixtures("offered")
async def test_a_paid_picture_is_posted_as_it_is_if_nobody_can_set_the_slogan_now(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.pictures.lettering.WORKER", "bot.posters.no_such_module")
    content, name, *_ = await picture(await member.click(await slogan(channel, member), label="Poster"))
    assert (content, name) == (f"“{SLOGAN}”\nPicture by `gpt-image-1-mini`.", "poster.png")


async def test_a_picture_larger_than_the_server_takes_is_said_to_be(
    env: Env, channel: ChannelHandle, member: MemberActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, limit = await slogan(channel, member), 10 * 1024
    monkeypatch.setattr(
        discord.Interaction, "filesize_limit", property(lambda _: limit, lambda *_: None), raising=False
    )
    said = refusal(env, await member.click(written, label="Poster"))
    assert re.fullmatch(r"The picture is 0\.\d MB. This server allows files of up to 0 MB\.", said)
