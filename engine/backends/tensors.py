"""Arrays by their names, and as files: safetensors only, each complete or absent."""

import json
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save

from engine.storage.files import write_atomically

Floats: TypeAlias = NDArray[np.floating]
Integers: TypeAlias = NDArray[np.int64]
Booleans: TypeAlias = NDArray[np.bool_]
Weights: TypeAlias = dict[str, Floats]


def save_tensors(path: Path, weights: Weights, notes: dict[str, object]) -> None:
    """Write weights together with JSON notes (vocabulary, sizes), which travel in the file's header."""
    tensors = {name: np.ascontiguousarray(value) for name, value in weights.items()}
    write_atomically(path, save(tensors, {"notes": json.dumps(notes)}))


def load_tensors(path: Path) -> tuple[Weights, dict[str, object]]:
    """Read what `save_tensors` wrote. Raises OSError or safetensors' SafetensorError."""
    with safe_open(path, framework="np") as stored:
        weights = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 - not a mapping
        notes = json.loads((stored.metadata() or {}).get("notes", "{}"))
    return weights, notes


def map_tensor(path: Path, name: str) -> Floats:
    """A float32 tensor of a safetensors file, mapped read-only: rows take memory once they are read."""
    with path.open("rb") as stored:
        length = int.from_bytes(stored.read(8), "little")
        described = json.loads(stored.read(length))[name]
    tensor: Floats = np.memmap(path, "<f4", "r", 8 + length + described["data_offsets"][0], tuple(described["shape"]))
    return tensor
