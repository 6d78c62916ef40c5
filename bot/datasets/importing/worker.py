"""`python -m bot.datasets.importing.worker`: reads a file as examples in a process of its own, as nice as the check's.

`{"path": …}` comes on stdin, what was found or why nothing could be goes to stdout, both as JSON.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bot.datasets.importing.found import Found, ImportFailedError, LeftOut, Turn
from bot.datasets.importing.reading import read
from bot.processes import Processes
from bot.texts.template import Sentence, Text

NICENESS = 10


async def found_in(path: Path, processes: Processes) -> Found:
    """What the worker reads in a file. Raises `ImportFailedError`, and what `Processes.run` does."""
    values = json.loads(await processes.run(__name__, json.dumps({"path": str(path)}).encode()))
    if "failed" in values:
        template, named = values["failed"]
        raise ImportFailedError(Text(**template), **named)
    chats: list[Sequence[Turn]] = [tuple(Turn(*turn) for turn in chat) for chat in values["chats"]]
    left_out = [LeftOut(**{**one, "template": Text(**one["template"])}) for one in values["left_out"]]
    kind = Sentence(Text(**values["kind"]["template"]), values["kind"]["values"])
    return Found(kind, Text(**values["unit"]), chats, left_out, values["left_out_count"])


def main() -> None:
    """Read a file, and tell what came of it."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        told = asdict(read(Path(json.load(sys.stdin)["path"])))
    except ImportFailedError as error:
        told = {"failed": (asdict(error.template), error.values)}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
