"""A recording is sent once under a name of ours, and both of OpenAI's ways to count it are read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model_server.client import LLM
from bot.model_server.transcription import Audio, parse_transcript
from bot.tokens import NO_TOKENS, Tokens
from tests.wire.model_answers import HEARD
from tests.wire.model_server import FakeModelServer

SPOKEN = Audio(b"OggS and what follows", "voice.ogg", "audio/ogg", 2.5)


async def test_a_recording_is_sent_as_it_is_and_what_was_counted_is_read(llm: LLM, server: FakeModelServer) -> None:
    found = {model: await llm.transcribe(model, SPOKEN) for model in ("gpt-4o-mini-transcribe", "whisper-1")}
    for call, model in zip(server.calls("transcriptions"), found, strict=True):
        assert (call.body, [(file.filename, file.data) for file in call.files]) == (
            {"model": model},
            [("voice.ogg", SPOKEN.content)],
        )
    by_tokens, by_seconds = found.values()
    assert {one.text for one in found.values()} == {HEARD}
    assert (by_tokens.tokens, by_tokens.seconds) == (Tokens(25, 8), None)
    assert (by_seconds.tokens, by_seconds.seconds) == (NO_TOKENS, 2.5)


@pytest.mark.parametrize("usage", [None, {}, [], {"seconds": "soon"}, {"seconds": -1}, {"input_tokens": 1e999}])
def test_a_server_that_counts_nothing_sensible_is_still_useful(usage: object) -> None:
    heard = parse_transcript({"text": " Words \n", "usage": usage}, 1.0)
    assert (heard.text, heard.tokens, heard.seconds) == ("Words", NO_TOKENS, None)


@given(st.text(st.characters(exclude_categories=()), max_size=20))
def test_whatever_was_heard_can_be_stored(said: str) -> None:
    assert isinstance(parse_transcript({"text": said}, 0.0).text.encode(), bytes)


@given(st.dictionaries(st.sampled_from(["usage", "logprobs"]), st.none() | st.integers() | st.text()))
def test_an_answer_without_a_text_is_none(said: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        parse_transcript(said, 0.0)
