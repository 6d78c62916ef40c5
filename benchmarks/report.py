"""docs/benchmarks.md: one section a subject, each replaced on its own."""

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from shutil import which

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Everything here was written by `make bench`, which measures on the machine it runs on; nothing was edited by hand.
`python -m benchmarks NAME` measures one section anew and leaves the others as they are.
"""


class NotMeasuredError(Exception):
    """What a section needs is not there, as the text says."""


PACKAGES = ("discord.py", "openai", "aiohttp", "numpy")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its first column to the left and the rest to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write(name: str, title: str, body: str, path: Path = REPORT) -> None:
    """Put a section in its place, or at the end where it is new."""
    text = path.read_text(encoding="utf-8") if path.exists() else HEAD
    path.write_text(replace(text, name, f"## {title}\n\n{stamp(name)}\n\n{body}"), encoding="utf-8")


def replace(text: str, name: str, body: str) -> str:
    """The report with one section's body exchanged."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    section = f"{begin}\n{body.strip()}\n{end}"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if pattern.search(text) is None:
        return f"{text.rstrip()}\n\n{section}\n"
    return pattern.sub(lambda _match: section, text)


def stamp(name: str) -> str:
    """When, by which command, on what."""
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return (
        f"`python -m benchmarks {name}` on {datetime.now(UTC):%Y-%m-%d}{commit()}: {processor()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {versions}."
    )


def processor() -> str:
    info = Path("/proc/cpuinfo")
    names = (
        re.findall(r"^model name\s*:\s*(.+)$", info.read_text(encoding="ascii"), re.MULTILINE) if info.exists() else []
    )
    return names[0].strip() if names else platform.processor() or "unknown processor"


def commit() -> str:
    """` at commit abc1234`, where this is a checkout."""
    git = which("git")
    if git is None:
        return ""
    asked = subprocess.run(  # noqa: S603 - a fixed command, found on the path
        [git, "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return f" at commit {asked.stdout.strip()}" if asked.returncode == 0 else ""
