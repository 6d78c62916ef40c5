"""The tuning of an adapter, step by step, with every step's true loss."""

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic

import torch

from engine.backends.lora.base import BaseError, attach_adapter, base_of, open_base, prepare_process, save_adapter
from engine.backends.lora.batches import ReadableT, shuffled
from engine.backends.lora.dpo import load_dpo
from engine.backends.lora.group import is_first, is_shared
from engine.backends.lora.memory import save_memory
from engine.backends.lora.objective import TrainingData
from engine.backends.lora.reading import Reader
from engine.backends.lora.settings import LoraSettings, peak_rate
from engine.backends.lora.shared import SharedObjective
from engine.backends.lora.supervised import load_supervised
from engine.backends.tensors import Weights, load_tensors, save_tensors
from engine.cores import usable_cores
from engine.training.task import Hyperparameters, Metrics, TrainingTask
from engine.training.trainer import Warn

_WARM_UP_SHARE = 0.1
_QUICK_EXAMPLES = 16
_MOMENTS = ("exp_avg", "exp_avg_sq")


class LoraTrainer(Generic[ReadableT]):
    """engine.training.trainer.Trainer for whatever weights of a torch model take gradients."""

    def __init__(
        self,
        model: Any,
        data: TrainingData[ReadableT],
        chosen: Hyperparameters,
        seed: int,
        rate: float,
        settings: LoraSettings | None = None,
    ) -> None:
        self.model, self._data, self._seed, self._rate = model, data, seed, rate
        self._settings = settings or LoraSettings()
        self._batch_size = chosen.batch_size
        self._steps_per_epoch = math.ceil(len(data.examples) / self._batch_size)
        self.taken, self.total = 0, self._steps_per_epoch * chosen.n_epochs
        self._weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        self._optimizer = torch.optim.AdamW(self._weights.values(), lr=rate, weight_decay=0.0)

    @property
    def at_epoch_end(self) -> bool:
        return self.taken > 0 and self.taken % self._steps_per_epoch == 0

    def step(self) -> Metrics:
        """Take one step: the gradients of a batch, then one update."""
        torch.manual_seed((self._seed + self.taken) % 2**63)  # for bases with dropout: no memory of earlier steps
        self.model.train()
        epoch, step = divmod(self.taken, self._steps_per_epoch)
        order = shuffled(len(self._data.examples), self._seed, epoch)
        places = order[step * self._batch_size : (step + 1) * self._batch_size]
        measured = self._data.objective.measure([self._data.examples[place] for place in places], learn=True)
        self._update()
        return measured

    def evaluate(self, *, full: bool) -> Metrics:
        held_out = self._data.held_out if full else self._data.held_out[:_QUICK_EXAMPLES]
        self.model.eval()
        with torch.no_grad():
            return self._data.objective.measure(held_out, learn=False) if held_out else {}

    def _update(self) -> None:
        torch.nn.utils.clip_grad_norm_(self._weights.values(), 1.0)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * learning_rate_share(self.taken, self.total)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self.taken += 1

    def save(self, path: Path, checkpoint: Metrics) -> None:
        tensors: Weights = {f"weight.{name}": _array(weight) for name, weight in self._weights.items()}
        for name, weight in self._weights.items():
            for moment in _MOMENTS:
                kept = self._optimizer.state[weight].get(moment, torch.zeros_like(weight))
                tensors[f"{moment}.{name}"] = _array(kept)
        save_tensors(path, tensors, {"taken": self.taken, "total": self.total, "notes": checkpoint})

    def restore(self, path: Path) -> Metrics:
        """Carry on from what `save` wrote. Raises ValueError or KeyError where it is another training's."""
        tensors, position = load_tensors(path)
        known: Any = position
        if known["total"] != self.total or len(tensors) != (1 + len(_MOMENTS)) * len(self._weights):
            raise ValueError("it belongs to another training")
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(torch.from_numpy(tensors[f"weight.{name}"]))
                moments = {moment: torch.from_numpy(tensors[f"{moment}.{name}"]) for moment in _MOMENTS}
                placed = {moment: value.to(weight.device, weight.dtype) for moment, value in moments.items()}
                self._optimizer.state[weight] = {"step": torch.tensor(float(known["taken"])), **placed}
        self.taken = known["taken"]
        return dict(known["notes"])

    def write_model(self, path: Path) -> None:
        save_adapter(self.model, path, self._settings)


class Follower(LoraTrainer[ReadableT]):
    """One of several that take the same steps: the first of them writes."""

    def save(self, path: Path, checkpoint: Metrics) -> None:
        pass

    def write_model(self, path: Path) -> None:
        pass


def learning_rate_share(taken: int, total: int) -> float:
    """The share of the peak learning rate: up over the first tenth of the steps, then down in a line."""
    warm = max(1, math.ceil(total * _WARM_UP_SHARE))
    return min((taken + 1) / warm, (total - taken) / max(1, total - warm))


def load(task: TrainingTask, warn: Warn) -> LoraTrainer[Any]:
    """Open the base and read the files. Raises BaseError or TrainingFileError."""
    # All, unless a cluster gave it a share: it is niced, and makes way for chat.
    prepare_process(threads=int(os.environ.get("OMP_NUM_THREADS") or len(usable_cores())))
    if task.start is None:
        raise BaseError("There is no base model to tune.")
    settings = LoraSettings.model_validate(task.settings)
    base = open_base(base_of(task.start, settings), training=True)
    torch.manual_seed(task.seed)
    model = attach_adapter(base.model, task.start, settings)
    reader = Reader(model)
    data: TrainingData[Any] = (load_dpo if task.method == "dpo" else load_supervised)(task, base, reader, warn)
    save_memory(model, reader.most_tokens(data.examples))
    width = int(base.model.config.get_text_config().hidden_size)
    rate = peak_rate(task.method, width, task.hyperparameters.learning_rate_multiplier)
    if not is_shared():
        return LoraTrainer(model, data, task.hyperparameters, task.seed, rate, settings)
    data = replace(data, objective=SharedObjective(data.objective, model))
    kind = LoraTrainer if is_first() else Follower
    return kind(model, data, task.hyperparameters, task.seed, rate, settings)


def _array(weight: Any) -> Any:
    return weight.detach().float().cpu().numpy()
