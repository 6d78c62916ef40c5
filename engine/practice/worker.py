"""Training in a process of its own: `python -m engine.practice.worker`, one task in, reports out."""

import sys

from engine.backends import Report, TrainingTask
from engine.dataset import DatasetError, read_examples
from engine.minilm import MiniLM
from engine.practice.model import PracticeModel
from engine.practice.train import Course, Step, learn
from engine.practice.views import Turn
from engine.training_process import Starter, say

_REPORTS = 20


def main() -> None:
    """Run the task on stdin. A file that cannot be learned ends it with one line."""
    try:
        _train(Starter().task)
    except DatasetError as error:
        sys.exit(error.message)
    say(Report(kind="done"))


def _train(task: TrainingTask) -> None:
    turns = [Turn.of(*turn) for example in read_examples(task.training_file) for turn in example.turns()]
    course = Course(task.course.n_epochs, task.course.batch_size, task.course.learning_rate_multiplier, task.seed)
    start = PracticeModel.load(task.start) if task.start else None
    model = learn(turns, course, MiniLM(), start=start, report=_report)
    model.save(task.result)


def _report(step: Step, _: PracticeModel) -> None:
    every = max(1, step.total // _REPORTS)
    if step.number % every and step.number not in (1, step.total):
        return
    metrics: dict[str, float | int] = {
        "step": step.number,
        "total_steps": step.total,
        "train_loss": round(step.loss, 5),
        "train_mean_token_accuracy": round(step.accuracy, 5),
    }
    say(Report(kind="metrics", metrics=metrics))


if __name__ == "__main__":
    main()
