"""What a preference file may be: one table that the bot's check and the engine's are both held to, since neither may import the other."""

import json
from collections.abc import Mapping
from typing import NamedTuple

USER = {"role": "user", "content": "A cat"}
CALL = {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f"}}]}
SYSTEM = {"role": "system", "content": "You are funny."}


def answer(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def pair(
    request: str = "A cat on a mat", preferred: str = "The cat naps.", other: str = "The cat likes the mat!"
) -> dict[str, object]:
    """One line's object, with all that OpenAI's own examples have."""
    messages = [SYSTEM, {"role": "user", "content": request}]
    given = {"messages": messages, "tools": [], "parallel_tool_calls": True}
    return {"input": given, "preferred_output": answer(preferred), "non_preferred_output": answer(other)}


def preference_file(pairs: int) -> bytes:
    """A valid file of that many pairs: what is short is preferred."""
    things = ("mat", "roof", "boat", "moon", "tree", "train", "bed", "car", "box", "hill")
    found = [(number, things[number % len(things)]) for number in range(pairs)]
    lines = [pair(f"A cat {n} on a {thing}", "It naps.", f"The cat likes the {thing}!") for n, thing in found]
    return "\n".join(map(json.dumps, lines)).encode()


def with_input(**changes: object) -> dict[str, object]:
    given = pair()["input"]
    assert isinstance(given, dict)
    return {**pair(), "input": {**given, **changes}}


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in pair().items() if key != name}


TAKEN: Mapping[str, dict[str, object]] = {
    "all fields": pair(),
    "null where nothing is said": with_input(tools=None, parallel_tool_calls=None),
    "messages alone": {**pair(), "input": {"messages": [USER]}},
    "a longer conversation": with_input(messages=[USER, *answer("Hm?"), USER]),
    "a system message last": with_input(messages=[USER, *answer("Hm?"), SYSTEM]),
    "a weight": {**pair(), "preferred_output": [{**answer("It naps.")[0], "weight": 0}]},
}


class Refused(NamedTuple):
    """A line that is no pair, and how the engine and the bot say so. The bot takes examples that call tools (None), and counts them."""

    line: object
    engine: str
    bot: str | None


TOOLS = "it calls tools; this engine's models train on text only"
NOT_A_PAIR = 'is not a complete preference pair; it must look like `{"input": {"messages": [...]}, "preferred_output": [...], "non_preferred_output": [...]}`.'
NO_MESSAGES = 'in `input`: has no messages; it must look like `{"messages": [...]}`.'
OTHER_KIND = "mixes kinds: a file contains either chats or preference pairs, as its first example does."

REFUSED: tuple[Refused, ...] = (
    Refused([], "it is a list, not a JSON object", 'is a list instead of a JSON object; it must look like `{"messages": [...]}`.'),
    Refused({}, "`input` must be an object, but is missing", 'has no messages; it must look like `{"messages": [...]}`.'),
    Refused({"messages": [USER, *answer("x")]}, "it has `messages`, as examples for the method `supervised` do; a pair has `input`, `preferred_output` and `non_preferred_output`", OTHER_KIND),
    Refused({**pair(), "input": "A cat"}, "`input` is text, not a JSON object", "has text as `input`; it must be an object."),
    Refused(with_input(messages=[]), "`input.messages` must be a list of messages, but is empty", NO_MESSAGES),
    Refused(with_input(messages="A cat"), "`input.messages` must be a list of messages, but is text", "in `input`: has text as `messages`; it must be a list."),
    Refused({**pair(), "input": {}}, "`input.messages` must be a list of messages, but is missing", NO_MESSAGES),
    Refused(with_input(messages=[USER, 7]), "input message 2 is a number, not a JSON object", "in `input`: message 2 is a number instead of an object with a role and a content."),
    Refused(with_input(messages=[{"role": "user"}]), "input message 1 has no content", "in `input`: message 1 (user) has no content; it must have text."),
    Refused(with_input(messages=[{"role": "bot", "content": "x"}]), 'input message 1 has the role "bot"; it must be one of system, developer, user, assistant, tool, function', "in `input`: message 1 has the unknown role “bot”; use system, user or assistant."),
    Refused(with_input(messages=[SYSTEM]), "it has no message from the user", "has no user message; each example needs a question and an answer."),
    Refused(with_input(messages=[USER, *answer("Hm?")]), "the last message of `input` must not be the assistant's, who speaks next", "the last message of `input` must not be the assistant's: the two outputs come next."),
    Refused(with_input(tools={}), "its `input` has `tools` that is an object, not a list", "in `input`: has an object as `tools`; it must be a list."),
    Refused(with_input(tools=[{"type": "function"}]), TOOLS, None),
    Refused(with_input(messages=[USER, CALL, USER]), TOOLS, None),
    Refused(with_input(parallel_tool_calls="yes"), "its `input` has `parallel_tool_calls` that is text, not a boolean", "has text as `parallel_tool_calls`; it must be a boolean."),
    Refused(without("preferred_output"), "`preferred_output` must be a list of messages, but is missing", NOT_A_PAIR),
    Refused(without("non_preferred_output"), "`non_preferred_output` must be a list of messages, but is missing", NOT_A_PAIR),
    Refused({**pair(), "preferred_output": "It naps."}, "`preferred_output` must be a list of messages, but is text", "has text as `preferred_output`; it must be a list."),
    Refused({**pair(), "preferred_output": []}, "`preferred_output` must be a list of messages, but is empty", 'in `preferred_output`: has no messages; it must look like `{"messages": [...]}`.'),
    Refused({**pair(), "preferred_output": answer("x") * 2}, "`preferred_output` must have one message, but has 2", "`preferred_output` must be a single message from the assistant."),
    Refused({**pair(), "preferred_output": [USER]}, "the message of `preferred_output` must be the assistant's", "`preferred_output` must be a single message from the assistant."),
    Refused({**pair(), "preferred_output": [CALL]}, TOOLS, None),
    Refused({**pair(), "non_preferred_output": answer(" ")}, "non_preferred_output message 1 is empty", "in `non_preferred_output`: message 1 (assistant) has empty content; it must have text."),
    Refused({**pair(), "non_preferred_output": answer("a \ud83d")}, "non_preferred_output message 1 has half an emoji or another half character (a lone surrogate), which UTF-8 cannot hold", "in `non_preferred_output`: contains half of an emoji or of another character; write it again."),
    Refused(pair(preferred="Same.", other="Same."), "both outputs say the same: neither can be preferred", "both answers are the same, so neither can be preferred."),
)  # fmt: skip
