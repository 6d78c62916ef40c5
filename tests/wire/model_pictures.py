"""Pictures as a model server answers them: as base64 or as a link, in OpenAI's shapes."""

import base64
import struct
import time
import zlib
from collections.abc import Callable

from tests.wire.replies import Reply, error
from tests.wire.shapes import Json

Paint = Callable[[Json], bytes]


def png(side: int = 64, colour: bytes = b"\x20\x60\xa0") -> bytes:
    """A square of one colour."""
    rows = b"".join(b"\x00" + colour * side for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def generated(asked: Json, paint: Paint, link: str | None = None) -> Json:
    """The answer: GPT image models send base64 and count tokens, others send what they were asked for and count none."""
    if "gpt-image" in asked["model"]:
        assert "response_format" not in asked, "OpenAI refuses it for these models"
        return {**packed(paint(asked)), "size": asked["size"], "quality": asked["quality"], "usage": used(40, 1056)}
    if link is not None:
        return {"created": int(time.time()), "data": [{"url": link, "revised_prompt": "In other words"}]}
    return packed(paint(asked))


def packed(*pictures: bytes) -> Json:
    data = [{"b64_json": base64.b64encode(one).decode()} for one in pictures]
    return {"created": int(time.time()), "data": data}


def used(prompt: int, picture: int) -> Json:
    details = {"text_tokens": prompt, "image_tokens": 0}
    total = prompt + picture
    return {
        "input_tokens": prompt,
        "input_tokens_details": details,
        "output_tokens": picture,
        "total_tokens": total,
    }


def refused(code: str = "moderation_blocked", stage: str | None = None) -> Reply:
    """How OpenAI's moderation stops a picture."""
    said = "Your request was rejected by the safety system. safety_violations=[violence]."
    details = {"moderation_stage": stage, "categories": ["violence"]} if stage else None
    return error(400, said, code, "image_generation_user_error", details=details)
