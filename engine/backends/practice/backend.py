"""The practice model behind the engine's interface for models."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from engine.backends.interface import Answer, ChatTurn, Wish
from engine.backends.minilm import MiniLM
from engine.backends.practice.answer import answer
from engine.backends.practice.generate import Sampling
from engine.backends.practice.model import PracticeModel
from engine.training.task import Course, Settings, Wanted

BATCH_SIZE = 16
_LOADED = 32


def default_epochs(examples: int) -> int:
    """OpenAI's rule: three, unless that shows fewer than 100 or more than 25,000 examples."""
    if examples * 3 < 100:
        return min(25, 100 // examples)
    if examples * 3 > 25_000:
        return max(1, 25_000 // examples)
    return 3


class PracticeBackend:
    """Answers with MiniLM's sense of the request and a practice model's words."""

    base = "practice-1"
    worker = "engine.backends.practice.worker"
    extension = ".safetensors"
    settings: Settings = {}  # noqa: RUF012 - it has none

    def __init__(self, encoder: MiniLM, base_weights: Path) -> None:
        """`base_weights` is practice-1, trained before."""
        self._encoder = encoder
        self._base_weights = base_weights
        self._load = lru_cache(_LOADED)(PracticeModel.load)

    def base_weights(self) -> Path:
        """Where practice-1 is."""
        return self._base_weights

    def plan(self, examples: int, wanted: Wanted) -> Course:
        """OpenAI's number of epochs, batches of 16, the usual learning rate."""
        return Course(
            n_epochs=wanted.n_epochs or default_epochs(examples),
            batch_size=wanted.batch_size or BATCH_SIZE,
            learning_rate_multiplier=wanted.learning_rate_multiplier or 1.0,
        )

    def count_tokens(self, text: str) -> int:
        """WordPiece tokens."""
        return self._encoder.count_tokens(text)

    def answer(self, weights: Path, conversation: Sequence[ChatTurn], wish: Wish) -> list[Answer]:
        """Answer the last user message; what was said before it is not read."""
        asked = [turn.text for turn in conversation if turn.role == "user"] or [conversation[-1].text]
        sampling = Sampling(wish.temperature, wish.top_p)
        drafts = answer(self._load(weights), self._encoder, asked[-1], sampling, wish.count, wish.seed)
        return [self._within(Answer(draft.pieces, draft.ended), wish.max_tokens) for draft in drafts]

    def _within(self, whole: Answer, max_tokens: int | None) -> Answer:
        """The answer up to the piece with which it would pass the limit."""
        totals = accumulate(self.count_tokens(piece) for piece in whole.pieces)
        kept = sum(total <= (max_tokens or total) for total in totals)
        return whole if kept == len(whole.pieces) else Answer(whole.pieces[:kept], ended=False)
