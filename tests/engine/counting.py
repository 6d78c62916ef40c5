"""A backend that only counts, for tests of what is around backends: its trainer starts at once, and does as it is told."""

import json
import os
import signal
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from engine.backends.interface import Backend, GenerationChunk, GenerationRequest, TextGenerator
from engine.training.task import Metrics, TrainingTask
from engine.training.trainer import Warn
from engine.training.training_file import read_examples

STEPS_PER_EPOCH = 4


class CountingTrainer:
    """Trains nothing, in four steps an epoch. Before each step it does what the file `orders` beside the result tells it to."""

    def __init__(self, task: TrainingTask) -> None:
        self.taken, self.total = 0, STEPS_PER_EPOCH * task.hyperparameters.n_epochs
        self._orders = task.result.parent / "orders"

    @property
    def at_epoch_end(self) -> bool:
        return self.taken % STEPS_PER_EPOCH == 0

    def step(self) -> Metrics:
        """Obey: `wait` until told otherwise (`wait after 6`: once six steps are taken), go on `slowly`, `print` onto stdout, `die`, or fail with
        an error number of the system's."""
        while (order := self._orders.read_text() if self._orders.exists() else "").startswith("wait"):
            if order != "wait" and self.taken < int(order.split()[-1]):
                break
            time.sleep(0.01)
        if order == "slowly":
            time.sleep(0.5)
        elif order == "print":
            os.write(1, b"a stray line\n")
        elif order == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif order.isdecimal():
            raise OSError(int(order), os.strerror(int(order)))
        self.taken += 1
        return {"loss": 1 / self.taken}

    def evaluate(self, *, full: bool) -> Metrics:  # noqa: ARG002 - it has no held-out examples
        return {}

    def save(self, path: Path, checkpoint: Metrics) -> None:
        path.write_text(json.dumps({"taken": self.taken, "checkpoint": checkpoint}))

    def restore(self, path: Path) -> Metrics:
        saved = json.loads(path.read_text())
        self.taken = saved["taken"]
        checkpoint: Metrics = saved["checkpoint"]
        return checkpoint

    def write_model(self, path: Path) -> None:
        path.write_text(str(self.taken))


def load(task: TrainingTask, _: Warn) -> CountingTrainer:
    list(read_examples(task.training_file))
    return CountingTrainer(task)


class Talker:
    """A TextGenerator that gives the same words to everybody, one a chunk."""

    def __init__(self, words: Sequence[str] = ("one", " two", " three")) -> None:
        self.words = words

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationChunk, None]:
        for index in range(request.sampling.n):
            for word in self.words:
                yield GenerationChunk(index=index, text=word)
            yield GenerationChunk(index=index, finish_reason="stop")

    async def close(self) -> None:
        pass


def counting_backend(
    generator: TextGenerator | None = None, base: str = "counting", *, takes_tools: bool = False
) -> Backend:
    """The trainer and the talker above as a backend."""
    return Backend(
        base=base,
        base_weights=Path("counting"),
        trainer="tests.engine.counting",
        extension="",
        context_tokens=1000,
        generator=generator or Talker(),
        count_tokens=count_tokens,
        batch_size=lambda _examples, _epochs: 1,
        takes_tools=takes_tools,
    )


def count_tokens(texts: Sequence[str]) -> int:
    return sum(len(text.split()) for text in texts)
