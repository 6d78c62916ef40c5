"""The one path from texts to vectors: remembered, saved, or asked for in company, and always checked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from cachetools import LRUCache

from bot.clock import Clock
from bot.errors import DatabaseBusyError, InvalidInputError, ServerNonsenseError
from bot.lazy_numpy import np
from bot.metering.ledger import Charge, Ledger
from bot.model_server.client import LLM
from bot.similarity.batches import Answered, Batches
from bot.similarity.charging import Asked, charge_for, failure_of
from bot.similarity.reading import hashed, normal
from bot.similarity.vectors import Vector
from bot.store.vectors import VectorStore
from bot.texts.similarity import UNSTEADY

log = logging.getLogger(__name__)

REMEMBERED_BYTES = 4_000_000

# A server, and the member for whom it is done.
Owner: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Embedded:
    """Vectors as float32 of shape (texts, dimensions), in the order of the texts; `asked` is how many had to be paid for."""

    vectors: Vector
    model: str
    asked: int


class Embeddings:
    """Keeps vectors by server, model, size and the hash of the normalised text, never the text. Asks for new ones while it is `running`.

    What one server embedded never makes another one's answer faster, so that nobody can tell by the time what others wrote.
    """

    def __init__(self, llm: LLM, ledger: Ledger, store: VectorStore, clock: Clock) -> None:
        self._ledger = ledger
        self._batches = Batches(llm)
        self.running = self._batches.running
        self._store = store
        self._clock = clock
        self._memory = LRUCache[tuple[int, str, bytes], Vector](
            REMEMBERED_BYTES, getsizeof=lambda vector: vector.nbytes
        )
        self._dimensions: dict[str, int] = {}

    def recall(self, guild_id: int, model: str, texts: Sequence[str]) -> list[Vector] | None:
        """The vectors at once, if the server used all of them lately."""
        found = [self._memory.get((guild_id, model, hashed(normal(text)))) for text in texts]
        known = [vector for vector in found if vector is not None]
        return known if len(known) == len(texts) else None

    async def embed(self, model: str, texts: Sequence[str], charge: Charge, *, keep: bool = True) -> Embedded:
        """A checked vector a text, kept for the member who is charged (0: the bot). With `keep=False` nothing of the texts remains, not
        even a hash.

        Raises `InvalidInputError` for blank or over-long text, and `ModelServerError` if any text got no vector; those that got one
        are kept all the same, so that the next attempt asks for the rest.
        """
        normals = [normal(text) for text in texts]
        asked = 0
        for _ in range(2):
            known = await self._known(charge.guild_id, model, normals, keep=keep)
            missing = [text for text in normals if text not in known]
            fresh = await self._fresh(charge, model, missing, keep=keep)
            asked += sum(mine for _, mine in fresh.values())
            vectors = known | {text: answer.vector for text, (answer, _) in fresh.items()}
            if len({len(vector) for vector in vectors.values()}) <= 1:
                stacked = np.stack([vectors[text] for text in normals]) if normals else np.empty((0, 0), np.float32)
                return Embedded(stacked, model, asked)
        raise ServerNonsenseError(UNSTEADY)

    async def forget(self, guild_id: int, texts: Iterable[str]) -> None:
        """Delete a server's vectors of these texts, from memory and the database. Texts that cannot be embedded have none."""
        hashes = set()
        for text in texts:
            with suppress(InvalidInputError):
                hashes.add(hashed(normal(text)))
        for key in [key for key in self._memory if key[0] == guild_id and key[2] in hashes]:
            del self._memory[key]
        await self._store.remove(guild_id, sorted(hashes))

    def forget_server(self, guild_id: int) -> None:
        """Delete all vectors of a server from memory; those in the database stay."""
        for key in [key for key in self._memory if key[0] == guild_id]:
            del self._memory[key]

    async def saved(self, guild_id: int, model: str, hashes: Sequence[bytes]) -> dict[bytes, Vector]:
        """A server's vectors that were saved, by the hash of their normal text, all of the model's present size."""
        size = await self.dimensions(model)
        return await self._store.get(guild_id, model, size, hashes) if size else {}

    async def dimensions(self, model: str) -> int | None:
        """How long the model's vectors are, as far as is known."""
        if model not in self._dimensions:
            size = await self._store.dimensions(model)
            if size:
                self._dimensions.setdefault(model, size)
        return self._dimensions.get(model)

    async def _known(self, guild_id: int, model: str, normals: Sequence[str], *, keep: bool) -> dict[str, Vector]:
        hashes = {text: hashed(text) for text in normals}
        recalled = {text: self._memory.get((guild_id, model, key)) for text, key in hashes.items()}
        missing = [hashes[text] for text, vector in recalled.items() if vector is None]
        found = await self.saved(guild_id, model, missing) if missing else {}
        if keep:
            self._remember(guild_id, model, found)
        known = {text: found.get(hashes[text]) if vector is None else vector for text, vector in recalled.items()}
        return {text: vector for text, vector in known.items() if vector is not None}

    async def _fresh(
        self, charge: Charge, model: str, normals: Sequence[str], *, keep: bool
    ) -> dict[str, tuple[Answered, bool]]:
        """Ask for these; says of each whether this call pays for it."""
        if not normals:
            return {}
        entry = await self._ledger.open_embeddings(charge, model, normals)
        recalled = {text: self._memory.get((charge.guild_id, model, hashed(text))) for text in normals}
        landed = {text: vector for text, vector in recalled.items() if vector is not None}
        asked = self._batches.ask(model, [text for text in normals if text not in landed])
        for text, (future, _) in asked.items():
            future.add_done_callback(partial(self._landed, charge.guild_id, model, text, keep=keep))
        if asked:
            await asyncio.wait([future for future, _ in asked.values()])
        failure = next(filter(None, (failure_of(future) for future, _ in asked.values())), None)
        found = {text: (future.result(), mine) for text, (future, mine) in asked.items() if not failure_of(future)}
        vectors = {text: answer.vector for text, (answer, _) in found.items()}
        learned = self._learn(charge.guild_id, model, vectors, keep=keep)
        own = Asked.of({text: future for text, (future, mine) in asked.items() if mine})
        await charge_for(self._ledger, entry, charge, model, own)
        await self._save((charge.guild_id, charge.user_id), model, learned)
        if failure:
            raise failure
        return found | {text: (Answered(vector, 0, 0.0), False) for text, vector in landed.items()}

    def _landed(self, guild_id: int, model: str, text: str, future: asyncio.Future[Answered], *, keep: bool) -> None:
        """Remember the vector at the moment it is no longer in flight, so that nobody asks for it in between."""
        if not failure_of(future):
            self._learn(guild_id, model, {text: future.result().vector}, keep=keep)

    def _learn(self, guild_id: int, model: str, vectors: Mapping[str, Vector], *, keep: bool) -> dict[bytes, Vector]:
        """Remember vectors; returns those to save, by hash."""
        size = next((len(vector) for vector in vectors.values()), None)
        if size is None:
            return {}
        if self._dimensions.get(model, size) != size:  # another model answers under this name now
            for key in [key for key in self._memory if key[1] == model]:
                del self._memory[key]
        self._dimensions[model] = size
        if not keep:
            return {}
        learned = {hashed(text): vector for text, vector in vectors.items() if len(vector) == size}
        self._remember(guild_id, model, learned)
        return learned

    async def _save(self, owner: Owner, model: str, vectors: Mapping[bytes, Vector]) -> None:
        if not vectors:
            return
        try:
            await self._store.add(*owner, model, vectors, self._clock())
        except DatabaseBusyError as error:
            log.warning("%d vectors could not be saved: %s", len(vectors), error)
        except Exception:  # they are paid for, and good for this once
            log.exception("%d vectors could not be saved.", len(vectors))

    def _remember(self, guild_id: int, model: str, vectors: Mapping[bytes, Vector]) -> None:
        for key, vector in vectors.items():
            if vector.nbytes <= REMEMBERED_BYTES:
                self._memory[guild_id, model, key] = vector
