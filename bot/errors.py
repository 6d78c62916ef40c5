"""Errors whose text people may read.

`UserError` and its family are the only exceptions whose message ever reaches Discord; the text says what is wrong and what
to do about it. `StartupError` is for the operator's terminal.
"""

from bot.texts.template import Template, markdown, plain
from bot.tokens import Tokens


class UserError(Exception):
    """Something that the person who asked can understand and usually mend.

    `template` is a sentence of `bot.texts`, `values` what it names. Without values it is taken as it is. `str()` gives the text in the
    language of the task that asks.
    """

    def __init__(self, template: Template, **values: object) -> None:
        self.template, self.values = template, values
        super().__init__(template)

    def __str__(self) -> str:
        return plain(self.template, self.values) if self.values else str(self.template)

    def markdown(self) -> str:
        """The text for Discord: what the values contain is shown as it was typed."""
        return markdown(self.template, self.values) if self.values else str(self.template)


class InvalidInputError(UserError):
    """What was typed or uploaded cannot be used as it is."""


class NotFoundError(UserError):
    """Nothing of that name or number exists in this server."""


class MissingFileError(NotFoundError):
    """The dataset is there, and its file is not: nobody deleted it through the bot."""


class ConflictError(UserError):
    """It collides with something that is already there."""


class LimitError(UserError):
    """Something that a server allows only so much of, or only for some; nothing was asked for."""


class BlockedError(UserError):
    """Moderation did not let a text through: what a member typed, or a model answered."""


class DatabaseBusyError(UserError):
    """Other writers, or another process, keep the database busy, or it cannot be reached; nothing was written.

    Only where a server breaks off a commit does nobody know whether it was written.
    """


class StorageError(UserError):
    """The storage of the dataset files cannot be used; nothing was changed. `reason` says why, for the operator."""

    def __init__(self, template: Template, *, reason: str, may_pass: bool = False) -> None:
        """`may_pass`: it did not answer, or failed, which it may not do the next time."""
        super().__init__(template)
        self.reason = reason
        self.may_pass = may_pass


class ModelServerError(UserError):
    """The model server did not do what was asked; `request_id` is the server's own, for its logs."""

    def __init__(
        self, template: Template, *, code: str | None = None, request_id: str | None = None, **values: object
    ) -> None:
        super().__init__(template, **values)
        self.code = code
        self.request_id = request_id


class ServerUnreachableError(ModelServerError):
    """No connection, a broken one, or no answer in time. Whether the server acted is unknown."""


class NotConnectedError(ServerUnreachableError):
    """No connection could be made, so the server did nothing."""


class CircuitOpenError(NotConnectedError):
    """The server has kept failing, so nothing was sent: it is left alone for a while."""


class ServerBusyError(ModelServerError):
    """Too many requests, or the account's quota is used up."""


class KeyRefusedError(ModelServerError):
    """The server does not accept the API key, or the key may not do this."""


class TrainingNotAvailableError(ModelServerError):
    """The organisation may not create fine-tuning jobs on this server."""


class RequestRefusedError(ModelServerError):
    """The server understood the request and declined it."""


class ToolsRefusedError(RequestRefusedError):
    """The model cannot call functions."""


class RemoteNotFoundError(ModelServerError):
    """The server does not have the model, file or job that was named."""


class ServerFailedError(ModelServerError):
    """The server broke down while answering."""


class ServerNonsenseError(ModelServerError):
    """The server answered with something that is not the protocol."""


class UnreadableAnswerError(ServerNonsenseError):
    """The server answered, and counted `tokens` for it, but the answer has nothing to show."""

    def __init__(self, template: Template, *, tokens: Tokens) -> None:
        super().__init__(template)
        self.tokens = tokens


class StartupError(Exception):
    """The bot cannot start; the text is for the operator. `exit_code` is the process's."""

    def __init__(self, text: str, *, exit_code: int = 1) -> None:
        super().__init__(text)
        self.exit_code = exit_code
