"""The one way to a model server: the only module that imports openai, and the only `AsyncOpenAI` of the process.

`bot/model_server/` asks with it. Every way in which a request fails becomes a `ModelServerError` in `explained`.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import openai
from openai import AsyncOpenAI, BadRequestError, omit
from pydantic import BaseModel

from bot.errors import (
    ModelServerError,
    NotConnectedError,
    ServerNonsenseError,
    ServerUnreachableError,
    UnreadableAnswerError,
)
from bot.http_client import NOT_CONNECTED, AnswerTooLargeError, BoundedClient
from bot.refusals import explain_status
from bot.settings import Settings
from bot.texts import server as server_texts
from bot.texts.template import Text
from bot.tokens import NO_TOKENS, Tokens

if TYPE_CHECKING:  # a start needs it not, and would take 5 ms for it
    from openai.types.fine_tuning.job_create_params import Method

__all__ = [
    "AsyncOpenAI",
    "BadRequestError",
    "Method",
    "explained",
    "omit",
    "open_client",
    "paid",
    "protocol",
    "tuning_view",
]

# What the SDK and our parsers raise when an answer with status 200 is not what it should be.
NONSENSE = (
    openai.APIResponseValidationError,
    json.JSONDecodeError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
)


@asynccontextmanager
async def open_client(settings: Settings, http: BoundedClient) -> AsyncIterator[AsyncOpenAI]:
    """The one client, which sends each request once; its connections are closed on leaving."""
    async with AsyncOpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        timeout=settings.request_timeout,
        max_retries=0,
        http_client=http,
    ) as client:
        yield client


def tuning_view(client: AsyncOpenAI, settings: Settings) -> AsyncOpenAI | None:
    """The same client for the server where models are tuned, if there is a second one."""
    if settings.finetune_base_url is None:
        return None
    key = settings.finetune_api_key or settings.openai_api_key
    return client.with_options(base_url=settings.finetune_base_url, api_key=key.get_secret_value())


def protocol(answer: object) -> dict[str, Any]:
    """The JSON of an answer. Raises `TypeError` where it is none."""
    if isinstance(answer, BaseModel):
        return answer.model_dump(warnings=False)  # what does not fit its type is judged by the parsers
    if isinstance(answer, dict):
        return answer
    raise TypeError("not JSON")  # the SDK hands HTML on a 200 through as text


@contextmanager
def paid(tokens: Tokens) -> Iterator[None]:
    """What cannot be read was paid for, if the server says so."""
    try:
        yield
    except NONSENSE as error:
        if tokens == NO_TOKENS:
            raise
        raise UnreadableAnswerError(server_texts.NOT_THE_PROTOCOL, tokens=tokens) from error


@contextmanager
def explained(what: Text, name: str = "") -> Iterator[None]:
    """Turn whatever goes wrong with this thing into a `ModelServerError`."""
    try:
        yield
    except ModelServerError:
        raise
    except openai.APITimeoutError as error:
        raise ServerUnreachableError(server_texts.TOO_SLOW) from error
    except AnswerTooLargeError as error:
        raise ServerNonsenseError(server_texts.TOO_LARGE) from error
    except openai.APIConnectionError as error:
        never_sent = isinstance(error.__cause__, NOT_CONNECTED)
        raise (NotConnectedError if never_sent else ServerUnreachableError)(server_texts.UNREACHABLE) from error
    except openai.APIStatusError as error:
        retry_after = error.response.headers.get("retry-after")
        thing = what.of(name=name)
        raise explain_status(error.status_code, error.body, thing, error.request_id, retry_after) from error
    except NONSENSE as error:
        raise ServerNonsenseError(server_texts.NOT_THE_PROTOCOL) from error
