"""Preference files for tests."""

import json

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
