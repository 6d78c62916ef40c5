"""Example calls, as turns before the question. Without them small models call no function and make up answers."""

import json
from collections.abc import Collection, Iterator, Mapping
from itertools import chain

from bot.model_server.chat import Message
from bot.model_server.tool_calls import ToolCall
from bot.texts import ask as texts

# The last weighs most with a small model, so it is what people ask for most.
CALLS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("How similar are apples and pears?", "similarity", {"a": "apples", "b": "pears"}),
    ("Which models do we have?", "models", {}),
    ("How is the training going?", "jobs", {}),
    ("Search for something about trains", "search", {"query": "trains"}),
    ("A slogan for a bakery", "slogan", {"description": "a bakery"}),
    ("Is “good morning” close to “hello”?", "similarity", {"a": "good morning", "b": "hello"}),
    ("Find slogans about the sea", "search", {"query": "the sea"}),
    ("Tell me a joke about a dog", "joke", {"scenario": "a dog"}),
)


def examples_of(names: Collection[str]) -> tuple[Message, ...]:
    """Four turns for each example that calls one of these functions."""
    shown = (example for example in CALLS if example[1] in names)
    return tuple(chain.from_iterable(_turns(place, *example) for place, example in enumerate(shown)))


def _turns(place: int, question: str, name: str, arguments: Mapping[str, str]) -> Iterator[Message]:
    call = ToolCall(f"example_{place}", name, json.dumps(arguments))
    yield Message("user", question)
    yield Message("assistant", "", (call,))
    yield Message("tool", texts.EXAMPLE_RESULT, tool_call_id=call.id)
    yield Message("assistant", texts.EXAMPLE_WORDS)
