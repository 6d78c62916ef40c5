"""One process of a group that shares a training: `python -m tests.engine.backends.lora.sharing RANK SIZE FILE`, losses out."""

import json
import sys

import torch.distributed as group

from engine.backends.lora.objective import TrainingData
from engine.backends.lora.shared import SharedObjective, SharedPause
from engine.backends.lora.template import Sample
from engine.backends.lora.trainer import Follower, LoraTrainer
from tests.engine.backends.lora import test_trainer


def main() -> None:
    """Steps until the second process asks for a pause, which both hear at the same step."""
    rank, size, file = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    group.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=size)
    alone = test_trainer.training()
    data: TrainingData[Sample] = TrainingData(
        SharedObjective(alone._data.objective, alone.model), alone._data.examples, alone._data.examples
    )
    kind = LoraTrainer if rank == 0 else Follower
    trainer = kind(alone.model, data, test_trainer.HYPERPARAMETERS, seed=3, rate=5e-3)
    pause = SharedPause(lambda: rank == 1 and trainer.taken == 7)
    losses = []
    while not pause.is_set():
        losses.append(trainer.step()["loss"])
    print(json.dumps([*losses, trainer.evaluate(full=True)["loss"]]), flush=True)  # noqa: T201 - its answer
    group.barrier()


if __name__ == "__main__":
    main()
