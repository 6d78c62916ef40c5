"""Processes killed at chosen moments: the same ones for the same seed."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class KillPoint:
    """After what a process is to die, and how many seconds after it."""

    step: str
    delay: float


def kill_points(steps: Sequence[str], rounds: int, seed: int, longest: float = 0.5) -> list[KillPoint]:
    """Every step once a round, in a drawn order and after a drawn delay."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    drawn = [step for _ in range(rounds) for step in chance.sample(list(steps), len(steps))]
    return [KillPoint(step, chance.uniform(0, longest)) for step in drawn]


def kill(process: "subprocess.Popen[str]", delay: float = 0.0) -> None:
    """kill -9, and wait until it is gone."""
    time.sleep(delay)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
