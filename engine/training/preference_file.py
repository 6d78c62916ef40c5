"""Preference files for DPO: OpenAI's JSONL, one preference pair a line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.training.lines import KINDS, LineError, as_object, check, list_in, read_lines
from engine.training.training_file import CALLS_TOOLS, NO_USER, Message, read_messages

_OUTPUTS = ("preferred_output", "non_preferred_output")
_SUPERVISED = "it has `messages`, as examples for the method `supervised` do; a pair has `input`, " + " and ".join(
    f"`{name}`" for name in _OUTPUTS
)


@dataclass(frozen=True)
class Preference:
    """A conversation up to the assistant's turn, the answer that is preferred there, and one that is not."""

    input: tuple[Message, ...]
    preferred: Message
    non_preferred: Message

    @property
    def messages(self) -> tuple[Message, ...]:
        """All that a line says."""
        return (*self.input, self.preferred, self.non_preferred)


def read_preferences(path: Path, param: str = "training_file") -> Iterator[Preference]:
    """The pairs of a file, one at a time. Raises TrainingFileError as `read_examples` does."""
    return read_lines(path, param, _preference)


def _preference(line: dict[str, object]) -> Preference:
    check("input" in line or "messages" not in line, _SUPERVISED)
    check("input" in line, "`input` must be an object, but is missing")
    given = as_object(line["input"], "`input`")
    tools, in_parallel = list_in(given, "tools", "its `input` has"), given.get("parallel_tool_calls")
    if not isinstance(in_parallel, bool | None):
        raise LineError(f"its `input` has `parallel_tool_calls` that is {KINDS[type(in_parallel)]}, not a boolean")
    messages, called = read_messages(given, "messages", "input")
    check(any(message.role == "user" for message in messages), NO_USER)
    check(messages[-1].role != "assistant", "the last message of `input` must not be the assistant's, who speaks next")
    (preferred, first_called), (non_preferred, second_called) = (_output(line, name) for name in _OUTPUTS)
    check(not (tools or called or first_called or second_called), CALLS_TOOLS)
    check(preferred.text != non_preferred.text, "both outputs say the same: neither can be preferred")
    return Preference(tuple(replace(message, trained=False) for message in messages), preferred, non_preferred)


def _output(line: dict[str, object], name: str) -> tuple[Message, bool]:
    (message, *more), called = read_messages(line, name)
    check(not more, f"`{name}` must have one message, but has {len(more) + 1}")
    check(called or message.role == "assistant", f"the message of `{name}` must be the assistant's")
    return replace(message, trained=True), called
