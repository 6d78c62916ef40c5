"""Answers from another server: vLLM finds the adapters in the engine's own folder, Ray Serve LLM in an object store."""

import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
from openai.types.chat import ChatCompletionChunk

from engine.backends.interface import GenerationChunk, GenerationError, GenerationRequest, TokenLogprob
from engine.backends.upstream.publisher import AdapterPublisher, StoreError, UnpublishedError
from engine.backends.upstream.server import UpstreamServer

log = logging.getLogger(__name__)

_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=10, sock_read=600)
_MAX_LINE_BYTES = 1024 * 1024
_UNPUBLISHED = "This model's adapter cannot be uploaded to the object store. The engine's log has the reason."


class UpstreamGenerator:
    """A server that speaks OpenAI's protocol."""

    def __init__(
        self, server: UpstreamServer, base: str, reference: str, publisher: AdapterPublisher | None = None
    ) -> None:
        """`base` is the base model's name, `reference` its path or hub id. What the publisher publishes is published before it is asked for."""
        self._server, self._base, self._reference = server, base, Path(reference)
        self._publisher = publisher if publisher and publisher.publishes(base) else None
        headers = {"Authorization": f"Bearer {server.key}"} if server.key else {}
        everyone = aiohttp.TCPConnector(limit=0)  # by default the 101st chat waits for another to end, and times out
        self._session = aiohttp.ClientSession(
            connector=everyone, headers=headers, timeout=_TIMEOUT, read_bufsize=_MAX_LINE_BYTES
        )

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationChunk, None]:
        """The chunks as they come. Closing the generator drops the request there, too."""
        unfinished, adapter = request.sampling.n, self._adapter(request)
        if adapter:
            await self._publish(adapter)
        try:
            async with self._session.post(f"{self._server.url}/chat/completions", json=self._body(request)) as response:
                if response.status >= 400:
                    raise await self._refusal(response, adapter)
                async for chunk in _chunks(response.content):
                    unfinished -= chunk.finish_reason is not None
                    yield chunk
        except (TimeoutError, aiohttp.ClientError, ValueError, OSError) as error:
            message = f"The server that answers for this model ({self._server.url}) cannot be reached, or does not speak OpenAI's protocol."
            raise GenerationError("upstream_error", message) from error
        if unfinished > 0:
            message = (
                f"The server that answers for this model ({self._server.url}) stopped in the middle of the answer."
            )
            raise GenerationError("upstream_error", message)

    async def close(self) -> None:
        await self._session.close()

    def _adapter(self, request: GenerationRequest) -> str | None:
        return None if request.weights == self._reference else request.weights.name

    async def _publish(self, adapter: str) -> None:
        try:
            if self._publisher:
                await self._publisher.publish(self._base, adapter)
        except UnpublishedError as error:
            raise GenerationError("model_not_found", "The model was deleted.") from error
        except StoreError as error:
            log.error("%s cannot be published: %s", adapter, error)
            raise GenerationError("upstream_error", _UNPUBLISHED) from error

    async def _refusal(self, response: aiohttp.ClientResponse, adapter: str | None) -> GenerationError:
        if adapter and self._publisher and response.status == 404:  # the model is there: nobody may take it for deleted
            self._publisher.look_again(adapter)
            message = f"The server that answers for this model ({self._server.url}) does not find its adapter. Try again in a minute."
            return GenerationError("upstream_error", message)
        return await _refusal(response)

    def _body(self, request: GenerationRequest) -> dict[str, Any]:
        sampling, adapter = request.sampling, self._adapter(request)
        body: dict[str, Any] = {
            "model": self._server.adapter_name(self._base, adapter) if adapter else self._base,
            "messages": [{"role": message.role, "content": message.text} for message in request.messages],
            "n": sampling.n,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_completion_tokens": sampling.max_tokens,
            "seed": sampling.seed,
            "logprobs": sampling.logprobs or None,
            "stream": True,
        }
        return {name: value for name, value in body.items() if value is not None}


async def _chunks(lines: aiohttp.StreamReader) -> AsyncIterator[GenerationChunk]:
    async for line in lines:
        data = line.strip().removeprefix(b"data:").strip()
        if data == b"[DONE]":
            return
        for choice in ChatCompletionChunk.model_validate_json(data).choices if data else ():
            reason = choice.finish_reason and ("length" if choice.finish_reason == "length" else "stop")
            told = choice.logprobs.content if choice.logprobs else None
            yield GenerationChunk(
                index=choice.index,
                text=choice.delta.content or "",
                finish_reason=reason,
                logprobs=[TokenLogprob(token.token, token.logprob) for token in told or ()],
            )


async def _refusal(response: aiohttp.ClientResponse) -> GenerationError:
    code = "model_not_found" if response.status == 404 else "upstream_error"
    try:
        return GenerationError(code, str(json.loads(await response.read())["error"]["message"]))
    except (ValueError, LookupError, TypeError):
        told = f"{response.status} {response.reason}"
        return GenerationError(code, f"The server that answers for this model refused: {told}.")
