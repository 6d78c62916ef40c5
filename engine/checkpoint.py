"""Weights on disk: safetensors only, each file complete or absent."""

import json
import os
import sys
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

from engine.arrays import Weights


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path` such that a crash leaves either the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    put_in_place(draft, path)


def put_in_place(draft: Path, path: Path) -> None:
    """Rename a file that is on disk already, and see to it that its name is, too."""
    draft.replace(path)
    if sys.platform != "win32":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


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
