"""What a check of training files found: faults that refuse them, warnings that do not, and how long the examples are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT_FAULTS = 50
KEPT_WARNINGS = 20  # of each kind
MOST_BINS = 12
NICE = (1, 2, 5)
# The kinds of warnings.
REPEATED, LEFT_OUT, TOO_LONG, SEEN, ENDING = "repeated", "left out", "too long", "held out", "ending"


@dataclass(frozen=True)
class Fault:
    """What is wrong; `line` counts from 1, and is None for the files as a whole. `file` is set where there are several."""

    line: int | None
    text: str
    file: str | None = None

    def __str__(self) -> str:
        if self.line is None:
            return self.text
        return f"Line {self.line}: {self.text}" if self.file is None else f"{self.file}, line {self.line}: {self.text}"


@dataclass(frozen=True)
class Lengths:
    """Tokens an example: shortest, the middle one, the longest; and a histogram as (from, up to but not, examples)."""

    shortest: int
    median: int
    longest: int
    bins: tuple[tuple[int, int, int], ...]


@dataclass
class FileCheck:
    """What one pass found. `tokens` is for one pass of training, and an estimate unless `exact`."""

    examples: int = 0
    tokens: int = 0
    exact: bool = False
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    warnings: list[Fault] = field(default_factory=list)
    warning_counts: dict[str, int] = field(default_factory=dict)
    ending: str | None = None
    lengths: Lengths | None = None

    def blame(self, line: int | None, text: str, file: str | None = None) -> None:
        """Count a fault, and keep it if there is room."""
        self.fault_count += 1
        if len(self.faults) < KEPT_FAULTS:
            self.faults.append(Fault(line, _sendable(text), file))

    def warn(self, kind: str, line: int, text: str, file: str | None = None) -> None:
        """Count a warning, and keep it if there is room for its kind."""
        count = self.warning_counts[kind] = self.warning_counts.get(kind, 0) + 1
        if count <= KEPT_WARNINGS:
            self.warnings.append(Fault(line, _sendable(text), file))


def read_check(values: Mapping[str, Any]) -> FileCheck:
    """The check that `dataclasses.asdict` and JSON carried here."""
    lengths = values["lengths"]
    if lengths is not None:
        lengths = Lengths(**{**lengths, "bins": tuple(tuple(one) for one in lengths["bins"])})
    faults = [Fault(**fault) for fault in values["faults"]]
    warnings = [Fault(**warning) for warning in values["warnings"]]
    return FileCheck(**{**values, "faults": faults, "warnings": warnings, "lengths": lengths})


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def summarize(counts: Mapping[int, int]) -> Lengths | None:
    """Lengths from how many examples have each number of tokens; None if there are none.

    Bins are equally wide but for the last, which takes the longest hundredth of all, so that one giant flattens nothing.
    """
    if not counts:
        return None
    ordered = sorted(counts.items())
    total = sum(counts.values())
    first, last = ordered[0][0], ordered[-1][0]
    return Lengths(first, _quantile(ordered, total / 2), last, _bins(ordered, _quantile(ordered, total * 0.99)))


def _quantile(ordered: list[tuple[int, int]], rank: float) -> int:
    passed = 0
    for tokens, count in ordered:
        passed += count
        if passed >= rank:
            return tokens
    return ordered[-1][0]


def _bins(ordered: list[tuple[int, int]], most: int) -> tuple[tuple[int, int, int], ...]:
    width = _nice_width(most - ordered[0][0] + 1)
    start, end = ordered[0][0] // width, min(most // width + 1, ordered[-1][0] // width)
    filled = [0] * (end - start + 1)
    for tokens, count in ordered:
        filled[min(tokens // width, end) - start] += count
    edges = [(start + index) * width for index in range(len(filled) + 1)]
    edges[-1] = max(edges[-1], ordered[-1][0] + 1)
    return tuple(zip(edges, edges[1:], filled, strict=False))


def _nice_width(span: int) -> int:
    power = 1
    while True:
        for nice in NICE:
            if nice * power * (MOST_BINS - 1) >= span:
                return nice * power
        power *= 10
