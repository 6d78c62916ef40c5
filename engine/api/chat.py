"""/v1/chat/completions."""

import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, TypeAlias, TypeVar

from aiohttp import web
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.chat_completion import Choice
from openai.types.chat.chat_completion import ChoiceLogprobs as Logprobs
from openai.types.chat.chat_completion_chunk import Choice as ChunkChoice
from openai.types.chat.chat_completion_chunk import ChoiceDelta
from openai.types.chat.chat_completion_chunk import ChoiceLogprobs as ChunkLogprobs
from openai.types.chat.chat_completion_token_logprob import ChatCompletionTokenLogprob
from pydantic import BaseModel

from engine.api.answers import Answers
from engine.api.body import MAX_CHARACTERS_PER_TOKEN, read_body
from engine.api.chat_request import ChatRequest
from engine.api.services import services_of
from engine.api.tool_calls import delta_of, message_with
from engine.api.tool_checks import check_tools
from engine.backends.interface import (
    Backend,
    FinishReason,
    GenerationChunk,
    GenerationError,
    GenerationRequest,
    TokenLogprob,
)
from engine.concurrency.tasks import off_loop
from engine.protocol.errors import ApiError, no_such_model, our_error
from engine.protocol.objects import new_id, now

log = logging.getLogger(__name__)

Chunks: TypeAlias = AsyncIterator[GenerationChunk]
LogprobsT = TypeVar("LogprobsT", Logprobs, ChunkLogprobs)

_STATUS = {"context_length_exceeded": 400, "invalid_value": 400, "upstream_error": 502}
_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}


async def create_completion(request: web.Request) -> web.StreamResponse:
    services, asked = services_of(request), await read_body(request, ChatRequest)
    if asked.stream_options and not asked.stream:
        raise ApiError("The 'stream_options' parameter is only allowed when 'stream' is true.", param="stream_options")
    model = await services.catalogue.find(asked.model)
    if not services.catalogue.chats(model):
        raise ApiError(f"`{asked.model}` is not a chat model.", status=404, param="model", code="model_not_found")
    backend = services.catalogue.backend_of(model)
    generation = GenerationRequest(
        weights=services.catalogue.weights_of(model),
        messages=asked.conversation(),
        sampling=asked.sampling(),
        tools=asked.offered_tools(),
        answer_schema=asked.answer_schema(),
    )
    check_tools(asked, backend)
    chat = _Chat(backend, generation, asked)
    try:
        return await (chat.stream(request) if asked.stream else chat.complete())
    except GenerationError as error:
        raise _refusal(error, asked.model) from error


def _refusal(error: GenerationError, model: str) -> ApiError:
    if error.code == "model_not_found":
        return no_such_model(model)
    status = _STATUS.get(error.code, 503)
    kind, param = ("invalid_request_error", error.param) if status == 400 else ("server_error", None)
    return ApiError(error.message, status=status, kind=kind, param=param, code=error.code)


class _Chat:
    def __init__(self, backend: Backend, generation: GenerationRequest, asked: ChatRequest) -> None:
        """Raises ApiError where the conversation is far longer than the model can read."""
        self._backend, self._asked = backend, asked
        self._texts = [message.text for message in generation.messages]
        self._texts += [call.name + call.arguments for message in generation.messages for call in message.calls]
        self._texts += [one.model_dump_json() for one in generation.tools.functions] if generation.tools else []
        self._characters = sum(map(len, self._texts))
        if self._characters > backend.context_tokens * MAX_CHARACTERS_PER_TOKEN:
            limit = f"This model's maximum context length is {backend.context_tokens} tokens"
            told = "messages and tools" if generation.tools else "messages"
            message = f"{limit}. Your {told} have {self._characters} characters, which is far more."
            raise ApiError(message, param="messages", code="context_length_exceeded")
        self._answers = Answers(backend.generator, generation, asked.stops())
        self._may_call, self._begun = generation.tools is not None, set[int]()
        self._includes_usage = bool(asked.stream_options and asked.stream_options.include_usage)
        self._head: dict[str, Any] = {"created": now(), "id": new_id("chatcmpl-"), "model": asked.model}

    async def complete(self) -> web.Response:
        async with aclosing(self._answers.chunks()) as chunks:
            async for _ in chunks:
                pass
        choices = [
            Choice(
                index=number,
                message=message_with(text, calls),
                finish_reason=reason or "stop",
                logprobs=_logprobs(Logprobs, tokens),
            )
            for number, (text, calls, reason, tokens) in enumerate(self._answers.whole())
        ]
        whole = ChatCompletion(**self._head, object="chat.completion", choices=choices, usage=await self._usage())
        return web.Response(text=_json(whole), content_type="application/json")

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events. What goes wrong before the first is raised; later it ends the stream with an error."""
        async with aclosing(self._answers.chunks()) as chunks:
            first = await anext(chunks)
            response = web.StreamResponse(headers=_HEADERS)
            await response.prepare(request)
            try:
                await self._send_all(response, first, chunks)
            except ConnectionError:
                raise
            except Exception as error:
                log.exception("a stream broke off")
                told = _refusal(error, self._asked.model) if isinstance(error, GenerationError) else our_error()
                await _event(response, json.dumps(told.document()))
        await response.write_eof()
        return response

    async def _send_all(self, response: web.StreamResponse, first: GenerationChunk, others: Chunks) -> None:
        if not self._may_call:
            for number in range(len(self._answers.texts)):
                await self._begin(response, number, "")
        await self._send_chunk(response, first)
        async for chunk in others:
            await self._send_chunk(response, chunk)
        if self._includes_usage:
            await _event(response, self._chunk([], await self._usage()))
        await _event(response, "[DONE]")

    async def _begin(self, response: web.StreamResponse, number: int, content: str | None) -> None:
        self._begun.add(number)
        await self._send(response, number, ChoiceDelta(role="assistant", content=content))

    async def _send_chunk(self, response: web.StreamResponse, chunk: GenerationChunk) -> None:
        if chunk.index not in self._begun:
            await self._begin(response, chunk.index, None if chunk.calls else "")
        for piece in chunk.calls:
            await self._send(response, chunk.index, ChoiceDelta(tool_calls=[delta_of(piece)]))
        if chunk.text or chunk.logprobs:
            await self._send(response, chunk.index, ChoiceDelta(content=chunk.text), logprobs=chunk.logprobs)
        if chunk.finish_reason:
            await self._send(response, chunk.index, ChoiceDelta(), chunk.finish_reason)

    async def _send(
        self,
        response: web.StreamResponse,
        index: int,
        delta: ChoiceDelta,
        reason: FinishReason | None = None,
        logprobs: Sequence[TokenLogprob] = (),
    ) -> None:
        told = _logprobs(ChunkLogprobs, logprobs)
        choice = ChunkChoice(index=index, delta=delta, finish_reason=reason, logprobs=told)
        await _event(response, self._chunk([choice]))

    def _chunk(self, choices: list[ChunkChoice], usage: CompletionUsage | None = None) -> str:
        chunk = ChatCompletionChunk(**self._head, object="chat.completion.chunk", choices=choices)
        if self._includes_usage:
            chunk.usage = usage  # null until the last chunk, but there
        return _json(chunk)

    async def _usage(self) -> CompletionUsage:
        """Prompt tokens as the generator counts them, else as OpenAI does: three more per message, and three for the answer's start."""
        count, answers = self._backend.count_tokens, self._answers.written()
        prompt = self._answers.prompt_tokens
        if prompt is None:
            prompt = await off_loop(self._characters, count, self._texts) + 3 * len(self._texts) + 3
        completion = await off_loop(sum(map(len, answers)), count, answers)
        return CompletionUsage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def _logprobs(kind: type[LogprobsT], tokens: Sequence[TokenLogprob]) -> LogprobsT | None:
    content = [
        ChatCompletionTokenLogprob(token=token, logprob=logprob, bytes=list(token.encode()), top_logprobs=[])
        for token, logprob in tokens
    ]
    return kind(content=content, refusal=None) if content else None


def _json(document: BaseModel) -> str:
    """Only what was set: null where OpenAI's schema requires it."""
    return document.model_dump_json(exclude_unset=True)


async def _event(response: web.StreamResponse, data: str) -> None:
    await response.write(f"data: {data}\n\n".encode())
