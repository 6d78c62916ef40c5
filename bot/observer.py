"""What happens in the bot, told to whoever counts it. Nobody does unless the operator asks for metrics."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

OK, CANCELLED, FAILURE = "ok", "cancelled", "failure"


@dataclass
class EndedCommand:
    """A command, button or form that has ended. `outcome` is `ok`, `cancelled`, `failure` or an error's class."""

    command: str
    outcome: str
    seconds: float


@dataclass
class ModelCall:
    """A request to the model server for an answer or vectors, filled in as it goes on. Tokens are those that it cost."""

    model: str
    outcome: str = OK
    seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Observer(Protocol):
    """Counts. It never raises, and it never waits."""

    def command_ended(self, ended: EndedCommand) -> None: ...

    def model_called(self, call: ModelCall) -> None: ...


_OBSERVER: ContextVar[Observer | None] = ContextVar("observer", default=None)


def observe(observer: Observer) -> None:
    """From now on the current task, and all that it starts, tells this observer."""
    _OBSERVER.set(observer)


def command_ended(ended: EndedCommand) -> None:
    """Tell the observer of a command's end."""
    if (observer := _OBSERVER.get()) is not None:
        observer.command_ended(ended)


@contextmanager
def model_call(model: str) -> Iterator[ModelCall]:
    """Time a request to a model, and tell the observer when it has ended, however it did."""
    call, began_at = ModelCall(model, CANCELLED), perf_counter()  # unless it ends in another way
    try:
        yield call
        call.outcome = OK
    except Exception as error:
        call.outcome = type(error).__name__
        raise
    finally:
        call.seconds = perf_counter() - began_at
        if (observer := _OBSERVER.get()) is not None:
            observer.model_called(call)
