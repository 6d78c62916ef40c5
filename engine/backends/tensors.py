"""Weights on disk: safetensors only, each file complete or absent."""

import json
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

from engine.backends.arrays import Weights
from engine.storage.files import write_atomically


def save_checkpoint(path: Path, weights: Weights, notes: dict[str, object]) -> None:
    """Write weights together with JSON notes (vocabulary, sizes), which travel in the file's header."""
    tensors = {name: np.ascontiguousarray(value) for name, value in weights.items()}
    write_atomically(path, save(tensors, {"notes": json.dumps(notes)}))


def load_checkpoint(path: Path) -> tuple[Weights, dict[str, object]]:
    """Read what `save_checkpoint` wrote. Raises OSError or safetensors' SafetensorError."""
    with safe_open(path, framework="np") as stored:
        weights = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 - not a mapping
        notes = json.loads((stored.metadata() or {}).get("notes", "{}"))
    return weights, notes
