"""The serving process: `python -m engine.backends.llama.server GGUF CACHE`. llama.cpp batches concurrent requests."""

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

from engine.backends.interface import GenerationChunk, GenerationError, GenerationRequest, TokenLogprob
from engine.backends.llama.adapter import AdapterError
from engine.backends.llama.base import GGUFError, check_memory, open_gguf
from engine.backends.llama.calls import AnswerReader
from engine.backends.llama.conversation import messages_of
from engine.backends.llama.grammar import grammar_of
from engine.backends.llama.servers import Servers
from engine.backends.llama.trials import Trials
from engine.backends.llama.turns import Turns
from engine.backends.serving import Handshake, ServingReply, ServingRequest
from engine.concurrency.channel import Channel

log = logging.getLogger(__name__)

DEFAULT_MAX_TOKENS = 512
REQUESTS_AT_ONCE = 64
_Error: TypeAlias = tuple[str, str] | tuple[str, str, str]
_FAILED = "The model failed on this request. The engine's log has the reason."


class Server:
    """Answers each request in a thread of its own, and streams the tokens."""

    def __init__(self, servers: Servers, reference: str, channel: Channel) -> None:
        self._servers, self._reference, self._channel = servers, Path(reference), channel
        self._threads = ThreadPoolExecutor(REQUESTS_AT_ONCE)
        self._turns, self._trials = Turns(), Trials(servers)
        self._dropped: set[int] = set()

    def receive(self, received: ServingRequest) -> None:
        """Start an answer, or cancel one. Called from the listening thread."""
        if received.request:
            self._threads.submit(self._answer, received.number, received.request)
        else:
            self._dropped.add(received.number)

    def _answer(self, number: int, request: GenerationRequest) -> None:
        try:
            self._write(number, request)
        except GenerationError as error:
            self._send(number, error=(error.code, error.message, error.param))
        except AdapterError as error:
            self._send(number, error=("invalid_value", str(error)))
        except FileNotFoundError:
            self._send(number, error=("model_not_found", "The model's weights are gone."))
        except Exception:  # a request must not end the process
            log.exception("answering failed")
            self._send(number, error=("server_error", _FAILED))
        finally:
            self._dropped.discard(number)

    def _write(self, number: int, request: GenerationRequest) -> None:
        failures: list[GenerationError] = []
        grammar = grammar_of(request)
        readers = [AnswerReader(request) for _ in range(request.sampling.n)] if grammar else []

        def take(data: Mapping[str, Any]) -> bool:
            try:
                for chunk in _chunks(data, readers):
                    self._send(number, chunk)
            except GenerationError as error:
                failures.append(error)
            return bool(failures) or number in self._dropped

        adapter = None if request.weights == self._reference else request.weights
        with self._turns.of(adapter, lambda: number in self._dropped) as admitted:
            if admitted:
                self._trials.check(request, adapter)
                self._servers.chat(adapter, _body(request, grammar), take)
        if failures:
            raise failures[0]

    def _send(self, number: int, chunk: GenerationChunk | None = None, error: _Error | None = None) -> None:
        self._channel.send(ServingReply(number=number, chunk=chunk or GenerationChunk(), error=error))


def _body(request: GenerationRequest, grammar: str | None) -> dict[str, object]:
    """The request to llama.cpp. Its own filters (top_k, min_p) are off, so that only the client's sampling parameters apply."""
    sampling = request.sampling
    seed = {} if sampling.seed is None else {"seed": sampling.seed % (2**32 - 1)}
    probabilities = {"logprobs": True, "top_logprobs": 1} if sampling.logprobs else {}
    return {
        "messages": messages_of(request),
        "n": sampling.n,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": 0,
        "min_p": 0.0,
        "max_tokens": sampling.max_tokens or DEFAULT_MAX_TOKENS,
        "stream": True,
        "return_progress": True,  # reports the number of prompt tokens before the first word
        **seed,
        **probabilities,
        **({"grammar": grammar} if grammar else {}),
    }


def _chunks(data: Mapping[str, Any], readers: Sequence[AnswerReader]) -> Iterator[GenerationChunk]:
    """The text in llama.cpp's chunk. Raises GenerationError."""
    if "choices" not in data:
        raise _failure(data)
    for choice in data["choices"]:
        chunk = _chunk(choice, data.get("prompt_progress"))
        chunk = readers[chunk.index].read(chunk) if readers else chunk
        if chunk != GenerationChunk(index=chunk.index):
            yield chunk


def _chunk(choice: Mapping[str, Any], progress: Mapping[str, int] | None) -> GenerationChunk:
    told = choice.get("logprobs") or {}
    return GenerationChunk(
        index=choice["index"],
        text=choice["delta"].get("content") or "",
        finish_reason=choice["finish_reason"] and ("length" if choice["finish_reason"] == "length" else "stop"),
        logprobs=[TokenLogprob(token["token"], token["logprob"]) for token in told.get("content") or ()],
        prompt_tokens=progress["total"] if progress else None,
    )


def _failure(data: Mapping[str, Any]) -> GenerationError:
    error = data.get("error", data)
    if error.get("type") == "exceed_context_size_error":
        limit = f"This model's maximum context length is {error['n_ctx']} tokens"
        message = f"{limit}. However, your messages resulted in {error['n_prompt_tokens']} tokens."
        return GenerationError("context_length_exceeded", message)
    if error.get("code") == 400:
        return GenerationError("invalid_value", f"The model cannot read these messages: {error.get('message')}")
    log.error("llama.cpp failed: %s", error)
    return GenerationError("server_error", _FAILED)


def main() -> None:
    """Report whether the base can be used, then serve until the engine ends."""
    channel = Channel()
    reference, cache = sys.argv[1:3]
    gguf = Path(reference)
    try:
        check_memory(gguf)
        base = open_gguf(gguf, Path(cache))
        servers = Servers(gguf, base)
    except GGUFError as error:
        channel.send(Handshake(error=str(error)))
        return
    server = Server(servers, reference, channel)
    handshake = Handshake(tokenizer=base.tokenizer, context_tokens=base.readable_tokens, parameters=base.parameters)
    channel.send(handshake)
    channel.listen(ServingRequest, server.receive).join()


if __name__ == "__main__":
    main()
