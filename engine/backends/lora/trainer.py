"""Supervised tuning of an adapter, step by step, with every step's true loss."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import torch

from engine.backends.lora.base import Base, BaseError, attach_adapter, base_of, open_base, prepare_process, save_adapter
from engine.backends.lora.batches import Part, count_learned, fitted, parts, shuffled
from engine.backends.lora.settings import LoraSettings, peak_rate
from engine.backends.lora.template import IGNORED, Sample, TemplateError
from engine.backends.tensors import Weights, load_tensors, save_tensors
from engine.training.task import Hyperparameters, Metrics, TrainingTask
from engine.training.trainer import Warn
from engine.training.training_file import TrainingFileError, read_examples

_LARGE_MODEL_WEIGHTS = 1_000_000_000
_WARM_UP_SHARE = 0.1
_QUICK_SAMPLES = 16
_MOMENTS = ("exp_avg", "exp_avg_sq")

Samples: TypeAlias = Sequence[Sample]


class LoraTrainer:
    """engine.training.trainer.Trainer for whatever weights of a torch model take gradients."""

    def __init__(
        self,
        model: Any,
        samples: Samples,
        held_out: Samples,
        chosen: Hyperparameters,
        seed: int,
        rate: float,
        settings: LoraSettings | None = None,
    ) -> None:
        self._settings = settings or LoraSettings()
        self.model, self._samples, self._held_out, self._seed, self._rate = model, samples, held_out, seed, rate
        self._batch_size = chosen.batch_size
        self._steps_per_epoch = math.ceil(len(samples) / self._batch_size)
        self.taken, self.total = 0, self._steps_per_epoch * chosen.n_epochs
        self._weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        self._optimizer = torch.optim.AdamW(self._weights.values(), lr=rate, weight_decay=0.0)
        if model.device.type == "cuda" and model.num_parameters() > _LARGE_MODEL_WEIGHTS:
            # Large bases on a GPU compute their activations twice instead of keeping them.
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
            model.enable_input_require_grads()

    @property
    def at_epoch_end(self) -> bool:
        return self.taken > 0 and self.taken % self._steps_per_epoch == 0

    def step(self) -> Metrics:
        """Take one step: gradients added up over parts of the batch, then one update."""
        torch.manual_seed((self._seed + self.taken) % 2**63)  # for bases with dropout: no memory of earlier steps
        self.model.train()
        epoch, step = divmod(self.taken, self._steps_per_epoch)
        order = shuffled(len(self._samples), self._seed, epoch)
        batch = [self._samples[place] for place in order[step * self._batch_size : (step + 1) * self._batch_size]]
        learned = count_learned(batch)
        loss, correct = 0.0, 0
        for part in parts(batch, self.model.device):
            summed, right = cross_entropy(self.model, part)
            (summed / learned).backward()
            loss, correct = loss + summed.item(), correct + right
        self._update()
        return {"loss": loss / learned, "mean_token_accuracy": correct / learned}

    def evaluate(self, *, full: bool) -> Metrics:
        samples = self._held_out if full else self._held_out[:_QUICK_SAMPLES]
        return evaluate(self.model, samples) if samples else {}

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


def learning_rate_share(taken: int, total: int) -> float:
    """The share of the peak learning rate: up over the first tenth of the steps, then down in a line."""
    warm = max(1, math.ceil(total * _WARM_UP_SHARE))
    return min((taken + 1) / warm, (total - taken) / max(1, total - warm))


def evaluate(model: Any, samples: Samples) -> Metrics:
    """Mean loss and accuracy over all learned tokens of `samples`, without learning."""
    model.eval()
    with torch.no_grad():
        results = [cross_entropy(model, part) for part in parts(samples, model.device)]
    learned = count_learned(samples)
    loss = sum(float(loss) for loss, _ in results) / learned
    return {"loss": loss, "mean_token_accuracy": sum(right for _, right in results) / learned}


def cross_entropy(model: Any, part: Part) -> tuple[Any, int]:
    """The summed cross entropy of the learned tokens in nats, and how many of them were the likeliest choice."""
    with torch.autocast(part.ids.device.type, dtype=torch.bfloat16, enabled=part.ids.device.type == "cuda"):
        scores = model(input_ids=part.ids, attention_mask=part.mask, use_cache=False).logits
    expected = part.labels[:, 1:]
    counted = expected != IGNORED
    predicted = scores[:, :-1][counted].float()
    right = (predicted.argmax(-1) == expected[counted]).sum().item()
    return torch.nn.functional.cross_entropy(predicted, expected[counted], reduction="sum"), int(right)


def load(task: TrainingTask, warn: Warn) -> LoraTrainer:
    """Open the base and read the files. Raises BaseError or TrainingFileError."""
    prepare_process()
    if task.start is None:
        raise BaseError("There is no base model to tune.")
    settings = LoraSettings.model_validate(task.settings)
    base = open_base(base_of(task.start, settings))
    samples = _samples(base, task.training_file, "training_file", warn)
    held_out = _samples(base, task.validation_file, "validation_file", warn) if task.validation_file else []
    torch.manual_seed(task.seed)
    model = attach_adapter(base.model, task.start, settings)
    width = int(base.model.config.get_text_config().hidden_size)
    rate = peak_rate(width, task.hyperparameters.learning_rate_multiplier)
    return LoraTrainer(model, samples, held_out, task.hyperparameters, task.seed, rate, settings)


def _samples(base: Base, path: Path, param: str, warn: Warn) -> list[Sample]:
    samples: list[Sample] = []
    for number, example in enumerate(read_examples(path, param), 1):
        try:
            samples += base.template.samples(example.messages)
        except TemplateError as error:
            raise TrainingFileError(f"Example {number}: {error}.", param=param) from error
    kept, cut = fitted(samples, base.context)
    if cut:
        warn(f"{cut} example(s) are longer than the {base.context} tokens that the model reads, and were cut.")
    if not kept:
        raise TrainingFileError("No example has an answer within what the model can read.", param=param)
    return kept


def _array(weight: Any) -> Any:
    return weight.detach().float().cpu().numpy()
