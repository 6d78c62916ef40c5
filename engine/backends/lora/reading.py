"""What a model makes of samples: the log-probability of every learned token, in passes that fit into memory."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from engine.backends.lora.base import MAX_CONTEXT_TOKENS
from engine.backends.lora.batches import Readable, ReadableT, longest
from engine.backends.lora.packing import Part, as_rows, as_tree
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

    def parts(self, examples: Sequence[ReadableT]) -> Iterator[tuple[Sequence[ReadableT], Part]]:
        """The examples, longest first, a few at a time, each time with what is read of them in one pass."""
        ordered = sorted(examples, key=lambda example: -longest(example))
        while ordered:
            tokens = longest(ordered[0]) * len(ordered[0].samples)
            fitting = max(1, _most(self._model) // tokens)
            samples = [sample for example in ordered[:fitting] for sample in example.samples]
            yield ordered[:fitting], self._part(samples)
            ordered = ordered[fitting:]

    def most_tokens(self, examples: Sequence[Readable]) -> int:
        """At most so many tokens are read at once: those of the longest example, where they exceed what `parts` aims at."""
        return max(_most(self._model), *(longest(example) * len(example.samples) for example in examples))

    def read(self, part: Part) -> tuple[Any, Any]:
        """The log-probability of each learned token, in nats, and whether it was the likeliest choice."""
        columns, places = torch.unique(part.columns, return_inverse=True)
        with torch.autocast(part.labels.device.type, torch.bfloat16, enabled=self._precision == torch.bfloat16):
            # The vocabulary is large: it is gone through only where there is something to foresee.
            scores = self._model(**part.inputs, use_cache=False, logits_to_keep=columns).logits
        foreseen = scores[part.rows, places].float()
        losses = torch.nn.functional.cross_entropy(foreseen, part.labels, reduction="none")
        return -losses, foreseen.argmax(-1) == part.labels

    def _part(self, samples: Sequence[Sample]) -> Part:
        if max(len(sample.ids) for sample in samples) <= self._longest_in_tree:
            return as_tree(samples, self._model.device, self._precision)
        return as_rows(samples, self._model.device)


def _takes_trees(reader: Reader) -> bool:
    """Whether the model obeys a mask and positions of ours: found out by reading two samples in both ways.

    Models with recurrent layers do not, nor do those that count positions by themselves.
    """
    model = reader._model
    model.eval()
    with torch.no_grad():
        apart, _ = reader.read(as_rows(_PROBE, model.device))
        try:
            together, _ = reader.read(as_tree(_PROBE, model.device, model.dtype))
        except Exception:  # noqa: BLE001 - whatever a model of another make raises, it does not take them
            return False
    return bool(torch.allclose(apart, together, atol=1e-3 if model.dtype == torch.float32 else 0.1))


def _attention_span(config: Any) -> int:
    """How far back the model's layers look where that is limited: a mask of ours does not say so."""
    limits = ("sliding_window", "attention_chunk_size", "max_position_embeddings")
    return min((span for name in limits if (span := getattr(config, name, None))), default=MAX_CONTEXT_TOKENS)


def _most(model: Any) -> int:
    return _MAX_TOKENS.get(model.device.type, _MAX_TOKENS["cpu"])
