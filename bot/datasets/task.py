"""What the worker process is asked to do, what it answers, and how to ask it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bot.datasets.files import Part
from bot.datasets.findings import FileCheck, read_check

if TYPE_CHECKING:
    from bot.processes import Processes

WORKER = "bot.datasets.worker"


@dataclass(frozen=True)
class Task:
    """Check `files`, (path, name) pairs. With `merged`, their examples are written there, each once.

    With `validation`, about `share` percent of the examples in the one file go there instead, chosen by `seed`; examples that are
    the same stay together. None goes there if at least ten others would not be left.
    """

    files: Sequence[tuple[str, str]]
    merged: str | None = None
    validation: str | None = None
    share: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """What was found in what is trained on, that file, and the part that is held back."""

    found: FileCheck
    training: Part
    validation: Part | None


async def run(task: Task, processes: "Processes") -> Outcome:
    """Do what a task says in a process of its own. Raises what `Processes.run` does."""
    values = json.loads(await processes.run(WORKER, json.dumps(asdict(task)).encode()))
    held_back = values["validation"]
    return Outcome(read_check(values["found"]), Part(**values["training"]), Part(**held_back) if held_back else None)
