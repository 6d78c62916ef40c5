"""The practice model's vocabulary: whole words with the space before them, so that joining them gives the text back."""

import re
from collections.abc import Iterable, Sequence

from engine.backends.practice.slots import MARKERS

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
        """The numbers of a text's pieces."""
        return [self._numbers.get(piece, UNKNOWN) for piece in split(text)]

    def decode(self, numbers: Sequence[int]) -> list[str]:
        """The pieces behind numbers."""
        return [self.pieces[number] for number in numbers]


def silent_numbers() -> list[int]:
    """Numbers that stand for no text and are never sampled."""
    return [PADDING, UNKNOWN]


def marker_numbers(vocabulary: Vocabulary, markers: Iterable[str]) -> list[int]:
    """Numbers of slot markers, with and without a space before them."""
    return [number for marker in markers for number in vocabulary.encode(marker) + vocabulary.encode(f" {marker}")]
