"""What a kind of model must offer to be trained and talked to. The routes and the queue know nothing more of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from engine.training.task import Course, Settings, Wanted


@dataclass(frozen=True)
class ChatTurn:
    """One message of a conversation, as plain text."""

    role: str
    text: str


@dataclass(frozen=True)
class Wish:
    """How answers are to be drawn."""

    count: int = 1
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Answer:
    """An answer in the pieces it was made of; `ended` is false where the token limit cut it."""

    pieces: tuple[str, ...]
    ended: bool


@dataclass(frozen=True)
class Piece:
    """Some more text of the answer with that index; `finish` says why it is the last."""

    index: int
    text: str
    finish: Literal["stop", "length"] | None = None


class Backend(Protocol):
    """A built-in model, its training and its answers. The methods block; callers use threads.

    `extension` ends the names of its weights: ".safetensors" for a file, "" for a directory. `settings` go to its worker.
    """

    base: str
    worker: str
    extension: str
    settings: Settings

    def base_weights(self) -> Path:
        """Where the built-in model's weights are."""
        ...

    def plan(self, examples: int, wanted: Wanted) -> Course:
        """Resolve hyperparameters for a file of that many examples."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, as usage reports them."""
        ...

    def answer(self, weights: Path, conversation: Sequence[ChatTurn], wish: Wish) -> list[Answer]:
        """Answer the last message. `weights` is the built-in model's file or a tuned one's."""
        ...


@runtime_checkable
class StreamingBackend(Backend, Protocol):
    """A backend that can tell an answer while it is being made."""

    def stream(self, weights: Path, conversation: Sequence[ChatTurn], wish: Wish) -> Iterator[Piece]:
        """The pieces of `wish.count` answers as they come, each answer's last one with its `finish`.

        Closing the iterator ends the generation.
        """
        ...
