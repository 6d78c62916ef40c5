"""Training files: the table that the bot is held to as well, and whatever else a line may hold."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.training.lines import TrainingFileError
from engine.training.training_file import ROLES, read_examples
from tests.engine.process import ROOT
from tests.training_files import CASES, Case, file, numbered, with_line

GOOD = file(*numbered(10))


def fault(path: Path, content: bytes, param: str = "training_file") -> TrainingFileError | None:
    path.write_bytes(content)
    try:
        list(read_examples(path, param))
    except TrainingFileError as error:
        return error
    return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_is_taken_or_refused_at_its_line(tmp_path: Path, case: Case) -> None:
    found = fault(tmp_path / "file.jsonl", case.content)
    if case.tools:
        assert found is not None
        assert found.message == "Line 3: it calls tools; this engine's models train on text only."
    elif case.line is None:
        assert found is None
    else:
        assert found is not None
        assert found.message.startswith(f"Line {case.line}: ") == bool(case.line)
        assert [part for part in case.says if part not in found.message] == []
        assert found.code == ("invalid_training_file" if case.line else "invalid_n_examples")


def test_text_parts_belong_together(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "A "}, {"type": "text", "text": "man"}]
    line = {"messages": [{"role": "user", "content": parts}, {"role": "assistant", "content": "He ran."}]}
    (tmp_path / "file.jsonl").write_bytes(with_line(json.dumps(line).encode()))
    assert list(read_examples(tmp_path / "file.jsonl"))[2].messages[0].text == "A man"


def test_one_example_is_enough_to_validate_on(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    assert fault(path, GOOD.splitlines()[0], "validation_file") is None
    empty = fault(path, b"\n", "validation_file")
    assert empty is not None
    assert (empty.message, empty.param) == (
        "The validation file has 0 example(s), but must have at least 1.",
        "validation_file",
    )


@pytest.mark.parametrize("name", ["jokes.jsonl", "slogans.jsonl"])
def test_the_shipped_files_are_valid(name: str) -> None:
    turns = [turn for example in read_examples(ROOT / "data" / name) for turn in example.turns()]
    assert len(turns) >= 60
    assert all(request and answer for request, answer in turns)


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
MESSAGES = st.fixed_dictionaries(
    {"role": st.sampled_from(ROLES) | ANY_JSON, "content": ANY_TEXT | ANY_JSON},
    optional={"weight": st.sampled_from([0, 1, None]) | ANY_JSON, "name": ANY_JSON, "tool_calls": ANY_JSON},
)
LINES: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"messages": st.lists(MESSAGES | ANY_JSON, max_size=4) | ANY_JSON}, optional={"tools": ANY_JSON}
)


@given(LINES | ANY_JSON)
def test_whatever_stands_in_a_line_it_is_taken_or_named(tmp_path_factory: pytest.TempPathFactory, line: object) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    content = json.dumps(line).encode()
    found = fault(path, file(*numbered(10), content))
    if found is None:
        messages = list(read_examples(path))[-1].messages
        assert any(message.trained and message.text.strip() for message in messages)
        assert all(message.text.encode() or message.role in ("system", "developer") for message in messages)
    else:
        assert found.message.startswith("Line 11: ")
        found.message.encode()


@given(st.binary(max_size=60))
def test_whatever_bytes_stand_in_a_line_they_are_taken_or_named(
    tmp_path_factory: pytest.TempPathFactory, line: bytes
) -> None:
    found = fault(tmp_path_factory.getbasetemp() / "bytes.jsonl", file(*numbered(10), line))
    assert found is None or found.message.startswith("Line ")
