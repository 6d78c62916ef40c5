"""A server for engine.backends.serving that does what its argument says at its first request, and answers well otherwise."""

import os
import sys
import time
from pathlib import Path

from engine.backends.interface import GenerationChunk
from engine.backends.serving import Handshake, ServingReply, ServingRequest
from engine.concurrency.channel import Channel


def misbehave(how: str, channel: Channel) -> None:
    if how == "stray":
        os.write(1, b"a stray line\nand half a line")
        print("printed by a library", flush=True)  # noqa: T201 - what it is about
    elif how == "malformed":
        channel._write(b"no message\n")
    elif how == "silent":
        time.sleep(600)
    elif how == "dies":
        os._exit(3)


def main() -> None:
    """The mark remembers, from one process to the next, that it has misbehaved."""
    os.write(1, b"printed before the channel is open")
    channel = Channel()
    how, _, mark = sys.argv[1].partition("@")
    if how == "broken":
        channel.send(Handshake(error="this base cannot be served"))
        return
    channel.send(Handshake(tokenizer="{}", context_tokens=10))
    while (received := channel.receive(ServingRequest)).request:
        if not Path(mark).exists():
            Path(mark).touch()
            misbehave(how, channel)
        for chunk in (GenerationChunk(text="well"), GenerationChunk(finish_reason="stop")):
            channel.send(ServingReply(number=received.number, chunk=chunk))


if __name__ == "__main__":
    main()
