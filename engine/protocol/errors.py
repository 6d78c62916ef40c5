"""What clients are told when something cannot be done: OpenAI's error object."""

_MAX_CHARACTERS = 1000


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
        self.message = readable(message) + (" …" if len(message) > _MAX_CHARACTERS else "")
        self.status, self.kind, self.param, self.code = status, kind, param and readable(param), code

    def document(self) -> dict[str, dict[str, str | None]]:
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}


def readable(text: str) -> str:
    """A text as UTF-8 can hold it, and no longer than is read: a question mark for each byte or half that is no character."""
    return text.encode(errors="replace").decode()[:_MAX_CHARACTERS]


def invalid(param: str, reason: str, code: str = "invalid_value") -> ApiError:
    return ApiError(f"Invalid value for '{param}': {reason}.", param=param, code=code)


def missing(param: str) -> ApiError:
    return ApiError(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def unknown(param: str) -> ApiError:
    message = f"Unrecognized request argument supplied: {param}"
    return ApiError(message, param=param or None, code="unknown_parameter")


def no_such_model(model: str) -> ApiError:
    message = f"The model `{model}` does not exist or you do not have access to it."
    return ApiError(message, status=404, param="model", code="model_not_found")


def no_such_file(file_id: str) -> ApiError:
    return ApiError(f"No such File object: {file_id}", status=404, param="id")


def no_such_job(job_id: str) -> ApiError:
    message = f"Could not find fine tune: {job_id}"
    return ApiError(message, status=404, param="fine_tune_id", code="fine_tune_not_found")


def our_error(where: str = "") -> ApiError:
    """A bug. `where` says how to find it in the log."""
    message = f"The engine made an error. Its log has the reason{where}."
    return ApiError(message, status=500, kind="server_error")


def disk_full() -> ApiError:
    message = "The engine's disk is full. Ask its operator to free some space."
    return ApiError(message, status=507, kind="server_error", code="insufficient_storage")


def database_unavailable(message: str) -> ApiError:
    return ApiError(message, status=503, kind="server_error", code="database_unavailable")
