"""Preference files: what a pair must be, and the words for what it is not."""

import json
from pathlib import Path

import pytest

from engine.training.lines import TrainingFileError
from engine.training.preference_file import read_preferences
from engine.training.training_file import Message
from tests.preference_files import REFUSED, TAKEN, preference_file


def fault(folder: Path, content: bytes, param: str = "training_file") -> TrainingFileError | None:
    path = folder / "pairs.jsonl"
    path.write_bytes(content)
    try:
        list(read_preferences(path, param))
    except TrainingFileError as error:
        return error
    return None


def test_a_pair_is_a_conversation_and_two_answers(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_bytes(preference_file(10))
    first, *others = read_preferences(tmp_path / "pairs.jsonl")
    assert len(others) == 9
    assert first.input == (Message("system", "You are funny."), Message("user", "A cat 0 on a mat"))
    assert first.preferred == Message("assistant", "It naps.", trained=True)
    assert first.non_preferred == Message("assistant", "The cat likes the mat!", trained=True)


@pytest.mark.parametrize("line", TAKEN.values(), ids=TAKEN)
def test_a_line_is_taken(tmp_path: Path, line: dict[str, object]) -> None:
    content = preference_file(10) + b"\n" + json.dumps(line).encode()
    assert fault(tmp_path, content) is None
    (*_, last) = read_preferences(tmp_path / "pairs.jsonl")
    assert (last.preferred.trained, last.non_preferred.trained) == (True, True)
    assert not any(message.trained for message in last.input)


@pytest.mark.parametrize(("line", "message"), [(one.line, one.engine) for one in REFUSED])
def test_a_wrong_line_is_named_with_what_is_wrong(tmp_path: Path, line: object, message: str) -> None:
    found = fault(tmp_path, preference_file(2) + b"\n\n" + json.dumps(line).encode())
    assert found is not None
    assert (found.message, found.code) == (f"Line 4: {message}.", "invalid_training_file")


def test_ten_pairs_train_and_one_validates(tmp_path: Path) -> None:
    found = fault(tmp_path, preference_file(9))
    assert found is not None
    assert found.message == "The training file has 9 example(s), but must have at least 10."
    assert fault(tmp_path, preference_file(1), "validation_file") is None
