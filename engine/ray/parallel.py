"""One training on several workers, by Ray Train: the same program in each, of which the first keeps the task's folder."""

import errno
import os
import signal
import threading
from pathlib import Path
from typing import TypedDict

import ray
from ray.train import RunConfig, ScalingConfig, TrainingFailedError, get_context
from ray.train.torch import TorchConfig, TorchTrainer

from engine.ray.options import Resources
from engine.training.folder import TrainingFolder, has_finished, last_report
from engine.training.folder_worker import LOOK_SECONDS, LeaseWatch, locked, report_in
from engine.training.task import TrainingReport
from engine.training.worker import make_way, work

# A worker or its node is lost: the engine takes it as it takes any attempt that a signal ended, and submits another.
_LOST = 137


class _Part(TypedDict):
    folder: str
    attempt: int


def work_together(folder: TrainingFolder, attempt: int, workers: int, resources: Resources) -> int:
    """Let several workers share a task, and wait for them: the exit code. SIGTERM pauses them, by a mark in the folder."""
    ray.init(log_to_driver=False)
    signal.signal(signal.SIGTERM, lambda *_: _mark(folder, attempt).touch())  # after Ray has set its own
    part: _Part = {"folder": str(folder.path), "attempt": attempt}
    needed = {"CPU": resources.cpus, "GPU": resources.gpus}
    trainer = TorchTrainer(
        _take_part,
        train_loop_config=part,
        scaling_config=ScalingConfig(
            num_workers=workers,
            use_gpu=resources.gpus > 0,
            resources_per_worker={name: number for name, number in needed.items() if number},
        ),
        torch_config=TorchConfig(backend="nccl" if resources.gpus else "gloo"),
        run_config=RunConfig(name=f"attempt-{attempt}", storage_path=str(folder.path / "ray_train")),
    )
    try:
        trainer.fit()
    except TrainingFailedError as error:
        print(error)  # noqa: T201 - the job's log is where somebody looks for it
        return _LOST
    return 0


def _take_part(part: _Part) -> None:
    """What each worker does."""
    from engine.backends.lora.group import agree  # noqa: PLC0415 - torch's group is there by now
    from engine.backends.lora.shared import SharedPause  # noqa: PLC0415 - as above

    os.umask(0o077)
    make_way()
    folder, attempt = TrainingFolder(Path(part["folder"])), part["attempt"]
    if get_context().get_world_rank() > 0:
        if not agree(said=False):
            work(folder.task(), _keep_quiet, SharedPause(lambda: False))
        return
    asked, pause = threading.Event(), threading.Event()
    _listen(_mark(folder, attempt), asked, pause)
    LeaseWatch(folder, attempt).start(pause)
    with locked(folder, pause) as is_mine:
        if agree(said=not is_mine or has_finished(folder)):  # the others wait for this
            return
        flag = SharedPause(pause.is_set)
        report_in(folder, attempt, asked, lambda report: work(folder.task(), report, flag))
    last = last_report(folder)
    if last and last.kind == "disk_full":
        raise OSError(errno.ENOSPC, last.message)  # ends the others, who would wait for its next step


def _listen(mark: Path, asked: threading.Event, pause: threading.Event) -> None:
    def look() -> None:
        while not pause.wait(LOOK_SECONDS):
            if mark.exists():
                asked.set()
                pause.set()

    threading.Thread(target=look, daemon=True).start()


def _mark(folder: TrainingFolder, attempt: int) -> Path:
    return folder.path / f"stop-{attempt}"


def _keep_quiet(_: TrainingReport) -> None:
    """The first worker reports."""
