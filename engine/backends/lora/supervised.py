"""Learning to write the answers of examples: cross entropy over their tokens."""

from collections.abc import Sequence

from engine.backends.lora.batches import count_learned
from engine.backends.lora.reading import Reader
from engine.backends.lora.template import Sample
from engine.training.task import Metrics


class Supervised:
    """engine.backends.lora.trainer.Objective for samples."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def measure(self, examples: Sequence[Sample], *, learn: bool) -> Metrics:
        """Mean loss (in nats) and accuracy over all learned tokens of the examples."""
        learned, loss, right = count_learned(examples), 0.0, 0
        for _, part in self._reader.parts(examples):
            log_probabilities, correct = self._reader.read(part)
            summed = -log_probabilities.sum()
            if learn:
                (summed / learned).backward()
            loss, right = loss + summed.item(), right + int(correct.sum())
        return {"loss": loss / learned, "mean_token_accuracy": right / learned}
