"""AdamW (Loshchilov and Hutter, 2019) and the learning rate's course."""

import math

import numpy as np

from engine.backends.tensors import Weights

_FIRST_DECAY, _SECOND_DECAY, _EPSILON, _WEIGHT_DECAY = 0.9, 0.98, 1e-8, 0.01


class AdamW:
    """Changes weights in place. Weight decay spares gains, which belong near one."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._first = {name: np.zeros_like(value) for name, value in weights.items()}
        self._second = {name: np.zeros_like(value) for name, value in weights.items()}
        self._steps = 0

    def tensors(self) -> Weights:
        """The weights and both moments, for `restore`."""
        kept = {"weight": self._weights, "first": self._first, "second": self._second}
        return {f"{kind}.{name}": value for kind, values in kept.items() for name, value in values.items()}

    def restore(self, tensors: Weights, steps: int) -> None:
        """Be as it was after that many steps. Raises ValueError where the tensors are another model's."""
        mine = self.tensors()
        if {name: value.shape for name, value in mine.items()} != {
            name: value.shape for name, value in tensors.items()
        }:
            raise ValueError("it belongs to another model")
        for name, value in mine.items():
            np.copyto(value, tensors[name])
        self._steps = steps

    def step(self, gradients: Weights, rate: float) -> None:
        self._steps += 1
        first_bias = 1 - _FIRST_DECAY**self._steps
        second_bias = math.sqrt(1 - _SECOND_DECAY**self._steps)
        for name, weight in self._weights.items():
            gradient, first, second = gradients[name], self._first[name], self._second[name]
            first += (1 - _FIRST_DECAY) * (gradient - first)
            second += (1 - _SECOND_DECAY) * (gradient * gradient - second)
            if not name.endswith("gain"):
                np.multiply(weight, 1 - rate * _WEIGHT_DECAY, out=weight)
            np.subtract(weight, rate * second_bias / first_bias * first / (np.sqrt(second) + _EPSILON), out=weight)


def learning_rate(step: int, steps: int, peak: float) -> float:
    """A linear rise over the first 20 steps, then half a cosine down to a twentieth of the peak."""
    rise = min(1.0, (step + 1) / min(20, steps))
    fall = 0.05 + 0.475 * (1 + math.cos(math.pi * step / steps))
    return peak * rise * fall
