"""Preference files: what a pair must be, and the words for what it is not."""

import json
from pathlib import Path

import pytest

from engine.training.lines import TrainingFileError
from engine.training.preference_file import read_preferences
from engine.training.training_file import Message
from tests.engine.preferences import SYSTEM, answer, pair, preference_file

USER = {"role": "user", "content": "A cat"}
CALL = {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f"}}]}


def fault(folder: Path, content: bytes, param: str = "training_file") -> TrainingFileError | None:
    path = folder / "pairs.jsonl"
    path.write_bytes(content)
    try:
        list(read_preferences(path, param))
    except TrainingFileError as error:
        return error
    return None


def with_input(**changes: object) -> dict[str, object]:
    given = pair()["input"]
    assert isinstance(given, dict)
    return {**pair(), "input": {**given, **changes}}


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in pair().items() if key != name}


def test_a_pair_is_a_conversation_and_two_answers(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_bytes(preference_file(10))
    first, *others = read_preferences(tmp_path / "pairs.jsonl")
    assert len(others) == 9
    assert first.input == (Message("system", "You are funny."), Message("user", "A cat 0 on a mat"))
    assert first.preferred == Message("assistant", "It naps.", trained=True)
    assert first.non_preferred == Message("assistant", "The cat likes the mat!", trained=True)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(without("nothing"), id="all fields"),
        pytest.param(with_input(tools=None, parallel_tool_calls=None), id="null where nothing is said"),
        pytest.param({**pair(), "input": {"messages": [USER]}}, id="messages alone"),
        pytest.param(with_input(messages=[USER, *answer("Hm?"), USER]), id="a longer conversation"),
        pytest.param(with_input(messages=[USER, *answer("Hm?"), SYSTEM]), id="a system message last"),
        pytest.param({**pair(), "preferred_output": [{**answer("It naps.")[0], "weight": 0}]}, id="a weight"),
    ],
)
def test_a_line_is_taken(tmp_path: Path, line: dict[str, object]) -> None:
    content = preference_file(10) + b"\n" + json.dumps(line).encode()
    assert fault(tmp_path, content) is None
    (*_, last) = read_preferences(tmp_path / "pairs.jsonl")
    assert (last.preferred.trained, last.non_preferred.trained) == (True, True)
    assert not any(message.trained for message in last.input)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ([], "it is a list, not a JSON object"),
        ({}, "`input` must be an object, but is missing"),
        ({"messages": [USER, *answer("x")]}, "it has `messages`, as examples for the method `supervised` do; a pair has `input`, `preferred_output` and `non_preferred_output`"),
        ({**pair(), "input": "A cat"}, "`input` is text, not a JSON object"),
        (with_input(messages=[]), "`input.messages` must be a list of messages, but is empty"),
        (with_input(messages="A cat"), "`input.messages` must be a list of messages, but is text"),
        ({**pair(), "input": {}}, "`input.messages` must be a list of messages, but is missing"),
        (with_input(messages=[USER, 7]), "input message 2 is a number, not a JSON object"),
        (with_input(messages=[{"role": "user"}]), "input message 1 has no content"),
        (with_input(messages=[{"role": "bot", "content": "x"}]), 'input message 1 has the role "bot"; it must be one of system, developer, user, assistant, tool, function'),
        (with_input(messages=[SYSTEM]), "it has no message from the user"),
        (with_input(messages=[USER, *answer("Hm?")]), "the last message of `input` must not be the assistant's, who speaks next"),
        (with_input(tools={}), "its `input` has `tools` that is an object, not a list"),
        (with_input(tools=[{"type": "function"}]), "it calls tools; this engine's models train on text only"),
        (with_input(messages=[USER, CALL, USER]), "it calls tools; this engine's models train on text only"),
        (with_input(parallel_tool_calls="yes"), "its `input` has `parallel_tool_calls` that is text, not a boolean"),
        (without("preferred_output"), "`preferred_output` must be a list of messages, but is missing"),
        (without("non_preferred_output"), "`non_preferred_output` must be a list of messages, but is missing"),
        ({**pair(), "preferred_output": "It naps."}, "`preferred_output` must be a list of messages, but is text"),
        ({**pair(), "preferred_output": []}, "`preferred_output` must be a list of messages, but is empty"),
        ({**pair(), "preferred_output": answer("x") * 2}, "`preferred_output` must have one message, but has 2"),
        ({**pair(), "preferred_output": [USER]}, "the message of `preferred_output` must be the assistant's"),
        ({**pair(), "preferred_output": [CALL]}, "it calls tools; this engine's models train on text only"),
        ({**pair(), "non_preferred_output": answer(" ")}, "non_preferred_output message 1 is empty"),
        ({**pair(), "non_preferred_output": answer("a \ud83d")}, "non_preferred_output message 1 has half an emoji or another half character (a lone surrogate), which UTF-8 cannot hold"),
        (pair(preferred="Same.", other="Same."), "both outputs say the same: neither can be preferred"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named_with_what_is_wrong(tmp_path: Path, line: object, message: str) -> None:
    found = fault(tmp_path, preference_file(2) + b"\n\n" + json.dumps(line).encode())
    assert found is not None
    assert (found.message, found.code) == (f"Line 4: {message}.", "invalid_training_file")


def test_ten_pairs_train_and_one_validates(tmp_path: Path) -> None:
    found = fault(tmp_path, preference_file(9))
    assert found is not None
    assert found.message == "The training file has 9 example(s), but must have at least 10."
    assert fault(tmp_path, preference_file(1), "validation_file") is None
