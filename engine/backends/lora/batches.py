"""Samples cut to what a model reads, counted, and shuffled the same way by the same seed."""

from collections.abc import Sequence

import torch

from engine.backends.lora.template import IGNORED, Sample


def fitted(samples: Sequence[Sample], context: int) -> tuple[list[Sample], int]:
    """Samples cut to what the model can read, without those that then teach nothing; and how many were cut."""
    cut = [Sample(sample.ids[:context], sample.labels[:context]) for sample in samples]
    kept = [sample for sample in cut if any(label != IGNORED for label in sample.labels[1:])]
    return kept, sum(len(sample.ids) > context for sample in samples)


def count_learned(samples: Sequence[Sample]) -> int:
    """How many tokens the samples teach. The first one of a sequence has nothing before it to foresee it from."""
    return sum(label != IGNORED for sample in samples for label in sample.labels[1:])


def shuffled(count: int, seed: int, epoch: int) -> list[int]:
    generator = torch.Generator().manual_seed((seed + 1_000_003 * epoch) % 2**63)
    order: list[int] = torch.randperm(count, generator=generator).tolist()
    return order
