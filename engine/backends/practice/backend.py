"""The practice model behind the engine's interface for models, and practice-1 itself."""

import asyncio
import hashlib
import json
import sys
from collections.abc import AsyncGenerator, Iterator
from dataclasses import asdict
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from engine.backends.interface import Backend, GenerationChunk, GenerationError, GenerationRequest
from engine.backends.minilm import WEIGHTS_SHA256, MiniLM
from engine.backends.practice.generate import Draft, Sampling, answer
from engine.backends.practice.model import PracticeModel
from engine.backends.practice.network import Sizes
from engine.concurrency.child import ChildError
from engine.training.process import reports, training
from engine.training.task import Hyperparameters, TrainingTask

CORPUS = Path(__file__).parents[3] / "data" / "slogans.jsonl"
_BATCH_SIZE = 16
_MODELS_IN_MEMORY = 32
_CONTEXT_TOKENS = 8192
_TRAINER = "engine.backends.practice.trainer"
_BASE_HYPERPARAMETERS = Hyperparameters(n_epochs=5, batch_size=_BATCH_SIZE, learning_rate_multiplier=1.0)
_RECIPE = 1


def practice_backend(encoder: MiniLM, base_weights: Path) -> Backend:
    """practice-1, trained before, which answers with MiniLM's sense of the request and its own words."""
    return Backend(
        base="practice-1",
        base_weights=base_weights,
        trainer=_TRAINER,
        extension=".safetensors",
        context_tokens=_CONTEXT_TOKENS,
        generator=PracticeGenerator(encoder),
        count_tokens=encoder.count_tokens,
        batch_size=lambda _examples, _epochs: _BATCH_SIZE,
        parameters=base_weights.stat().st_size // 4,  # they are stored in float32
    )


class PracticeGenerator:
    """Several answers are drawn and the best kept, so all are finished before the first chunk."""

    def __init__(self, encoder: MiniLM) -> None:
        self._encoder = encoder
        self._load = lru_cache(_MODELS_IN_MEMORY)(PracticeModel.load)

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationChunk, None]:
        """Answer the last user message; nothing before it is read."""
        try:
            chunks = await asyncio.to_thread(self._answer, request)
        except FileNotFoundError as error:
            raise GenerationError("model_not_found", "The model's weights are gone.") from error
        for chunk in chunks:
            yield chunk

    async def close(self) -> None:
        """Nothing is kept open."""

    def _answer(self, request: GenerationRequest) -> list[GenerationChunk]:
        asked = [message.text for message in request.messages if message.role == "user"] or [request.messages[-1].text]
        model, drawn = self._load(request.weights), request.sampling
        sampling = Sampling(drawn.temperature, drawn.top_p)
        drafts = enumerate(answer(model, self._encoder, asked[-1], sampling, drawn.n, drawn.seed))
        return [chunk for index, draft in drafts for chunk in self._chunks(index, draft, drawn.max_tokens)]

    def _chunks(self, index: int, draft: Draft, max_tokens: int | None) -> Iterator[GenerationChunk]:
        """The answer up to the piece with which it would pass the limit."""
        totals = accumulate(self._encoder.count_tokens([piece]) for piece in draft.pieces)
        kept = sum(total <= (max_tokens or total) for total in totals)
        yield from (GenerationChunk(index=index, text=piece) for piece in draft.pieces[:kept])
        whole = draft.ended and kept == len(draft.pieces)
        yield GenerationChunk(index=index, finish_reason="stop" if whole else "length")


def base_path(folder: Path, corpus: Path) -> Path:
    """Where practice-1 for this corpus, recipe and encoder belongs. Raises OSError where the corpus cannot be read."""
    recipe = json.dumps([_RECIPE, _BASE_HYPERPARAMETERS.model_dump(exclude_none=True), asdict(Sizes()), WEIGHTS_SHA256])
    digest = hashlib.sha256(recipe.encode() + corpus.read_bytes()).hexdigest()
    return folder / f"practice-1-{digest[:16]}.safetensors"


async def train_base(corpus: Path, result: Path) -> None:
    """Train practice-1, with its progress on stderr. Raises ChildError."""
    chosen, trainer = _BASE_HYPERPARAMETERS, _TRAINER
    task = TrainingTask(trainer=trainer, training_file=corpus, result=result, hyperparameters=chosen, seed=1)
    sys.stderr.write("Training practice-1 once, on the shipped slogans ...\n")
    async with training(task) as child:
        async for report in reports(child):
            if report.kind in ("refused", "disk_full"):
                raise ChildError(report.message)
            if report.kind == "metrics":
                step, total = report.metrics["step"], report.metrics["total_steps"]
                sys.stderr.write(f"\r  step {step}/{total}, loss {report.metrics['train_loss']:.3f}  ")
                sys.stderr.flush()
    sys.stderr.write("\n")
