"""What a check of training files found: errors that make them unusable, warnings that do not, and how long the examples are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.characters import mended
from bot.texts import datasets as texts
from bot.texts.template import Template, Text, markdown, plain

KEPT_ERRORS = 50
KEPT_WARNINGS = 20  # of each kind
# The kinds of warnings.
REPEATED, LEFT_OUT, TOO_LONG, SEEN, ENDING = "repeated", "left out", "too long", "held out", "ending"

# What is trained on a file: OpenAI's words for the method, told from the examples.
SUPERVISED, DPO = "supervised", "dpo"

Values = Mapping[str, str | int | Text]


class LineError(Exception):
    """What is wrong with a line, as a sentence of `bot.texts.datasets` and what it names; `part` is the part of a pair that it is in."""

    def __init__(self, template: Text, **values: str | int | Text) -> None:
        super().__init__(template)
        self.template, self.values = template, values


@dataclass(frozen=True)
class Finding:
    """What is wrong or odd; `line` counts from 1, and is None for a file as a whole. `file` is set where there are several."""

    line: int | None
    template: Text
    values: Values
    file: str | None = None

    def __str__(self) -> str:
        return self._placed(plain)

    def markdown(self) -> str:
        """The text for Discord."""
        return self._placed(markdown)

    def _placed(self, rendered: Callable[[Template, Mapping[str, object]], str]) -> str:
        on_line, on_file = (texts.LINE_OF_FILE, texts.FILE) if self.file else (texts.LINE, Text(""))
        place, part = on_file if self.line is None else on_line, texts.IN_PART if "part" in self.values else Text("")
        values = {**self.values, "line": self.line or 0, "file": self.file or ""}
        return "".join(rendered(text, values) for text in (place, part, self.template))


@dataclass(frozen=True)
class ErrorList:
    """The first errors, each on a line, and how many there are."""

    shown: Sequence[Finding]
    count: int

    def __str__(self) -> str:
        return "\n".join([*map(str, self.shown), *self._more()])

    def markdown(self) -> str:
        """The text for Discord."""
        return "\n".join([*(error.markdown() for error in self.shown), *self._more()])

    def _more(self) -> Sequence[str]:
        more = self.count - len(self.shown)
        return [plain(texts.MORE_ERRORS, {"count": more})] if more > 0 else []


@dataclass(frozen=True)
class Lengths:
    """Tokens an example: shortest, the middle one, the longest, and pairs of a number and how many examples have it."""

    shortest: int
    median: int
    longest: int
    counts: Sequence[Sequence[int]]


@dataclass
class FileCheck:
    """What one pass found. `tokens` is for one pass of training, and an estimate unless `exact`; `tool_examples` use tools;
    `method` is what its examples are for."""

    examples: int = 0
    tool_examples: int = 0
    tokens: int = 0
    exact: bool = False
    errors: list[Finding] = field(default_factory=list)
    error_count: int = 0
    warnings: list[Finding] = field(default_factory=list)
    warning_counts: dict[str, int] = field(default_factory=dict)
    ending: str | None = None
    method: str = SUPERVISED
    lengths: Lengths | None = None

    def refuse(self, line: int | None, file: str | None, template: Text, values: Values) -> None:
        """Count an error, and keep it if there is room."""
        self.error_count += 1
        if len(self.errors) < KEPT_ERRORS:
            self.errors.append(Finding(line, template, _sendable(values), file))

    def refuse_file(self, file: str | None, errors: int, template: Text, values: Values) -> None:
        """Let one error take the place of the last `errors`, which all come of it."""
        del self.errors[max(0, self.error_count - errors) :]
        self.error_count -= errors
        self.refuse(None, file, template, values)

    def warn(self, kind: str, line: int, file: str | None, template: Text, values: Values) -> None:
        """Count a warning, and keep it if there is room for its kind."""
        count = self.warning_counts[kind] = self.warning_counts.get(kind, 0) + 1
        if count <= KEPT_WARNINGS:
            self.warnings.append(Finding(line, template, _sendable(values), file))


def read_check(values: Mapping[str, Any]) -> FileCheck:
    """The check that `dataclasses.asdict` and JSON carried here."""
    lengths = Lengths(**values["lengths"]) if values["lengths"] else None
    errors = [_finding(error) for error in values["errors"]]
    warnings = [_finding(warning) for warning in values["warnings"]]
    return FileCheck(**{**values, "errors": errors, "warnings": warnings, "lengths": lengths})


def _finding(sent: Mapping[str, Any]) -> Finding:
    values = {name: Text(**value) if isinstance(value, dict) else value for name, value in sent["values"].items()}
    return Finding(**{**sent, "template": Text(**sent["template"]), "values": values})


def _sendable(values: Values) -> Values:
    return {name: mended(value) if isinstance(value, str) else value for name, value in values.items()}


def summarize(counts: Mapping[int, int]) -> Lengths | None:
    """Lengths from how many examples have each number of tokens; None if there are none."""
    if not counts:
        return None
    ordered = sorted(map(list, counts.items()))
    return Lengths(ordered[0][0], quantile(ordered, 0.5), ordered[-1][0], ordered)


def quantile(ordered: Sequence[Sequence[int]], share: float) -> int:
    """The number of tokens that a share of the examples does not exceed."""
    left = share * sum(examples for _, examples in ordered)
    for tokens, examples in ordered:
        left -= examples
        if left <= 0:
            return tokens
    return ordered[-1][0]
