"""What a training file may be: the table that the engine is held to as well, the sentences, and whatever else people upload."""

import gzip
import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.datasets.examples import Example, examples
from bot.datasets.findings import KEPT_ERRORS
from bot.tokens import TokenCount, estimate_tokens
from tests.bot.datasets.checking import checked
from tests.bot.parts import example, training_file
from tests.training_files import ANSWER, CASES, GOOD, HALF_EMOJI, TOOL, USER, Case, line, message, with_line


@pytest.mark.parametrize("case", [case for case in CASES if case.line is None], ids=lambda case: case.name)
def test_what_the_table_takes_has_no_error_and_its_tools_are_counted(case: Case) -> None:
    found = checked(case.content)
    assert (list(map(str, found.errors)), found.tool_examples) == ([], int(case.tools))


@pytest.mark.parametrize("case", [case for case in CASES if case.line is not None], ids=lambda case: case.name)
def test_what_the_table_refuses_has_one_error_at_its_line_that_says_why(case: Case) -> None:
    found = checked(case.content)
    (error,) = found.errors
    assert (found.error_count, error.line or 0) == (1, case.line)
    assert [part for part in case.says if part not in str(error)] == []


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (b"scenario,joke", "is not JSON (column 1); each line must be one JSON object."),
        (b"[]", 'is a list instead of a JSON object; it must look like `{"messages": [...]}`.'),
        (b"{}", 'has no messages; it must look like `{"messages": [...]}`.'),
        (b'{"messages": 0}', "has a number as `messages`; it must be a list."),
        (line(USER, "Haha"), "message 2 is text instead of an object with a role and a content."),
        (line(message("bot", "A"), ANSWER), "message 1 has the unknown role “bot”; use system, user or assistant."),
        (line(message("user", 7), ANSWER), "message 1 (user) has a number as its content; it must be text."),
        (line(USER, message("assistant", HALF_EMOJI)), "message 2 contains half of an emoji or of another character; write it again."),
        (line(USER, ANSWER, tools=[{"\ud83d": 1}]), "contains half of an emoji or of another character beside its messages; write it again."),
        (line(USER, ANSWER, functions="find"), "has text as `functions`; it must be a list."),
        (line(USER, {**ANSWER, "function_call": "find"}), "message 2 has text as its `function_call`; it must be an object."),
        (line({"role": "\ud83d", "content": "A"}, ANSWER), "message 1 contains half of an emoji or of another character; write it again."),
        (line(USER, message("assistant", [{"type": "refusal", "refusal": "No."}])), "message 2 (assistant) has a part of the type “refusal”; only text can be trained on here."),
    ],
)  # fmt: skip
def test_each_error_names_its_line_and_the_wrong_thing_by_its_name(one: bytes, said: str) -> None:
    assert list(map(str, checked(with_line(one)).errors)) == [f"Line 3: {said}"]


def test_what_a_file_says_is_no_markup_in_the_error_about_it() -> None:
    (error,) = checked(with_line(line(message("[x](https://evil.example)", "A"), ANSWER))).errors
    assert "“\\[x\\](https\\://evil.example)”" in error.markdown()


def test_other_keys_beside_the_messages_are_of_any_type() -> None:
    assert (
        checked(with_line(line(USER, ANSWER, name=7, role=[], weight="x", tool_calls=None, source={"a": 1}))).errors
        == []
    )


@pytest.mark.parametrize("depth", [*range(850, 1000, 10), 100_000])
def test_json_nested_as_deep_as_the_parser_goes_is_only_an_error(depth: int) -> None:
    nested = b"[" * depth + b"]" * depth
    plain = b'"messages": [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}]'
    (error,) = checked(with_line(b'{"messages": [{"role": ' + nested + b"}]}")).errors
    assert error.line == 3
    assert [one.line for one in checked(with_line(b'{"metadata": ' + nested + b", " + plain + b"}")).errors] in (
        [],
        [3],
    )


def test_errors_are_all_counted_and_the_first_kept_and_then_the_number_of_examples_is_no_error() -> None:
    found = checked(b"{}\n" * 1000)
    assert (found.error_count, len(found.errors)) == (1000, KEPT_ERRORS)
    assert [error.line for error in checked(b"{}\n{}").errors] == [1, 2]


def zipped(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, training_file())
    return held.getvalue()


LISTED = json.dumps([json.loads(one) for one in GOOD], indent=1).encode()
OTHER_FILES = {
    "an empty file": (b"", "This file is empty: it has 0 examples, and"),
    "a JSON list": (LISTED, "This file is one JSON list."),
    "a JSON list on one line": (b"[" + b", ".join(GOOD) + b"]", "This file is one JSON list."),
    "a JSON list of a line an example": (b"[\n" + b",\n".join(GOOD) + b"\n]", "This file is one JSON list."),
    "a giant JSON list": (b"[" + b", ".join(GOOD * 2000) + b"]", "This file is one JSON list."),
    "indented JSON": (json.dumps(json.loads(GOOD[0]), indent=2).encode() * 12, "In this file an example spans"),
    "a CSV table": (b"scenario,joke\n" + b"A duck,Quack\n" * 2000, "This file looks like a table (CSV or TSV)."),
    "a TSV table": (b"scenario\tjoke\n" + b"A duck\tQuack\n" * 20, "This file looks like a table (CSV or TSV)."),
    "a web page": (b"\n<!DOCTYPE html>\n" + b"<p>Sign in</p>\n" * 99, "This file is a web page or other markup"),
    "plain text": ("Enten går over vejen\n".encode() * 20, "This file is plain text."),
    "UTF-16": (b"".join(GOOD).decode().encode("utf-16"), "This file is UTF-16 text."),
    "UTF-16 without a mark": ("\n".join(["A duck"] * 20).encode("utf-16-be"), "This file is UTF-16 text."),
    "Latin-1": (("Späße, ß\n" * 20).encode("latin-1"), "This file is text in another encoding."),
    "lines that end in CR": (b"\r".join(GOOD), "The lines of this file end in carriage returns (CR) alone."),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\n" + b"stream\n" * 99, "This file is a PDF document."),
    "rich text": (b"{\\rtf1\\ansi\n" + b"\\par A duck\n" * 20, "This file is a rich text document."),
    "a PNG": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\xff\n" * 99, "This file is a PNG picture."),
    "gzip": (gzip.compress(training_file()), "This file is a gzip archive."),
    "a zip": (zipped("jokes.jsonl"), "This file is a ZIP archive."),
    "an Excel workbook": (zipped("[Content_Types].xml", "xl/workbook.xml"), "This file is an Office document."),
    "binary": (bytes(range(256)) * 40, "This file is a binary file."),
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_what_is_no_training_file_is_called_by_its_name_in_one_sentence(name: str) -> None:
    content, said = OTHER_FILES[name]
    (error,) = checked(content).errors
    assert (error.line, str(error)[: len(said)]) == (None, said)


def test_a_giant_line_is_one_error() -> None:
    giant = b'{"messages": [' + b'{"role": "user", "content": "' + "ä".encode() * 3_000_000 + b'"}]}'
    assert list(map(str, checked(giant).errors)) == [
        "Line 1: is longer than 2 MB; each example must be on a line of its own."
    ]


def test_lines_are_numbered_across_any_stretch_of_blanks() -> None:
    found = checked(b"\n \n" * 50_000 + training_file() + b"{}\n" + training_file())
    assert [error.line for error in found.errors] == [100_011]


def test_nobody_reads_on_after_very_many_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.datasets.checker.MAX_ERRORS", 1000)
    found = checked(b"{}\n" * 200_000)
    assert 1000 < found.error_count < 100_000


def test_a_good_file_with_a_few_bad_lines_keeps_their_errors() -> None:
    assert [error.line for error in checked(b"[1]\n<p>\n" + training_file()).errors] == [1, 2]


def test_examples_and_tokens_are_counted() -> None:
    found = checked(training_file(12))
    chats = [[turn["content"] for turn in json.loads(one)["messages"]] for one in training_file(12).splitlines()]
    assert (found.examples, found.error_count) == (12, 0)
    assert found.tokens == sum(TokenCount().chat(chat) for chat in chats)


def test_all_that_is_billed_is_counted_and_not_only_the_texts() -> None:
    plain = checked(with_line(line(USER, ANSWER))).tokens
    tools = [TOOL] * 1000
    for more in ({"tools": tools}, {"functions": tools}, {"response_format": {"schema": tools}}):
        counted = checked(with_line(line(USER, ANSWER, **more))).tokens - plain
        assert counted == pytest.approx(estimate_tokens(json.dumps(tools)), rel=0.01)
    assert checked(with_line(line(USER, ANSWER, parallel_tool_calls=False))).tokens > plain
    called = checked(with_line(line(USER, {**ANSWER, "tool_calls": [{"id": "x" * 4000}]}))).tokens
    assert called - plain == pytest.approx(1000, abs=10)
    assert checked(with_line(line({**USER, "name": "Augusta!"}, ANSWER))).tokens - plain == 2 + 1


def test_examples_are_read_as_the_last_turn_of_either_side() -> None:
    first, again = {"role": "system", "content": "You joke."}, message("user", [{"type": "text", "text": "Again"}])
    lines = [
        b"\xef\xbb\xbf" + line(first, USER, ANSWER, again, ANSWER),
        b" \r\n",
        line(USER, message("assistant", HALF_EMOJI)),
    ]
    assert list(examples(lines)) == [
        Example("You joke.", "Again", "He ran. Haha"),
        Example("", "A man", "A parrot ?"),
    ]


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(HALF_EMOJI),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["messages", "role", "content", "weight", "tool_calls"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(st.binary(max_size=40) | ANY.map(lambda value: json.dumps(value).encode()), max_size=12))
def test_no_bytes_at_all_make_it_fail(lines: list[bytes]) -> None:
    found = checked(b"\n".join(lines))
    assert found.error_count > 0
    assert all(str(error) and error.markdown() for error in found.errors)


TEXT = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=10, max_size=14), st.booleans())
def test_a_generated_file_has_no_error_and_reads_as_it_was_written(pairs: list[tuple[str, str]], ascii_: bool) -> None:
    content = "".join(json.dumps(example(*pair), ensure_ascii=ascii_) + "\n" for pair in pairs).encode()
    found = checked(content)
    assert (found.errors, found.examples) == ([], len(pairs))
    assert [(read.user, read.assistant) for read in examples(io.BytesIO(content))] == pairs
