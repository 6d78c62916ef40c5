"""What a check finds beyond faults: repetitions, odd endings, scenarios given away, lengths; and that its two ways agree."""

import json
from pathlib import Path
from typing import Any

import pytest
import tiktoken.load
import tiktoken.registry
from hypothesis import given
from hypothesis import strategies as st

from bot.datasets.block import read_block
from bot.datasets.checker import MAX_TOKENS, Checker, read_unusual
from bot.datasets.findings import KEPT_WARNINGS, FileCheck, Lengths, summarize
from bot.datasets.held_out import HeldOut, load_scenarios
from bot.datasets.line import FaultyLineError
from bot.tokens import Estimate, TokenCount, token_count
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
    assert (found.examples, found.fault_count, found.warning_counts) == (11, 0, {"repeated": 1})


def test_the_same_example_is_seen_however_its_json_is_written() -> None:
    spaced = json.dumps(example("Scenario 2"), indent=None, separators=(" , ", " : ")).encode()
    assert warnings([*lines(answer="He walked into a bar. Haha"), spaced]) == ["Line 11: is the same as line 3."]


def test_merged_files_hold_each_example_once_and_lines_are_named_by_file() -> None:
    kept: list[bytes] = []
    found = checked(lines(), [line("new"), *lines(2)], keep=kept)
    assert [str(warning) for warning in found.warnings] == [
        "b.jsonl, line 2: is the same as line 1 of a.jsonl, and left out.",
        "b.jsonl, line 3: is the same as line 2 of a.jsonl, and left out.",
    ]
    assert kept == [*lines(), line("new")]
    assert (found.examples, found.warning_counts) == (11, {"left out": 2})


def test_a_fault_in_one_of_several_files_is_named_by_file() -> None:
    assert [str(fault) for fault in checked(lines(), [b"{}"]).faults] == [
        'b.jsonl, line 1: has no “messages”; it must look like {"messages": [...]}.'
    ]


@pytest.mark.parametrize("other", ["He walked.", "He walked. haha", "He walked. Haha!", "He walked. Haha ", "Haha"])
def test_an_answer_that_ends_differently_is_named(other: str) -> None:
    content = [*lines(9), line("odd", other), *lines(2, "Again. Haha")]
    found = checked(content)
    assert found.ending == " Haha"
    assert [str(warning) for warning in found.warnings] == ["Line 10: the answer does not end in “ Haha” as most do."]


def test_where_no_word_is_common_the_last_mark_is_the_ending() -> None:
    content = [line(f"Scenario {number}", f"Buy it {number}!") for number in range(9)]
    assert warnings([*content, line("odd", "Buy it now.")]) == ["Line 10: the answer does not end in “!” as most do."]


@pytest.mark.parametrize("share", [7, 8])
def test_an_ending_must_be_shared_by_four_of_five(share: int) -> None:
    content = [*lines(share), *(line(f"odd {number}", f"Word {number}") for number in range(10 - share))]
    assert (checked(content).ending, len(warnings(content))) == ((" Haha", 2) if share == 8 else (None, 0))


def test_labels_of_one_word_are_no_format() -> None:
    content = [line(f"Scenario {number}", "yes" if number < 9 else "no") for number in range(10)]
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
    assert warning == f"Line 11: asks nearly what is kept for testing: “{kept}”."


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


def test_a_line_that_is_too_long_to_hold_is_a_fault() -> None:
    content = line("long", "x" * 2**21)
    assert [str(fault) for fault in checked([*lines(), content]).faults] == [
        "Line 11: is longer than 2 MB; each example must be a line of its own."
    ]


def test_a_byte_order_mark_is_named() -> None:
    first, *rest = lines()
    (fault,) = checked([b"\xef\xbb\xbf" + first, *rest]).faults
    assert str(fault) == "Line 1: begins with a byte order mark; save the file as UTF-8 without one."


def test_all_warnings_are_counted_and_the_first_of_each_kind_kept() -> None:
    found = checked([line()] * 50 + [line(answer="No.")] * 2)
    assert found.warning_counts == {"repeated": 50, "ending": 2}
    assert len(found.warnings) == KEPT_WARNINGS + 2


def test_half_a_pair_in_what_is_shown_can_be_sent() -> None:
    (fault,) = checked([*lines(), b'{"messages": [{"role": "\\ud83d"}]}']).faults
    assert str(fault) == "Line 11: message 1 has the role “?”; use system, user or assistant."


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["user", "assistant", "system", " "]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["messages", "role", "content", "weight", "name"]), inner, max_size=4)
    ),
    max_leaves=8,
)
MESSAGE = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "user", "assistant", "tool", "bot"]) | JSON,
        "content": st.text(max_size=9) | JSON,
    },
    optional={"weight": JSON, "name": st.text(max_size=3)},
)
LINE = st.lists(MESSAGE, max_size=4).map(lambda messages: json.dumps({"messages": messages}).encode())


@given(LINE | JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=30))
def test_the_fast_way_takes_a_line_only_as_the_exact_one_does(content: bytes) -> None:
    block = read_block([content], Estimate())
    try:
        exact = read_unusual(content, Estimate())[1:]
    except FaultyLineError:
        assert block is None
    else:
        assert block is None or block.example(0)[1:] in (exact, (*exact[:2], block.asked[0]))


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
    (fault,) = checked([*lines(), *content]).faults
    assert str(fault).startswith("Line 13: has no “messages”")
    assert read_block(content, Estimate()) is None


@given(st.dictionaries(st.integers(3, 200_000), st.integers(1, 1000), min_size=1, max_size=40))
def test_a_histogram_holds_every_example_in_few_bins(counts: dict[int, int]) -> None:
    lengths = summarize(counts)
    assert lengths is not None
    assert (lengths.shortest, lengths.longest) == (min(counts), max(counts))
    assert len(lengths.bins) <= 13
    assert sum(count for _, _, count in lengths.bins) == sum(counts.values())
    assert lengths.bins[0][0] <= lengths.shortest <= lengths.longest < lengths.bins[-1][1]
    assert all(one[1] == following[0] for one, following in zip(lengths.bins, lengths.bins[1:], strict=False))


def test_one_giant_flattens_nothing() -> None:
    assert summarize({10: 60, 12: 60, 90_000: 1}) == Lengths(
        10, 12, 90_000, ((10, 11, 60), (11, 12, 0), (12, 13, 60), (13, 90_001, 1))
    )
    assert summarize({}) is None


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
    assert isinstance(token_count(), Estimate)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    count = token_count()
    assert asked == ["o200k_base"]
    token_count("ft:gpt-4-0613:org::id")
    token_count("practice-1")
    assert asked == ["o200k_base", "cl100k_base", "o200k_base"]
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
    assert isinstance(token_count(), Estimate)
    assert downloaded == []
