"""A base model with its adapters behind the engine's interface for models."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from tokenizers import Tokenizer

from engine.backends.interface import Answer, ChatTurn, Piece, Wish
from engine.backends.lora.protocol import Ask, Ready, Telling
from engine.backends.lora.settings import LoraSettings, plan
from engine.backends.practice.backend import default_epochs
from engine.protocol.errors import ApiError
from engine.training.task import Course, Settings, Wanted

_STATUS = {"context_length_exceeded": 400, "invalid_value": 400, "upstream_error": 502}


class Voice(Protocol):
    """What answers: a serving process of the engine's own, or another server."""

    def ask(self, ask: Ask) -> Generator[Telling, None, None]:
        """The answers as they come."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class LoraBackend:
    """Tunes adapters in a process of their own, and answers with another's voice. Its weights are directories."""

    worker = "engine.backends.lora.worker"
    extension = ""

    def __init__(self, base: str, reference: str, ready: Ready, voice: Voice, settings: LoraSettings) -> None:
        """`base` is the model's name for clients, `reference` the path or hub id of its weights."""
        self.base = base
        self.settings: Settings = settings.model_dump()
        self._reference, self._voice = Path(reference), voice
        self._tokenizer = Tokenizer.from_str(ready.tokenizer)

    def base_weights(self) -> Path:
        """The base's directory, or its hub id."""
        return self._reference

    def plan(self, examples: int, wanted: Wanted) -> Course:
        """OpenAI's number of epochs, and batches that leave enough updates."""
        return plan(examples, wanted, default_epochs(examples))

    def count_tokens(self, text: str) -> int:
        """Tokens of the base's own tokenizer."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def answer(self, weights: Path, conversation: Sequence[ChatTurn], wish: Wish) -> list[Answer]:
        """Answer the conversation as a whole."""
        pieces: list[list[str]] = [[] for _ in range(wish.count)]
        ended = [True] * wish.count
        for piece in self.stream(weights, conversation, wish):
            pieces[piece.index].append(piece.text)
            ended[piece.index] = piece.finish != "length"
        return [Answer(tuple(filter(None, told)), end) for told, end in zip(pieces, ended, strict=True)]

    def stream(self, weights: Path, conversation: Sequence[ChatTurn], wish: Wish) -> Iterator[Piece]:
        """The answers as they are written. Raises ApiError, or FileNotFoundError where the adapter is gone."""
        with closing(self._voice.ask(self._ask(weights, conversation, wish))) as tellings:
            for telling in tellings:
                if telling.error:
                    raise _failure(*telling.error)
                yield Piece(telling.index, telling.text, telling.finish)

    def close(self) -> None:
        """Let go of what answers."""
        self._voice.close()

    def _ask(self, weights: Path, conversation: Sequence[ChatTurn], wish: Wish) -> Ask:
        return Ask(
            number=0,
            adapter=None if weights == self._reference else str(weights.absolute()),
            turns=[(turn.role, turn.text) for turn in conversation],
            count=wish.count,
            temperature=wish.temperature,
            top_p=wish.top_p,
            max_tokens=wish.max_tokens,
            seed=wish.seed,
        )


def _failure(code: str, message: str) -> Exception:
    if code == "model_not_found":
        return FileNotFoundError(message)
    status = _STATUS.get(code, 503)
    kind = "invalid_request_error" if status == 400 else "server_error"
    return ApiError(message, status=status, kind=kind, param="messages" if status == 400 else None, code=code)
