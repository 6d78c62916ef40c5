"""What a finished model is asked: never what it was trained on."""

from pathlib import Path

from bot.datasets.held_out import load_scenarios
from bot.jokes import SHIPPED, SYSTEM
from bot.llm import Message
from bot.reports.exam import MOST_EXAMPLE_CHARACTERS, Exam, set_exam
from tests.cogs.seen import example


def written(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def labels(path: Path, *numbers: int) -> Path:
    lines = (example(f"Ticket {number}", f"It is kind {number}. Over", "Sort tickets.") for number in numbers)
    return written(path, *lines)


def test_jokes_are_asked_the_shipped_scenarios_even_where_they_were_split(tmp_path: Path) -> None:
    split = written(tmp_path / "held-out.jsonl", example("A held-out duck", "Quack. Haha", SYSTEM))
    exam = set_exam(SHIPPED, split, 20)
    assert (exam.system, exam.questions) == (SYSTEM, load_scenarios())
    assert exam.ending == " Haha"
    assert len(exam.examples) == 20


def test_another_dataset_is_asked_its_own_held_out_questions(tmp_path: Path) -> None:
    training, held_out = labels(tmp_path / "a", *range(12)), labels(tmp_path / "b", 20, 21, 20, 3, 22, 23)
    exam = set_exam(training, held_out, 3)
    assert exam.system == "Sort tickets."
    assert exam.questions == ("Ticket 20", "Ticket 21", "Ticket 22")  # 3 was trained on, 20 comes once
    assert exam.ending == " Over"


def test_an_unsplit_one_is_asked_the_scenarios(tmp_path: Path) -> None:
    exam = set_exam(labels(tmp_path / "a", *range(12)), None, 5)
    assert (exam.system, exam.questions) == (SYSTEM, load_scenarios()[:5])


def test_the_base_is_shown_ten_examples_and_the_tuned_model_none() -> None:
    exam = set_exam(SHIPPED, None, 1)
    shown, bare = exam.prompt("A duck", shown=True), exam.prompt("A duck", shown=False)
    assert [message.role for message in shown] == ["system", *["user", "assistant"] * 10, "user"]
    assert bare == (Message("system", SYSTEM), Message("user", "A duck"))
    assert Exam("", (), (), None).prompt("A duck", shown=False) == (Message("user", "A duck"),)


def test_long_examples_do_not_make_the_prompt_dear(tmp_path: Path) -> None:
    long = "word " * (MOST_EXAMPLE_CHARACTERS // 12)
    exam = set_exam(written(tmp_path / "a", *(example(str(n), long) for n in range(12))), None, 1)
    assert len(exam.examples) == 4


def test_a_file_that_is_gone_leaves_the_scenarios(tmp_path: Path) -> None:
    exam = set_exam(tmp_path / "gone", tmp_path / "gone-too", 2)
    assert exam == Exam(SYSTEM, load_scenarios()[:2], (), None)
