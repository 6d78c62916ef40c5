"""practice-1 itself: trained on the slogan corpus at first start, then kept."""

import hashlib
import json
import sys
from pathlib import Path

from engine.backends.minilm import WEIGHTS_SHA256
from engine.backends.practice.backend import BATCH_SIZE, PracticeBackend
from engine.backends.practice.network import Sizes
from engine.training.process import training
from engine.training.task import Course, TrainingTask

CORPUS = Path(__file__).parents[3] / "data" / "slogans.jsonl"
_COURSE = Course(n_epochs=5, batch_size=BATCH_SIZE, learning_rate_multiplier=1.0)
_RECIPE = 1


def cache_path(folder: Path, corpus: Path) -> Path:
    """Where the weights for this corpus, recipe and encoder belong. Raises OSError where the corpus cannot be read."""
    recipe = json.dumps([_RECIPE, _COURSE.model_dump(), Sizes().as_notes(), WEIGHTS_SHA256])
    digest = hashlib.sha256(recipe.encode() + corpus.read_bytes()).hexdigest()
    return folder / f"practice-1-{digest[:16]}.safetensors"


async def train_base(corpus: Path, result: Path) -> None:
    """Train practice-1 and say so on stderr. Raises WorkerError."""
    task = TrainingTask(training_file=corpus, start=None, result=result, course=_COURSE, seed=1)
    sys.stderr.write("Training practice-1 once, on the shipped slogans ...\n")
    async with training(PracticeBackend.worker, task) as process:
        async for report in process.reports():
            if report.kind == "metrics":
                step, total = report.metrics["step"], report.metrics["total_steps"]
                sys.stderr.write(f"\r  step {step}/{total}, loss {report.metrics['train_loss']:.3f}  ")
                sys.stderr.flush()
    sys.stderr.write("\n")
