"""What a check finds beyond errors: repetitions, odd endings, scenarios given away, lengths; and that its two ways agree."""

import json
from pathlib import Path
from typing import Any

import pytest
import tiktoken.load
import tiktoken.registry
from hypothesis import given
from hypothesis import strategies as st

from bot.datasets import token_chart
from bot.datasets.block import read_usual
from bot.datasets.checker import MAX_TOKENS, Checker
from bot.datasets.findings import KEPT_WARNINGS, FileCheck, LineError, summarize
from bot.datasets.held_out import HeldOut, load_scenarios
from bot.datasets.line import Digest, read_line
from bot.tokens import TokenCount, token_count
from tests.bot.parts import example

SCENARIOS = ("A fox reading a newspaper", "A sprinter without shoes")


def line(user: str = "A man", answer: str = "He walked. Haha") -> bytes:
    return json.dumps(example(user, answer)).encode()


def lines(count: int = 10, answer: str = "He walked. Haha") -> list[bytes]:
    return [line(f"Scenario {number}", answer) for number in range(count)]


def checked(*files: list[bytes], tokens: TokenCount | None = None, keep: list[bytes] | None = None) -> FileCheck:
    """Each file is one block of lines; with `keep`, they are merged into it."""
    checker = Checker(tokens, HeldOut(SCENARIOS))
    for number, content in enumerate(files):
        name = f"{'abc'[number]}.jsonl" if len(files) > 1 else None
        checker.feed([content], name, None if keep is None else keep.append)
    return checker.result()


def warnings(*files: list[bytes], keep: list[bytes] | None = None) -> list[str]:
    return [str(warning) for warning in checked(*files, keep=keep).warnings]


def test_a_repeated_example_is_named_with_both_lines_and_still_counts() -> None:
    found = checked([*lines(), line("Scenario 2")])
    assert [str(warning) for warning in found.warnings] == ["Line 11: is the same as line 3."]
    assert (found.examples, found.error_count, found.warning_counts) == (11, 0, {"repeated": 1})


USER, ANSWER = {"role": "user", "content": "Où?"}, {"role": "assistant", "content": "Là. Haha"}
CALL = {"id": "1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
SPELLINGS: dict[str, list[dict[str, Any] | bytes]] = {
    "plain": [
        {"messages": [USER, ANSWER]},
        b'{"messages": [{"role": "user", "content": "O\\u00f9?"}, {"role": "assistant", "content": "L\\u00e0. Haha"}]}',
        b' {"messages":[{"content":"O\xc3\xb9?","role":"user"},{"content":"L\xc3\xa0. Haha","role":"assistant"}]}\r',
        {"messages": [USER, {**ANSWER, "weight": 1}]},
        {"messages": [{**USER, "weight": None, "name": None}, {**ANSWER, "tool_calls": None, "function_call": None}]},
        {"messages": [USER, {**ANSWER, "tool_calls": [], "annotations": [], "refusal": None, "audio": None}]},
        {"messages": [{**USER, "content": [{"type": "text", "text": "Où"}, {"text": "?", "type": "text"}]}, ANSWER]},
        {"messages": [USER, ANSWER], "tools": None, "functions": [], "parallel_tool_calls": True},
    ],
    "weight 0": [
        {"messages": [USER, {**ANSWER, "weight": 0}, USER, ANSWER]},
        {"messages": [USER, {"weight": 0.0, **ANSWER}, USER, {**ANSWER, "weight": 1.0}]},
    ],
    "a name": [{"messages": [{**USER, "name": "Ada"}, ANSWER]}, {"messages": [{"name": "Ada", **USER}, ANSWER]}],
    "another name": [{"messages": [{**USER, "name": "Bob"}, ANSWER]}],
    "another role": [{"messages": [{**USER, "role": "developer"}, USER, ANSWER]}],
    "a call": [
        {"messages": [USER, CALLING]},
        {"messages": [USER, {"role": "assistant", "content": "", "tool_calls": [dict(reversed(CALL.items()))]}]},
        {"messages": [USER, {"role": "assistant", "tool_calls": [CALL], "function_call": None}]},
    ],
    "tools": [{"messages": [USER, ANSWER], "tools": [CALL]}, {"tools": [CALL], "messages": [USER, ANSWER]}],
    "functions": [{"messages": [USER, ANSWER], "functions": [CALL]}],
    "the same texts in other messages": [{"messages": [USER, {**ANSWER, "content": "Là."}, USER, ANSWER]}],
}


def spelt(name: str) -> list[bytes]:
    return [one if isinstance(one, bytes) else json.dumps(one).encode() for one in SPELLINGS[name]]


def test_examples_are_the_same_however_they_are_spelt_and_differ_in_all_else() -> None:
    keys = {name: {digest(one).key for one in spelt(name)} for name in SPELLINGS}
    assert [name for name, found in keys.items() if len(found) > 1] == []
    assert len(set.union(*keys.values())) == len(SPELLINGS)


@pytest.mark.parametrize("name", SPELLINGS)
def test_another_spelling_is_a_repetition_and_costs_the_same(name: str) -> None:
    found = checked([*lines(), *spelt(name)])
    count = len(SPELLINGS[name])
    assert found.warning_counts.get("repeated", 0) == count - 1
    assert (found.tokens - checked(lines()).tokens) % count == 0
    merged: list[bytes] = []
    checked([*lines(), *spelt(name)], keep=merged)
    assert merged == [*lines(), spelt(name)[0]]


def digest(content: bytes) -> Digest:
    found = read_line(content, TokenCount())
    assert found is not None
    return found


def test_merged_files_hold_each_example_once_and_lines_are_named_by_file() -> None:
    kept: list[bytes] = []
    found = checked(lines(), [line("new"), *lines(2)], keep=kept)
    assert [str(warning) for warning in found.warnings] == [
        "b.jsonl, line 2: is the same as line 1 of a.jsonl, and left out.",
        "b.jsonl, line 3: is the same as line 2 of a.jsonl, and left out.",
    ]
    assert kept == [*lines(), line("new")]
    assert (found.examples, found.warning_counts) == (11, {"left out": 2})


def test_an_error_in_one_of_several_files_is_named_by_file() -> None:
    assert [str(error) for error in checked(lines(), [line(), b"{}"], [b"a,b"]).errors] == [
        'b.jsonl, line 2: has no messages; it must look like `{"messages": [...]}`.',
        'c.jsonl: This file looks like a table (CSV or TSV). Write each row as a line such as `{"messages": [...]}`.',
    ]


@pytest.mark.parametrize("other", ["He walked.", "He walked. haha", "He walked. Haha!", "He walked. Haha ", "Haha"])
def test_an_answer_that_ends_differently_is_named(other: str) -> None:
    content = [*lines(9), line("odd", other), *lines(2, "Again. Haha")]
    found = checked(content)
    assert found.ending == " Haha"
    assert [str(warning) for warning in found.warnings] == ["Line 10: the answer does not end in “ Haha” as most do."]


@pytest.mark.parametrize(
    ("answers", "odd", "ending"),
    [
        ("Buy it {}!", "Buy it now.", "!"),
        ("Buy it {}!!!", "Buy it now!", "!!!"),
        ("« Cours, {} ! »", "« Cours.", " »"),
        ("He ran {}👍🏽", "He ran 👍", "👍🏽"),
        ("He ran {}👨‍👩‍👧‍👦", "He ran👨‍👩‍👧", "👨‍👩‍👧‍👦"),
        ("Allez {}🇫🇷", "Allez 🇩🇪", "🇫🇷"),
        ("Numéro {} cafe\u0301", "Numéro 1 cafe", " cafe\u0301"),
        ("第{}只鸭子过马路，哈哈", "鸭子，嘻嘻", "哈哈"),
        ("เป็ด{}ตัวข้ามถนนๆๆ", "เป็ดข้ามถนน", "ๆๆ"),
        ("Утка {} пошла. Ха-ха", "Утка пошла.", " Ха-ха"),
        ("Duck {}\nHaha", "Duck. Haha", "\nHaha"),
    ],
)
def test_an_ending_is_what_people_see_as_one(answers: str, odd: str, ending: str) -> None:
    found = checked([*(line(f"Scenario {n}", answers.format(n)) for n in range(9)), line("odd", odd)])
    assert (found.ending, [warning.line for warning in found.warnings]) == (ending, [10])


def test_answers_that_share_the_last_mark_alone_end_in_that() -> None:
    answers = ["A!", "B?!", "C!!", "D!!!", "E…!", "F!", "G?!", "H!!", "I!", "J."]
    found = checked([line(f"Scenario {n}", f"Buy {answer}") for n, answer in enumerate(answers)])
    assert (found.ending, [warning.line for warning in found.warnings]) == ("!", [10])


@pytest.mark.parametrize("share", [7, 8])
def test_an_ending_must_be_shared_by_four_of_five(share: int) -> None:
    content = [*lines(share), *(line(f"odd {number}", f"Word {number}") for number in range(10 - share))]
    assert (checked(content).ending, len(warnings(content))) == ((" Haha", 2) if share == 8 else (None, 0))


@pytest.mark.parametrize("labels", [("yes", "no"), ("👍🏽", "👎"), ("好", "坏"), ("!", "?")])
def test_labels_of_one_word_are_no_format(labels: tuple[str, str]) -> None:
    content = [line(f"Scenario {number}", labels[number == 9]) for number in range(10)]
    assert (checked(content).ending, warnings(content)) == (None, [])


@pytest.mark.parametrize(
    "asked",
    [
        "A fox reading a newspaper",
        "a FOX, reading the newspaper!",
        "Reading a newspaper: a fox",
        "A fox reading a newspaper upside-down"[:36],
        "sprinter without shoes",
    ],
)
def test_what_nearly_is_a_held_out_scenario_is_named(asked: str) -> None:
    (warning,) = warnings([*lines(), line(asked)])
    kept = SCENARIOS["sprinter" in asked]
    assert warning == f"Line 11: is nearly a scenario that is reserved for testing: “{kept}”."


@pytest.mark.parametrize(
    "asked", ["A man reading a newspaper", "A fox", "Shoes", "A fox on a train reading a menu", "?"]
)
def test_what_is_only_related_is_not(asked: str) -> None:
    assert warnings([*lines(), line(asked)]) == []


def test_every_shipped_scenario_finds_itself() -> None:
    scenarios = load_scenarios()
    assert len(scenarios) == 20
    assert list(HeldOut(scenarios).among(scenarios)) == list(enumerate(scenarios))


def test_no_scenarios_find_nothing(tmp_path: Path) -> None:
    assert load_scenarios(tmp_path / "none.txt") == ()
    assert list(HeldOut(()).among(["A fox"])) == []


def test_an_example_that_training_would_cut_is_named() -> None:
    (warning,) = warnings([*lines(), line("long", "word " * MAX_TOKENS + "Haha")])
    assert warning.startswith("Line 11: has 81,")
    assert warning.endswith(" tokens; training cuts off what is beyond 65,536.")


def test_all_warnings_are_counted_and_the_first_of_each_kind_kept() -> None:
    found = checked([line()] * 50 + [line(answer="No.")] * 2)
    assert found.warning_counts == {"repeated": 50, "ending": 2}
    assert len(found.warnings) == KEPT_WARNINGS + 2


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.integers()
    | st.booleans()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["user", "\ud83d", " "]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["messages", "role", "content", "type", "text", "name"]), inner, max_size=4)
    ),
    max_leaves=8,
)
PART = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image_url"]) | JSON}, optional={"text": st.text(max_size=3) | JSON}
)
MESSAGE = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "user", "assistant", "tool", "bot"]) | JSON,
        "content": st.text(max_size=9) | st.lists(PART, max_size=2) | JSON,
    },
    optional={
        key: st.none() | st.text(max_size=3) | st.sampled_from([0, 1, True, [], [CALL]]) | JSON
        for key in ("weight", "name", "tool_calls", "function_call", "refusal")
    },
)
CHAT = st.lists(MESSAGE, max_size=3) | st.lists(MESSAGE, max_size=2).map(lambda some: [*some, USER, ANSWER])
BESIDE = st.dictionaries(st.sampled_from(["tools", "functions", "parallel_tool_calls", "x"]), JSON, max_size=1)
LINE = st.builds(lambda chat, beside: json.dumps({"messages": chat, **beside}).encode(), CHAT, BESIDE)
BYTES = LINE | JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=30)


@given(BYTES)
def test_the_fast_way_takes_a_line_only_as_the_exact_one_does(content: bytes) -> None:
    block = read_usual([content], 1, TokenCount())
    try:
        exact = read_line(content, TokenCount())
    except LineError:
        assert block is None
    else:
        assert block is None or list(block.rows()) == [(1, *(exact or ()))]


@given(st.lists(LINE | st.sampled_from([*lines(3), line("A fox reading a newspaper"), b""]), max_size=20), st.data())
def test_blocks_make_no_difference(content: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(content)))
    merged: list[bytes] = []
    whole, parts, single = (
        Checker(None, HeldOut(SCENARIOS)),
        Checker(None, HeldOut(SCENARIOS)),
        Checker(None, HeldOut(SCENARIOS)),
    )
    whole.feed([content])
    parts.feed([content[:cut], content[cut:]])
    single.feed([one] for one in content)
    assert whole.result() == parts.result() == single.result()
    checked(content, keep=merged)
    assert len(merged) == len(set(merged))


def test_messages_that_slipped_into_the_next_line_are_not_taken_for_its_own() -> None:
    turns = example()["messages"][1:]
    content = [json.dumps({"messages": messages}).encode() for messages in (turns, [*turns, *turns], [])]
    (error,) = checked([*lines(), *content]).errors
    assert str(error).startswith("Line 13: has no messages")
    assert read_usual(content, 1, TokenCount()) is None


@given(st.dictionaries(st.integers(3, 200_000), st.integers(1, 1000), min_size=1, max_size=40))
def test_lengths_are_told_by_the_shortest_the_middle_and_the_longest(counts: dict[int, int]) -> None:
    lengths = summarize(counts)
    assert lengths is not None
    every = sorted(tokens for tokens, examples in counts.items() for _ in range(examples))
    assert (lengths.shortest, lengths.longest) == (every[0], every[-1])
    assert lengths.median == every[(len(every) - 1) // 2]
    assert summarize({}) is None


@pytest.mark.parametrize("counts", [{7: 3}, {10: 60, 12: 60, 90_000: 1}, dict.fromkeys(range(3, 5000), 1)])
def test_any_lengths_make_a_picture(counts: dict[int, int]) -> None:
    lengths = summarize(counts)
    assert lengths is not None
    assert token_chart.draw(lengths.counts).startswith(b"\x89PNG")


class Letters:
    """An encoding of a token a letter."""

    def __init__(self, asked: list[str], name: str) -> None:
        asked.append(name)

    def encode_ordinary(self, text: str) -> list[int]:
        return list(range(len(text)))


def test_a_table_counts_exactly_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []
    monkeypatch.setattr(tiktoken.load, "read_file", tiktoken.load.read_file)  # is replaced, and put back afterwards
    monkeypatch.setattr(tiktoken, "get_encoding", lambda name: Letters(asked, name))
    assert not token_count().exact
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    count = token_count()
    assert asked == ["o200k_base"]
    named = json.dumps(
        {"messages": [{"role": "user", "content": "abc", "name": "Al"}, {"role": "assistant", "content": "de"}]}
    )
    found = checked([*lines(), named.encode()], tokens=count)
    texts = [len(turn["content"]) for one in lines() for turn in json.loads(one)["messages"]]
    assert (found.exact, found.tokens) == (True, sum(texts) + 30 * 4 + 10 * 3 + (3 + 2) + (2 + 1) + 2 * 4 + 3)


def test_a_table_that_is_not_there_is_never_downloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    downloaded: list[str] = []
    monkeypatch.setattr(tiktoken.load, "read_file", downloaded.append)
    monkeypatch.setattr(tiktoken.registry, "ENCODINGS", {})
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert not token_count().exact
    assert downloaded == []
