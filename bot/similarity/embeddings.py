"""The one path from texts to vectors: remembered, saved, or asked for in company, and always checked."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from cachetools import LRUCache

from bot.clock import Clock
from bot.errors import InvalidInputError, ModelServerError, ServerNonsenseError
from bot.llm import LLM
from bot.metering.ledger import Charge, Entry, Ledger
from bot.remote import Tokens
from bot.similarity.batches import Answered, Batches
from bot.similarity.reading import hashed, normal
from bot.similarity.vectors import Vector
from bot.store.vectors import VectorStore
from bot.texts.similarity import UNSTEADY

log = logging.getLogger(__name__)

REMEMBERED_BYTES = 4_000_000


@dataclass(frozen=True)
class Embedded:
    """Vectors as float32 of shape (texts, dimensions), in the order of the texts; `asked` is how many had to be paid for."""

    vectors: Vector
    model: str
    asked: int


class Embeddings:
    """Keeps vectors by model, size and the hash of the normalised text, never the text. Asks for new ones while it is `running`."""

    def __init__(self, llm: LLM, ledger: Ledger, store: VectorStore, clock: Clock) -> None:
        self._ledger = ledger
        self._batches = Batches(llm)
        self.running = self._batches.running
        self._store = store
        self._clock = clock
        self._memory = LRUCache[tuple[str, bytes], Vector](REMEMBERED_BYTES, getsizeof=lambda vector: vector.nbytes)
        self._dimensions: dict[str, int] = {}

    def recall(self, model: str, texts: Sequence[str]) -> list[Vector] | None:
        """The vectors at once, if all were used lately."""
        found = [self._memory.get((model, hashed(normal(text)))) for text in texts]
        known = [vector for vector in found if vector is not None]
        return known if len(known) == len(texts) else None

    async def embed(self, model: str, texts: Sequence[str], charge: Charge, *, keep: bool = True) -> Embedded:
        """A checked vector a text. With `keep=False` nothing of the texts remains, not even a hash.

        Raises `InvalidInputError` for blank or over-long text, and `ModelServerError` if any text got no vector; those that got one
        are kept all the same, so that the next attempt asks for the rest.
        """
        normals = [normal(text) for text in texts]
        asked = 0
        for _ in range(2):
            known = await self._known(model, normals, keep=keep)
            fresh = await self._fresh(model, [text for text in normals if text not in known], charge, keep=keep)
            asked += sum(mine for _, mine in fresh.values())
            vectors = known | {text: answer.vector for text, (answer, _) in fresh.items()}
            if len({len(vector) for vector in vectors.values()}) <= 1:
                stacked = np.stack([vectors[text] for text in normals]) if normals else np.empty((0, 0), np.float32)
                return Embedded(stacked, model, asked)
        raise ServerNonsenseError(UNSTEADY)

    async def forget(self, texts: Sequence[str]) -> None:
        """Delete the vectors of these texts from memory and the database. Texts that cannot be embedded have none."""
        hashes = set()
        for text in texts:
            with suppress(InvalidInputError):
                hashes.add(hashed(normal(text)))
        for key in [key for key in self._memory if key[1] in hashes]:
            del self._memory[key]
        await self._store.remove(sorted(hashes))

    async def saved(self, model: str, hashes: Sequence[bytes]) -> dict[bytes, Vector]:
        """Vectors that were saved, by the hash of their normal text, all of the model's present size."""
        size = await self.dimensions(model)
        return await self._store.get(model, size, hashes) if size else {}

    async def dimensions(self, model: str) -> int | None:
        """How long the model's vectors are, as far as is known."""
        if model not in self._dimensions:
            size = await self._store.dimensions(model)
            if size:
                self._dimensions.setdefault(model, size)
        return self._dimensions.get(model)

    async def _known(self, model: str, normals: Sequence[str], *, keep: bool) -> dict[str, Vector]:
        hashes = {text: hashed(text) for text in normals}
        recalled = {text: self._memory.get((model, key)) for text, key in hashes.items()}
        missing = [hashes[text] for text, vector in recalled.items() if vector is None]
        found = await self.saved(model, missing) if missing else {}
        if keep:
            self._remember(model, found)
        known = {text: found.get(hashes[text]) if vector is None else vector for text, vector in recalled.items()}
        return {text: vector for text, vector in known.items() if vector is not None}

    async def _fresh(
        self, model: str, normals: Sequence[str], charge: Charge, *, keep: bool
    ) -> dict[str, tuple[Answered, bool]]:
        """Ask for these; says of each whether this call pays for it."""
        if not normals:
            return {}
        entry = await self._ledger.open_embeddings(charge, model, normals)
        landed = {text: vector for text in normals if (vector := self._memory.get((model, hashed(text)))) is not None}
        asked = self._batches.ask(model, [text for text in normals if text not in landed])
        if asked:
            await asyncio.wait([future for future, _ in asked.values()])
        failure = next(filter(None, (_failure(future) for future, _ in asked.values())), None)
        found = {text: (future.result(), mine) for text, (future, mine) in asked.items() if not _failure(future)}
        # What is learned is remembered before anything is waited for, so that nobody asks for it meanwhile.
        learned = self._learn(model, {text: answer.vector for text, (answer, _) in found.items()}, keep=keep)
        await self._settle(entry, model, [answer for answer, mine in found.values() if mine], failure)
        await self._save(model, learned)
        if failure:
            raise failure
        return found | {text: (Answered(vector, 0, 0.0), False) for text, vector in landed.items()}

    async def _settle(
        self, entry: Entry, model: str, answers: Sequence[Answered], failure: BaseException | None
    ) -> None:
        if answers:
            tokens = Tokens(sum(one.tokens for one in answers))
            await self._ledger.settle(entry, model, tokens, max(one.latency_ms for one in answers))
        elif isinstance(failure, ModelServerError):
            await self._ledger.fail(entry, failure, 0.0)
        elif failure is None:
            await self._ledger.drop(entry)  # others had asked for all of them

    def _learn(self, model: str, vectors: Mapping[str, Vector], *, keep: bool) -> dict[bytes, Vector]:
        """Remember vectors; returns those to save, by hash."""
        size = next((len(vector) for vector in vectors.values()), None)
        if size is None:
            return {}
        if self._dimensions.get(model, size) != size:  # another model answers under this name now
            for key in [key for key in self._memory if key[0] == model]:
                del self._memory[key]
        self._dimensions[model] = size
        if not keep:
            return {}
        learned = {hashed(text): vector for text, vector in vectors.items() if len(vector) == size}
        self._remember(model, learned)
        return learned

    async def _save(self, model: str, vectors: Mapping[bytes, Vector]) -> None:
        if not vectors:
            return
        try:
            await self._store.add(model, vectors, self._clock())
        except Exception:  # they are paid for, and good for this once
            log.exception("%d vectors could not be saved.", len(vectors))

    def _remember(self, model: str, vectors: Mapping[bytes, Vector]) -> None:
        for key, vector in vectors.items():
            if vector.nbytes <= REMEMBERED_BYTES:
                self._memory[model, key] = vector


def _failure(future: "asyncio.Future[Answered]") -> BaseException | None:
    return asyncio.CancelledError() if future.cancelled() else future.exception()
