"""The serving process: `python -m engine.backends.lora.server BASE [--check]`. The base is loaded once, adapters are switched."""

import logging
import queue
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cachetools import LRUCache
from peft import PeftModel

from engine.backends.interface import FinishReason, GenerationChunk, GenerationRequest
from engine.backends.lora.base import Base, BaseError, open_base, open_template, prepare_process
from engine.backends.lora.generate import Row, generate
from engine.backends.lora.template import TemplateError
from engine.backends.serving import Handshake, ServingReply, ServingRequest
from engine.concurrency.channel import Channel
from engine.cores import usable_cores

log = logging.getLogger(__name__)

MAX_ANSWERS_PER_BATCH = 32
MAX_ADAPTERS_IN_MEMORY = 16
DEFAULT_MAX_TOKENS = 512
_UNLIMITED_TOKENS = 2**31
_FAILED = "The model failed on this request. The engine's log has the reason."


class Adapters(LRUCache[tuple[Path, int], str]):
    """The base, and the adapters used last. The least recently used one makes room."""

    def __init__(self, model: Any) -> None:
        super().__init__(MAX_ADAPTERS_IN_MEMORY)
        self._model, self._count = model, 0

    @contextmanager
    def using(self, adapter: Path | None) -> Iterator[Any]:
        """The model as that adapter makes it, or as it is. Raises FileNotFoundError where the adapter is gone."""
        if adapter is not None:
            # A directory that was written anew counts as another one.
            name = self[adapter, (adapter / "adapter_model.safetensors").stat().st_mtime_ns]
            self._model.set_adapter(name)
            yield self._model
        elif isinstance(self._model, PeftModel):
            with self._model.disable_adapter():
                yield self._model
        else:
            yield self._model

    def __missing__(self, key: tuple[Path, int]) -> str:
        self._count += 1
        name = f"adapter{self._count}"
        if isinstance(self._model, PeftModel):
            self._model.load_adapter(key[0], name)
        else:
            self._model = PeftModel.from_pretrained(self._model, key[0], name)
        self._model.eval()
        self[key] = name
        return name

    def popitem(self) -> tuple[tuple[Path, int], str]:
        key, name = super().popitem()
        self._model.delete_adapter(name)
        return key, name


class Server:
    """Takes requests in batches of one adapter, and writes the answers."""

    def __init__(self, base: Base, reference: str, channel: Channel) -> None:
        self._base, self._reference, self._channel = base, Path(reference), channel
        self._adapters = Adapters(base.model)
        self._received: queue.SimpleQueue[tuple[int, GenerationRequest]] = queue.SimpleQueue()
        self._waiting: list[tuple[int, GenerationRequest]] = []
        self._dropped: set[int] = set()

    def receive(self, received: ServingRequest) -> None:
        """Put a request into the queue, or mark it as no longer wanted. Called from the listening thread."""
        if received.request:
            self._received.put((received.number, received.request))
        else:
            self._dropped.add(received.number)

    def run(self) -> None:
        while True:
            batch = self._next_batch()
            weights = batch[0][1].weights
            numbers = [number for number, _ in batch]
            try:
                with self._adapters.using(None if weights == self._reference else weights) as model:
                    self._answer(model, batch)
            except FileNotFoundError:
                self._fail(numbers, "model_not_found", "The model's weights are gone.")
            except Exception:  # a request must not end the process
                log.exception("answering failed")
                self._fail(numbers, "server_error", _FAILED)
            self._dropped.difference_update(numbers)

    def _next_batch(self) -> list[tuple[int, GenerationRequest]]:
        """The oldest request and all that wait for the same adapter, up to 32 answers."""
        if not self._waiting:
            self._waiting.append(self._received.get())
        while not self._received.empty():
            self._waiting.append(self._received.get())
        batch: list[tuple[int, GenerationRequest]] = []
        answers = 0
        for number, request in self._waiting:
            same = request.weights == self._waiting[0][1].weights
            if same and (not batch or answers + request.sampling.n <= MAX_ANSWERS_PER_BATCH):
                batch.append((number, request))
                answers += request.sampling.n
        taken = {number for number, _ in batch}
        self._waiting = [waiting for waiting in self._waiting if waiting[0] not in taken]
        return batch

    def _answer(self, model: Any, batch: Sequence[tuple[int, GenerationRequest]]) -> None:
        rows = [row for number, request in batch for row in self._rows(number, request)]
        template = self._base.template
        for start in range(0, len(rows), MAX_ANSWERS_PER_BATCH):
            generate(model, template.tokenizer, template.stop_ids, rows[start : start + MAX_ANSWERS_PER_BATCH])

    def _rows(self, number: int, request: GenerationRequest) -> list[Row]:
        try:
            prompt = self._base.template.prompt(request.messages)
        except TemplateError as error:
            self._fail([number], "invalid_value", str(error))
            return []
        room = self._base.context - len(prompt)
        if room < 1:
            limit = f"This model's maximum context length is {self._base.context} tokens"
            message = f"{limit}. However, your messages resulted in {len(prompt)} tokens."
            self._fail([number], "context_length_exceeded", message)
            return []
        max_tokens = min(request.sampling.max_tokens or DEFAULT_MAX_TOKENS, room)
        return [self._row(number, index, request, prompt, max_tokens) for index in range(request.sampling.n)]

    def _row(self, number: int, index: int, request: GenerationRequest, prompt: list[int], max_tokens: int) -> Row:
        def send(text: str, finish_reason: FinishReason | None) -> None:
            chunk = GenerationChunk(index=index, text=text, finish_reason=finish_reason)
            self._channel.send(ServingReply(number=number, chunk=chunk))

        drawn = request.sampling
        chance = random.Random(None if drawn.seed is None else f"{drawn.seed}:{index}")  # noqa: S311 - no secret
        wanted = lambda: number not in self._dropped  # noqa: E731
        return Row(prompt, drawn.temperature, drawn.top_p, max_tokens, chance, send, wanted)

    def _fail(self, numbers: Sequence[int], code: str, message: str) -> None:
        for number in numbers:
            self._channel.send(ServingReply(number=number, error=(code, message)))


def main() -> None:
    """Report whether the base can be used; then, unless this was only to check it, serve until the engine is gone."""
    channel = Channel()
    reference, checks_only = sys.argv[1], "--check" in sys.argv
    prepare_process(threads=max(1, len(usable_cores()) - 1))  # the rest of the engine keeps one core
    try:
        template, context = open_template(reference)
        base = None if checks_only else open_base(reference)
    except BaseError as error:
        channel.send(Handshake(error=error.message))
        return
    readable = base.context if base else context or _UNLIMITED_TOKENS
    tokenizer, parameters = template.tokenizer.backend_tokenizer.to_str(), base.model.num_parameters() if base else 0
    channel.send(Handshake(tokenizer=tokenizer, context_tokens=readable, parameters=parameters))
    if base:
        server = Server(base, reference, channel)
        channel.listen(ServingRequest, server.receive)
        server.run()


if __name__ == "__main__":
    main()
