"""Every model that can be asked for: the built-in ones and the tuned ones."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from openai.types import Model

from engine.backends.interface import Backend
from engine.protocol.errors import ApiError, no_such_model
from engine.protocol.objects import EMBEDDING_MODEL, OURS, UNFINISHED, ModelMeta, StoredModel, new_model
from engine.storage.files import ours_in, sweep
from engine.storage.state import State


class Catalogue:
    """Finds models by id, and their weights."""

    def __init__(self, state: State, backends: Sequence[Backend], folder: Path, created: int) -> None:
        """`folder` holds the tuned weights; `created` dates the built-in models."""
        self._state, self.folder = state, folder
        self._backends = {backend.base: backend for backend in backends}
        self._built_in = {name: new_model(name, name, "", created) for name in [*self._backends, EMBEDDING_MODEL]}

    async def list(self) -> Sequence[Model]:
        """The built-in models, then the tuned ones, oldest first. Checkpoints are listed with their jobs instead."""
        tuned = [model for model in await self._state.models.list() if model.step is None]
        return [self.described(model) for model in (*self._built_in.values(), *tuned)]

    def described(self, model: StoredModel) -> StoredModel:
        """The model with `meta`, a field that llama.cpp's server has as well."""
        backend = self._backends.get(model.base)
        if backend is None or not backend.parameters:
            return model
        meta = ModelMeta(
            n_params=backend.parameters,
            n_ctx=backend.context_tokens,
            allow_fine_tuning=not backend.untrainable,
            fine_tuning_methods=[] if backend.untrainable else list(backend.methods),
            tools=backend.takes_tools,
        )
        return model.model_copy(update={"meta": meta})

    async def find(self, model_id: str) -> StoredModel:
        model = self._built_in.get(model_id) or await self._state.models.get(model_id)
        if model is None:
            raise no_such_model(model_id)
        if model.base not in self._built_in:
            message = f"The model `{model_id}` needs `{model.base}`. This engine was started without it (--base)."
            raise ApiError(message, status=404, param="model", code="model_not_found")
        return model

    def is_built_in(self, model_id: str) -> bool:
        return model_id in self._built_in

    def chats(self, model: StoredModel) -> bool:
        """Whether the model answers and can be tuned; the embedding model does neither."""
        return model.base in self._backends

    def backend_of(self, model: StoredModel) -> Backend:
        return self._backends[model.base]

    def weights_of(self, model: StoredModel) -> Path:
        return self.folder / model.weights if model.weights else self.backend_of(model).base_weights

    async def sweep(self) -> None:
        """Remove weights that no model names and no unfinished job may need."""
        found = await asyncio.to_thread(ours_in, self.folder, OURS["models"])
        under_way = tuple(job.id for job in await self._state.jobs.having("status", *UNFINISHED))
        known = {model.weights for model in await self._state.models.list()}

        def is_needed(name: str) -> bool:
            built_in = name.startswith("practice-1-") and not name.endswith(".part")
            return built_in or name in known or name.startswith(under_way)

        unneeded = [path for path in found if not is_needed(path.name)]
        await asyncio.to_thread(sweep, unneeded, is_shared=self._state.is_shared)
