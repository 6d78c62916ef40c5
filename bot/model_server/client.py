"""What the bot asks a model server for: chat, embeddings, transcripts, moderation, models.

Every request is sent once: what costs money must not be repeated blindly, and the tracker asks again
in its next round. Every failure leaves here as a `ModelServerError`.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.clock import Clock, utc_now
from bot.http_client import BoundedClient, answer_of_at_most
from bot.llm import AsyncOpenAI, explained, open_client, paid, protocol, tuning_view
from bot.model_server.chat import ChatRequest
from bot.model_server.circuit_breaker import CircuitBreaker
from bot.model_server.completion import Completion, parse_completion, parse_tokens
from bot.model_server.fine_tuning import FineTuning
from bot.model_server.image_links import ImageLinks
from bot.model_server.images import Images
from bot.model_server.judgement import Judgement, parse_judgement
from bot.model_server.models import RemoteModel, parse_model
from bot.model_server.transcription import Audio, Transcript, heard_tokens, parse_transcript
from bot.model_server.vectors import parse_vectors
from bot.observer import model_call
from bot.redaction import redactor_of
from bot.settings import Settings
from bot.texts import server as server_texts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A chat of eight drafts with log probabilities has 100 kB, and a vector of 4,096 numbers at most 100 kB. What is larger is refused unread:
# the JSON of 10 MB of text, and all that is done with it, stops the event loop for a second.
CHAT_BYTES, VECTOR_BYTES = 512 * 1024, 128 * 1024
TRANSCRIPT_BYTES = 128 * 1024  # five minutes of fast speech have 6 kB
MODERATION_TIMEOUT = 10.0  # every answer waits for it twice


@dataclass(frozen=True)
class EmbeddingBatch:
    """Vectors as float32 of shape (texts, dimensions), in the order of the texts."""

    vectors: NDArray[np.float32]
    model: str
    tokens: int
    latency_ms: float


class LLM:
    """Chat, embeddings, transcripts, moderation, `images` and fine-tuning on one server, or on two that share one connection pool.

    Fine-tuned models, and everything about training (`fine_tuning`), live on the fine-tune server when one is set.
    """

    def __init__(
        self,
        client: AsyncOpenAI,
        images: Images,
        tuning: AsyncOpenAI | None,
        request_timeout: float,
        clock: Clock = utc_now,
    ) -> None:
        """`request_timeout` is the client's, in seconds."""
        self._client = client
        self._request_timeout = request_timeout
        self._tuning = tuning or client
        self.fine_tuning = FineTuning(self._tuning)
        self.images = images
        self._breaker = CircuitBreaker(clock)
        self._tuning_breaker = CircuitBreaker(clock) if tuning else self._breaker
        self._recordings_breaker = CircuitBreaker(clock)  # files of members' that break a server hold back no joke

    async def complete(self, request: ChatRequest) -> Completion:
        """Ask for answers. Raises `CircuitOpenError`, `ToolsRefusedError` if the model cannot call functions, and `UnreadableAnswerError`."""
        client = self._tuning if request.fine_tuned else self._client
        started = time.perf_counter()
        breaker = self._tuning_breaker if request.fine_tuned else self._breaker
        with model_call(request.model) as call, breaker.passing(), explained(server_texts.MODEL, request.model):
            # `chat.completions.create` would walk the types of every message: 5 ms for the 22 of a few-shot prompt.
            with answer_of_at_most(CHAT_BYTES):
                answer = protocol(await client.post("/chat/completions", cast_to=object, body=request.body()))
            latency = (time.perf_counter() - started) * 1000
            tokens = parse_tokens(answer)
            call.prompt_tokens, call.completion_tokens = tokens.prompt, tokens.completion
            with paid(tokens):
                return parse_completion(answer, latency)

    async def embed(self, model: str, texts: Sequence[str]) -> EmbeddingBatch:
        """One vector a text. Raises `CircuitOpenError`."""
        started = time.perf_counter()
        with model_call(model) as call, self._breaker.passing(), explained(server_texts.MODEL, model):
            body = {"model": model, "input": list(texts), "encoding_format": "base64"}
            with answer_of_at_most(VECTOR_BYTES * (len(texts) + 1)):
                # As above: 18 ms for each vector of 3,072 numbers, where a server ignores the encoding.
                answer = protocol(await self._client.post("/embeddings", cast_to=object, body=body))
            vectors, tokens = parse_vectors(answer), parse_tokens(answer)
            if len(vectors) != len(texts):
                raise ValueError("not one vector a text")
            latency = (time.perf_counter() - started) * 1000
            call.prompt_tokens = tokens.prompt
            return EmbeddingBatch(vectors, str(answer["model"]), tokens.prompt, latency)

    async def transcribe(self, model: str, audio: Audio) -> Transcript:
        """The words in a recording, by the first server. It has the recording's own length in addition to the usual time.

        Raises `CircuitOpenError`.
        """
        started = time.perf_counter()
        with model_call(model) as call, self._recordings_breaker.passing(), explained(server_texts.MODEL, model):
            file = (audio.name, audio.content, audio.media_type)
            seconds = self._request_timeout + audio.seconds
            with answer_of_at_most(TRANSCRIPT_BYTES):
                create = self._client.audio.transcriptions.create
                answer = protocol(await create(model=model, file=file, timeout=seconds))
            tokens = heard_tokens(answer)
            call.prompt_tokens, call.completion_tokens = tokens.prompt, tokens.completion
            with paid(tokens):
                return parse_transcript(answer, (time.perf_counter() - started) * 1000)

    async def moderate(self, model: str, texts: Sequence[str]) -> tuple[Judgement, ...]:
        """What the first server's moderation says of each text. Nobody sends a bill for it."""
        with model_call(model), explained(server_texts.MODERATION):
            body = {"model": model, "input": list(texts)}
            answer = protocol(
                await self._client.post(
                    "/moderations", cast_to=object, body=body, options={"timeout": MODERATION_TIMEOUT}
                )
            )
            found = tuple(parse_judgement(one) for one in answer["results"])
            if len(found) != len(texts):
                raise ValueError("not one result a text")
            return found

    async def list_models(self, *, fine_tuned: bool = False) -> tuple[RemoteModel, ...]:
        """The models that the server lists, in its order; `fine_tuned` asks where models are tuned."""
        client = self._tuning if fine_tuned else self._client
        with explained(server_texts.MODELS):
            page = await client.models.list()
            return tuple(parse_model(model) for model in protocol(page)["data"])


@asynccontextmanager
async def open_llm(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[LLM]:
    """Build the one client, and close its connections on leaving."""
    http = BoundedClient(redactor_of(settings))
    async with open_client(settings, http) as client:
        links = ImageLinks(http, settings.openai_base_url)
        images = Images(client, links, CircuitBreaker(clock), settings.image_timeout)
        yield LLM(client, images, tuning_view(client, settings), settings.request_timeout, clock)
