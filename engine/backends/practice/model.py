"""The practice model as one thing: vocabulary, sizes and weights, in memory and on disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.backends.arrays import Weights
from engine.backends.practice.network import Sizes, add_words, new_weights
from engine.backends.practice.words import Vocabulary
from engine.backends.tensors import load_checkpoint, save_checkpoint


@dataclass(frozen=True)
class PracticeModel:
    """Weights and the vocabulary that they are for. Treated as immutable once trained."""

    vocabulary: Vocabulary
    sizes: Sizes
    weights: Weights

    @classmethod
    def fresh(cls, vocabulary: Vocabulary, seed: int, sizes: Sizes | None = None) -> "PracticeModel":
        """An untrained model."""
        shape = sizes or Sizes()
        return cls(vocabulary, shape, new_weights(shape, len(vocabulary), np.random.default_rng(seed)))

    @classmethod
    def load(cls, path: Path) -> "PracticeModel":
        """Read a model that `save` wrote."""
        weights, notes = load_checkpoint(path)
        known: Any = notes
        return cls(Vocabulary(known["pieces"]), Sizes(**known["sizes"]), weights)

    def save(self, path: Path) -> None:
        """Write the model into one safetensors file."""
        notes: dict[str, object] = {"pieces": self.vocabulary.pieces, "sizes": self.sizes.as_notes()}
        save_checkpoint(path, self.weights, notes)

    def extended(self, vocabulary: Vocabulary, seed: int) -> "PracticeModel":
        """A copy that also knows the words behind this one's in `vocabulary`."""
        weights = add_words(self.weights, len(vocabulary), np.random.default_rng(seed))
        return PracticeModel(vocabulary, self.sizes, weights)
