"""Training in a process of its own: `python -m engine.backends.lora.worker`, one task in, reports out."""

import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError

from engine.backends.lora.adapter import attach, save_adapter
from engine.backends.lora.base import Base, BaseError, base_of, open_base, prepare_process
from engine.backends.lora.batches import fitted
from engine.backends.lora.settings import LoraSettings, peak_rate
from engine.backends.lora.template import Sample, TemplateError
from engine.backends.lora.train import Step, Training, judge
from engine.concurrency.channel import Starter, say
from engine.training.task import Report, TrainingTask
from engine.training.training_file import DatasetError, read_examples

_REPORTS = 20
_GLANCE = 16

Metrics = dict[str, float | int]


def main() -> None:
    """Run the task on stdin. A base or a file that cannot be learned ends it with one line."""
    starter = Starter()
    prepare_process()
    try:
        lesson = Lesson(starter.task)
    except (BaseError, DatasetError, TemplateError) as error:
        say(Report(kind="refused", message=str(error)))
        sys.exit(str(error))
    lesson.take_up()
    while not lesson.training.finished:
        if starter.wants_pause:
            lesson.leave()
            say(Report(kind="paused"))
            return
        lesson.go_on()
    save_adapter(lesson.model, starter.task.result)
    say(Report(kind="done"))


class Lesson:
    """One task: the training, what is said of it, and what it leaves on disk."""

    def __init__(self, task: TrainingTask) -> None:
        """Open base and files. Raises BaseError, DatasetError or TemplateError."""
        if task.start is None:
            raise BaseError("there is no base model to tune")
        self._task = task
        base = open_base(base_of(task.start))
        settings = LoraSettings.model_validate(task.settings)
        samples = _samples(base, task.training_file)
        self._held_out = _samples(base, task.validation_file, fewest=1) if task.validation_file else []
        torch.manual_seed(task.seed)
        self.model = attach(base.model, task.start, settings)
        rate = peak_rate(base.hidden, task.course.learning_rate_multiplier)
        self.training = Training(self.model, samples, task.course, task.seed, rate)
        self._checkpoint: Metrics = {}

    def take_up(self) -> None:
        """Carry on where an earlier process left off, if one did."""
        if not self._task.progress.exists():
            return
        try:
            self._checkpoint = self.training.restore(self._task.progress)
        except (OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
            message = f"What was left of the training cannot be used ({error}): it starts over"
            say(Report(kind="message", level="warn", message=message))
            return
        step = f"step {self.training.taken}/{self.training.total}"
        say(Report(kind="message", message=f"The training goes on after {step}"))
        if self._checkpoint:
            say(Report(kind="checkpoint", metrics=self._checkpoint))

    def go_on(self) -> None:
        """Take a step; report about twenty of all, and keep a checkpoint at the end of each epoch."""
        step = self.training.advance()
        ends_epoch = self._task.checkpoints and self.training.at_epoch_end
        if step.number % max(1, step.total // _REPORTS) and step.number not in (1, step.total) and not ends_epoch:
            return
        metrics = _metrics(step) | self._judged("valid", self._held_out[:_GLANCE])
        say(Report(kind="metrics", metrics=metrics))
        if ends_epoch:
            self._keep(metrics | self._judged("full_valid", self._held_out))

    def leave(self) -> None:
        """Write what it takes to carry on from here."""
        self.training.save(self._task.progress, dict(self._checkpoint))

    def _keep(self, metrics: Metrics) -> None:
        self._checkpoint = metrics
        save_adapter(self.model, self._task.checkpoint(self.training.taken))
        self.leave()
        say(Report(kind="checkpoint", metrics=metrics))

    def _judged(self, prefix: str, samples: Sequence[Sample]) -> Metrics:
        if not samples:
            return {}
        loss, accuracy = judge(self.model, samples)
        return {f"{prefix}_loss": round(loss, 5), f"{prefix}_mean_token_accuracy": round(accuracy, 5)}


def _samples(base: Base, path: Path, **limits: int) -> list[Sample]:
    taught: list[Sample] = []
    for number, example in enumerate(read_examples(path, **limits), 1):
        try:
            taught += base.template.samples(example.messages)
        except TemplateError as error:
            raise DatasetError("invalid_training_file", f"Example {number}: {error}") from error
    kept, cut = fitted(taught, base.context)
    if cut:
        message = f"{cut} example(s) are longer than the {base.context} tokens that the model reads, and were cut"
        say(Report(kind="message", level="warn", message=message))
    if not kept:
        raise DatasetError("invalid_training_file", "No example has an answer within what the model can read.")
    return kept


def _metrics(step: Step) -> Metrics:
    return {
        "step": step.number,
        "total_steps": step.total,
        "train_loss": round(step.loss, 5),
        "train_mean_token_accuracy": round(step.accuracy, 5),
    }


if __name__ == "__main__":
    main()
