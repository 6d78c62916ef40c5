"""What a finished model is asked: never what it was trained on."""

from pathlib import Path

from bot.datasets.held_out import load_scenarios
from bot.kinds import JOKE
from bot.model_server.chat import Message
from bot.reports.evaluation_set import MAX_EXAMPLE_CHARACTERS, EvaluationSet, evaluation_set
from tests.cogs.seen import example


def written(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def labels(path: Path, *numbers: int) -> Path:
    lines = (example(f"Ticket {number}", f"It is kind {number}. Over", "Sort tickets.") for number in numbers)
    return written(path, *lines)


def test_jokes_are_asked_the_shipped_scenarios_even_where_they_were_split(tmp_path: Path) -> None:
    split = written(tmp_path / "held-out.jsonl", example("A held-out duck", "Quack. Haha", JOKE.system))
    found = evaluation_set(JOKE.examples, split, 20)
    assert (found.system, found.questions) == (JOKE.system, load_scenarios())
    assert found.ending == " Haha"
    assert len(found.examples) == 20


def test_another_dataset_is_asked_its_own_held_out_questions(tmp_path: Path) -> None:
    training, held_out = labels(tmp_path / "a", *range(12)), labels(tmp_path / "b", 20, 21, 20, 3, 22, 23)
    found = evaluation_set(training, held_out, 3)
    assert found.system == "Sort tickets."
    assert found.questions == ("Ticket 20", "Ticket 21", "Ticket 22")  # 3 was trained on, 20 comes once
    assert found.ending == " Over"


def test_an_unsplit_one_is_asked_the_scenarios(tmp_path: Path) -> None:
    found = evaluation_set(labels(tmp_path / "a", *range(12)), None, 5)
    assert (found.system, found.questions) == ("Sort tickets.", load_scenarios()[:5])


def test_the_base_is_shown_ten_examples_and_the_tuned_model_none() -> None:
    found = evaluation_set(JOKE.examples, None, 1)
    shown, bare = found.prompt("A duck", shown=True), found.prompt("A duck", shown=False)
    assert [message.role for message in shown] == ["system", *["user", "assistant"] * 10, "user"]
    assert bare == (Message("system", JOKE.system), Message("user", "A duck"))
    assert EvaluationSet("", (), (), None).prompt("A duck", shown=False) == (Message("user", "A duck"),)


def test_long_examples_do_not_make_the_prompt_dear(tmp_path: Path) -> None:
    long = "word " * (MAX_EXAMPLE_CHARACTERS // 12)
    found = evaluation_set(written(tmp_path / "a", *(example(str(n), long) for n in range(12))), None, 1)
    assert len(found.examples) == 4


def test_a_file_that_is_gone_leaves_the_scenarios(tmp_path: Path) -> None:
    found = evaluation_set(tmp_path / "gone", tmp_path / "gone-too", 2)
    assert found == EvaluationSet(JOKE.system, load_scenarios()[:2], (), None)
