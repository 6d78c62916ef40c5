"""The objective of a training, and its examples as tokens."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from engine.backends.lora.base import Base
from engine.backends.lora.batches import Readable, ReadableT, fitted
from engine.backends.lora.template import TemplateError
from engine.training.lines import TrainingFileError
from engine.training.task import Metrics
from engine.training.trainer import Warn

ReadableT_contra = TypeVar("ReadableT_contra", bound=Readable, contravariant=True)
LineT = TypeVar("LineT")


class Objective(Protocol[ReadableT_contra]):
    """What a training minimises."""

    def measure(self, examples: Sequence[ReadableT_contra], *, learn: bool) -> Metrics:
        """The mean `loss` of the examples and other metrics. With `learn`, gradients are accumulated in the weights."""

    def weight(self, examples: Sequence[ReadableT_contra]) -> float:
        """How much a mean over these examples counts beside one over others."""


@dataclass(frozen=True)
class TrainingData(Generic[ReadableT]):
    """An objective, the examples to train on, and those to validate on."""

    objective: Objective[ReadableT]
    examples: Sequence[ReadableT]
    held_out: Sequence[ReadableT] = ()


def encode_examples(
    lines: Iterable[LineT], read: Callable[[LineT], Sequence[ReadableT]], param: str, base: Base, warn: Warn
) -> list[ReadableT]:
    """The examples in the lines of a file, cut to what the base reads. `read` may raise TemplateError.

    Raises TrainingFileError with this `param`.
    """
    examples: list[ReadableT] = []
    for number, line in enumerate(lines, 1):
        try:
            examples += read(line)
        except TemplateError as error:
            raise TrainingFileError(f"Example {number}: {error}.", param=param) from error
    kept, cut = fitted(examples, base.context)
    if cut:
        warn(f"{cut} example(s) are longer than the {base.context} tokens that the model reads, and were cut.")
    if not kept:
        raise TrainingFileError("No example has an answer within what the model can read.", param=param)
    return kept
