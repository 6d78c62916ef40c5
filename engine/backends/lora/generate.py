"""Answers for many requests at once: one batch, each row drawn by its own temperature, top_p, limit and seed."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

from engine.backends.interface import FinishReason


@dataclass
class Row:
    """One answer to be written: its prompt's tokens, how to draw, and what has been sent of it so far."""

    prompt: list[int]
    temperature: float
    top_p: float
    max_tokens: int
    random: random.Random
    send: Callable[[str, FinishReason | None], None]
    is_wanted: Callable[[], bool]
    written: list[int] = field(default_factory=list)
    sent: str = ""
    finished: bool = False


def generate(model: Any, tokenizer: Any, stop_ids: set[int], rows: Sequence[Row]) -> None:
    longest = max(len(row.prompt) for row in rows)
    padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    ids = torch.tensor([[padding] * (longest - len(row.prompt)) + row.prompt for row in rows])
    mask = torch.tensor([[0] * (longest - len(row.prompt)) + [1] * len(row.prompt) for row in rows])
    decoding = _Decoding(tokenizer, stop_ids, rows, model.device)
    config = GenerationConfig(
        do_sample=False,
        max_new_tokens=max(row.max_tokens for row in rows),
        pad_token_id=padding,
        eos_token_id=None,
        use_cache=True,
    )
    with torch.inference_mode():
        model.generate(
            input_ids=ids.to(model.device),
            attention_mask=mask.to(model.device),
            generation_config=config,
            logits_processor=LogitsProcessorList([decoding.choose]),
            stopping_criteria=StoppingCriteriaList([decoding.note]),
        )


class _Decoding:
    """What `generate` asks at every step: which token comes next in each row, and which rows have ended."""

    def __init__(self, tokenizer: Any, stop_ids: set[int], rows: Sequence[Row], device: torch.device) -> None:
        self._tokenizer, self._stop_ids, self._rows = tokenizer, stop_ids, rows
        self._temperature = torch.tensor([row.temperature for row in rows], device=device)
        self._top_p = torch.tensor([row.top_p for row in rows], device=device)

    def choose(self, _: Any, scores: Any) -> Any:
        """Leave one token possible in each row; the search for the likeliest then takes it."""
        draws = torch.tensor([row.random.random() for row in self._rows], device=scores.device)
        chosen = choose(scores.float(), self._temperature, self._top_p, draws)
        return torch.full_like(scores, -torch.inf).scatter_(1, chosen[:, None], 0.0)

    def note(self, ids: Any, _: Any, **__: Any) -> Any:
        for row, token in zip(self._rows, ids[:, -1].tolist(), strict=True):
            if not row.finished:
                self._write(row, token)
        return torch.tensor([row.finished for row in self._rows], device=ids.device)

    def _write(self, row: Row, token: int) -> None:
        ended = token in self._stop_ids
        row.written += [] if ended else [token]
        reason: FinishReason | None = "stop" if ended else "length" if len(row.written) >= row.max_tokens else None
        row.finished = reason is not None or not row.is_wanted()
        text = self._tokenizer.decode(row.written, skip_special_tokens=True)
        if reason is None and text.endswith("\ufffd"):
            return  # in the middle of a character
        piece, row.sent = text[len(row.sent) :], text
        if piece or reason:
            row.send(piece, reason)


def choose(scores: Any, temperature: Any, top_p: Any, draws: Any) -> Any:
    """A token for each row of `scores` (rows, vocabulary): its share of [0, 1) that holds the draw, likeliest first.

    Temperature 0 takes the likeliest. Of top_p the fewest likeliest tokens are kept whose probabilities reach it.
    """
    likeliest = scores.argmax(-1)
    shares, order = (scores / temperature.clamp(min=1e-3)[:, None]).softmax(-1).sort(-1, descending=True)
    upto = shares.cumsum(-1)
    kept = (upto - shares < top_p[:, None]).sum(-1, keepdim=True).clamp(min=1)
    mass = upto.gather(1, kept - 1)
    place = torch.searchsorted(upto, draws[:, None] * mass, right=True).minimum(kept - 1)
    return torch.where(temperature == 0, likeliest, order.gather(1, place)[:, 0])
