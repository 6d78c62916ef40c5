"""What clients are told when a request cannot be served: OpenAI's error object."""

from typing import Any, NoReturn

from aiohttp import web
from pydantic import ValidationError

UNSUPPORTED = "unsupported_parameter"


class ApiError(Exception):
    """A refusal with its HTTP status. The text is for the client."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        """`param` names the parameter at fault, `code` is OpenAI's machine-readable reason."""
        super().__init__(message)
        self.message, self.status, self.kind, self.param, self.code = message, status, kind, param, code

    def response(self) -> web.Response:
        """The refusal as a JSON answer."""
        return web.json_response(self.document(), status=self.status)

    def document(self) -> dict[str, dict[str, str | None]]:
        """OpenAI's error object."""
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}


def no_such_model(model: str, status: int = 404) -> ApiError:
    """An unknown model id."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return ApiError(message, status=status, param="model", code="model_not_found")


def no_such_file(file_id: str) -> ApiError:
    """An unknown file id."""
    return ApiError(f"No such File object: {file_id}", status=404, param="id")


def no_such_job(job_id: str) -> ApiError:
    """An unknown fine-tuning job."""
    message = f"Could not find fine tune: {job_id}"
    return ApiError(message, status=404, param="fine_tune_id", code="fine_tune_not_found")


def refuse(error: ValidationError) -> NoReturn:
    """Turn pydantic's first finding into a refusal that names the parameter."""
    first = error.errors(include_url=False)[0]
    if first["type"] == "json_invalid":
        raise ApiError("We could not parse the JSON body of your request. It must be one valid JSON object.") from error
    if first["type"] == UNSUPPORTED:
        raise ApiError(first["msg"], param=first["ctx"]["name"], code=UNSUPPORTED) from error
    param = _path(first["loc"])
    raise ApiError(
        _sentence(first["type"], first["msg"], param), param=param or None, code=_code(first["type"])
    ) from error


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _sentence(kind: str, message: str, param: str) -> str:
    if kind == "missing":
        return f"Missing required parameter: '{param}'."
    if kind == "extra_forbidden":
        return f"Unrecognized request argument supplied: {param}"
    reason = message.removeprefix("Value error, ")
    return f"Invalid value for '{param}': {reason}." if param else f"Invalid request: {reason}."


def _code(kind: str) -> str:
    known: dict[str, Any] = {"missing": "missing_required_parameter", "extra_forbidden": "unknown_parameter"}
    return str(known.get(kind, "invalid_value"))
