"""A model server that keeps failing is left alone, and tried again from time to time."""

import pytest

from bot.app import App
from bot.errors import CircuitOpenError, ModelServerError, ServerFailedError
from bot.model_server.circuit_breaker import FAILURES
from bot.model_server.transcription import Audio
from tests.bot.parts import GUILD, MEMBER, StillClock
from tests.wire import replies
from tests.wire.model_server import FakeModelServer
from tests.wire.replies import Reply


async def joke(app: App) -> str:
    return (await app.jokes.tell(GUILD, MEMBER, "A duck")).text


async def fail(app: App, server: FakeModelServer, clock: StillClock, *answers: Reply, seconds: float = 3) -> None:
    """So many requests fail, one every few seconds."""
    for reply in answers:
        server.script("chat", reply)
        with pytest.raises(ModelServerError):
            await joke(app)
        clock.advance(seconds=seconds)


async def test_a_server_that_keeps_failing_is_left_alone_until_a_request_is_answered(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    await fail(app, server, clock, *[replies.error(500)] * FAILURES)
    with pytest.raises(CircuitOpenError) as raised:
        await joke(app)
    since, when = int(clock.now.timestamp()) - 15, int(clock.now.timestamp()) + 2
    assert raised.value.markdown() == (
        f"The model server has kept failing since <t:{since}:t>. The bot tries it again <t:{when}:R>."
    )
    assert len(server.calls("chat")) == FAILURES
    assert len(await app.database.fetch_all("SELECT * FROM usage")) == FAILURES, "what was not sent has no row"
    clock.advance(seconds=2)
    await fail(app, server, clock, replies.error(503), seconds=9.9)  # the one that tries; the next pause is longer
    with pytest.raises(CircuitOpenError):
        await joke(app)
    clock.advance(seconds=0.1)
    assert await joke(app)
    assert await joke(app), "one answer closes it"


async def test_an_answer_in_between_or_failures_within_a_moment_hold_nothing_back(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    await fail(app, server, clock, *[replies.error(500)] * (FAILURES - 1))
    assert await joke(app)
    await fail(app, server, clock, *[replies.error(500)] * (FAILURES - 1))
    assert await joke(app)
    await fail(app, server, clock, *[replies.error(500)] * (2 * FAILURES), seconds=0.5)
    assert await joke(app)


@pytest.mark.parametrize(
    "reply", [replies.error(400), replies.error(401), replies.error(429, code="insufficient_quota")]
)
async def test_a_refusal_is_an_answer(app: App, server: FakeModelServer, clock: StillClock, reply: Reply) -> None:
    await fail(app, server, clock, *[reply] * (2 * FAILURES))
    assert await joke(app)


async def test_recordings_are_held_back_by_themselves_so_that_files_which_break_a_server_stop_no_joke(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    spoken = Audio(b"OggS", "voice.ogg", "audio/ogg", 1.0)
    for _ in range(FAILURES):
        server.script("transcriptions", replies.error(500))
        with pytest.raises(ServerFailedError):
            await app.llm.transcribe("whisper-1", spoken)
        clock.advance(seconds=3)
    with pytest.raises(CircuitOpenError):
        await app.llm.transcribe("whisper-1", spoken)
    assert await joke(app)


async def test_embeddings_are_held_back_with_the_rest(app: App, server: FakeModelServer, clock: StillClock) -> None:
    await fail(app, server, clock, *[replies.error(500)] * FAILURES)
    with pytest.raises(CircuitOpenError):
        await app.similarity.compare(GUILD, MEMBER, "apples", "pears")
    assert server.calls("embeddings") == []
    clock.advance(seconds=5)
    assert (await app.similarity.compare(GUILD, MEMBER, "apples", "pears")).cosine
    server.script("chat", replies.error(500))
    with pytest.raises(ServerFailedError):
        await joke(app)
