"""/v1/embeddings."""

import base64
import json
from collections.abc import Sequence
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BeforeValidator, Field

from engine.api.body import MAX_CHARACTERS_PER_TOKEN, Body, at_most, read_body, wrong
from engine.api.services import services_of
from engine.backends.minilm import Tokens
from engine.backends.tensors import Floats
from engine.concurrency.tasks import off_loop
from engine.protocol.errors import ApiError
from engine.protocol.objects import EMBEDDING_MODEL

MAX_INPUTS = 2048
MAX_INPUT_TOKENS = 8192
MAX_REQUEST_TOKENS = 300_000
_TRUNCATED = "punchline-truncated-inputs"


def _as_texts(given: object) -> object:
    texts = [given] if isinstance(given, str) else given
    if isinstance(texts, list):
        if texts and isinstance(texts[0], int | list):
            cure = "With LangChain, set check_embedding_ctx_length=False"
            raise wrong(f"this engine embeds texts, not token numbers. {cure}")
        if "" in texts:
            raise wrong("an input must not be an empty string")
    return texts


class EmbeddingRequest(Body):
    model: str
    input: Annotated[list[str], Field(min_length=1, fail_fast=True), at_most(MAX_INPUTS), BeforeValidator(_as_texts)]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Literal[384] | None = None
    user: str | None = None


async def create_embeddings(request: web.Request) -> web.Response:
    """POST /v1/embeddings: unit vectors; each text counts up to its first 256 tokens."""
    services, asked = services_of(request), await read_body(request, EmbeddingRequest)
    model = await services.catalogue.find(asked.model)
    if model.id != EMBEDDING_MODEL:
        raise ApiError(f"`{asked.model}` is not an embedding model.", status=404, param="model", code="model_not_found")
    _check_sizes([len(text) for text in asked.input], "characters", MAX_CHARACTERS_PER_TOKEN)
    tokens = await services.embedder.tokenize(asked.input)
    _check_sizes([text.length for text in tokens], "tokens", 1)
    vectors = await services.embedder.embed([text.read for text in tokens])
    packed = asked.encoding_format == "base64"
    text = await off_loop(vectors.size, _answer, vectors, tokens, packed)
    answer = web.Response(text=text, content_type="application/json")
    if truncated := sum(text.length > len(text.read) for text in tokens):
        answer.headers[_TRUNCATED] = str(truncated)
    return answer


def _check_sizes(sizes: Sequence[int], unit: str, per_token: int) -> None:
    for number, size in enumerate(sizes):
        if size > MAX_INPUT_TOKENS * per_token:
            limit = f"an input may have {MAX_INPUT_TOKENS} tokens"
            message = f"Invalid 'input[{number}]': it has {size} {unit}, and {limit}."
            raise ApiError(message, param="input", code="max_tokens_exceeded")
    if sum(sizes) > MAX_REQUEST_TOKENS * per_token:
        message = f"Invalid 'input': it has {sum(sizes)} {unit}, and a request may have {MAX_REQUEST_TOKENS} tokens."
        raise ApiError(message, param="input", code="max_tokens_per_request")


def _answer(vectors: Floats, tokens: Sequence[Tokens], packed: bool) -> str:
    """The response's JSON, written piece by piece: one call for all numbers would keep every other thread waiting."""
    read = sum(len(text.read) for text in tokens)
    usage = json.dumps({"prompt_tokens": read, "total_tokens": read})
    items = []
    for number, vector in enumerate(vectors.astype("<f4")):
        value = json.dumps(base64.b64encode(vector.tobytes()).decode() if packed else vector.tolist())
        items.append(f'{{"object":"embedding","index":{number},"embedding":{value}}}')
    return f'{{"object":"list","data":[{",".join(items)}],"model":"{EMBEDDING_MODEL}","usage":{usage}}}'
