"""`python -m bot.datasets.worker`: checks, merges or splits training files in a process of its own.

A `Task` as JSON comes on stdin, an `Outcome` as JSON goes to stdout. It gives way to everything else on the machine, and imports
little, so that it starts in some 60 ms.
"""

import gc
import json
import os
import random
import sys
from collections.abc import Iterator, Sequence, Set
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.datasets.checker import Checker
from bot.datasets.files import Part, Source, Target
from bot.datasets.findings import FileCheck, read_check
from bot.datasets.held_out import HeldOut, load_scenarios
from bot.tokens import token_count

if TYPE_CHECKING:
    from bot.processes import Processes

NICENESS = 10
OBJECTS_BEFORE_COLLECTION = (
    200_000  # the parser makes tens of thousands at a time, and all of them go again without the collector
)


@dataclass(frozen=True)
class Task:
    """Check `files`, (path, name) pairs. With `merged`, their examples are written there, each once.

    With `validation`, `held_back` of the `examples` in the one file go there instead; examples that are the same stay together.
    """

    files: Sequence[tuple[str, str]]
    merged: str | None = None
    validation: str | None = None
    examples: int = 0
    held_back: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """What was found in what is trained on, that file, and the part that is held back."""

    found: FileCheck
    training: Part
    validation: Part | None


async def run(task: Task, processes: "Processes") -> Outcome:
    """Do what a task says in a process of its own. Raises what `Processes.run` does."""
    values = json.loads(await processes.run(__name__, asdict(task)))
    held_back = values["validation"]
    return Outcome(read_check(values["found"]), Part(**values["training"]), Part(**held_back) if held_back else None)


def work(task: Task) -> Outcome:
    """Do what a task says."""
    with ExitStack() as stack:
        checker = Checker(token_count(), HeldOut(load_scenarios()))
        target = Target(stack.enter_context(Path(task.merged).open("wb"))) if task.merged else None
        sources = [(Source(stack.enter_context(Path(path).open("rb"))), name) for path, name in task.files]
        if task.validation and target:
            return _split(
                task, sources[0][0], checker, target, Target(stack.enter_context(Path(task.validation).open("wb")))
            )
        for source, name in sources:
            checker.feed(source.blocks(), name if len(sources) > 1 else None, target.write if target else None)
        found = checker.result()
        return Outcome(found, target.part() if target else sources[0][0].part(found.examples), None)


def _split(task: Task, source: Source, checker: Checker, training: Target, validation: Target) -> Outcome:
    chosen = frozenset(random.Random(task.seed).sample(range(task.examples), task.held_back))  # noqa: S311  # repeatable, not secret
    checker.feed(_training_lines(source, chosen, training, validation))
    return Outcome(checker.result(), training.part(), validation.part())


def _training_lines(source: Source, chosen: Set[int], training: Target, validation: Target) -> Iterator[list[bytes]]:
    """Writes every line to its side; gives those to train on."""
    sides: dict[int, bool] = {}
    number = 0
    for lines in source.blocks():
        kept = []
        for line in lines:
            held_back = sides.setdefault(hash(line.strip()), number in chosen)
            (validation if held_back else training).write(line)
            if not held_back:
                kept.append(line)
            number += 1
        yield kept


def main() -> None:
    """Read a task, do it, and tell what came of it."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    outcome = work(Task(**json.load(sys.stdin)))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
