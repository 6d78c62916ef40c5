"""`python -m bot.datasets.worker`: checks, merges or splits training files in a process of its own.

A `Task` as JSON comes on stdin, an `Outcome` as JSON goes to stdout. It gives way to everything else on the machine, and imports
little, so that it starts in some 60 ms.
"""

import gc
import json
import os
import sys
from array import array
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from bot.datasets.block import Block, read_block
from bot.datasets.checker import MIN_EXAMPLES, Checker
from bot.datasets.files import Source, Target
from bot.datasets.held_out import HeldOut, load_scenarios
from bot.datasets.task import Outcome, Task
from bot.kinds import JOKE, KINDS, Kind
from bot.tokens import TokenCount, token_count

NICENESS = 10
HEAD_BYTES = 64 * 1024
OBJECTS_BEFORE_COLLECTION = 200_000  # the parser makes tens of thousands at a time, and all of them go again without it


def work(task: Task) -> Outcome:
    """Do what a task says."""
    with ExitStack() as stack:
        checker = Checker(token_count(), HeldOut(load_scenarios(_kind(Path(task.files[0][0])).unseen)))
        target = Target(stack.enter_context(Path(task.merged).open("wb"))) if task.merged else None
        if task.validation and target:
            validation = Target(stack.enter_context(Path(task.validation).open("wb")))
            checker.feed(_training_lines(task, target, validation))
            return Outcome(checker.result(), target.part(), validation.part())
        sources = [(Source(stack.enter_context(Path(path).open("rb"))), name) for path, name in task.files]
        for source, name in sources:
            checker.feed(source.blocks(), name if len(sources) > 1 else None, target.write if target else None)
        found = checker.result()
        return Outcome(found, target.part() if target else sources[0][0].part(found.examples), None)


def _kind(path: Path) -> Kind:
    """Slogans if the start of the file contains the recipe's system message for them, else jokes. Checking for held-out texts of both kinds
    would take twice as long, because descriptions share many words with other texts."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return next((kind for kind in KINDS.values() if kind.system.encode() in head), JOKE)


def _training_lines(task: Task, training: Target, validation: Target) -> Iterator[list[bytes]]:
    """Writes every example to its side; gives all lines, those that are held back as blank ones, so that the others keep their numbers."""
    from bot.datasets.splitting import draw  # noqa: PLC0415  # a check, which is what most tasks are, starts 4 ms sooner without

    path = Path(task.files[0][0])
    keys = array("q", (key for _, block in _blocks(path) for key in block.keys))
    held_back = draw(keys, task.share, task.seed, MIN_EXAMPLES)
    for lines, block in _blocks(path):
        for index, key in zip(block.numbers, block.keys, strict=True):
            (validation if key in held_back else training).write(lines[index])
            if key in held_back:
                lines[index] = b""
        yield lines


def _blocks(path: Path) -> Iterator[tuple[list[bytes], Block]]:
    with path.open("rb") as file:
        for lines in Source(file).blocks():
            yield lines, read_block(lines, 0, TokenCount())


def main() -> None:
    """Read a task, do it, and tell what came of it."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    outcome = work(Task(**json.load(sys.stdin)))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
