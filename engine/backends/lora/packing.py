"""Samples side by side in one forward pass, as a tree: a shared beginning is computed once.

A token of the tree attends to those on its own path alone, at its own position, so each sample is read exactly as it would be by
itself. No token is padding; one system message, and the request of a preference pair, are computed once a pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from engine.backends.lora.template import IGNORED, Sample


@dataclass(frozen=True)
class MicroBatch:
    """The inputs of one forward pass, and its learned tokens: where each is predicted (row, column), its id, and the sample that it belongs to."""

    inputs: dict[str, Any]
    rows: Any
    columns: Any
    labels: Any
    owners: Any
    samples: int


def as_tree(samples: Sequence[Sample], device: torch.device, dtype: torch.dtype) -> MicroBatch:
    """One row. Positions and the mask are given in full: additive, of shape (1, 1, tokens, tokens)."""
    nodes: dict[tuple[int, int], int] = {}
    parents, ids, depths, learned = list[int](), list[int](), list[int](), list[tuple[int, int, int, int]]()
    for owner, sample in enumerate(samples):
        parent = -1
        for depth, (token, label) in enumerate(zip(sample.ids, sample.labels, strict=True)):
            if depth and label != IGNORED:
                learned.append((0, parent, label, owner))
            known = nodes.setdefault((parent, token), len(ids))
            if known == len(ids):
                parents.append(parent)
                ids.append(token)
                depths.append(depth)
            parent = known
    seen = np.eye(len(ids), dtype=bool)
    for node, parent in enumerate(parents):
        if parent >= 0:
            seen[node] |= seen[parent]
    mask = torch.zeros(seen.shape, dtype=dtype).masked_fill_(torch.from_numpy(~seen), torch.finfo(dtype).min)
    inputs = {
        "input_ids": torch.tensor([ids]),
        "position_ids": torch.tensor([depths]),
        "attention_mask": mask[None, None],
    }
    return _micro_batch(inputs, learned, len(samples), device)


def as_rows(samples: Sequence[Sample], device: torch.device) -> MicroBatch:
    """One row per sample, padded at the end: for models that cannot read a tree."""
    longest = max(len(sample.ids) for sample in samples)
    ids = torch.zeros(len(samples), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    learned = []
    for row, sample in enumerate(samples):
        ids[row, : len(sample.ids)] = torch.tensor(sample.ids)
        mask[row, : len(sample.ids)] = 1
        learned += [(row, at, label, row) for at, label in enumerate(sample.labels[1:]) if label != IGNORED]
    return _micro_batch({"input_ids": ids, "attention_mask": mask}, learned, len(samples), device)


def _micro_batch(
    inputs: dict[str, Any], learned: Sequence[tuple[int, int, int, int]], samples: int, device: torch.device
) -> MicroBatch:
    rows, columns, labels, owners = torch.tensor(learned, dtype=torch.long).reshape(-1, 4).T.to(device)
    return MicroBatch(
        {name: value.to(device) for name, value in inputs.items()}, rows, columns, labels, owners, samples
    )
