"""`python -m benchmarks.trainings.ours METHOD BASE_GGUF CACHE START FILE TARGET SEED`: tune once by our trainer; prints Outcome as JSON."""

import sys
from pathlib import Path
from statistics import fmean
from time import perf_counter

from benchmarks.trainings.outcome import EPOCHS, Outcome
from engine.backends.lora.settings import LoraSettings, batch_size
from engine.backends.lora.trainer import load
from engine.protocol.methods import MethodName
from engine.training.task import DEFAULT_BETA, Hyperparameters, TrainingTask


def main(method: MethodName, gguf: str, cache: str, start: str, file: str, target: str, seed: str) -> None:
    examples = len(Path(file).read_text(encoding="utf-8").splitlines())
    task = TrainingTask(
        trainer=load.__module__,
        method=method,
        training_file=Path(file),
        start=Path(start),
        result=Path(target),
        hyperparameters=Hyperparameters(
            n_epochs=EPOCHS,
            batch_size=batch_size(examples, EPOCHS),
            learning_rate_multiplier=1.0,
            beta=DEFAULT_BETA if method == "dpo" else None,
        ),
        seed=int(seed),
        settings=LoraSettings(gguf=gguf, cache=cache).model_dump(),
    )
    loaded = perf_counter()
    trainer = load(task, print)
    losses = []
    began = perf_counter()
    while trainer.taken < trainer.total:
        losses.append(trainer.step()["loss"])
    seconds = perf_counter() - began
    trainer.write_model(task.result)
    print(Outcome(seconds=seconds, loading=began - loaded, loss=fmean(losses), steps=trainer.total).model_dump_json())


if __name__ == "__main__":
    main(*sys.argv[1:])  # type: ignore[arg-type]  # METHOD is one of two strings
