"""Every way in which a request to the model server fails, turned into a `ModelServerError`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
from pydantic import BaseModel

from bot.errors import (
    ModelServerError,
    NotConnectedError,
    ServerNonsenseError,
    ServerUnreachableError,
    UnreadableAnswerError,
)
from bot.llm.http_client import NOT_CONNECTED, AnswerTooLargeError
from bot.llm.refusals import explain_status
from bot.texts import server as server_texts
from bot.texts.template import Text
from bot.tokens import NO_TOKENS, Tokens

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


def protocol(answer: object) -> dict[str, Any]:
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
