"""How well a model foresees answers that it does not learn from."""

from collections.abc import Sequence

import numpy as np

from engine.backends.minilm import MiniLM
from engine.backends.practice.model import PracticeModel
from engine.backends.practice.network import IGNORED, judge
from engine.backends.practice.views import Turn, Views

_SAMPLE = 64
_BATCH = 64


class Validation:
    """The turns of a validation file. Words that the model does not know count as its one unknown word."""

    def __init__(self, turns: Sequence[Turn], model: PracticeModel, encoder: MiniLM) -> None:
        """Encode them once, for the vocabulary that `model` keeps throughout its training."""
        self._views = Views(turns, model.vocabulary, encoder, model.sizes.context)

    def glance(self, model: PracticeModel) -> dict[str, float]:
        """Metrics over the first 64 turns, which is soon done."""
        loss, accuracy = self._judge(model, min(_SAMPLE, len(self._views)))
        return {"valid_loss": loss, "valid_mean_token_accuracy": accuracy}

    def whole(self, model: PracticeModel) -> dict[str, float]:
        """Metrics over all turns."""
        loss, accuracy = self._judge(model, len(self._views))
        return {"full_valid_loss": loss, "full_valid_mean_token_accuracy": accuracy}

    def _judge(self, model: PracticeModel, turns: int) -> tuple[float, float]:
        loss = accuracy = words = 0.0
        for start in range(0, turns, _BATCH):
            batch = self._views.plain(np.arange(start, min(start + _BATCH, turns)))
            surprise, counted = judge(model.weights, model.sizes, batch), int((batch.expected != IGNORED).sum())
            loss, accuracy, words = (
                loss + surprise.loss * counted,
                accuracy + surprise.accuracy * counted,
                words + counted,
            )
        return round(loss / words, 5), round(accuracy / words, 5)
