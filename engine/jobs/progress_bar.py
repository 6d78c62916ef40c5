"""A training's progress in the operator's terminal."""

import sys
from collections.abc import Mapping
from typing import TextIO

_WIDTH = 30


class ProgressBar:
    """One line on stderr that is drawn over as a training goes on; silent where stderr is no terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._drawn = False

    def show(self, job_id: str, metrics: Mapping[str, float | int]) -> None:
        if not self._stream.isatty():
            return
        step, total = int(metrics["step"]), int(metrics["total_steps"])
        full = _WIDTH * step // total
        drawn = "█" * full + "░" * (_WIDTH - full)
        valid = f", validation {metrics['valid_loss']:.3f}" if "valid_loss" in metrics else ""
        self._stream.write(f"\r\x1b[K{job_id} {drawn} {step}/{total}, loss {metrics['train_loss']:.3f}{valid}")
        self._stream.flush()
        self._drawn = True

    def end(self) -> None:
        """Leave the line as it is; what follows stands below it."""
        if self._drawn:
            self._stream.write("\n")
            self._stream.flush()
            self._drawn = False
