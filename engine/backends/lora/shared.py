"""One training shared by several processes of a torch group: each reads its part of every batch, and all take the same step."""

from collections.abc import Callable, Sequence
from typing import Any, Generic

import torch
import torch.distributed as group

from engine.backends.lora.batches import ReadableT
from engine.backends.lora.group import agree
from engine.backends.lora.objective import Objective
from engine.training.task import Metrics


class SharedPause:
    """engine.training.worker.PauseFlag: all pause at the same step once one is told to."""

    def __init__(self, told: Callable[[], bool]) -> None:
        self._told = told

    def is_set(self) -> bool:
        return agree(said=self._told())


class SharedObjective(Generic[ReadableT]):
    """An Objective whose numbers and gradients are those of whole batches, of which this process reads every n-th example."""

    def __init__(self, objective: Objective[ReadableT], model: Any) -> None:
        """Gradients must be clear whenever it is to `learn`."""
        self._objective = objective
        self._weights = [weight for weight in model.parameters() if weight.requires_grad]

    def measure(self, examples: Sequence[ReadableT], *, learn: bool) -> Metrics:
        mine = examples[group.get_rank() :: group.get_world_size()]
        share = self._objective.weight(mine) / self._objective.weight(examples)
        measured = self._objective.measure(mine, learn=learn) if mine else {}
        if learn:
            self._add_gradients(share)
        found: list[tuple[float, Metrics]] = [(0.0, {})] * group.get_world_size()
        group.all_gather_object(found, (share, measured))
        names = dict.fromkeys(name for _, metrics in found for name in metrics)
        return {name: sum(part * metrics.get(name, 0.0) for part, metrics in found) for name in names}

    def weight(self, examples: Sequence[ReadableT]) -> float:
        return self._objective.weight(examples)

    def _add_gradients(self, share: float) -> None:
        for weight in self._weights:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
        flat = torch.cat([weight.grad.flatten().float() for weight in self._weights]) * share
        group.all_reduce(flat)
        parts = flat.split([weight.numel() for weight in self._weights])
        for weight, part in zip(self._weights, parts, strict=True):
            weight.grad.copy_(part.view_as(weight))
