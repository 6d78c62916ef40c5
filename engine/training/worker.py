"""The training process: `python -m engine.training.worker`, one task in, reports out."""

import importlib
import os
import sys
import threading
from collections.abc import Callable
from typing import Protocol, TypeAlias

from engine.concurrency.channel import Channel
from engine.storage.files import is_disk_full
from engine.training.task import Metrics, Pause, TrainingReport, TrainingTask
from engine.training.trainer import LoadTrainer, RefusedError, Trainer

REPORTED_STEPS = 20
NICENESS = 19

Report: TypeAlias = Callable[[TrainingReport], None]


class PauseFlag(Protocol):
    def is_set(self) -> bool:
        """Whether the training is to save its progress and to end. Asked before each step."""


class Worker:
    """Takes a training from its start, or from where it was, to its end or its next pause."""

    def __init__(self, task: TrainingTask, report: Report, pause: PauseFlag) -> None:
        self._task, self._report, self._pause = task, report, pause
        self._checkpoint: Metrics = {}
        load: LoadTrainer = importlib.import_module(task.trainer).load
        self._trainer: Trainer = load(task, self._warn)

    def run(self) -> None:
        """Report every step of note, leave a checkpoint an epoch and, at the end, the model."""
        if self._task.progress.exists():
            self._carry_on()
        while self._trainer.taken < self._trainer.total:
            if self._pause.is_set():
                self._trainer.save(self._task.progress, self._checkpoint)
                self._report(TrainingReport(kind="paused"))
                return
            self._step()
        self._trainer.write_model(self._task.result)
        self._report(TrainingReport(kind="done"))

    def _carry_on(self) -> None:
        try:
            self._checkpoint = self._trainer.restore(self._task.progress)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the training can start over
            self._warn(f"The saved progress cannot be used ({error}). The training starts over.")
            return
        message = f"The training goes on after step {self._trainer.taken}/{self._trainer.total}"
        self._report(TrainingReport(kind="message", message=message))
        if self._checkpoint:
            self._report(TrainingReport(kind="checkpoint", metrics=self._checkpoint))

    def _step(self) -> None:
        trainer = self._trainer
        measured = trainer.step()
        ends_epoch = self._task.checkpoints and trainer.at_epoch_end
        due = trainer.taken % max(1, trainer.total // REPORTED_STEPS) == 0 or trainer.taken in (1, trainer.total)
        if not (due or ends_epoch):
            return
        metrics = {"step": trainer.taken, "total_steps": trainer.total, **_named("train", measured)}
        metrics |= _named("valid", trainer.evaluate(full=False))
        self._report(TrainingReport(kind="metrics", metrics=metrics))
        if ends_epoch:
            self._checkpoint = metrics | _named("full_valid", trainer.evaluate(full=True))
            trainer.write_model(self._task.checkpoint(trainer.taken))
            trainer.save(self._task.progress, self._checkpoint)
            self._report(TrainingReport(kind="checkpoint", metrics=self._checkpoint))

    def _warn(self, message: str) -> None:
        self._report(TrainingReport(kind="message", level="warn", message=message))


def _named(prefix: str, measured: Metrics) -> Metrics:
    return {f"{prefix}_{name}": round(value, 5) for name, value in measured.items()}


def work(task: TrainingTask, report: Report, pause: PauseFlag) -> None:
    """Work on one task. A task that cannot be done, or a full disk, is a report; whatever else goes wrong is raised."""
    try:
        Worker(task, report, pause).run()
    except RefusedError as error:
        report(TrainingReport(kind="refused", message=error.message, code=error.code, param=error.param))
    except Exception as error:
        if not is_disk_full(error):
            raise
        report(TrainingReport(kind="disk_full", message=getattr(error, "strerror", None) or str(error)))


def make_way() -> None:
    if sys.platform != "win32":
        os.nice(NICENESS)  # chat goes first where cores are scarce


def main() -> None:
    """Work on one task. The process ends with it, and with the engine."""
    channel = Channel()
    make_way()
    task = channel.receive(TrainingTask)
    pause = threading.Event()
    channel.listen(Pause, lambda _: pause.set())
    work(task, channel.send, pause)


if __name__ == "__main__":
    main()
