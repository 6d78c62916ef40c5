"""Pictures by an image model: OpenAI's `images.generate`, one picture a request, sent once.

Answers of 13 MB are taken apart in a thread and in pieces, since JSON and base64 of that size would hold up the event loop.
"""

import asyncio
import binascii
import json
import time
from dataclasses import dataclass
from typing import Literal

import httpx2

from bot.errors import ImageRefusedError, ServerNonsenseError, UnreadableAnswerError
from bot.http_client import AnswerTooLargeError, answer_of_at_most
from bot.llm import AsyncOpenAI, BadRequestError, explained, protocol
from bot.model_server.circuit_breaker import CircuitBreaker
from bot.model_server.image_links import MAX_IMAGE_BYTES, ImageLinks, LinkError
from bot.model_server.json_values import Json, mapping, whole
from bot.observer import model_call
from bot.texts import server as texts
from bot.tokens import Tokens

ANSWER_BYTES = MAX_IMAGE_BYTES * 4 // 3 + 64 * 1024  # as base64, with what stands around it
PIECE = 1024 * 1024  # characters of base64; a multiple of four
SIZE = "1024x1024"  # the one size that every model of OpenAI's has taken
REFUSALS = ("moderation_blocked", "content_policy_violation")

Quality = Literal["low", "medium", "high"]
# By their first bytes; WebP's name stands after a length of four bytes.
SIGNATURES = ((0, b"\x89PNG\r\n\x1a\n", "png"), (0, b"\xff\xd8\xff", "jpg"), (8, b"WEBP", "webp"))


@dataclass(frozen=True)
class ImageRequest:
    """Asks a model for one square picture. `quality` is in the words of the newest models; `sent_quality` in the model's own."""

    model: str
    prompt: str
    quality: Quality = "medium"

    @property
    def sent_quality(self) -> str | None:
        """None where the model takes none."""
        if self._is_gpt_image:
            return self.quality
        if "dall-e-3" in self.model:
            return "hd" if self.quality == "high" else "standard"
        return None

    @property
    def _is_gpt_image(self) -> bool:
        return "gpt-image" in self.model  # chatgpt-image-latest as well

    def body(self) -> dict[str, object]:
        """The request in OpenAI's format. GPT image models always answer with base64, and refuse to be asked for it."""
        body: dict[str, object] = {"model": self.model, "prompt": self.prompt, "n": 1, "size": SIZE}
        if self.sent_quality is not None:
            body["quality"] = self.sent_quality
        return body | ({"output_format": "jpeg"} if self._is_gpt_image else {"response_format": "b64_json"})


@dataclass(frozen=True)
class GeneratedImage:
    """A picture as the model made it: PNG, JPEG or WebP by its first bytes. `tokens` are none where the server counts none."""

    content: bytes
    extension: str
    tokens: Tokens
    latency_ms: float


class Images:
    """The image models of the first server. They have a circuit breaker of their own: if pictures fail, jokes go on."""

    def __init__(self, client: AsyncOpenAI, links: ImageLinks, breaker: CircuitBreaker, seconds: float) -> None:
        """`seconds` is how long a picture may take."""
        self._client = client
        self._links = links
        self._breaker = breaker
        self._seconds = seconds

    async def generate(self, request: ImageRequest) -> GeneratedImage:
        """Ask for a picture. Raises `ImageRefusedError` if the server's moderation stops it, `UnreadableAnswerError` if there is none in
        an answer that is paid for, `CircuitOpenError`, and any other `ModelServerError`.
        """
        started = time.perf_counter()
        with model_call(request.model) as call, self._breaker.passing(), explained(texts.MODEL, request.model):
            answer = await self._send(request)
            tokens = _tokens(mapping(answer.get("usage")))
            call.prompt_tokens, call.completion_tokens = tokens.prompt, tokens.completion
            try:
                content = await self._content(answer["data"][0])
            except LinkError as error:
                raise UnreadableAnswerError(error.why, tokens=tokens) from error
            if content is None or (extension := _extension(content)) is None:
                raise UnreadableAnswerError(texts.NO_PICTURE, tokens=tokens)
            return GeneratedImage(content, extension, tokens, (time.perf_counter() - started) * 1000)

    async def _send(self, request: ImageRequest) -> Json:
        try:
            with answer_of_at_most(ANSWER_BYTES):
                response = await self._client.post(
                    "/images/generations",
                    cast_to=httpx2.Response,
                    body=request.body(),
                    options={"timeout": self._seconds},
                )
        except AnswerTooLargeError as error:
            raise ServerNonsenseError(texts.PICTURE_TOO_LARGE) from error
        except BadRequestError as error:
            if error.code in REFUSALS:
                raise _refused(error) from error
            raise
        return protocol(await asyncio.to_thread(_json, response.content))

    async def _content(self, item: Json) -> bytes | None:
        """The picture itself, which was made and is paid for, whatever goes wrong from here on; None if it is none."""
        packed = item.get("b64_json")
        if isinstance(packed, str):
            return await asyncio.to_thread(_unpacked, packed)
        return await self._links.fetch(str(item["url"]))


def _json(content: bytes) -> object:
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("lists in lists") from error


def _unpacked(packed: str) -> bytes | None:
    """In pieces, between which other threads have their turn."""
    try:
        pieces = (packed[start : start + PIECE] for start in range(0, len(packed), PIECE))
        return b"".join(binascii.a2b_base64(piece) for piece in pieces)
    except ValueError:
        return None


def _extension(content: bytes) -> str | None:
    return next((name for at, first, name in SIGNATURES if content[at : at + len(first)] == first), None)


def _tokens(usage: Json) -> Tokens:
    return Tokens(whole(usage.get("input_tokens")) or 0, whole(usage.get("output_tokens")) or 0)


def _refused(error: BadRequestError) -> ImageRefusedError:
    """Whether the server had drawn the picture already, which may be billed, it says itself."""
    details = mapping(mapping(error.body).get("moderation_details"))
    stage = details.get("moderation_stage")
    return ImageRefusedError(
        texts.PICTURE_REFUSED, code=error.code, request_id=error.request_id, drawn=stage in ("output", "unknown")
    )
