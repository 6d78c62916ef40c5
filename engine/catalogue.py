"""Every model that can be asked for: the built-in ones and the tuned ones."""

from collections.abc import Sequence
from pathlib import Path

from openai.types import Model

from engine.backends import Backend
from engine.errors import no_such_model
from engine.records import StoredModel
from engine.state import State

EMBEDDING_MODEL = "text-embedding-minilm-l6-v2"


class Catalogue:
    """Finds models by id, and their weights."""

    def __init__(self, state: State, backends: Sequence[Backend], folder: Path, created: int) -> None:
        """`folder` holds the tuned weights; `created` dates the built-in models."""
        self._state, self.folder = state, folder
        self._backends = {backend.base: backend for backend in backends}
        self._built_in = {
            name: StoredModel(id=name, created=created, object="model", owned_by="punchline", base=name, weights="")
            for name in [*self._backends, EMBEDDING_MODEL]
        }

    async def list(self) -> Sequence[Model]:
        """The built-in models, then the tuned ones, oldest first."""
        return [*self._built_in.values(), *await self._state.models.list()]

    async def find(self, model_id: str) -> StoredModel:
        """One model. Raises ApiError 404."""
        model = self._built_in.get(model_id) or await self._state.models.get(model_id)
        if model is None:
            raise no_such_model(model_id)
        return model

    def is_built_in(self, model_id: str) -> bool:
        """Whether the model belongs to the engine and cannot be deleted."""
        return model_id in self._built_in

    def chats(self, model: StoredModel) -> bool:
        """Whether the model answers and can be tuned; the embedding model does neither."""
        return model.base in self._backends

    def backend_of(self, model: StoredModel) -> Backend:
        """What trains the model and speaks for it."""
        return self._backends[model.base]

    def weights_of(self, model: StoredModel) -> Path:
        """The file with the model's weights."""
        return self.folder / model.weights if model.weights else self.backend_of(model).base_weights()

    async def sweep(self) -> None:
        """Remove weights that no model names: what a crash or a cancelled training left."""
        known = {model.weights for model in await self._state.models.list()}
        for path in self.folder.glob("ftjob-*"):
            if path.name not in known:
                path.unlink(missing_ok=True)
