"""Training files: every fault with its line, and what a good file holds."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.datasets.checker import KEPT_FAULTS, check, examples
from bot.tokens import estimate_chat_tokens
from tests.bot.parts import example, training_file

GOOD = training_file(10).splitlines(keepends=True)


def faults(*lines: bytes) -> list[str]:
    return [str(fault) for fault in check([*GOOD, *lines]).faults]


def messages(*turns: dict[str, Any] | Any) -> bytes:
    return json.dumps({"messages": list(turns)}).encode()


USER, ANSWER = {"role": "user", "content": "A man"}, {"role": "assistant", "content": "Haha"}
CALLS = [{"id": "call-1", "type": "function", "function": {"name": "joke", "arguments": "{}"}}]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"\n", "is empty; remove it."),
        (b"\xff\xfe{}", "is not UTF-8 text."),
        (b"scenario,joke", "is not JSON (column 1); each line must be one JSON object."),
        (b'{"messages": [', "is not JSON (column 15); each line must be one JSON object."),
        (b"[" * 100_000, "is not JSON; each line must be one JSON object."),
        (b"9" * 5000, "is not JSON; each line must be one JSON object."),
        (b"[]", 'is not a JSON object; it must look like {"messages": [...]}.'),
        (b"{}", 'has no “messages”; it must look like {"messages": [...]}.'),
        (b'{"messages": []}', 'has no “messages”; it must look like {"messages": [...]}.'),
        (b'{"messages": {}}', 'has no “messages”; it must look like {"messages": [...]}.'),
        (messages(USER, "Haha"), "message 2 is not an object with a role and a content."),
        (messages({"role": "bot", "content": "A"}), "message 1 has the role “bot”; use system, user or assistant."),
        (messages(USER, {"content": "Haha"}), "message 2 has the role none; use system, user or assistant."),
        (messages({"role": ["user"]}), "message 1 has the role “['user']”; use system, user or assistant."),
        (messages(USER), "the answer is missing; the last message must be the assistant's."),
        (messages(ANSWER, USER), "the answer is missing; the last message must be the assistant's."),
        (messages(USER, {"role": "assistant"}), "message 2 (assistant): the answer is missing; it must be text."),
        (
            messages(USER, {"role": "assistant", "content": " \n"}),
            "message 2 (assistant): the answer is missing; it must be text.",
        ),
        (
            messages({"role": "user", "content": 7}, ANSWER),
            "message 1 (user): the content is missing; it must be text.",
        ),
        (
            messages({**USER, "weight": 1}, ANSWER),
            "message 1 has a wrong weight; only an assistant's message may have one, 0 or 1.",
        ),
        (
            messages(USER, {**ANSWER, "weight": 0.5}),
            "message 2 has a wrong weight; only an assistant's message may have one, 0 or 1.",
        ),
    ],
)
def test_each_fault_is_named_with_its_line(line: bytes, fault: str) -> None:
    assert faults(line) == [f"Line 11: {fault}"]


@pytest.mark.parametrize(
    "line",
    [
        messages(USER, ANSWER),
        messages(USER, {**ANSWER, "weight": 0}, USER, ANSWER),
        messages({"role": "developer", "content": "Joke."}, USER, ANSWER),
        messages(USER, {"role": "assistant", "tool_calls": CALLS}),
        messages(USER, {"role": "assistant", "content": None, "function_call": {"name": "joke"}}),
        json.dumps(example("Straße 🚶", "Haha 😂"), ensure_ascii=False).encode() + b"\r\n",
        b'{"messages": [{"role": "user", "content": "half \\ud83d"}, {"role": "assistant", "content": "Haha"}]}',
    ],
)
def test_what_openai_takes_has_no_fault(line: bytes) -> None:
    assert faults(line) == []


@pytest.mark.parametrize("count", [0, 1, 9])
def test_fewer_than_ten_examples_are_too_few(count: int) -> None:
    found = check(training_file(count).splitlines())
    assert [str(fault) for fault in found.faults] == [
        f"A training file needs at least 10 examples; this one has {count}."
    ]
    assert found.fault_count == 1


def test_a_file_with_faulty_lines_is_not_blamed_for_its_length_too() -> None:
    assert [fault.line for fault in check([b"{}", b"[]"]).faults] == [1, 2]


def test_all_faults_are_counted_and_the_first_are_kept() -> None:
    found = check([b"{}"] * 1000)
    assert (found.fault_count, len(found.faults)) == (1000, KEPT_FAULTS)


def test_examples_and_tokens_are_counted() -> None:
    found = check(io.BytesIO(training_file(12)))
    chats = [[turn["content"] for turn in json.loads(line)["messages"]] for line in training_file(12).splitlines()]
    assert (found.examples, found.fault_count) == (12, 0)
    assert found.tokens == sum(estimate_chat_tokens(chat) for chat in chats)


def test_examples_are_read_as_the_last_turn_of_either_side() -> None:
    first = {"role": "system", "content": "You joke."}
    lines = [messages(first, USER, ANSWER, {"role": "user", "content": "Again"}, ANSWER), messages(USER, ANSWER)]
    assert list(examples(lines)) == [("You joke.", "Again", "Haha"), ("", "A man", "Haha")]


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("half \ud83d"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["messages", "role", "content", "weight", "tool_calls"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()), max_size=12))
def test_no_bytes_at_all_make_it_fail(lines: list[bytes]) -> None:
    found = check(lines)
    assert found.fault_count + found.examples >= len(lines)


@pytest.mark.parametrize("depth", range(850, 1000, 10))
def test_a_role_nested_as_deep_as_the_parser_goes_is_only_a_fault(depth: int) -> None:
    nested = b"[" * depth + b"]" * depth
    (fault,) = faults(b'{"messages": [{"role": ' + nested + b"}]}")
    assert fault.startswith("Line 11: ")


TEXT = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=10, max_size=14), st.booleans())
def test_a_generated_file_has_no_fault_and_reads_as_it_was_written(pairs: list[tuple[str, str]], ascii_: bool) -> None:
    content = "".join(json.dumps(example(*pair), ensure_ascii=ascii_) + "\n" for pair in pairs).encode()
    found = check(io.BytesIO(content))
    assert (found.faults, found.examples) == ([], len(pairs))
    assert [read[1:] for read in examples(io.BytesIO(content))] == pairs
