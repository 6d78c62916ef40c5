"""llama.cpp servers of one base. A server loads its adapters when it starts, so a new adapter takes a new server on the same weights."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import xllamacpp

from engine.backends.llama.adapter import FILE, write_gguf_adapter
from engine.backends.llama.base import GGUFBase, GGUFError
from engine.cores import usable_cores

ANSWERS_AT_ONCE = 8
MAX_ADAPTERS = 24
MAX_THREADS = 8
PROMPT_CACHE_MIB = 16
BATCH_TOKENS = 512  # of a prompt at a time: a quarter of llama.cpp's, whose buffers take 20 MB more

# A server's answer to a chat: OpenAI's chunks as JSON objects. Returning True ends the answer.
Take: TypeAlias = Callable[[Mapping[str, Any]], bool]
_Adapter: TypeAlias = tuple[Path, int]


def spread(threads: Any, cores: Sequence[int]) -> None:
    """Use one thread for each core, up to MAX_THREADS. If that covers all cores, keep each thread on its own.

    Without that, Linux sometimes puts two of the threads on one core while a training or a transcription keeps the other cores busy,
    and the threads wait for each other. `threads` is xllamacpp's CpuParams; `cores` are the cores' numbers in order.
    """
    threads.n_threads = min(MAX_THREADS, len(cores))
    if len(cores) <= MAX_THREADS and cores[-1] < len(threads.cpumask):
        threads.cpumask = [core in cores for core in range(len(threads.cpumask))]
        threads.mask_valid = threads.strict_cpu = True


class Servers:
    """The newest server has the most recently used adapters. An older one ends with its last answer."""

    def __init__(self, gguf: Path, base: GGUFBase) -> None:
        """Raises GGUFError where llama.cpp cannot load the base."""
        self._gguf, self._base = gguf, base
        self._changing = threading.Lock()
        self._recent: OrderedDict[_Adapter, None] = OrderedDict()
        self._loaded: Sequence[_Adapter] = ()
        self._server = self._start(())

    def chat(self, adapter: Path | None, body: Mapping[str, object], take: Take) -> None:
        """Answer a chat, by the base or by a tuned model. Returns once it is written.

        Raises FileNotFoundError where the adapter is gone, AdapterError where it cannot be used.
        """
        server, scales = self._server_with(adapter)
        lora = [{"id": number, "scale": scale} for number, scale in enumerate(scales)]
        server.handle_chat_completions({**body, "lora": lora}, take)

    def _server_with(self, path: Path | None) -> tuple[xllamacpp.Server, list[float]]:
        """A server that has the adapter, and the scale of each that it has. llama.cpp applies every adapter that a request leaves out."""
        if path is None:
            with self._changing:
                return self._server, [0.0] * len(self._loaded)
        # A rewritten directory counts as a new adapter.
        adapter = (path, (path / "adapter_model.safetensors").stat().st_mtime_ns)
        with self._changing:
            self._recent[adapter] = None
            self._recent.move_to_end(adapter)
            if adapter not in self._loaded:
                self._restart(adapter)
            return self._server, [float(known == adapter) for known in self._loaded]

    def _restart(self, wanted: _Adapter) -> None:
        if not (wanted[0] / FILE).exists():
            write_gguf_adapter(wanted[0], self._base)
        for adapter in list(self._recent):
            gone = not (adapter[0] / FILE).exists()
            if gone or (len(self._recent) > MAX_ADAPTERS and adapter != wanted):
                del self._recent[adapter]
        self._server = self._start([path / FILE for path, _ in self._recent])
        self._loaded = tuple(self._recent)

    def _start(self, adapters: Sequence[Path]) -> xllamacpp.Server:
        params = xllamacpp.CommonParams()
        params.model.path = str(self._gguf)
        params.n_ctx = self._base.readable_tokens
        params.n_parallel, params.kv_unified = (
            ANSWERS_AT_ONCE,
            True,
        )  # answers share the context: a long one may take most of it
        for threads in (params.cpuparams, params.cpuparams_batch):
            spread(threads, usable_cores())
            threads.poll = 0  # busy waiting makes answers ten times slower while a model trains
        params.n_batch, params.n_ubatch = BATCH_TOKENS, BATCH_TOKENS // 4
        params.cache_ram_mib = PROMPT_CACHE_MIB
        params.warmup = False
        params.verbosity = -1
        params.ui = False
        params.endpoint_slots = False
        params.api_keys = [secrets.token_urlsafe()]  # it opens a port that nobody may use
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(path), 1.0) for path in adapters]
        params.lora_init_without_apply = True
        try:
            return xllamacpp.Server(params)
        except RuntimeError as error:
            kind = f"architecture {self._base.architecture!r}"
            raise GGUFError(f"llama.cpp cannot load {self._gguf.name} ({kind}): {error}") from error
