"""Training files: what is learned from them, and every fault named with its line."""

from pathlib import Path

import pytest

from engine.training.training_file import DatasetError, read_examples
from tests.engine.datasets import line, training_file
from tests.engine.process import ROOT


def faults(tmp_path: Path, content: bytes) -> tuple[str, str]:
    path = tmp_path / "file.jsonl"
    path.write_bytes(content)
    with pytest.raises(DatasetError) as raised:
        read_examples(path)
    return raised.value.code, raised.value.message


@pytest.mark.parametrize(
    ("bad_line", "fault"),
    [
        ("{not json", "it is not a JSON object"),
        ("[1, 2]", "it is not a JSON object"),
        ('{"prompt": "a", "completion": "b"}', "it must have a non-empty list `messages`"),
        ('{"messages": []}', "it must have a non-empty list `messages`"),
        ('{"messages": ["hello"]}', "message 1 is not a JSON object"),
        ('{"messages": [{"role": "user", "content": "a"}]}', "its last message must be from the role `assistant`"),
        ('{"messages": [{"role": "assistant", "content": "a"}]}', "it has no message from the role `user`"),
        (line(weight=0), "it has no assistant message to learn (each has weight 0)"),
        (line(weight=2), "message 3 may have a `weight` of 0 or 1, and only from the role `assistant`"),
        (line(content=""), "message 3 must have text in `content`"),
        (line(content=7), "message 3 must have text in `content`"),
        (line(role="bot"), 'message 3 has the role "bot"; known roles are system, developer, user, assistant, tool, function'),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(tmp_path: Path, bad_line: str, fault: str) -> None:
    content = training_file(11).decode() + "\n\n" + bad_line + "\n" + line()
    assert faults(tmp_path, content.encode()) == ("invalid_training_file", f"Line 13: {fault}.")


def test_text_must_be_utf8(tmp_path: Path) -> None:
    content = training_file(11) + b"\n\xff\xfe"
    assert faults(tmp_path, content) == ("invalid_training_file", "Line 12: it is not UTF-8 text.")


def test_fewer_than_ten_examples_are_too_few(tmp_path: Path) -> None:
    assert faults(tmp_path, training_file(9)) == (
        "invalid_n_examples",
        "Training file has 9 example(s), but must have at least 10 examples.",
    )


def test_a_byte_order_mark_and_empty_lines_are_forgiven(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + training_file(10).replace(b"\n", b"\r\n\r\n") + b"\n\n")
    assert len(read_examples(path)) == 10


@pytest.mark.parametrize("name", ["jokes.jsonl", "slogans.jsonl"])
def test_the_shipped_files_are_valid(name: str) -> None:
    turns = [turn for example in read_examples(ROOT / "data" / name) for turn in example.turns()]
    assert len(turns) >= 60
    assert all(request and answer for request, answer in turns)
