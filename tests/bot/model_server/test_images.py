"""A picture by an image model: what is sent, what is taken, and what is not."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import (
    CircuitOpenError,
    ImageRefusedError,
    ModelServerError,
    ServerFailedError,
    ServerNonsenseError,
    UnreadableAnswerError,
)
from bot.model_server.chat import ChatRequest, Message
from bot.model_server.circuit_breaker import FAILURES as FAILURES_IN_A_ROW
from bot.model_server.client import LLM, open_llm
from bot.model_server.image_links import MAX_IMAGE_BYTES
from bot.model_server.images import ImageRequest
from bot.texts import server as texts
from bot.tokens import NO_TOKENS, Tokens
from tests.bot.model_server.test_failures import FAILURES
from tests.bot.parts import StillClock, settings_for
from tests.wire import replies
from tests.wire.model_answers import PUN
from tests.wire.model_pictures import packed, png, refused, used
from tests.wire.model_server import FakeModelServer
from tests.wire.replies import Reply

MINI, DALL_E, FLUX = "gpt-image-1-mini", "dall-e-3", "flux.1-schnell"


@pytest.fixture
async def llm(server: FakeModelServer, tmp_path: Path) -> AsyncIterator[LLM]:
    """A client that gives up soon."""
    async with open_llm(settings_for(tmp_path, server.url, image_timeout=0.3)) as llm:
        yield llm


SENT: dict[str, dict[str, Any]] = {
    MINI: {"quality": "high", "output_format": "jpeg"},
    "openai/chatgpt-image-latest": {"quality": "high", "output_format": "jpeg"},
    DALL_E: {"quality": "hd", "response_format": "b64_json"},
    "dall-e-2": {"response_format": "b64_json"},
    FLUX: {"response_format": "b64_json"},
}


@pytest.mark.parametrize("model", SENT)
async def test_each_model_gets_the_parameters_that_it_takes(llm: LLM, server: FakeModelServer, model: str) -> None:
    image = await llm.images.generate(ImageRequest(model, "A cone", "high"))
    (sent,) = server.calls("images")
    assert sent.body == {"model": model, "prompt": "A cone", "n": 1, "size": "1024x1024", **SENT[model]}
    counted = Tokens(40, 1056) if "gpt-image" in model or "chatgpt" in model else NO_TOKENS
    assert (image.content, image.extension, image.tokens) == (png(), "png", counted)


def test_a_medium_picture_is_a_standard_one_where_models_know_no_other() -> None:
    assert [ImageRequest(DALL_E, "", quality).sent_quality for quality in ("low", "medium", "high")] == [
        "standard",
        "standard",
        "hd",
    ]


@pytest.mark.parametrize(
    ("content", "extension"),
    [(b"\xff\xd8\xff\xe0" + b"0" * 20, "jpg"), (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "webp"), (png(), "png")],
)
async def test_what_a_picture_is_its_first_bytes_say(
    llm: LLM, server: FakeModelServer, content: bytes, extension: str
) -> None:
    server.paint = lambda _asked: content
    assert (await llm.images.generate(ImageRequest(FLUX, "A cone"))).extension == extension


SAME = {name: failure for name, failure in FAILURES.items() if name not in ("404", "endless")}


@pytest.mark.parametrize(("reply", "kind", "sentence"), SAME.values(), ids=SAME.keys())
async def test_a_picture_fails_in_the_same_words_as_a_chat(
    llm: LLM, server: FakeModelServer, reply: Reply, kind: type[ModelServerError], sentence: str
) -> None:
    server.script("images", reply)
    with pytest.raises(ModelServerError) as failed:
        await llm.images.generate(ImageRequest(MINI, "A cone"))
    assert (type(failed.value), str(failed.value)) == (kind, str(sentence))
    assert [name for name, _ in server.history] == ["images"]


@pytest.mark.parametrize("code", ["moderation_blocked", "content_policy_violation"])
@pytest.mark.parametrize(("stage", "drawn"), [(None, False), ("input", False), ("output", True), ("unknown", True)])
async def test_a_refusal_by_moderation_is_one_and_says_whether_there_was_a_picture_already(
    llm: LLM, server: FakeModelServer, code: str, stage: str | None, *, drawn: bool
) -> None:
    server.script("images", refused(code, stage))
    with pytest.raises(ImageRefusedError) as failed:
        await llm.images.generate(ImageRequest(MINI, "A cone"))
    assert (str(failed.value), failed.value.code) == (str(texts.PICTURE_REFUSED), code)
    assert failed.value.drawn is drawn


NO_PICTURES: dict[str, tuple[Any, Any]] = {
    "a page": (packed(b"<html>"), texts.NO_PICTURE),
    "a GIF": (packed(b"GIF89a" + b"0" * 20), texts.NO_PICTURE),
    "nothing": (packed(b""), texts.NO_PICTURE),
    "no base64": ({"data": [{"b64_json": "a"}]}, texts.NO_PICTURE),
    "other letters": ({"data": [{"b64_json": "ä" * 400}]}, texts.NO_PICTURE),
}


@pytest.mark.parametrize(("body", "sentence"), NO_PICTURES.values(), ids=NO_PICTURES.keys())
async def test_an_answer_without_a_picture_is_paid_for_all_the_same(
    llm: LLM, server: FakeModelServer, body: dict[str, Any], sentence: object
) -> None:
    server.script("images", replies.ok({**body, "usage": used(40, 272)}))
    with pytest.raises(UnreadableAnswerError) as failed:
        await llm.images.generate(ImageRequest(MINI, "A cone"))
    assert (str(failed.value), failed.value.tokens) == (str(sentence), Tokens(40, 272))


@pytest.mark.parametrize("data", [None, [], [{}], [{"b64_json": None}], "pictures"])
async def test_an_answer_of_another_shape_is_no_protocol(llm: LLM, server: FakeModelServer, data: object) -> None:
    server.script("images", replies.ok({"data": data}))
    with pytest.raises(ServerNonsenseError) as failed:
        await llm.images.generate(ImageRequest(MINI, "A cone"))
    assert str(failed.value) == str(texts.NOT_THE_PROTOCOL)


async def test_lists_in_lists_without_end_are_no_protocol(llm: LLM, server: FakeModelServer) -> None:
    server.script("images", Reply(body=b"[" * 1_000_000))
    with pytest.raises(ServerNonsenseError):
        await llm.images.generate(ImageRequest(MINI, "A cone"))


async def test_a_picture_may_have_ten_megabytes_and_no_more_and_the_loop_goes_on_meanwhile(
    server: FakeModelServer, tmp_path: Path
) -> None:
    large = png() + b"0" * (MAX_IMAGE_BYTES - len(png()))
    async with open_llm(settings_for(tmp_path, server.url)) as llm:
        server.paint = lambda _asked: large
        assert len((await llm.images.generate(ImageRequest(FLUX, "A cone"))).content) == MAX_IMAGE_BYTES
        server.paint = lambda _asked: large + b"0" * 100_000
        with pytest.raises(ServerNonsenseError) as failed:
            await llm.images.generate(ImageRequest(FLUX, "A cone"))
    assert str(failed.value) == str(texts.PICTURE_TOO_LARGE)


async def test_an_image_model_that_keeps_failing_is_left_alone_and_jokes_go_on(
    server: FakeModelServer, tmp_path: Path
) -> None:
    clock = StillClock()
    async with open_llm(settings_for(tmp_path, server.url), clock) as llm:
        for _ in range(FAILURES_IN_A_ROW):
            server.script("images", replies.error(500))
            with pytest.raises(ServerFailedError):
                await llm.images.generate(ImageRequest(MINI, "A cone"))
            clock.advance(seconds=4)
        with pytest.raises(CircuitOpenError):
            await llm.images.generate(ImageRequest(MINI, "A cone"))
        assert (await llm.complete(ChatRequest("gpt-6-luna", (Message("user", "A duck"),)))).texts == (PUN,)
