"""/v1/chat/completions."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from aiohttp import web
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
from openai.types.chat.chat_completion import Choice
from openai.types.chat.chat_completion_chunk import Choice as ChunkChoice
from openai.types.chat.chat_completion_chunk import ChoiceDelta

from engine.backends import Answer, Backend, ChatTurn
from engine.chat_request import ChatRequest
from engine.errors import ApiError, no_such_model
from engine.records import new_id, now
from engine.services import services_of
from engine.stops import cut_at_stops
from engine.web import read_body, reply


async def create_completion(request: web.Request) -> web.StreamResponse:
    """POST /v1/chat/completions."""
    services, asked = services_of(request), await read_body(request, ChatRequest)
    if asked.stream_options and not asked.stream:
        raise ApiError("The 'stream_options' parameter is only allowed when 'stream' is true.", param="stream_options")
    model = await services.catalogue.find(asked.model)
    if not services.catalogue.chats(model):
        raise ApiError(f"`{asked.model}` is not a chat model.", status=404, param="model", code="model_not_found")
    backend, weights = services.catalogue.backend_of(model), services.catalogue.weights_of(model)
    completion, answers = await asyncio.to_thread(_complete, backend, weights, asked)
    return await _stream(request, completion, answers, asked) if asked.stream else reply(completion)


def _complete(backend: Backend, weights: Path, asked: ChatRequest) -> tuple[ChatCompletion, list[Answer]]:
    turns = [message.turn() for message in asked.messages]
    try:
        drawn = backend.answer(weights, turns, asked.wish())
    except FileNotFoundError as error:
        raise no_such_model(asked.model) from error
    answers = [cut_at_stops(answer, asked.stops()) for answer in drawn]
    completion = ChatCompletion(
        id=new_id("chatcmpl-"),
        choices=[_choice(number, answer) for number, answer in enumerate(answers)],
        created=now(),
        model=asked.model,
        object="chat.completion",
        usage=_usage(backend, turns, answers),
    )
    return completion, answers


def _choice(number: int, answer: Answer) -> Choice:
    message = ChatCompletionMessage(role="assistant", content="".join(answer.pieces))
    return Choice(index=number, message=message, finish_reason="stop" if answer.ended else "length")


def _usage(backend: Backend, turns: Sequence[ChatTurn], answers: Sequence[Answer]) -> CompletionUsage:
    """Tokens as OpenAI counts them: three more for each message and three for the answer's start."""
    prompt = sum(backend.count_tokens(turn.text) + 3 for turn in turns) + 3
    completion = sum(backend.count_tokens(piece) for answer in answers for piece in answer.pieces)
    return CompletionUsage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


async def _stream(
    request: web.Request, completion: ChatCompletion, answers: Sequence[Answer], asked: ChatRequest
) -> web.StreamResponse:
    """Send the finished answers piece by piece, as server-sent events."""
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    for choice in _deltas(answers):
        await _send(response, _chunk(completion, [choice]))
    if asked.stream_options and asked.stream_options.include_usage:
        await _send(response, _chunk(completion, []).model_copy(update={"usage": completion.usage}))
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


def _deltas(answers: Sequence[Answer]) -> Iterator[ChunkChoice]:
    for number, answer in enumerate(answers):
        yield ChunkChoice(index=number, delta=ChoiceDelta(role="assistant", content=""))
        for piece in answer.pieces:
            yield ChunkChoice(index=number, delta=ChoiceDelta(content=piece))
        reason: Literal["stop", "length"] = "stop" if answer.ended else "length"
        yield ChunkChoice(index=number, delta=ChoiceDelta(), finish_reason=reason)


def _chunk(completion: ChatCompletion, choices: list[ChunkChoice]) -> ChatCompletionChunk:
    return ChatCompletionChunk(
        id=completion.id,
        choices=choices,
        created=completion.created,
        model=completion.model,
        object="chat.completion.chunk",
    )


async def _send(response: web.StreamResponse, chunk: ChatCompletionChunk) -> None:
    await response.write(b"data: " + chunk.model_dump_json(exclude_unset=True).encode() + b"\n\n")
