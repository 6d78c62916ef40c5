"""A serving process that prints, babbles, hangs or dies: its requests end clearly, the next one starts it again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.backends.interface import ConversationMessage, GenerationError, GenerationRequest
from engine.backends.serving import ServingError, ServingProcess

REQUEST = GenerationRequest(weights=Path("base"), messages=[ConversationMessage("user", "hi")])


@asynccontextmanager
async def serving(how: str, folder: Path, chunk_seconds: float = 60) -> AsyncIterator[ServingProcess]:
    process = ServingProcess("tests.engine.misbehaving", f"{how}@{folder / 'mark'}", chunk_seconds=chunk_seconds)
    try:
        assert (await process.start()).context_tokens == 10
        yield process
    finally:
        await process.close()


async def answer(process: ServingProcess) -> str:
    return "".join([chunk.text async for chunk in process.generate(REQUEST)])


async def test_what_a_library_prints_goes_to_the_log_and_harms_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving("stray", tmp_path) as process:
        assert [await answer(process), await answer(process)] == ["well", "well"]
    assert capsys.readouterr().err == "a stray line\nand half a lineprinted by a library\n"


@pytest.mark.parametrize(
    ("how", "chunk_seconds", "logged"),
    [
        ("malformed", 60, "it broke the protocol with b'no message\\n'"),
        ("dies", 60, "it ended with exit code 3"),
        ("silent", 0.2, "was silent for 0.2 s"),
    ],
)
async def test_a_server_that_breaks_off_fails_its_request_and_is_started_again(
    how: str, chunk_seconds: float, logged: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(how, tmp_path, chunk_seconds) as process:
        with pytest.raises(GenerationError, match="ended in the middle of the answer") as failed:
            await answer(process)
        assert failed.value.code == "server_error"
        assert logged in caplog.text
        assert await answer(process) == "well"


async def test_a_base_that_cannot_be_served_is_named() -> None:
    with pytest.raises(ServingError, match="this base cannot be served"):
        await ServingProcess("tests.engine.misbehaving", "broken").start()
    with pytest.raises(ServingError, match=r"base could not be loaded: .*No module named"):
        await ServingProcess("tests.engine.nowhere", "base").start()
