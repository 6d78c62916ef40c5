"""Training files as clients send them: kinds of the table that the bot is held to as well, from upload to the job's end."""

from pathlib import Path

import pytest

from tests.engine.here import ENDED, engine_here
from tests.training_files import CASES

SOME = (
    *("byte order mark and CRLF", "blank lines between", "text parts", "weight null", "a whole emoji as two escapes"),
    *("nine examples", "half an emoji in the answer", "all weights 0", "no user message", "content null", "longer than 2 MB"),
    *("weight true", "tool result last", "a tool call without text", "tools beside plain messages"),
)  # fmt: skip
KINDS = {case.name: case for case in CASES}


@pytest.mark.parametrize("name", SOME)
async def test_a_job_trains_on_a_file_or_says_what_is_wrong_with_which_line(tmp_path: Path, name: str) -> None:
    case = KINDS[name]
    async with engine_here(tmp_path) as engine:
        uploaded = await engine.client.files.create(file=case.content, purpose="fine-tune")
        job = await engine.client.fine_tuning.jobs.create(model="counting", training_file=uploaded.id)
        ended = await engine.until(job, *ENDED)
        if case.line is None and not case.tools:
            assert (ended.status, ended.error) == ("succeeded", None)
            return
        assert ended.error is not None
        assert (ended.status, ended.error.param) == ("failed", "training_file")
        line = 3 if case.tools else case.line
        assert ended.error.message.startswith(f"Line {line}: ") == bool(line)
        assert ("calls tools; this engine's models train on text only" in ended.error.message) == case.tools
        assert (await engine.messages(ended))[-1] == f"The job failed: {ended.error.message}"


async def test_a_bad_validation_file_is_told_from_the_training_file(tmp_path: Path) -> None:
    async with engine_here(tmp_path) as engine:
        good, bad = [
            await engine.client.files.create(file=KINDS[name].content, purpose="fine-tune")
            for name in ("plain", "half an emoji in the answer")
        ]
        job = await engine.client.fine_tuning.jobs.create(
            model="counting", training_file=good.id, validation_file=bad.id
        )
        ended = await engine.until(job, *ENDED)
    assert ended.error is not None
    assert (ended.error.param, ended.error.message[:8]) == ("validation_file", "Line 3: ")
