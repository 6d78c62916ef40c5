"""/v1/chat/completions."""

from pathlib import Path

from aiohttp import web
from openai.types.chat import ChatCompletion, ChatCompletionMessage
from openai.types.chat.chat_completion import Choice

from engine.api.body import read_body, reply
from engine.api.chat_request import ChatRequest
from engine.api.chat_stream import Stream
from engine.api.chat_usage import chat_usage
from engine.api.services import services_of
from engine.api.stops import cut_at_stops
from engine.api.waiting import in_thread
from engine.backends.interface import Answer, Backend
from engine.protocol.errors import ApiError, no_such_model
from engine.protocol.objects import new_id, now


async def create_completion(request: web.Request) -> web.StreamResponse:
    """POST /v1/chat/completions."""
    services, asked = services_of(request), await read_body(request, ChatRequest)
    if asked.stream_options and not asked.stream:
        raise ApiError("The 'stream_options' parameter is only allowed when 'stream' is true.", param="stream_options")
    model = await services.catalogue.find(asked.model)
    if not services.catalogue.chats(model):
        raise ApiError(f"`{asked.model}` is not a chat model.", status=404, param="model", code="model_not_found")
    backend, weights = services.catalogue.backend_of(model), services.catalogue.weights_of(model)
    try:
        if asked.stream:
            return await Stream(backend, weights, asked).send(request)
        return reply(await in_thread(backend, _complete, backend, weights, asked))
    except FileNotFoundError as error:
        raise no_such_model(asked.model) from error


def _complete(backend: Backend, weights: Path, asked: ChatRequest) -> ChatCompletion:
    turns = asked.turns()
    answers = [cut_at_stops(answer, asked.stops()) for answer in backend.answer(weights, turns, asked.wish())]
    return ChatCompletion(
        id=new_id("chatcmpl-"),
        choices=[_choice(number, answer) for number, answer in enumerate(answers)],
        created=now(),
        model=asked.model,
        object="chat.completion",
        usage=chat_usage(backend, turns, ["".join(answer.pieces) for answer in answers]),
    )


def _choice(number: int, answer: Answer) -> Choice:
    message = ChatCompletionMessage(role="assistant", content="".join(answer.pieces))
    return Choice(index=number, message=message, finish_reason="stop" if answer.ended else "length")
