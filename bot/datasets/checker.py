"""The training file format: JSON Lines, one chat a line, as OpenAI's supervised fine-tuning takes it.

`Checker` reads lines once and keeps a few numbers of each, so that a file's size hardly matters for memory. Lines of the
usual shape take a fast way; any other is read again by `bot.datasets.line`, which knows what may be wrong.
"""

import json
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice

from bot.datasets.block import Block, Example, read_block
from bot.datasets.endings import Endings
from bot.datasets.findings import (
    ENDING,
    KEPT_FAULTS,
    KEPT_WARNINGS,
    LEFT_OUT,
    REPEATED,
    SEEN,
    TOO_LONG,
    Fault,
    FileCheck,
    summarize,
)
from bot.datasets.held_out import HeldOut
from bot.datasets.line import FaultyLineError, contents, other_texts, read_messages
from bot.tokens import Estimate, TokenCount

__all__ = ["KEPT_FAULTS", "MAX_TOKENS", "MIN_EXAMPLES", "Checker", "Fault", "FileCheck", "check", "examples"]

MIN_EXAMPLES = 10
MAX_TOKENS = 65_536
BLOCK = 256  # lines

Keep = Callable[[bytes], object]


class Checker:
    """Feed it files, one after the other; `result` says what they are together."""

    def __init__(self, tokens: TokenCount | None = None, held_out: HeldOut | None = None) -> None:
        self._count = tokens or Estimate()
        self._held_out = held_out or HeldOut(())
        self._found = FileCheck(exact=self._count.exact)
        self._endings = Endings()
        self._lengths: Counter[int] = Counter()
        self._seen: dict[int, int] = {}
        self._lines = array("L")
        self._starts: list[int] = []
        self._files: list[str | None] = []
        self._number = 0

    def feed(self, blocks: Iterable[Sequence[bytes]], file: str | None = None, keep: Keep | None = None) -> None:
        """Check a file, given as blocks of lines. With `keep`, repeated examples are left out, and the others handed to it."""
        self._starts.append(self._number)
        self._files.append(file)
        for lines in blocks:
            block = read_block(lines, self._count)
            if block is None or not self._take_all(block):
                self._take_each(lines, block, keep)
            elif keep is not None:
                for line in lines:
                    keep(line)

    def result(self) -> FileCheck:
        """All that was found; call it once, at the end."""
        found = self._found
        if found.examples < MIN_EXAMPLES and not found.faults:
            found.blame(None, f"A training file needs at least {MIN_EXAMPLES} examples; this one has {found.examples}.")
        found.lengths = summarize(self._lengths)
        self._warn_of_endings()
        return found

    def _take_all(self, block: Block) -> bool:
        """Count the examples of a block in which nothing is repeated or too long; does nothing and says so if something is."""
        fresh = dict(zip(block.keys, count(self._number + 1), strict=False))
        if len(fresh) < len(block.keys) or not self._seen.keys().isdisjoint(fresh) or max(block.tokens) > MAX_TOKENS:
            return False
        self._seen.update(fresh)
        self._lines.extend(range(self._number + 1, self._number + 1 + len(fresh)))
        self._found.examples += len(fresh)
        self._found.tokens += sum(block.tokens)
        self._lengths.update(block.tokens)
        self._endings.add_all(block.answers)
        self._look_for_scenarios(block.asked, self._number + 1)
        self._number += len(fresh)
        return True

    def _take_each(self, lines: Sequence[bytes], block: Block | None, keep: Keep | None) -> None:
        for index, line in enumerate(lines):
            self._number += 1
            example = block.example(index) if block else self._read(line)
            if example is not None and self._take(*example, drop=keep is not None) and keep is not None:
                keep(line)

    def _read(self, line: bytes) -> Example | None:
        block = read_block([line], self._count)
        try:
            return block.example(0) if block else read_unusual(line, self._count)
        except FaultyLineError as fault:
            number, file = self._place(self._number)
            self._found.blame(number, str(fault), file)
            return None

    def _take(self, key: int, tokens: int, answer: str, asked: str, *, drop: bool) -> bool:
        """Count an example and warn of what is odd about it; says whether it is kept."""
        first = self._seen.setdefault(key, self._number)
        if first != self._number:
            self._warn_of_repetition(first, drop=drop)
            if drop:
                return False
        self._found.examples += 1
        self._found.tokens += tokens
        self._lengths[tokens] += 1
        self._lines.append(self._number)
        self._endings.add(answer)
        self._look_for_scenarios([asked], self._number)
        if tokens > MAX_TOKENS:
            self._warn(
                TOO_LONG, self._number, f"has {tokens:,} tokens; training cuts off what is beyond {MAX_TOKENS:,}."
            )
        return True

    def _look_for_scenarios(self, asked: Sequence[str], first: int) -> None:
        for index, scenario in self._held_out.among(asked):
            self._warn(SEEN, first + index, f"asks nearly what is kept for testing: “{scenario}”.")

    def _warn_of_repetition(self, first: int, *, drop: bool) -> None:
        line, file = self._place(first)
        same = f"is the same as line {line}" + (f" of {file}" if file else "")
        self._warn(LEFT_OUT if drop else REPEATED, self._number, f"{same}, and left out." if drop else f"{same}.")

    def _warn_of_endings(self) -> None:
        ending = self._endings.dominant()
        if ending is None:
            return
        self._found.ending = ending.text
        for index in islice(self._endings.others(), KEPT_WARNINGS):
            self._warn(ENDING, self._lines[index], f"the answer does not end in “{ending.text}” as most do.")
        if ending.others:
            self._found.warning_counts[ENDING] = ending.others

    def _warn(self, kind: str, number: int, text: str) -> None:
        line, file = self._place(number)
        self._found.warn(kind, line, text, file)

    def _place(self, number: int) -> tuple[int, str | None]:
        """The line in its file, and the file, of the line that was read as this one."""
        index = bisect_right(self._starts, number - 1) - 1
        return number - self._starts[index], self._files[index]


def read_unusual(line: bytes, tokens: TokenCount) -> Example:
    """What is kept of a line with names, weights or tools in it. Raises `FaultyLineError`."""
    messages = read_messages(line)
    texts = contents(messages)
    names = sum("name" in message for message in messages)
    total = tokens.chat(texts) + sum(map(tokens.text, other_texts(messages))) + names
    asked = [text for text, message in zip(texts, messages, strict=True) if message["role"] == "user"]
    return hash(line.strip()), total, texts[-1], asked[-1] if asked else ""


def check(lines: Iterable[bytes]) -> FileCheck:
    """What one pass over one file finds; tokens are an estimate."""
    checker = Checker()
    rest = iter(lines)
    checker.feed(iter(lambda: list(islice(rest, BLOCK)), []))
    return checker.result()


def examples(lines: Iterable[bytes]) -> Iterator[tuple[str, str, str]]:
    """(system, user, assistant) of each line of a checked file: the last turn of either side, empty where there is none."""
    for line in lines:
        last = {message["role"]: message.get("content") or "" for message in json.loads(line)["messages"]}
        yield last.get("system", ""), last.get("user", ""), last.get("assistant", "")
