"""The training file format: JSON Lines, one chat a line, as OpenAI's supervised fine-tuning takes it.

`Checker` reads lines once and keeps a few numbers of each, so that a file's size hardly matters for memory.
"""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, islice
from operator import not_

from bot.datasets import findings
from bot.datasets.block import Block, columns_of, read_block
from bot.datasets.endings import Endings
from bot.datasets.findings import DPO, KEPT_WARNINGS, SUPERVISED, FileCheck, summarize
from bot.datasets.held_out import HeldOut
from bot.texts import datasets as texts
from bot.texts.template import Text
from bot.tokens import TokenCount

MIN_EXAMPLES = 10
MAX_TOKENS = 65_536
MAX_ERRORS = 100_000  # after which nobody reads on: the file is unusable anyhow
HEAD_LINES = 20  # that tell what a file is

Keep = Callable[[bytes], object]


class Checker:
    """Feed it files, one after the other; `result` says what they are together."""

    def __init__(self, tokens: TokenCount | None = None, held_out: HeldOut | None = None) -> None:
        self._count = tokens or TokenCount()
        self._held_out = held_out or HeldOut(())
        self._found = FileCheck(exact=self._count.exact)
        self._endings = Endings()
        self._lengths: Counter[int] = Counter()
        self._seen: dict[int, int] = {}
        self._lines = array("L")  # in which each example stands, counted over all files
        self._starts: list[int] = []
        self._files: list[str | None] = []
        self._next = 1  # the number of the next line, counted over all files

    def feed(self, blocks: Iterable[Sequence[bytes]], file: str | None = None, keep: Keep | None = None) -> None:
        """Check a file, given as blocks of lines. With `keep`, repeated examples are left out, and the others handed to it."""
        self._starts.append(self._next)
        self._files.append(file)
        examples, errors, head = self._found.examples, self._found.error_count, list[bytes]()
        for lines in blocks:
            head = head or [line for line in lines[:HEAD_LINES] if line.strip()]
            block = self._distinct(read_block(lines, self._next, self._count), drop=keep is not None)
            self._take(block)
            if keep is not None:
                for number in block.numbers:
                    keep(lines[number - self._next])
            self._next += len(lines)
            if self._found.error_count > MAX_ERRORS:
                break
        errors = self._found.error_count - errors
        if errors:
            self._refuse_other_kind(head, file, errors, self._found.examples - examples)

    def result(self) -> FileCheck:
        """All that was found; call it once, at the end."""
        found = self._found
        if found.examples < MIN_EXAMPLES and not found.errors:
            template = texts.TOO_FEW if self._next > 1 else texts.EMPTY_FILE
            found.refuse(None, None, template, {"fewest": MIN_EXAMPLES, "count": found.examples})
        found.lengths = summarize(self._lengths)
        self._warn_of_endings()
        found.warnings.sort(key=lambda warning: (self._files.index(warning.file), warning.line or 0))
        return found

    def _distinct(self, block: Block, *, drop: bool) -> Block:
        """Warns of examples that were there before; the block without them, if they are to be dropped."""
        if len(set(block.keys)) == len(block.keys) and self._seen.keys().isdisjoint(block.keys):
            self._seen.update(zip(block.keys, block.numbers, strict=True))
            return block
        kept = []
        for row in block.rows():
            number, key = row[:2]
            first = self._seen.setdefault(key, number)
            if first != number:
                self._warn_of_repetition(number, first, drop=drop)
            if first == number or not drop:
                kept.append(row)
        return columns_of(kept, block.errors)

    def _take(self, block: Block) -> None:
        """Count examples, and warn of what is odd about them."""
        for number, error in block.errors:
            self._found.refuse(*self._place(number), error.template, error.values)
        self._lines.extend(block.numbers)
        self._refuse_mixture(block)
        self._found.examples += len(block.numbers)
        self._found.tool_examples += sum(block.tools)
        self._found.tokens += sum(block.tokens)
        self._lengths.update(block.tokens)
        self._endings.add_all(block.answers)
        for index, scenario in self._held_out.among(block.questions):
            self._warn(findings.SEEN, block.numbers[index], texts.SEEN, scenario=scenario)
        if max(block.tokens, default=0) > MAX_TOKENS:
            for number, tokens in zip(block.numbers, block.tokens, strict=True):
                if tokens > MAX_TOKENS:
                    self._warn(findings.TOO_LONG, number, texts.TOO_LONG, tokens=tokens, most=MAX_TOKENS)

    def _refuse_mixture(self, block: Block) -> None:
        """A file contains chats or preference pairs, as its first example does; the other kind is an error."""
        if block.pairs and not self._found.examples:
            self._found.method = DPO if block.pairs[0] else SUPERVISED
        others = map(not_, block.pairs) if self._found.method == DPO else block.pairs
        for number in compress(block.numbers, others):
            self._found.refuse(*self._place(number), texts.MIXED, {})

    def _refuse_other_kind(self, head: Sequence[bytes], file: str | None, errors: int, examples: int) -> None:
        from bot.datasets.kinds import other_kind  # noqa: PLC0415  # a good file is checked 2 ms sooner without

        if sentence := other_kind(head, mostly_wrong=errors > examples):
            self._found.refuse_file(file, errors, *sentence)

    def _warn_of_repetition(self, number: int, first: int, *, drop: bool) -> None:
        line, file = self._place(first)
        kind, templates = (
            (findings.LEFT_OUT, (texts.LEFT_OUT, texts.LEFT_OUT_IN_FILE))
            if drop
            else (findings.REPEATED, (texts.REPEATED, texts.REPEATED_IN_FILE))
        )
        self._warn(kind, number, templates[file is not None], first=line, first_file=file or "")

    def _warn_of_endings(self) -> None:
        ending = self._endings.dominant()
        if ending is None:
            return
        self._found.ending = ending.text
        for index in islice(self._endings.others(), KEPT_WARNINGS):
            self._warn(findings.ENDING, self._lines[index], texts.ENDING, ending=ending.text)
        if ending.others:
            self._found.warning_counts[findings.ENDING] = ending.others

    def _warn(self, kind: str, number: int, template: Text, **values: str | int) -> None:
        self._found.warn(kind, *self._place(number), template, values)

    def _place(self, number: int) -> tuple[int, str | None]:
        """The line in its file, and the file, of the line that was read as this one."""
        index = bisect_right(self._starts, number) - 1
        return number - self._starts[index] + 1, self._files[index]
