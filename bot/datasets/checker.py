"""The training file format: JSON Lines, one chat a line, as OpenAI's supervised fine-tuning takes it.

`Checker` reads lines once and keeps a few numbers of each, so that a file's size hardly matters for memory. Lines of the
usual shape take a fast way; any other is read again by `bot.datasets.line`, which knows what may be wrong.
"""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice

from bot.datasets import findings
from bot.datasets.block import Block, read_block
from bot.datasets.endings import Endings
from bot.datasets.findings import KEPT_WARNINGS, FileCheck, LineError, summarize
from bot.datasets.held_out import HeldOut
from bot.datasets.line import Digest, read_line
from bot.texts import datasets as texts
from bot.tokens import TokenCount

MIN_EXAMPLES = 10
MAX_TOKENS = 65_536
MAX_ERRORS = 100_000  # after which nobody reads on: the file is unusable anyhow
HEAD_LINES = 20  # that tell what a file is

Keep = Callable[[bytes], object]
Read = tuple[bytes, Digest | LineError | None]


class Checker:
    """Feed it files, one after the other; `result` says what they are together."""

    def __init__(self, tokens: TokenCount | None = None, held_out: HeldOut | None = None) -> None:
        self._count = tokens or TokenCount()
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
        examples, errors, head = self._found.examples, self._found.error_count, list[bytes]()
        for lines in blocks:
            head = head or [line for line in lines[:HEAD_LINES] if line.strip()]
            block = read_block(lines, self._count)
            if block is None and not b"".join(lines).strip():
                self._number += len(lines)
            elif block is None or not self._take_all(block):
                self._take_each(lines, block, keep)
            elif keep is not None:
                for line in lines:
                    keep(line)
            if self._found.error_count > MAX_ERRORS:
                break
        errors = self._found.error_count - errors
        if errors:
            self._refuse_other_kind(head, file, errors, self._found.examples - examples)

    def _refuse_other_kind(self, head: Sequence[bytes], file: str | None, errors: int, examples: int) -> None:
        from bot.datasets.kinds import other_kind  # noqa: PLC0415  # a good file is checked 2 ms sooner without

        if sentence := other_kind(head, mostly_wrong=errors > examples):
            self._found.refuse_file(file, errors, *sentence)

    def result(self) -> FileCheck:
        """All that was found; call it once, at the end."""
        found = self._found
        if found.examples < MIN_EXAMPLES and not found.errors:
            template = texts.TOO_FEW if self._number else texts.EMPTY_FILE
            found.refuse(None, None, template, {"fewest": MIN_EXAMPLES, "count": found.examples})
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
        self._look_for_scenarios(block.questions, self._number + 1)
        self._number += len(fresh)
        return True

    def _take_each(self, lines: Sequence[bytes], block: Block | None, keep: Keep | None) -> None:
        for line, digest in read_each(lines, block, self._count):
            self._number += 1
            if isinstance(digest, LineError):
                self._found.refuse(*self._place(self._number), digest.template, digest.values)
            elif digest is not None and self._take(digest, drop=keep is not None) and keep is not None:
                keep(line)

    def _take(self, digest: Digest, *, drop: bool) -> bool:
        """Count an example and warn of what is odd about it; says whether it is kept."""
        first = self._seen.setdefault(digest.key, self._number)
        if first != self._number:
            self._warn_of_repetition(first, drop=drop)
            if drop:
                return False
        self._found.examples += 1
        self._found.tool_examples += digest.tools
        self._found.tokens += digest.tokens
        self._lengths[digest.tokens] += 1
        self._lines.append(self._number)
        self._endings.add(digest.answer)
        self._look_for_scenarios([digest.question], self._number)
        if digest.tokens > MAX_TOKENS:
            self._warn(findings.TOO_LONG, self._number, texts.TOO_LONG, tokens=digest.tokens, most=MAX_TOKENS)
        return True

    def _look_for_scenarios(self, questions: Sequence[str], first: int) -> None:
        for index, scenario in self._held_out.among(questions):
            self._warn(findings.SEEN, first + index, texts.SEEN, scenario=scenario)

    def _warn_of_repetition(self, first: int, *, drop: bool) -> None:
        line, file = self._place(first)
        template = (texts.REPEATED, texts.REPEATED_IN_FILE, texts.LEFT_OUT, texts.LEFT_OUT_IN_FILE)[
            2 * drop + (file is not None)
        ]
        kind = findings.LEFT_OUT if drop else findings.REPEATED
        self._warn(kind, self._number, template, first=line, first_file=file or "")

    def _warn_of_endings(self) -> None:
        ending = self._endings.dominant()
        if ending is None:
            return
        self._found.ending = ending.text
        for index in islice(self._endings.others(), KEPT_WARNINGS):
            self._warn(findings.ENDING, self._lines[index], texts.ENDING, ending=ending.text)
        if ending.others:
            self._found.warning_counts[findings.ENDING] = ending.others

    def _warn(self, kind: str, number: int, template: str, **values: str | int) -> None:
        self._found.warn(kind, *self._place(number), template, values)

    def _place(self, number: int) -> tuple[int, str | None]:
        """The line in its file, and the file, of the line that was read as this one."""
        index = bisect_right(self._starts, number - 1) - 1
        return number - self._starts[index], self._files[index]


def read_each(lines: Sequence[bytes], block: Block | None, tokens: TokenCount) -> Iterator[Read]:
    """Each line with what is remembered of it, what is wrong with it, or None for a blank one; `block` has all of them if it was read."""
    for index, line in enumerate(lines):
        try:
            yield line, block.digest(index) if block else _read(line, tokens)
        except LineError as error:
            yield line, error


def _read(line: bytes, tokens: TokenCount) -> Digest | None:
    block = read_block([line], tokens)
    return block.digest(0) if block else read_line(line, tokens)
