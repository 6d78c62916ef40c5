"""/v1/embeddings."""

import base64
from collections.abc import Sequence
from typing import Annotated, Literal

from aiohttp import web
from openai.types import CreateEmbeddingResponse, Embedding
from openai.types.create_embedding_response import Usage
from pydantic import Field, field_validator

from engine.api.body import Body, read_body
from engine.api.services import services_of
from engine.backends.arrays import Floats
from engine.backends.catalogue import EMBEDDING_MODEL
from engine.backends.minilm import Tokens
from engine.protocol.errors import ApiError

_MOST_INPUTS = 2048
_MOST_TOKENS = 8192
_MOST_TOKENS_OF_ALL = 300_000
_TRUNCATED = "punchline-truncated-inputs"


class EmbeddingRequest(Body):
    """The body of POST /v1/embeddings."""

    model: str
    input: Annotated[list[str], Field(min_length=1, max_length=_MOST_INPUTS)]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Literal[384] | None = None
    user: str | None = None

    @field_validator("input", mode="before")
    @classmethod
    def _one_or_many(cls, given: object) -> object:
        if isinstance(given, list) and given and all(isinstance(part, int | list) for part in given):
            raise ValueError("this engine embeds texts, not token numbers")
        return [given] if isinstance(given, str) else given

    @field_validator("input")
    @classmethod
    def _none_empty(cls, texts: list[str]) -> list[str]:
        if not all(texts):
            raise ValueError("an input must not be an empty string")
        return texts


async def create_embeddings(request: web.Request) -> web.Response:
    """POST /v1/embeddings: unit vectors; each text counts up to its first 256 tokens."""
    services, asked = services_of(request), await read_body(request, EmbeddingRequest)
    model = await services.catalogue.find(asked.model)
    if model.id != EMBEDDING_MODEL:
        raise ApiError(f"`{asked.model}` is not an embedding model.", status=404, param="model", code="model_not_found")
    tokens = await services.embedder.tokenize(asked.input)
    _check_lengths(tokens)
    vectors = await services.embedder.embed([text.read for text in tokens])
    read = sum(len(text.read) for text in tokens)
    usage = Usage(prompt_tokens=read, total_tokens=read)
    packed = asked.encoding_format == "base64"
    answer = _packed(vectors, model.id, usage) if packed else _plain(vectors, model.id, usage)
    if truncated := sum(text.length > len(text.read) for text in tokens):
        answer.headers[_TRUNCATED] = str(truncated)
    return answer


def _check_lengths(tokens: Sequence[Tokens]) -> None:
    for number, text in enumerate(tokens):
        if text.length > _MOST_TOKENS:
            message = f"Invalid 'input[{number}]': it has {text.length} tokens, and an input may have {_MOST_TOKENS}."
            raise ApiError(message, param="input", code="max_tokens_exceeded")
    total = sum(text.length for text in tokens)
    if total > _MOST_TOKENS_OF_ALL:
        message = f"Invalid 'input': it has {total} tokens, and a request may have {_MOST_TOKENS_OF_ALL}."
        raise ApiError(message, param="input", code="max_tokens_per_request")


def _plain(vectors: Floats, model: str, usage: Usage) -> web.Response:
    data = [
        Embedding(embedding=vector, index=number, object="embedding") for number, vector in enumerate(vectors.tolist())
    ]
    answer = CreateEmbeddingResponse(data=data, model=model, object="list", usage=usage)
    return web.Response(text=answer.model_dump_json(), content_type="application/json")


def _packed(vectors: Floats, model: str, usage: Usage) -> web.Response:
    """The same object with each vector as base64 of little-endian float32, which the type has no field for."""
    answer = CreateEmbeddingResponse(data=[], model=model, object="list", usage=usage).model_dump(mode="json")
    answer["data"] = [
        {"object": "embedding", "index": number, "embedding": base64.b64encode(vector.tobytes()).decode()}
        for number, vector in enumerate(vectors.astype("<f4"))
    ]
    return web.json_response(answer)
