"""Which model is asked: the configured one where the server lists it, else one that it does list."""

import logging
from pathlib import Path
from typing import Any

import pytest

from bot.catalogue import FRESH_SECONDS, RETRY_SECONDS, Catalogue, is_chat, is_embedding
from bot.model_server.client import LLM
from tests.bot.parts import settings_for
from tests.wire import replies
from tests.wire.model_server import FakeModelServer


class Ticks:
    """`time.monotonic`, moved by the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def catalogue(llm: LLM, tmp_path: Path, ticks: Ticks) -> Catalogue:
    return Catalogue(llm, settings_for(tmp_path, "http://not.asked"), ticks)


def offer(server: FakeModelServer, *models: str) -> None:
    described: dict[str, Any] = {"owned_by": "loopback"}
    server.models = dict.fromkeys(models, described)


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


async def test_what_is_configured_and_listed_is_asked_without_a_word(
    catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    assert await catalogue.chat_model() == "gpt-6-luna"
    assert await catalogue.embedding_model() == "text-embedding-3-small"
    assert await catalogue.base_model() == "gpt-4.1-mini-2025-04-14"
    assert said(caplog) == []


IMAGE_MODELS = ("dall-e-3", "gpt-image-2.5-sunburst", "gpt-image-2.5-flare", "gpt-image-1-mini")


@pytest.mark.parametrize(
    ("wanted", "listed", "found"),
    [
        ("", ("gpt-6-luna",), None),
        ("", ("gpt-6-luna", *IMAGE_MODELS), "gpt-image-1-mini"),
        ("", ("gpt-6-luna", "qwen-image-edit", "Qwen/Qwen-Image"), "Qwen/Qwen-Image"),
        ("dall-e-3", IMAGE_MODELS, "dall-e-3"),
        ("dreamshaper", ("dreamshaper", "dall-e-3"), "dreamshaper"),
        ("gpt-image-9", IMAGE_MODELS, "gpt-image-1-mini"),
        ("gpt-image-9", ("gpt-6-luna",), None),
        ("off", IMAGE_MODELS, None),
    ],
)
async def test_pictures_come_from_the_wanted_model_else_one_that_is_listed_else_none(
    llm: LLM, server: FakeModelServer, tmp_path: Path, wanted: str, listed: tuple[str, ...], found: str | None
) -> None:
    offer(server, *listed)
    settings = settings_for(tmp_path, "http://not.asked", image_model=wanted)
    assert await Catalogue(llm, settings, Ticks()).image_model() == found


async def test_a_model_that_its_server_cannot_tune_is_no_base(catalogue: Catalogue, server: FakeModelServer) -> None:
    server.models = {
        "smollm2-135m": {"owned_by": "punchline", "meta": {"n_params": 134_515_008, "allow_fine_tuning": False}},
        "practice-1": {"owned_by": "punchline", "meta": {"n_params": 443_816, "allow_fine_tuning": True}},
    }
    assert await catalogue.chat_model() == "smollm2-135m"
    assert await catalogue.base_model() == "practice-1"
    assert await catalogue.base_models() == ("practice-1",)


async def test_what_the_server_does_not_list_falls_back_to_what_it_does_and_the_log_says_so_once(
    catalogue: Catalogue, server: FakeModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    offer(server, "all-minilm-embed", "whisper-1", "ft:practice-1:a", "practice-1", "practice-2")
    for _ in range(2):
        assert await catalogue.chat_model() == "practice-1"
        assert await catalogue.embedding_model() == "all-minilm-embed"
        assert await catalogue.base_model() == "practice-1"
    assert said(caplog) == [
        "The model server does not list gpt-6-luna. practice-1 is used instead.",
        "The model server does not list text-embedding-3-small. all-minilm-embed is used instead.",
        "The model server does not list gpt-4.1-mini-2025-04-14. practice-1 is used instead.",
    ]


async def test_recordings_go_to_a_model_that_transcribes_files_and_nowhere_where_there_is_none(
    catalogue: Catalogue, server: FakeModelServer, ticks: Ticks
) -> None:
    found = []
    for names in (
        ("a", "gpt-4o-mini-transcribe"),
        ("gpt-realtime-whisper", "gpt-4o-transcribe-diarize", "whisper-base"),
        ("a",),
    ):
        offer(server, *names)
        found.append(await catalogue.transcription_model())
        ticks.now += FRESH_SECONDS
    assert found == ["gpt-4o-mini-transcribe", "whisper-base", None]


async def test_a_model_that_the_operator_names_is_asked_to_transcribe_though_its_server_does_not_list_it(
    llm: LLM, server: FakeModelServer, tmp_path: Path
) -> None:
    offer(server, "practice-1")
    named = settings_for(tmp_path, "http://not.asked", transcription_model="parakeet")
    assert await Catalogue(llm, named, Ticks()).transcription_model() == "parakeet"


async def test_where_nothing_fits_the_configured_one_is_asked(catalogue: Catalogue, server: FakeModelServer) -> None:
    offer(server, "whisper-1")
    assert (await catalogue.chat_model(), await catalogue.embedding_model()) == ("gpt-6-luna", "text-embedding-3-small")


async def test_a_server_that_is_down_keeps_the_configured_ones(
    catalogue: Catalogue, server: FakeModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.script("models", replies.error(500), replies.error(500))
    assert (await catalogue.chat_model(), await catalogue.base_model()) == ("gpt-6-luna", "gpt-4.1-mini-2025-04-14")
    assert set(said(caplog)) == {
        "The list of models cannot be read. The last known one is used: "
        "The model server failed (HTTP 500). Try again in a minute."
    }


async def test_the_list_is_read_once_in_ten_minutes(
    catalogue: Catalogue, server: FakeModelServer, ticks: Ticks
) -> None:
    for _ in range(3):
        await catalogue.chat_model()
        await catalogue.embedding_model()
    ticks.now += FRESH_SECONDS - 1
    offer(server, "practice-1")
    assert await catalogue.chat_model() == "gpt-6-luna"
    assert len(server.calls("models")) == 1
    ticks.now += 1
    assert await catalogue.chat_model() == "practice-1"
    assert len(server.calls("models")) == 2


async def test_after_a_failure_the_last_list_holds_and_is_read_again_soon(
    catalogue: Catalogue, server: FakeModelServer, ticks: Ticks
) -> None:
    offer(server, "practice-1")
    assert await catalogue.chat_model() == "practice-1"
    ticks.now += FRESH_SECONDS
    server.script("models", replies.error(500))
    assert await catalogue.chat_model() == "practice-1"
    ticks.now += RETRY_SECONDS - 1
    assert await catalogue.chat_model() == "practice-1"
    assert len(server.calls("models")) == 2
    ticks.now += 1
    offer(server, "gpt-6-luna")
    assert await catalogue.chat_model() == "gpt-6-luna"


async def test_a_model_is_small_below_three_billion_parameters_and_large_where_nobody_knows(
    catalogue: Catalogue, server: FakeModelServer
) -> None:
    sizes = {"tiny": 134_515_008, "almost": 2_999_999_999, "large": 3_000_000_000}
    server.models = {name: {"meta": {"n_params": size}} for name, size in sizes.items()} | {"gpt-6-luna": {}}
    found = {name: await catalogue.is_small(name) for name in (*sizes, "gpt-6-luna", "not listed")}
    assert found == {"tiny": True, "almost": True, "large": False, "gpt-6-luna": False, "not listed": False}
    assert len(server.calls("models")) == 1


async def test_only_a_small_model_that_knew_a_language_before_learns_at_once(
    catalogue: Catalogue, server: FakeModelServer
) -> None:
    sizes = {"practice-1": 443_816, "smollm2-135m": 134_515_008, "large": 3_000_000_000}
    server.models = {name: {"meta": {"n_params": size}} for name, size in sizes.items()} | {"gpt-6-luna": {}}
    found = {name: await catalogue.learns_at_once(name) for name in (*sizes, "gpt-6-luna")}
    assert found == {"practice-1": False, "smollm2-135m": True, "large": False, "gpt-6-luna": False}


async def test_a_model_that_was_tuned_since_the_list_was_read_is_as_small_as_its_base(
    catalogue: Catalogue, server: FakeModelServer, ticks: Ticks
) -> None:
    server.models = {"tiny": {"meta": {"n_params": 134_515_008}}}
    assert await catalogue.is_small("ft:tiny:new", "tiny", fine_tuned=True)
    assert not await catalogue.is_small("ft:tiny:new", fine_tuned=True)
    server.models = {"ft:tiny:new": {"meta": {"n_params": 4_000_000_000}}, **server.models}
    assert await catalogue.is_small("ft:tiny:new", "tiny", fine_tuned=True)
    ticks.now += FRESH_SECONDS
    assert not await catalogue.is_small("ft:tiny:new", "tiny", fine_tuned=True)
    assert len(server.calls("models")) == 2


async def test_admins_choose_among_models_that_chat_the_usual_one_first(
    catalogue: Catalogue, server: FakeModelServer
) -> None:
    offer(server, "text-embedding-3-small", "practice-1", "ft:practice-1:a", "gpt-4.1-mini-2025-04-14", "dall-e-3")
    assert await catalogue.base_models() == ("gpt-4.1-mini-2025-04-14", "practice-1")


@pytest.mark.parametrize(
    ("model", "chats", "embeds"),
    [
        ("gpt-6-luna", True, False),
        ("practice-1", True, False),
        ("ft:practice-1:a", False, False),
        ("text-embedding-3-small", False, True),
        ("gpt-4o-realtime-preview", False, False),
        ("gpt-image-1", False, False),
        ("omni-moderation-latest", False, False),
    ],
)
def test_what_a_model_does_is_told_by_its_name(model: str, chats: bool, embeds: bool) -> None:
    assert (is_chat(model), is_embedding(model)) == (chats, embeds)
