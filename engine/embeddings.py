"""/v1/embeddings."""

import asyncio
import base64
from typing import Annotated, Literal

from aiohttp import web
from openai.types import CreateEmbeddingResponse, Embedding
from openai.types.create_embedding_response import Usage
from pydantic import Field, field_validator

from engine.arrays import Floats
from engine.catalogue import EMBEDDING_MODEL
from engine.errors import ApiError
from engine.services import services_of
from engine.web import Body, read_body

_MOST_INPUTS = 2048


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
    encoded = await asyncio.to_thread(services.encoder.encode, asked.input)
    usage = Usage(prompt_tokens=encoded.tokens, total_tokens=encoded.tokens)
    if asked.encoding_format == "base64":
        return _base64_reply(encoded.vectors, model.id, usage)
    data = [
        Embedding(embedding=vector, index=number, object="embedding")
        for number, vector in enumerate(encoded.vectors.tolist())
    ]
    answer = CreateEmbeddingResponse(data=data, model=model.id, object="list", usage=usage)
    return web.Response(text=answer.model_dump_json(), content_type="application/json")


def _base64_reply(vectors: Floats, model: str, usage: Usage) -> web.Response:
    """The same object with each vector as base64 of little-endian float32, which the type has no field for."""
    answer = CreateEmbeddingResponse(data=[], model=model, object="list", usage=usage).model_dump(mode="json")
    answer["data"] = [
        {"object": "embedding", "index": number, "embedding": base64.b64encode(vector.tobytes()).decode()}
        for number, vector in enumerate(vectors.astype("<f4"))
    ]
    return web.json_response(answer)
