"""What stands in the Dockerfile, compose.yaml and the systemd units, read as far as the tests ask."""

import re
import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "deploy" / "systemd"

Instructions = Sequence[tuple[str, str]]
Unit = Mapping[str, Sequence[str]]


@cache
def dockerfile() -> Instructions:
    """The instructions in order, as (name, rest), with lines that go on joined and comments left out."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = [line.partition(" ") for line in text.replace("\\\n", "").splitlines() if line.strip()]
    return [(name, " ".join(rest.split())) for name, _, rest in lines]


def instruction(name: str) -> str:
    """The last instruction of this name, which is the one that counts."""
    return [rest for found, rest in dockerfile() if found == name][-1]


def image_environment() -> dict[str, str]:
    """What the image sets for its processes."""
    return dict(pair.split("=", 1) for pair in shlex.split(instruction("ENV")))


def copied() -> list[str]:
    """What the image takes from the repository."""
    return [
        source for name, rest in dockerfile() if name == "COPY" and "--from" not in rest for source in rest.split()[:-1]
    ]


@cache
def compose() -> dict[str, Any]:
    """compose.yaml, with its anchors merged."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return loaded


@cache
def unit(name: str) -> Unit:
    """A unit's or drop-in's settings; each may be given several times."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in (UNITS / name).read_text("utf-8").splitlines():
        if "=" in line and not line.startswith(("#", "[")):
            key, _, value = line.partition("=")
            found[key].append(value)
    return found


def unit_environment(name: str) -> dict[str, str]:
    """What a unit sets itself."""
    pairs = [pair for line in unit(name)["Environment"] for pair in shlex.split(line)]
    return dict(pair.split("=", 1) for pair in pairs)
