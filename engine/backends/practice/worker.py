"""Training in a process of its own: `python -m engine.backends.practice.worker`, one task in, reports out."""

import sys
from pathlib import Path

from safetensors import SafetensorError

from engine.backends.minilm import MiniLM
from engine.backends.practice.model import PracticeModel
from engine.backends.practice.train import Course, Step, Training
from engine.backends.practice.validation import Validation
from engine.backends.practice.views import Turn
from engine.concurrency.channel import Starter, say
from engine.training.task import Report, TrainingTask
from engine.training.training_file import DatasetError, read_examples

_REPORTS = 20

Metrics = dict[str, float | int]


def main() -> None:
    """Run the task on stdin. A file that cannot be learned ends it with one line."""
    starter = Starter()
    try:
        lesson = Lesson(starter.task)
    except DatasetError as error:
        sys.exit(error.message)
    lesson.take_up()
    while not lesson.training.finished:
        if starter.wants_pause:
            lesson.leave()
            say(Report(kind="paused"))
            return
        lesson.go_on()
    lesson.training.model.save(starter.task.result)
    say(Report(kind="done"))


class Lesson:
    """One task: the training, what is said of it, and what it leaves on disk."""

    def __init__(self, task: TrainingTask) -> None:
        """Read the files. Raises DatasetError."""
        self._task, encoder = task, MiniLM()
        course = Course(task.course.n_epochs, task.course.batch_size, task.course.learning_rate_multiplier, task.seed)
        start = PracticeModel.load(task.start) if task.start else None
        self.training = Training(_turns(task.training_file), course, encoder, start)
        held_out = task.validation_file and _turns(task.validation_file, fewest=1)
        self._validation = Validation(held_out, self.training.model, encoder) if held_out else None
        self._checkpoint: Metrics = {}

    def take_up(self) -> None:
        """Carry on where an earlier process left off, if one did."""
        if not self._task.progress.exists():
            return
        try:
            self._checkpoint = self.training.restore(self._task.progress)
        except (OSError, SafetensorError, KeyError, ValueError) as error:
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
        metrics = _metrics(step) | (self._validation.glance(self.training.model) if self._validation else {})
        say(Report(kind="metrics", metrics=metrics))
        if ends_epoch:
            self._keep(metrics | (self._validation.whole(self.training.model) if self._validation else {}))

    def leave(self) -> None:
        """Write what it takes to carry on from here."""
        self.training.save(self._task.progress, dict(self._checkpoint))

    def _keep(self, metrics: Metrics) -> None:
        self._checkpoint = metrics
        self.training.model.save(self._task.checkpoint(self.training.taken))
        self.leave()
        say(Report(kind="checkpoint", metrics=metrics))


def _turns(path: Path, **limits: int) -> list[Turn]:
    return [Turn.of(*turn) for example in read_examples(path, **limits) for turn in example.turns()]


def _metrics(step: Step) -> Metrics:
    return {
        "step": step.number,
        "total_steps": step.total,
        "train_loss": round(step.loss, 5),
        "train_mean_token_accuracy": round(step.accuracy, 5),
    }


if __name__ == "__main__":
    main()
