"""Training files for tests."""

import json


def line(request: str = "A cat on a mat", answer: str = "The cat likes the mat! Haha", **last: object) -> str:
    """One example; `last` adds to the assistant's message."""
    messages = [
        {"role": "system", "content": "You are funny."},
        {"role": "user", "content": request},
        {"role": "assistant", "content": answer, **last},
    ]
    return json.dumps({"messages": messages})


def training_file(examples: int) -> bytes:
    """A valid file of that many lines."""
    things = ("mat", "roof", "boat", "moon", "tree", "train", "bed", "car", "box", "hill")
    lines = [line(f"A cat {n} on a {things[n % 10]}", f"The cat likes the {things[n % 10]}!") for n in range(examples)]
    return "\n".join(lines).encode()
