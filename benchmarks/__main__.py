"""`python -m benchmarks [NAME …]`: measure these sections, or all of them, and write them to docs/benchmarks.md.

A section is a module here with a TITLE, an async `measure()` and a `render(result)` that returns Markdown;
adding its name to SECTIONS is all it takes to join.
"""

import argparse
import asyncio
import os
from importlib import import_module
from typing import Any, Protocol, cast

from benchmarks import report

SECTIONS = (
    "commands",
    "guilds",
    "datasets",
    "tracker",
    "engine",
    "similarity",
    "tuning",
    "serving",
    "capacity",
    "transcription",
    "defaults",
    "storm",
    "turns",
    "scale",
)


class Section(Protocol):
    TITLE: str

    async def measure(self) -> Any: ...
    def render(self, result: Any) -> str: ...


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SECTIONS)}")
    names = parser.parse_args().names or SECTIONS
    if unknown := set(names) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as a user has it: only the first start compiles
    for name in names:
        section = cast(Section, import_module(f"benchmarks.{name}"))
        try:
            body = section.render(asyncio.run(section.measure()))
        except report.NotMeasuredError as missing:
            print(f"The section “{name}” stays as it is. {missing}\n")
            continue
        report.write(name, section.TITLE, body)
        print(f"{body}\n")
    print(f"Written to {report.REPORT.relative_to(report.ROOT)}")


if __name__ == "__main__":
    main()
