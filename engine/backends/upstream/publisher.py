"""Keeps the adapters in an object store as the models are here: uploaded before anybody is asked for them, deleted with their model."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from engine.protocol.objects import StoredModel
from engine.storage.publication import Publication
from engine.storage.state import State

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]


class StoreError(Exception):
    """The object store did not do what it was asked; the text is one line for the operator."""


class UnpublishedError(Exception):
    """There is no model with these weights, any more."""


class AdapterStore(Protocol):
    """Folders of adapters. Both methods may be repeated, and raise StoreError."""

    url: str

    async def upload(self, folder: str, directory: Path) -> None:
        """Put a directory's files there, those that are missing."""

    async def delete(self, folder: str) -> None:
        """Delete a folder, if it is there."""


class AdapterPublisher:
    """Each adapter has the folder BASE/ADAPTER in the store.

    Which models there are is written in the state, and so is what may have been uploaded; what the store holds is read from it. So
    there is nothing to repair after a crash, and what others keep in the store is never touched.
    """

    def __init__(
        self, state: State, weights: Path, store: AdapterStore, bases: Sequence[str], retry_seconds: float = 30
    ) -> None:
        """`weights` is the folder of the adapters' directories; those of models of these `bases` are published."""
        self._state, self._weights, self._store = state, weights, store
        self._bases, self._retry_seconds = frozenset(bases), retry_seconds
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._complete = set[str]()
        self._changed, self._is_behind = asyncio.Event(), False

    def publishes(self, base: str) -> bool:
        return base in self._bases

    def models_changed(self) -> None:
        """Publish and delete in the background what there is to."""
        self._changed.set()

    def look_again(self, adapter: str) -> None:
        """Somebody does not find this adapter: before it is asked for once more, look whether the store still has it."""
        self._complete.discard(adapter)
        self._changed.set()

    async def publish(self, base: str, adapter: str) -> None:
        """Returns once the store has the whole adapter. Raises StoreError, and UnpublishedError where its model was deleted."""
        async with self._locks[adapter]:
            if adapter in self._complete:
                return
            publication = Publication(store=self._store.url, folder=f"{base}/{adapter}", weights=adapter)
            if not await self._write_down(publication):
                raise UnpublishedError(adapter)
            await self._store.upload(publication.folder, self._weights / adapter)
            if not await self._write_down(publication, uploaded=True):
                raise UnpublishedError(adapter)
            self._complete.add(adapter)

    async def _write_down(self, publication: Publication, *, uploaded: bool = False) -> bool:
        """Whether the model is there. What was uploaded is written down anyway: another engine may have deleted it meanwhile, and does so again."""
        async with self._state.transaction():
            wanted = bool(await self._state.models.having("weights", publication.weights))
            if (wanted or uploaded) and not await self._state.publications.get(publication.id):
                await self._state.publications.add(publication)
            return wanted

    async def run(self) -> None:
        """Publish and delete in the background until cancelled. What fails is tried again."""
        while True:
            self._changed.clear()
            done = await self.settle()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if done else self._retry_seconds):
                    await self._changed.wait()

    async def settle(self) -> bool:
        """Publish and delete what there is to. False where something failed, which is logged."""
        failed: list[Exception] = []
        try:
            for work in await self._due():
                try:
                    await work()
                except StoreError as error:
                    failed.append(error)
        except Exception as error:
            log.exception("the object store falls behind")
            failed.append(error)
        if failed and not self._is_behind:
            log.error("%s adapters wait for the object store: %s", len(failed), failed[0])
        elif self._is_behind and not failed:
            log.info("the object store has every adapter again")
        self._is_behind = bool(failed)
        return not failed

    async def _due(self) -> list[Work]:
        """Deletions first."""
        models = {model.weights: model for model in await self._state.models.list()}
        written_down = await self._state.publications.having("store", self._store.url)
        gone = [partial(self._delete, one) for one in written_down if one.weights not in models]
        wanted = [
            model for model in models.values() if self.publishes(model.base) and model.weights not in self._complete
        ]
        return [*gone, *(partial(self._publish, model) for model in wanted)]

    async def _publish(self, model: StoredModel) -> None:
        with suppress(UnpublishedError):
            await self.publish(model.base, model.weights)

    async def _delete(self, publication: Publication) -> None:
        async with self._locks[publication.weights]:
            if await self._state.models.having("weights", publication.weights):
                return  # a training has made it again
            self._complete.discard(publication.weights)
            await self._store.delete(publication.folder)
            async with self._state.transaction():
                await self._state.publications.delete(publication.id)
