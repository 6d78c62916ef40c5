"""The serving process: `python -m engine.backends.lora.server BASE [--check]`. The base is loaded once, adapters are switched."""

import logging
import os
import queue
import random
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peft import PeftModel
from pydantic import BaseModel

from engine.backends.lora.base import Base, BaseError, open_base, open_template, prepare_process
from engine.backends.lora.generate import Row, generate
from engine.backends.lora.protocol import Ask, Broken, Hello, Ready, Telling
from engine.backends.lora.template import TemplateError
from engine.training.training_file import Message

log = logging.getLogger(__name__)

_ROWS = 32
_ADAPTERS = 16
_MOST_TOKENS = 512


class Adapters:
    """The base, and the adapters used last. The least used one makes room."""

    def __init__(self, model: Any) -> None:
        """`model` is the bare base."""
        self._model, self._count = model, 0
        self._names: OrderedDict[tuple[str, int], str] = OrderedDict()

    @contextmanager
    def using(self, adapter: str | None) -> Iterator[Any]:
        """The model as that adapter makes it, or as it is. Raises FileNotFoundError where the adapter is gone."""
        if adapter is None:
            if isinstance(self._model, PeftModel):
                with self._model.disable_adapter():
                    yield self._model
            else:
                yield self._model
            return
        name = self._loaded(adapter)
        self._model.set_adapter(name)
        yield self._model

    def _loaded(self, adapter: str) -> str:
        """The adapter's name in memory. A directory that was written anew counts as another one."""
        key = self._key(adapter)
        if key not in self._names:
            self._names[key] = self._load(adapter)
        self._names.move_to_end(key)
        while len(self._names) > _ADAPTERS:
            self._model.delete_adapter(self._names.popitem(last=False)[1])
        return self._names[key]

    def _load(self, adapter: str) -> str:
        self._count += 1
        name = f"adapter{self._count}"
        if isinstance(self._model, PeftModel):
            self._model.load_adapter(adapter, name)
        else:
            self._model = PeftModel.from_pretrained(self._model, adapter, name)
        self._model.eval()
        return name

    def _key(self, adapter: str) -> tuple[str, int]:
        return adapter, (Path(adapter) / "adapter_model.safetensors").stat().st_mtime_ns


class Server:
    """Takes what was asked, in batches of one adapter, and writes the answers."""

    def __init__(self, base: Base) -> None:
        """Use one server for each process."""
        self._base, self._adapters = base, Adapters(base.model)
        self._asked: queue.SimpleQueue[Ask] = queue.SimpleQueue()
        self._waiting: list[Ask] = []
        self._dropped: set[int] = set()

    def hear(self, ask: Ask) -> None:
        """Put a request into the queue, or mark it as no longer wanted. Called from the listening thread."""
        if ask.dropped:
            self._dropped.add(ask.number)
        else:
            self._asked.put(ask)

    def run(self) -> None:
        """Answer for ever."""
        while True:
            batch = self._next_batch()
            try:
                with self._adapters.using(batch[0].adapter) as model:
                    self._answer(model, batch)
            except FileNotFoundError:
                self._fail(batch, "model_not_found", "The adapter is gone.")
            except Exception:  # a request must not end the process
                log.exception("answering failed")
                self._fail(batch, "server_error", "The model failed on this request; the engine's log says how.")
            self._dropped -= {ask.number for ask in batch}

    def _next_batch(self) -> list[Ask]:
        """The oldest request and all that wait for the same adapter, up to 32 answers."""
        if not self._waiting:
            self._waiting.append(self._asked.get())
        while not self._asked.empty():
            self._waiting.append(self._asked.get())
        batch: list[Ask] = []
        for ask in [ask for ask in self._waiting if ask.adapter == self._waiting[0].adapter]:
            if not batch or sum(other.count for other in batch) + ask.count <= _ROWS:
                batch.append(ask)
        self._waiting = [ask for ask in self._waiting if ask not in batch]
        return batch

    def _answer(self, model: Any, batch: Sequence[Ask]) -> None:
        rows = [row for ask in batch for row in self._rows(ask)]
        template = self._base.template
        for start in range(0, len(rows), _ROWS):
            generate(model, template.tokenizer, template.stop_ids, rows[start : start + _ROWS])

    def _rows(self, ask: Ask) -> list[Row]:
        try:
            prompt = self._base.template.prompt([Message(role, text, trained=False) for role, text in ask.turns])
        except TemplateError as error:
            self._fail([ask], "invalid_value", str(error))
            return []
        room = self._base.context - len(prompt)
        if room < 1:
            limit = f"This model's maximum context length is {self._base.context} tokens"
            message = f"{limit}. However, your messages resulted in {len(prompt)} tokens."
            self._fail([ask], "context_length_exceeded", message)
            return []
        most = min(ask.max_tokens or _MOST_TOKENS, room)
        return [self._row(ask, index, prompt, most) for index in range(ask.count)]

    def _row(self, ask: Ask, index: int, prompt: list[int], most: int) -> Row:
        def tell(text: str, finish: Any) -> None:
            _say(Telling(number=ask.number, index=index, text=text, finish=finish))

        chance = random.Random() if ask.seed is None else random.Random(f"{ask.seed}:{index}")  # noqa: S311 - no secret
        wanted = lambda: ask.number not in self._dropped  # noqa: E731
        return Row(prompt, ask.temperature, ask.top_p, most, chance, tell, wanted)

    def _fail(self, batch: Sequence[Ask], code: str, message: str) -> None:
        for ask in batch:
            _say(Telling(number=ask.number, error=(code, message)))


def main() -> None:
    """Say whether the base can be used; then, unless this was only to check it, serve until stdin closes."""
    reference, checks_only = sys.argv[1], "--check" in sys.argv
    prepare_process()
    try:
        template, context = open_template(reference)
        base = None if checks_only else open_base(reference)
    except BaseError as error:
        _say(Hello(first=Broken(message=str(error))))
        sys.exit(1)
    _say(Hello(first=Ready(tokenizer=template.tokenizer.backend_tokenizer.to_str(), context=context)))
    if base:
        server = Server(base)
        threading.Thread(target=_listen, args=(server,), daemon=True).start()
        server.run()


def _listen(server: Server) -> None:
    """The engine holds stdin open; when it is gone, even killed, this process has no reason to go on."""
    for line in sys.stdin:
        server.hear(Ask.model_validate_json(line))
    os._exit(0)


def _say(line: BaseModel) -> None:
    sys.stdout.write(line.model_dump_json() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
