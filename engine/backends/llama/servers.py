"""llama.cpp servers of one base. Adapters are named when a server starts, so a new adapter means a new server on the same weights."""

import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import xllamacpp

from engine.backends.llama.adapter import FILE, write_gguf_adapter
from engine.backends.llama.base import GGUFBase, GGUFError

ANSWERS_AT_ONCE = 8
MAX_ADAPTERS = 24
MAX_THREADS = 8
PROMPT_CACHE_MIB = 64

# A server's answer to a chat: OpenAI's chunks as JSON objects. Returning True ends the answer.
Take: TypeAlias = Callable[[Mapping[str, object]], bool]
_Adapter: TypeAlias = tuple[Path, int]


class Servers:
    """The newest server knows the adapters used last. An older one lives until its last answer is written."""

    def __init__(self, gguf: Path, base: GGUFBase) -> None:
        """Raises GGUFError where llama.cpp cannot load the base."""
        self._gguf, self._base = gguf, base
        self._changing = threading.Lock()
        self._recent: OrderedDict[_Adapter, None] = OrderedDict()
        self._numbers: dict[_Adapter, int] = {}
        self._server = self._start(())

    def chat(self, adapter: Path | None, body: Mapping[str, object], take: Take) -> None:
        """Answer a chat, by the base or by a tuned model. Returns once it is written.

        Raises FileNotFoundError where the adapter is gone, AdapterError where it cannot be used.
        """
        server, scales = self._knowing(adapter)
        lora = [{"id": number, "scale": scale} for number, scale in enumerate(scales)]
        server.handle_chat_completions({**body, "lora": lora}, take)

    def _knowing(self, path: Path | None) -> tuple[xllamacpp.Server, list[float]]:
        """A server that knows the adapter, and the scale of each that it knows: an adapter that is not named is on."""
        if path is None:
            with self._changing:
                return self._server, [0.0] * len(self._numbers)
        # A directory that was written anew counts as another one.
        adapter = (path, (path / "adapter_model.safetensors").stat().st_mtime_ns)
        with self._changing:
            self._recent[adapter] = None
            self._recent.move_to_end(adapter)
            if adapter not in self._numbers:
                self._restart(adapter)
            return self._server, [float(known == adapter) for known in self._numbers]

    def _restart(self, wanted: _Adapter) -> None:
        if not (wanted[0] / FILE).exists():
            write_gguf_adapter(wanted[0], self._base)
        for adapter in list(self._recent):
            gone = not (adapter[0] / FILE).exists()
            if gone or (len(self._recent) > MAX_ADAPTERS and adapter != wanted):
                del self._recent[adapter]
        self._server = self._start([path / FILE for path, _ in self._recent])
        self._numbers = {adapter: number for number, adapter in enumerate(self._recent)}

    def _start(self, adapters: Sequence[Path]) -> xllamacpp.Server:
        params = xllamacpp.CommonParams()
        params.model.path = str(self._gguf)
        params.n_ctx = self._base.readable_tokens
        params.n_parallel, params.kv_unified = ANSWERS_AT_ONCE, True  # who needs more of the context gets it
        for threads in (params.cpuparams, params.cpuparams_batch):
            threads.n_threads = min(MAX_THREADS, os.cpu_count() or 1)
            threads.poll = 0  # threads that spin for one another are ten times slower beside a training
        params.cache_ram_mib = PROMPT_CACHE_MIB
        params.warmup = False
        params.verbosity = -1
        params.ui = False
        params.endpoint_slots = False
        params.api_keys = [secrets.token_urlsafe()]  # it opens a port of its own, which nobody is to use
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(path), 1.0) for path in adapters]
        params.lora_init_without_apply = True
        try:
            return xllamacpp.Server(params)
        except RuntimeError as error:
            kind = f"architecture {self._base.architecture!r}"
            raise GGUFError(f"llama.cpp cannot load {self._gguf.name} ({kind}): {error}") from error
