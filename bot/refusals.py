"""What an HTTP status and OpenAI's error body mean, in a sentence that says what to do."""

from collections.abc import Mapping

from bot.errors import (
    KeyRefusedError,
    ModelServerError,
    RemoteNotFoundError,
    RequestRefusedError,
    ServerBusyError,
    ServerFailedError,
    TrainingNotAvailableError,
)

TRAINING_CLOSED = (
    "The model server no longer lets this account create fine-tuning jobs (training_not_available). OpenAI closed fine-tuning to new "
    "and inactive organisations in 2026 and closes it to all in January 2027. Your dataset is safe here: the bot's operator can start "
    "Punchline's own engine (`python -m engine`), set FINETUNE_BASE_URL to its address, and the same launch will work there."
)


NO_CREDIT = "The account at the model server has no credit left. The bot's operator must top it up."
KEY_REFUSED = "The model server refuses the API key. The bot's operator must check OPENAI_API_KEY."
CHECK_RIGHTS = "The bot's operator must check the key's rights."


def explain_status(
    status: int, body: object, what: str, request_id: str | None = None, retry_after: str | None = None
) -> ModelServerError:
    """The error for an answer with this status; `what` names the thing that was asked for."""
    code, said = _detail(body)
    kind, text = _meaning(status, code, said, what, retry_after)
    return kind(text, code=code, request_id=request_id)


def _meaning(
    status: int, code: str | None, said: str, what: str, retry_after: str | None
) -> tuple[type[ModelServerError], str]:
    known: dict[str | int, tuple[type[ModelServerError], str]] = {
        "training_not_available": (TrainingNotAvailableError, TRAINING_CLOSED),
        "insufficient_quota": (ServerBusyError, NO_CREDIT),
        401: (KeyRefusedError, KEY_REFUSED),
        403: (KeyRefusedError, f"The model server does not permit this{_quote(said)}. {CHECK_RIGHTS}"),
        404: (RemoteNotFoundError, f"The model server does not know {what}{_quote(said)}."),
        429: (ServerBusyError, f"The model server is busy (too many requests). Try again {_later(retry_after)}."),
    }
    if code in known:
        return known[code]
    if status >= 500:
        return ServerFailedError, f"The model server failed (HTTP {status}). Try again in a minute."
    return known.get(status, (RequestRefusedError, f"The model server declined the request{_quote(said)}."))


def _detail(body: object) -> tuple[str | None, str]:
    """Code and message of OpenAI's error object; the SDK hands over its inside, other servers send anything."""
    if isinstance(body, Mapping):
        inner = body.get("error") if isinstance(body.get("error"), Mapping) else body
        if isinstance(inner, Mapping):
            code, message = inner.get("code"), inner.get("message")
            return (str(code) if code else None), (message if isinstance(message, str) else "")
    return None, ""


def _quote(said: str) -> str:
    line = " ".join(said.split())[:300].rstrip(".")
    return f": “{line}”" if line else ""


def _later(retry_after: str | None) -> str:
    if retry_after and retry_after.isdecimal() and int(retry_after) > 0:
        return f"in {int(retry_after)} seconds"
    return "in a minute"
