"""A chat's answers as server-sent events, piece by piece as the backend makes them."""

import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

from aiohttp import web
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import Choice, ChoiceDelta

from engine.api.chat_request import ChatRequest
from engine.api.chat_usage import chat_usage
from engine.api.stops import StopWatch
from engine.api.waiting import in_thread
from engine.backends.interface import Backend, Piece, StreamingBackend
from engine.protocol.errors import ApiError
from engine.protocol.objects import new_id, now

log = logging.getLogger(__name__)

_BROKEN = ApiError("The engine made an error; its log says which.", status=500, kind="server_error")
_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}


class Stream:
    """One request's stream."""

    def __init__(self, backend: Backend, weights: Path, asked: ChatRequest) -> None:
        """Nothing happens before `send`."""
        self._backend, self._weights, self._asked = backend, weights, asked
        self._head: dict[str, Any] = {"id": new_id("chatcmpl-"), "created": now(), "model": asked.model}
        count = asked.wish().count
        self._watches = [StopWatch(asked.stops()) for _ in range(count)]
        self._texts = [""] * count
        self._open = set(range(count))

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Answer the request. What goes wrong before the first piece is raised; later it ends the stream with an error."""
        async with aclosing(_in_threads(self._backend, self._pieces())) as pieces:
            first = await anext(pieces)
            response = web.StreamResponse(headers=_HEADERS)
            await response.prepare(request)
            try:
                await self._tell_all(response, first, pieces)
            except ConnectionError:
                raise
            except Exception:
                log.exception("a stream broke off")
                await _event(response, json.dumps(_BROKEN.document()))
        await response.write_eof()
        return response

    async def _tell_all(self, response: web.StreamResponse, first: Piece, others: AsyncIterator[Piece]) -> None:
        for number in sorted(self._open):
            await self._choose(response, Choice(index=number, delta=ChoiceDelta(role="assistant", content="")))
        await self._tell(response, first)
        while self._open:
            await self._tell(response, await anext(others))
        if self._asked.stream_options and self._asked.stream_options.include_usage:
            usage = chat_usage(self._backend, self._asked.turns(), self._texts)
            await _event(
                response, self._chunk([]).model_copy(update={"usage": usage}).model_dump_json(exclude_unset=True)
            )
        await _event(response, "[DONE]")

    async def _tell(self, response: web.StreamResponse, piece: Piece) -> None:
        if piece.index not in self._open:
            return
        watch = self._watches[piece.index]
        text = watch.take(piece.text) + (watch.rest() if piece.finish else "")
        finish = "stop" if watch.stopped else piece.finish
        if text:
            self._texts[piece.index] += text
            await self._choose(response, Choice(index=piece.index, delta=ChoiceDelta(content=text)))
        if finish:
            self._open.discard(piece.index)
            await self._choose(response, Choice(index=piece.index, delta=ChoiceDelta(), finish_reason=finish))

    async def _choose(self, response: web.StreamResponse, choice: Choice) -> None:
        await _event(response, self._chunk([choice]).model_dump_json(exclude_unset=True))

    def _chunk(self, choices: list[Choice]) -> ChatCompletionChunk:
        return ChatCompletionChunk(**self._head, choices=choices, object="chat.completion.chunk")

    def _pieces(self) -> Generator[Piece, None, None]:
        """The backend's own stream where it has one; otherwise the finished answers in the pieces they were made of."""
        turns, wish = self._asked.turns(), self._asked.wish()
        if isinstance(self._backend, StreamingBackend):
            yield from self._backend.stream(self._weights, turns, wish)
            return
        for number, answer in enumerate(self._backend.answer(self._weights, turns, wish)):
            yield from (Piece(number, text) for text in answer.pieces)
            yield Piece(number, "", "stop" if answer.ended else "length")


async def _event(response: web.StreamResponse, data: str) -> None:
    await response.write(f"data: {data}\n\n".encode())


async def _in_threads(backend: Backend, pieces: Generator[Piece, None, None]) -> AsyncGenerator[Piece, None]:
    """Take each piece in a thread, so that making it holds up nobody else; closing this closes the source."""
    try:
        while (piece := await in_thread(backend, next, pieces, None)) is not None:
            yield piece
    finally:
        with suppress(ValueError):  # the server goes down while a thread is in it
            pieces.close()
