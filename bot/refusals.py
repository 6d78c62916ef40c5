"""What an HTTP status and OpenAI's error body mean, in a sentence that says what to do."""

from collections.abc import Mapping

from bot.errors import (
    KeyRefusedError,
    ModelServerError,
    RemoteNotFoundError,
    RequestRefusedError,
    ServerBusyError,
    ServerFailedError,
    ServerUnreachableError,
    ToolsRefusedError,
    TrainingNotAvailableError,
)
from bot.texts import server as texts
from bot.texts.common import SECONDS
from bot.texts.template import Sentence, Text

MAX_QUOTED_CHARACTERS = 300
# How servers refuse functions: by the parameter's name, or in the words of Ollama and of vLLM.
TOOL_PARAMETERS = ("tools", "tool_choice")
NO_TOOLS = ("does not support tools", "tool choice requires")


def explain_status(
    status: int, body: object, what: Sentence, request_id: str | None = None, retry_after: str | None = None
) -> ModelServerError:
    """The error for an answer with this status; `what` names the thing that was asked for."""
    code, said, param = _detail(body)
    line = " ".join(said.split())[:MAX_QUOTED_CHARACTERS].rstrip(".")
    values: dict[str, object] = {"what": what, "status": status, "said": texts.SAID.of(text=line) if line else ""}
    no_tools = status == 400 and (param in TOOL_PARAMETERS or any(words in said for words in NO_TOOLS))
    kind, template = (ToolsRefusedError, texts.NO_TOOLS) if no_tools else _meaning(status, code)
    if template is texts.BUSY and retry_after and retry_after.isdecimal() and int(retry_after) > 0:
        template, values = texts.BUSY_FOR, {"wait": SECONDS.of(int(retry_after))}
    return kind(template, code=code, request_id=request_id, **values)


def _meaning(status: int, code: str | None) -> tuple[type[ModelServerError], Text]:
    known: dict[str | int, tuple[type[ModelServerError], Text]] = {
        "training_not_available": (TrainingNotAvailableError, texts.TRAINING_CLOSED),
        "insufficient_quota": (ServerBusyError, texts.NO_CREDIT),
        401: (KeyRefusedError, texts.KEY_REFUSED),
        403: (KeyRefusedError, texts.NOT_PERMITTED),
        404: (RemoteNotFoundError, texts.NOT_FOUND),
        429: (ServerBusyError, texts.BUSY),
    }
    if code in known:
        return known[code]
    if status == 504:  # of a proxy: the server behind it may have worked, and sends a bill
        return ServerUnreachableError, texts.TOO_SLOW
    if status >= 500:
        return ServerFailedError, texts.FAILED
    return known.get(status, (RequestRefusedError, texts.DECLINED))


def _detail(body: object) -> tuple[str | None, str, object]:
    """Code, message and parameter of OpenAI's error object. The SDK returns its inner object; other servers may send anything."""
    if isinstance(body, Mapping):
        inner = body.get("error") if isinstance(body.get("error"), Mapping) else body
        if isinstance(inner, Mapping):
            code, message = inner.get("code"), inner.get("message")
            return (str(code) if code else None), (message if isinstance(message, str) else ""), inner.get("param")
    return None, "", None
