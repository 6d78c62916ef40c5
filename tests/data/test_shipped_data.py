"""The shipped data: what the recipe, the practice model and the demo rely on."""

import json
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.datasets.held_out import HeldOut
from bot.kinds import KINDS, Kind

DATA = Path(__file__).parents[2] / "data"
SYSTEM = {
    "jokes.jsonl": "You are an assistant that creates funny one-line jokes based on a given scenario.",
    "slogans.jsonl": "You are an assistant that creates a slogan based on company description",
}
ROLES = ["system", "user", "assistant"]
DEMO_SCENARIO = "a man walking across the road"
FILES = pytest.mark.parametrize("name", SYSTEM)


class Example(NamedTuple):
    system: str
    user: str
    assistant: str


def lines(name: str) -> list[str]:
    """The lines of a shipped file, as raw as they are: only the final newline is taken off."""
    text = (DATA / name).read_bytes().decode("utf-8")
    assert text.endswith("\n")
    return text.removesuffix("\n").split("\n")


def examples(name: str) -> list[Example]:
    return [Example(*(message["content"] for message in json.loads(line)["messages"])) for line in lines(name)]


def words(text: str) -> int:
    return len(text.split())


def distinct(texts: list[str]) -> int:
    return len({text.casefold() for text in texts})


@pytest.mark.parametrize(
    ("name", "count"), [("jokes.jsonl", 72), ("slogans.jsonl", 224), ("scenarios.txt", 20), ("descriptions.txt", 20)]
)
def test_each_file_has_as_many_lines_as_its_readme_says(name: str, count: int) -> None:
    assert len(lines(name)) == count
    assert f"`{name}`: {count} " in (DATA / "README.md").read_text(encoding="utf-8")


@FILES
def test_a_line_is_one_chat_of_system_user_and_assistant_and_nothing_else(name: str) -> None:
    for line in lines(name):
        record = json.loads(line)
        assert list(record) == ["messages"]
        assert [message["role"] for message in record["messages"]] == ROLES
        assert all(set(message) == {"role", "content"} for message in record["messages"])
        assert line == json.dumps(record, ensure_ascii=False)


@FILES
def test_the_system_message_is_the_recipes_own(name: str) -> None:
    assert {example.system for example in examples(name)} == {SYSTEM[name]}


@FILES
def test_no_prompt_and_no_answer_is_there_twice(name: str) -> None:
    shipped = examples(name)
    assert distinct([example.user for example in shipped]) == len(shipped)
    assert distinct([example.assistant for example in shipped]) == len(shipped)


def test_every_text_is_a_single_trimmed_line() -> None:
    texts = chain(
        lines("scenarios.txt"),
        lines("descriptions.txt"),
        *(example[1:] for name in SYSTEM for example in examples(name)),
    )
    for text in texts:
        assert text == " ".join(text.split()), text


def test_every_joke_ends_its_sentence_and_then_laughs_once() -> None:
    for example in examples("jokes.jsonl"):
        assert example.assistant.endswith(("! Haha", "? Haha", ". Haha")), example
        assert example.assistant.count("Haha") == 1, example
        assert 8 <= words(example.assistant) <= 28, example


def test_no_slogan_laughs() -> None:
    for example in examples("slogans.jsonl"):
        assert "haha" not in example.assistant.casefold(), example
        assert not set(example.assistant) & set('"“”„«»'), example
        assert 4 <= words(example.assistant) <= 12, example


def test_scenarios_are_short() -> None:
    for scenario in [*lines("scenarios.txt"), *(example.user for example in examples("jokes.jsonl"))]:
        assert 3 <= words(scenario) <= 9, scenario


def test_held_out_scenarios_and_the_demos_own_are_in_no_joke() -> None:
    learned = {example.user.casefold() for example in examples("jokes.jsonl")}
    held_out = {scenario.casefold() for scenario in lines("scenarios.txt")}
    assert len(held_out) == 20
    assert not learned & held_out
    assert DEMO_SCENARIO not in learned | held_out


def test_no_slogan_was_written_for_nearly_a_held_out_description() -> None:
    held_out = HeldOut(lines("descriptions.txt"))
    assert list(held_out.among([example.user for example in examples("slogans.jsonl")])) == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_arenas_questions_are_neither_trained_on_nor_reserved_for_reports(kind: Kind) -> None:
    asked = kind.arena.read_text("utf-8").splitlines()
    assert len(set(asked)) == len(asked) >= 20
    known = [example.user for example in examples(kind.examples.name)]
    assert not set(map(str.casefold, asked)) & set(map(str.casefold, known))
    assert list(HeldOut(kind.unseen.read_text("utf-8").splitlines()).among(asked)) == []
