"""The process that checks, merges and splits training files."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.datasets.task import Outcome, Task, run
from bot.kinds import JOKE, SLOGAN, Kind
from bot.processes import Processes
from tests.bot.datasets.checking import checked
from tests.bot.parts import example, training_file


def saved(folder: Path, name: str, content: bytes) -> tuple[str, str]:
    (folder / name).write_bytes(content)
    return str(folder / name), name


async def done(task: Task) -> Outcome:
    return await run(task, Processes(at_once=1, timeout_seconds=60))


async def test_a_file_is_checked_and_hashed_as_it_is(tmp_path: Path) -> None:
    content = training_file(12).replace(b"\n", b"\r\n")
    outcome = await done(Task([saved(tmp_path, "a.jsonl", content)]))
    assert (outcome.training.sha256, outcome.training.bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert outcome.found == checked(content)
    assert outcome.validation is None


@pytest.mark.parametrize(
    ("kind", "given_away"), [(JOKE, "A fox reading a newspaper"), (SLOGAN, "A tailor that mends raincoats")]
)
async def test_questions_that_are_reserved_for_testing_are_those_of_the_files_kind(
    tmp_path: Path, kind: Kind, given_away: str
) -> None:
    asked = [
        *(f"Number {number}" for number in range(10)),
        "A fox reading a newspaper",
        "A tailor that mends raincoats",
    ]
    turns = [[("system", kind.system), ("user", text), ("assistant", "Yes.")] for text in asked]
    chats = [{"messages": [{"role": role, "content": text} for role, text in chat]} for chat in turns]
    content = "\n".join(map(json.dumps, chats)).encode()
    outcome = await done(Task([saved(tmp_path, "a.jsonl", content)]))
    said = f"is nearly a scenario that is reserved for testing: “{given_away}”."
    assert [str(warning).split(": ", 1)[1] for warning in outcome.found.warnings] == [said]


@pytest.mark.parametrize("end", [b"", b"\n"])
async def test_files_are_merged_line_by_line_each_example_once(tmp_path: Path, end: bytes) -> None:
    files = [saved(tmp_path, "a.jsonl", training_file(11).strip() + end), saved(tmp_path, "b.jsonl", training_file(13))]
    outcome = await done(Task(files, merged=str(tmp_path / "merged")))
    assert (tmp_path / "merged").read_bytes() == training_file(13)
    assert outcome.training.sha256 == hashlib.sha256(training_file(13)).hexdigest()
    assert (outcome.training.examples, outcome.found.examples) == (13, 13)
    assert outcome.found.warning_counts == {"left out": 11}


async def split(folder: Path, content: bytes, share: int, seed: int = 1) -> tuple[list[bytes], list[bytes]]:
    parts = folder / "training", folder / "validation"
    task = Task([saved(folder, "a.jsonl", content)], str(parts[0]), str(parts[1]), share, seed)
    outcome = await done(task)
    for part, written in zip(parts, [outcome.training, outcome.validation], strict=True):
        assert written is not None
        assert hashlib.sha256(part.read_bytes()).hexdigest() == written.sha256
        assert written.examples == len(part.read_bytes().splitlines())
    assert outcome.found.examples == outcome.training.examples
    return parts[0].read_bytes().splitlines(), parts[1].read_bytes().splitlines()


async def test_a_seed_chooses_what_is_held_back(tmp_path: Path) -> None:
    content = training_file(40)
    training, validation = await split(tmp_path, content, 20)
    assert (len(training), len(validation)) == (32, 8)
    assert sorted(training + validation) == sorted(content.splitlines())
    assert [line for line in content.splitlines() if line in training] == training
    assert await split(tmp_path, content, 20) == (training, validation)
    assert await split(tmp_path, content, 20, seed=2) != (training, validation)


async def test_examples_that_mean_the_same_stay_on_one_side_however_they_are_spelt(tmp_path: Path) -> None:
    plain = [json.dumps(example(f"Où {n}")).encode() for n in range(20)]
    spelt = [json.dumps({**example(f"Où {n}"), "tools": None}, ensure_ascii=False).encode() for n in range(20)]
    training, validation = await split(tmp_path, b"\xef\xbb\xbf" + b"\n\n".join([*plain, *spelt]), 25)
    assert (len(training), len(validation)) == (30, 10)
    questions = [{json.loads(line)["messages"][1]["content"] for line in part} for part in (training, validation)]
    assert not questions[0] & questions[1]


async def test_what_is_no_example_is_named_by_its_line_in_the_whole_file(tmp_path: Path) -> None:
    content = training_file(30) + b"{}\n"
    task = Task([saved(tmp_path, "a", content)], str(tmp_path / "t"), str(tmp_path / "v"), 50, 1)
    assert [error.line for error in (await done(task)).found.errors] == [31]


async def test_a_line_without_an_end_is_cut_and_not_held(tmp_path: Path) -> None:
    content = training_file(10) + b"x" * (5 * 2**20) + b"\n" + training_file(1)
    outcome = await done(Task([saved(tmp_path, "a.jsonl", content)]))
    assert [str(error) for error in outcome.found.errors] == [
        "Line 11: is longer than 2 MB; each example must be on a line of its own."
    ]
    assert [str(warning) for warning in outcome.found.warnings] == ["Line 12: is the same as line 1."]
    assert outcome.training.sha256 == hashlib.sha256(content).hexdigest()


async def test_a_process_that_breaks_down_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="FileNotFoundError"):
        await done(Task([(str(tmp_path / "none"), "none")]))


def test_it_starts_without_what_the_bot_needs() -> None:
    code = "import sys, json, bot.datasets.worker; print(json.dumps(sorted(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout  # noqa: S603  # our own
    assert not {"numpy", "openai", "discord", "aiohttp", "pydantic", "asyncio", "tiktoken"} & set(json.loads(told))
