"""Samples as tensors: shuffled the same way by the same seed, cut into parts that fit into memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from engine.backends.lora.template import IGNORED, Sample

# Padded tokens in one forward pass. A batch beyond it is split, and its gradients added up.
_MAX_TOKENS_PER_PART = {"cuda": 4096, "mps": 2048, "cpu": 2048}


@dataclass(frozen=True)
class Part:
    """Padded ids, attention mask and labels of some samples, each of shape (samples, longest)."""

    ids: Any
    mask: Any
    labels: Any


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


def parts(samples: Sequence[Sample], device: torch.device) -> Iterator[Part]:
    """The samples, longest first, in parts of similar length that fit into memory."""
    ordered = sorted(samples, key=lambda sample: -len(sample.ids))
    while ordered:
        fitting = max(1, _MAX_TOKENS_PER_PART.get(device.type, 2048) // len(ordered[0].ids))
        yield _part(ordered[:fitting], device)
        ordered = ordered[fitting:]


def _part(samples: Sequence[Sample], device: torch.device) -> Part:
    longest = len(samples[0].ids)
    ids = torch.zeros(len(samples), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, IGNORED)
    for row, sample in enumerate(samples):
        width = len(sample.ids)
        ids[row, :width] = torch.tensor(sample.ids)
        labels[row, :width] = torch.tensor(sample.labels)
        mask[row, :width] = 1
    return Part(ids.to(device), mask.to(device), labels.to(device))
