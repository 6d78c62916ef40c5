"""Direct preference optimization (Rafailov et al., 2023, arXiv:2305.18290, equation 7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from engine.backends.lora.base import Base
from engine.backends.lora.objective import TrainingData, encode_examples
from engine.backends.lora.packing import MicroBatch
from engine.backends.lora.reading import Reader
from engine.backends.lora.template import Sample
from engine.training.preference_file import Preference, read_preferences
from engine.training.task import DEFAULT_BETA, Metrics, TrainingTask
from engine.training.trainer import Warn


@dataclass
class PreferencePair:
    """Two answers to the same conversation; `reference` is log p(preferred) - log p(non-preferred) of the reference model."""

    preferred: Sample
    non_preferred: Sample
    reference: float = 0.0

    @property
    def samples(self) -> tuple[Sample, Sample]:
        return self.preferred, self.non_preferred

    def cut(self, tokens: int) -> "PreferencePair":
        return PreferencePair(self.preferred.cut(tokens), self.non_preferred.cut(tokens), self.reference)


class Dpo:
    """An Objective for preference pairs.

    The loss of a pair is -log sigmoid(beta * margin), where the margin is how much more the model prefers the preferred answer
    than the reference does: the difference of log p(preferred) - log p(non-preferred), of whole answers, between the two.
    """

    def __init__(self, reader: Reader, beta: float) -> None:
        self._reader, self._beta = reader, beta

    def compute_reference(self, pairs: Sequence[PreferencePair]) -> None:
        """Make the model as it is now the reference for these pairs."""
        with torch.no_grad():
            for group, micro_batch in self._reader.micro_batches(pairs):
                differences, _ = self._differences(micro_batch)
                for pair, difference in zip(group, differences.tolist(), strict=True):
                    pair.reference = difference

    def measure(self, examples: Sequence[PreferencePair], *, learn: bool) -> Metrics:
        """Means over pairs; `reward_accuracy` is the share of margins above zero, `reward_margin` is beta times the margin.

        The token accuracy is that of the preferred answers.
        """
        loss = reward = 0.0
        right = above = 0
        for group, micro_batch in self._reader.micro_batches(examples):
            differences, correct = self._differences(micro_batch)
            rewards = self._beta * (differences - differences.new_tensor([pair.reference for pair in group]))
            summed = -torch.nn.functional.logsigmoid(rewards).sum()
            if learn:
                (summed / len(examples)).backward()
            loss, reward = loss + summed.item(), reward + rewards.sum().item()
            right, above = right + correct, above + int((rewards > 0).sum())
        learned, pairs = sum(pair.preferred.learned for pair in examples), len(examples)
        accuracy = {"mean_token_accuracy": right / learned, "reward_accuracy": above / pairs}
        return {"loss": loss / pairs, **accuracy, "reward_margin": reward / pairs}

    def weight(self, examples: Sequence[PreferencePair]) -> float:
        return len(examples)

    def _differences(self, micro_batch: MicroBatch) -> tuple[Any, int]:
        """log p(preferred) - log p(non-preferred) of each pair, and how many tokens of preferred answers were the likeliest."""
        log_probabilities, correct = self._reader.read(micro_batch)
        answers = log_probabilities.new_zeros(micro_batch.samples).index_add(0, micro_batch.owners, log_probabilities)
        preferred, non_preferred = answers.view(-1, 2).unbind(1)
        return preferred - non_preferred, int(correct[micro_batch.owners % 2 == 0].sum())


def load_dpo(task: TrainingTask, base: Base, reader: Reader, warn: Warn) -> TrainingData[PreferencePair]:
    """Pairs with the model that the job starts from as the reference. Raises TrainingFileError.

    Before its first step the model that is trained still is that one: no second one is loaded.
    """

    def read(preference: Preference) -> Sequence[PreferencePair]:
        (preferred,) = base.template.samples([*preference.input, preference.preferred])
        (non_preferred,) = base.template.samples([*preference.input, preference.non_preferred])
        return [PreferencePair(preferred, non_preferred)]

    learned = encode_examples(read_preferences(task.training_file), read, "training_file", base, warn)
    held_out: Sequence[PreferencePair] = ()
    if task.validation_file:
        lines = read_preferences(task.validation_file, "validation_file")
        held_out = encode_examples(lines, read, "validation_file", base, warn)
    objective = Dpo(reader, task.hyperparameters.beta or DEFAULT_BETA)
    objective.compute_reference([*learned, *held_out])
    return TrainingData(objective, learned, held_out)
