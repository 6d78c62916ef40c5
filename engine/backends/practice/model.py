"""The practice model as one thing: vocabulary, sizes and weights, in memory and on disk."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.backends.practice.network import Sizes, add_words, new_weights
from engine.backends.practice.slots import MARKERS
from engine.backends.tensors import Weights, load_tensors, save_tensors

PADDING, END, UNKNOWN = 0, 1, 2
_RESERVED = ["<padding>", "<end>", "<unknown>", *MARKERS, *(f" {marker}" for marker in MARKERS)]
_PIECE = re.compile(r" ?[^\W_]+(?:['’][^\W_]+)*| ?[^\w\s]| ?_|\s")


def split(text: str) -> list[str]:
    """Cut a text into pieces whose concatenation is the text."""
    return _PIECE.findall(text)


class Vocabulary:
    """Pieces and their numbers. The first ones are the same in every vocabulary."""

    def __init__(self, pieces: Iterable[str] = ()) -> None:
        """Known pieces in their order; the reserved ones come first and need not be given."""
        self.pieces = list(dict.fromkeys([*_RESERVED, *pieces]))
        self._numbers = {piece: number for number, piece in enumerate(self.pieces)}

    def __len__(self) -> int:
        return len(self.pieces)

    def extended(self, texts: Iterable[str]) -> "Vocabulary":
        """A vocabulary that keeps every number of this one and adds the new pieces of `texts` behind them."""
        new = sorted({piece for text in texts for piece in split(text)})
        return Vocabulary([*self.pieces, *new])

    def encode(self, text: str) -> list[int]:
        return [self._numbers.get(piece, UNKNOWN) for piece in split(text)]

    def decode(self, numbers: Sequence[int]) -> list[str]:
        return [self.pieces[number] for number in numbers]


@dataclass(frozen=True)
class PracticeModel:
    """Weights and the vocabulary that they are for. Treated as immutable once trained."""

    vocabulary: Vocabulary
    sizes: Sizes
    weights: Weights

    @classmethod
    def fresh(cls, vocabulary: Vocabulary, seed: int) -> "PracticeModel":
        return cls(vocabulary, Sizes(), new_weights(Sizes(), len(vocabulary), np.random.default_rng(seed)))

    @classmethod
    def load(cls, path: Path) -> "PracticeModel":
        weights, notes = load_tensors(path)
        known: Any = notes
        return cls(Vocabulary(known["pieces"]), Sizes(**known["sizes"]), weights)

    def save(self, path: Path) -> None:
        notes: dict[str, object] = {"pieces": self.vocabulary.pieces, "sizes": asdict(self.sizes)}
        save_tensors(path, self.weights, notes)

    def extended(self, vocabulary: Vocabulary, seed: int) -> "PracticeModel":
        """A copy that also knows the words behind this one's in `vocabulary`."""
        weights = add_words(self.weights, len(vocabulary), np.random.default_rng(seed))
        return PracticeModel(vocabulary, self.sizes, weights)
