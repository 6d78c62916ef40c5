"""Examples, truncated to the context and shuffled by the seed."""

from collections.abc import Sequence
from typing import Protocol, Self, TypeVar

import torch

from engine.backends.lora.template import Sample


class Readable(Protocol):
    """An example as one or more samples that are read in one pass."""

    @property
    def samples(self) -> tuple[Sample, ...]: ...

    def cut(self, tokens: int) -> Self:
        """The example with at most so many tokens a sample."""


ReadableT = TypeVar("ReadableT", bound=Readable)


def longest(example: Readable) -> int:
    return max(len(sample.ids) for sample in example.samples)


def fitted(examples: Sequence[ReadableT], context: int) -> tuple[list[ReadableT], int]:
    """Examples truncated to the context, without those that then have nothing to learn; and how many were truncated."""
    cut = [example.cut(context) for example in examples]
    kept = [example for example in cut if all(sample.learned for sample in example.samples)]
    return kept, sum(longest(example) > context for example in examples)


def shuffled(count: int, seed: int, epoch: int) -> list[int]:
    generator = torch.Generator().manual_seed((seed + 1_000_003 * epoch) % 2**63)
    order: list[int] = torch.randperm(count, generator=generator).tolist()
    return order
