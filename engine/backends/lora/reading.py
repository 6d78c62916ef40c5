"""The log-probability of every learned token, computed in micro-batches that fit into memory."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from engine.backends.lora.base import MAX_CONTEXT_TOKENS
from engine.backends.lora.batches import Readable, ReadableT, longest
from engine.backends.lora.packing import MicroBatch, as_rows, as_tree
from engine.backends.lora.template import Sample

# Tokens of one forward pass, as if each sample were padded to the longest. A batch beyond it is read in several.
_MAX_TOKENS = {"cuda": 4096, "mps": 2048, "cpu": 1024}
_PROBE = (Sample([5, 6, 7, 8], [5, 6, 7, 8]), Sample([5, 6, 9, 7, 8], [5, 6, 9, 7, 8]))


class Reader:
    """Reads samples as trees where the model can, else as padded rows. Both give the same numbers."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._precision: torch.dtype = model.dtype
        self._longest_in_tree = _attention_span(model.config.get_text_config()) if _takes_trees(self) else 0

    def micro_batches(self, examples: Sequence[ReadableT]) -> Iterator[tuple[Sequence[ReadableT], MicroBatch]]:
        """The examples, longest first, in groups; with each group its micro-batch."""
        ordered = sorted(examples, key=lambda example: -longest(example))
        while ordered:
            tokens = longest(ordered[0]) * len(ordered[0].samples)
            fitting = max(1, _most(self._model) // tokens)
            samples = [sample for example in ordered[:fitting] for sample in example.samples]
            yield ordered[:fitting], self._micro_batch(samples)
            ordered = ordered[fitting:]

    def most_tokens(self, examples: Sequence[Readable]) -> int:
        """The most tokens that one micro-batch can have: a single long example may exceed the usual limit."""
        return max(_most(self._model), *(longest(example) * len(example.samples) for example in examples))

    def read(self, micro_batch: MicroBatch) -> tuple[Any, Any]:
        """The log-probability of each learned token, in nats, and whether it was the likeliest choice."""
        columns, places = torch.unique(micro_batch.columns, return_inverse=True)
        with torch.autocast(micro_batch.labels.device.type, torch.bfloat16, enabled=self._precision == torch.bfloat16):
            # The output layer is large, so it runs only where a token is to be predicted.
            scores = self._model(**micro_batch.inputs, use_cache=False, logits_to_keep=columns).logits
        predicted = scores[micro_batch.rows, places].float()
        losses = torch.nn.functional.cross_entropy(predicted, micro_batch.labels, reduction="none")
        return -losses, predicted.argmax(-1) == micro_batch.labels

    def _micro_batch(self, samples: Sequence[Sample]) -> MicroBatch:
        if max(len(sample.ids) for sample in samples) <= self._longest_in_tree:
            return as_tree(samples, self._model.device, self._precision)
        return as_rows(samples, self._model.device)


def _takes_trees(reader: Reader) -> bool:
    """Whether the model respects a custom mask and positions, tested by reading two samples in both ways.

    Models with recurrent layers do not, and neither do models that compute positions themselves.
    """
    model = reader._model
    model.eval()
    with torch.no_grad():
        apart, _ = reader.read(as_rows(_PROBE, model.device))
        try:
            together, _ = reader.read(as_tree(_PROBE, model.device, model.dtype))
        except Exception:  # noqa: BLE001 - whatever it raises, it cannot read trees
            return False
    return bool(torch.allclose(apart, together, atol=1e-3 if model.dtype == torch.float32 else 0.1))


def _attention_span(config: Any) -> int:
    """How many tokens back the model's layers attend. A custom mask would override that limit."""
    limits = ("sliding_window", "attention_chunk_size", "max_position_embeddings")
    return min((span for name in limits if (span := getattr(config, name, None))), default=MAX_CONTEXT_TOKENS)


def _most(model: Any) -> int:
    return _MAX_TOKENS.get(model.device.type, _MAX_TOKENS["cpu"])
