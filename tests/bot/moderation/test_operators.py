"""BLOCKED_WORDS_FILE: words and expressions in a file of the operator's, and what is wrong with a line."""

import logging
from pathlib import Path

import pytest

from bot.errors import StartupError
from bot.moderation.operators import load_operators_list


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "words.txt"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_words_and_expressions_are_found_and_comments_and_blank_lines_are_not(tmp_path: Path) -> None:
    listed = load_operators_list(written(tmp_path, "# mild ones", "", "drat", r"/d[a4]rn\d*/", "1/2"))
    blocked = ["Drat!", "D4RN77", "ｄａｒｎ", "1/2"]
    assert [text for text in [*blocked, "mild", "dart", "#"] if listed.blocks(text)] == blocked


def test_without_a_file_nothing_is_blocked() -> None:
    assert not load_operators_list(None).blocks("drat")


def test_an_expression_that_takes_too_long_counts_as_found(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    listed = load_operators_list(written(tmp_path, "/(.*a){12}c/"))
    with caplog.at_level(logging.WARNING):
        assert listed.blocks("a" * 300)
    assert "takes too long. Write a simpler one." in caplog.text


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("***", "Line 2 of the list of words {path} has neither letters nor signs. Change or delete it."),
        (
            "/(/",
            "Line 2 of the list of words {path} is no regular expression: missing ) at position 1. Change or delete it.",
        ),
    ],
)
def test_a_faulty_line_is_named_at_the_start(tmp_path: Path, line: str, problem: str) -> None:
    path = written(tmp_path, "drat", line)
    with pytest.raises(StartupError) as refused:
        load_operators_list(path)
    assert str(refused.value) == problem.format(path=path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartupError) as refused:
        load_operators_list(tmp_path / "none.txt")
    assert str(refused.value) == (
        f"Cannot read the list of words {tmp_path / 'none.txt'}: No such file or directory. Check BLOCKED_WORDS_FILE."
    )
