"""Supervised tuning of an adapter, step by step, with every step's true loss."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from engine.backends.arrays import Weights
from engine.backends.lora.batches import Part, learned, parts, shuffled
from engine.backends.lora.template import IGNORED, Sample
from engine.backends.tensors import load_checkpoint, save_checkpoint
from engine.training.task import Course

_LARGE = 1_000_000_000
_WARM = 0.1
_MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass(frozen=True)
class Step:
    """What one batch showed: the mean cross-entropy of its learned tokens in nats, and the share of them foreseen."""

    number: int
    total: int
    loss: float
    accuracy: float


class Training:
    """A course under way. The same course on the same file takes the same steps, also with a break between two of them."""

    def __init__(self, model: Any, samples: Sequence[Sample], course: Course, seed: int, rate: float) -> None:
        """Tune those weights of `model` that take gradients, up to the peak learning rate `rate`."""
        self._model, self._samples, self._course, self._seed, self._rate = model, samples, course, seed, rate
        self._steps = math.ceil(len(samples) / course.batch_size)
        self.taken, self.total = 0, self._steps * course.n_epochs
        self._weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        self._optimizer = torch.optim.AdamW(self._weights.values(), lr=rate, weight_decay=0.0)
        self._spare_memory()

    @property
    def finished(self) -> bool:
        """Whether the course is over."""
        return self.taken == self.total

    @property
    def at_epoch_end(self) -> bool:
        """Whether the last step was the last of an epoch."""
        return self.taken > 0 and self.taken % self._steps == 0

    def advance(self) -> Step:
        """Take one step: gradients added up over parts of the batch, then one update."""
        torch.manual_seed((self._seed + self.taken) % 2**63)  # for bases with dropout: no memory of earlier steps
        self._model.train()
        batch = self._batch()
        count = learned(batch)
        loss, hits = 0.0, 0
        for part in parts(batch, self._model.device):
            summed, right = surprise(self._model, part)
            (summed / count).backward()
            loss, hits = loss + summed.item(), hits + right
        self._update()
        return Step(self.taken, self.total, loss / count, hits / count)

    def _batch(self) -> list[Sample]:
        epoch, step = divmod(self.taken, self._steps)
        size = self._course.batch_size
        order = shuffled(len(self._samples), self._seed, epoch)
        return [self._samples[place] for place in order[step * size : (step + 1) * size]]

    def _update(self) -> None:
        torch.nn.utils.clip_grad_norm_(self._weights.values(), 1.0)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * pace(self.taken, self.total)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self.taken += 1

    def _spare_memory(self) -> None:
        """Large bases on a GPU compute their activations twice instead of keeping them."""
        if self._model.device.type == "cuda" and self._model.num_parameters() > _LARGE:
            self._model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
            self._model.enable_input_require_grads()

    def save(self, path: Path, notes: dict[str, object]) -> None:
        """Write all that it takes to carry on, and notes of the caller's, into one safetensors file."""
        tensors: Weights = {f"weight.{name}": _array(weight) for name, weight in self._weights.items()}
        for name, weight in self._weights.items():
            for moment in _MOMENTS:
                kept = self._optimizer.state[weight].get(moment, torch.zeros_like(weight))
                tensors[f"{moment}.{name}"] = _array(kept)
        save_checkpoint(path, tensors, {"taken": self.taken, "total": self.total, "notes": notes})

    def restore(self, path: Path) -> dict[str, Any]:
        """Carry on from what `save` wrote; gives its notes. Raises ValueError or KeyError where it is another course's."""
        tensors, position = load_checkpoint(path)
        known: dict[str, Any] = position
        if known["total"] != self.total or len(tensors) != (1 + len(_MOMENTS)) * len(self._weights):
            raise ValueError("it belongs to another training")
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(torch.from_numpy(tensors[f"weight.{name}"]))
                moments = {moment: torch.from_numpy(tensors[f"{moment}.{name}"]) for moment in _MOMENTS}
                placed = {moment: value.to(weight.device, weight.dtype) for moment, value in moments.items()}
                self._optimizer.state[weight] = {"step": torch.tensor(float(known["taken"])), **placed}
        self.taken = known["taken"]
        notes: dict[str, Any] = known["notes"]
        return notes


def pace(taken: int, total: int) -> float:
    """The share of the peak learning rate: up over the first tenth of the steps, then down in a line."""
    warm = max(1, math.ceil(total * _WARM))
    return min((taken + 1) / warm, (total - taken) / max(1, total - warm))


def judge(model: Any, samples: Sequence[Sample]) -> tuple[float, float]:
    """Mean loss and accuracy over all learned tokens of `samples`, without learning."""
    model.eval()
    with torch.no_grad():
        results = [surprise(model, part) for part in parts(samples, model.device)]
    count = learned(samples)
    return sum(float(loss) for loss, _ in results) / count, sum(right for _, right in results) / count


def surprise(model: Any, part: Part) -> tuple[Any, int]:
    """The summed cross-entropy of the learned tokens, and how many of them were the likeliest choice."""
    with torch.autocast(part.ids.device.type, dtype=torch.bfloat16, enabled=part.ids.device.type == "cuda"):
        scores = model(input_ids=part.ids, attention_mask=part.mask, use_cache=False).logits
    expected = part.labels[:, 1:]
    counted = expected != IGNORED
    foreseen = scores[:, :-1][counted].float()
    right = (foreseen.argmax(-1) == expected[counted]).sum().item()
    return torch.nn.functional.cross_entropy(foreseen, expected[counted], reduction="sum"), int(right)


def _array(weight: Any) -> Any:
    return weight.detach().float().cpu().numpy()
