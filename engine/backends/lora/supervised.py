"""Supervised tuning: cross entropy over the answers' tokens."""

from collections.abc import Sequence

from engine.backends.lora.base import Base
from engine.backends.lora.objective import TrainingData, encode_examples
from engine.backends.lora.reading import Reader
from engine.backends.lora.template import Sample
from engine.training.task import Metrics, TrainingTask
from engine.training.trainer import Warn
from engine.training.training_file import Example, read_examples


class Supervised:
    """An Objective for samples."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def measure(self, examples: Sequence[Sample], *, learn: bool) -> Metrics:
        """Mean loss (in nats) and accuracy over all learned tokens."""
        learned, loss, right = sum(sample.learned for sample in examples), 0.0, 0
        for _, micro_batch in self._reader.micro_batches(examples):
            log_probabilities, correct = self._reader.read(micro_batch)
            summed = -log_probabilities.sum()
            if learn:
                (summed / learned).backward()
            loss, right = loss + summed.item(), right + int(correct.sum())
        return {"loss": loss / learned, "mean_token_accuracy": right / learned}

    def weight(self, examples: Sequence[Sample]) -> float:
        return sum(sample.learned for sample in examples)


def load_supervised(task: TrainingTask, base: Base, reader: Reader, warn: Warn) -> TrainingData[Sample]:
    """Raises TrainingFileError."""

    def read(example: Example) -> Sequence[Sample]:
        return base.template.samples(example.messages)

    learned = encode_examples(read_examples(task.training_file), read, "training_file", base, warn)
    held_out: Sequence[Sample] = ()
    if task.validation_file:
        lines = read_examples(task.validation_file, "validation_file")
        held_out = encode_examples(lines, read, "validation_file", base, warn)
    return TrainingData(Supervised(reader), learned, held_out)
