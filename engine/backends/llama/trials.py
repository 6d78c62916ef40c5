"""Tests whether llama.cpp can compile a schema's grammar. If it cannot, it silently generates without one, so each schema is tried first."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.backends.interface import GenerationRequest
from engine.backends.llama.grammar import UNLIKELY, check_size, refused, schemas_of, trial
from engine.backends.llama.servers import Servers

MAX_KNOWN = 1024
_ANY = [{"role": "user", "content": "a"}]


class Trials:
    """Tries schemas and caches those that work. A trial generates one token."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._known: OrderedDict[str, None] = OrderedDict()
        self._changing = threading.Lock()

    def check(self, request: GenerationRequest, adapter: Path | None) -> None:
        """Raises GenerationError for the first schema of a request that is too large or does not compile."""
        schemas = schemas_of(request)
        for place, schema in schemas.items():
            check_size(place, schema)
        for place, schema in schemas.items():
            grammar = trial(schema)
            if grammar not in self._known:
                if not self._works(grammar, adapter):
                    raise refused(place, "llama.cpp cannot keep to this JSON schema. Use a simpler one")
                self._remember(grammar)

    def _works(self, grammar: str, adapter: Path | None) -> bool:
        written: list[str] = []

        def take(data: Mapping[str, Any]) -> bool:
            written.extend(choice["delta"].get("content") or "" for choice in data.get("choices", ()))
            return False

        body = {"messages": _ANY, "max_tokens": 1, "temperature": 0, "stream": True, "grammar": grammar}
        self._servers.chat(adapter, body, take)
        return "".join(written) == UNLIKELY

    def _remember(self, grammar: str) -> None:
        with self._changing:
            self._known[grammar] = None
            if len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)
