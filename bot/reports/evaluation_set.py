"""The questions for a finished model, none of which it was trained on, and the examples that the base is shown instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bot.datasets.endings import Endings
from bot.datasets.examples import Example, examples, usual_system
from bot.datasets.held_out import load_scenarios
from bot.few_shot import FEW_SHOT_EXAMPLES
from bot.kinds import JOKE, Kind
from bot.model_server.chat import Message

SAMPLE_EXAMPLES = 2000  # enough to tell a dataset's format, whatever the file's size
MAX_EXAMPLE_CHARACTERS = 24_000  # a dataset of essays must not make the base's prompt dear


@dataclass(frozen=True)
class EvaluationSet:
    """`examples` are turns for the base's prompt; `ending` is what the training answers share, if anything; `seen` are the
    questions that were trained on, without their capitals. `held_out` questions are the validation file's."""

    system: str
    questions: tuple[str, ...]
    examples: tuple[Message, ...]
    ending: str | None
    seen: frozenset[str] = frozenset()
    held_out: bool = False

    def is_new(self, question: str) -> bool:
        """Whether a question is neither trained on nor asked already."""
        return question.casefold() not in self.seen and question not in self.questions

    def prompt(self, question: str, *, shown: bool) -> tuple[Message, ...]:
        """The whole chat; `shown` puts the examples in."""
        system = (Message("system", self.system),) if self.system else ()
        return (*system, *(self.examples if shown else ()), Message("user", question))


def evaluation_set(training: Path | None, validation: Path | None, most: int, kind: Kind = JOKE) -> EvaluationSet:
    """At most so many questions: jokes by the recipe get the shipped scenarios, any other dataset the user's side of its validation file.

    Without such a file the shipped questions of its kind must do. Blocks while it reads. A file that is gone is passed over.
    """
    taught = _head(training, SAMPLE_EXAMPLES)
    system = usual_system(taught)
    held_out = _distinct(_head(validation, SAMPLE_EXAMPLES)) if validation and system != JOKE.system else ()
    asked = held_out or load_scenarios(kind.unseen)
    if not held_out:
        system = system or kind.system
    seen = frozenset(example.user.casefold() for example in taught)
    questions = [question for question in asked if question.casefold() not in seen]
    return EvaluationSet(system, tuple(questions[:most]), _shown(taught), _ending(taught), seen, bool(held_out))


def _head(path: Path | None, count: int) -> Sequence[Example]:
    try:
        with (path or Path()).open("rb") as lines:
            return list(islice(examples(lines), count))
    except OSError:
        return ()


def _distinct(held_out: Sequence[Example]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(example.user for example in held_out if example.user.strip()))


def _shown(taught: Sequence[Example]) -> tuple[Message, ...]:
    turns: list[Message] = []
    room = MAX_EXAMPLE_CHARACTERS
    for _, user, answer, _ in taught:
        room -= len(user) + len(answer)
        if room < 0 or len(turns) == 2 * FEW_SHOT_EXAMPLES:
            break
        if user and answer:
            turns += (Message("user", user), Message("assistant", answer))
    return tuple(turns)


def _ending(taught: Sequence[Example]) -> str | None:
    endings = Endings()
    for example in taught:
        if example.assistant:
            endings.add(example.assistant.rstrip())
    found = endings.dominant()
    return found.text if found else None
