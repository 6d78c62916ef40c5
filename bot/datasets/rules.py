"""What a dataset must be like, and what is said when it is not."""

import re

from bot.datasets.checker import MIN_EXAMPLES
from bot.datasets.findings import FileCheck
from bot.errors import ConflictError, InvalidInputError

MAX_BYTES = 100 * 1024 * 1024
LIMIT_NAME = 40
NAME = re.compile(r"[\w][\w .+-]{0,39}", re.ASCII)
SHOWN_FAULTS = 5


def refuse_too_large(size: int) -> None:
    """Raises `InvalidInputError` for more bytes than one upload may have."""
    if size > MAX_BYTES:
        raise InvalidInputError(
            f"The file is {size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB can be uploaded. Split it into smaller ones."
        )


def checked_name(wanted: str) -> str:
    """The name with its blanks tidied. Raises `InvalidInputError` if it cannot be one."""
    name = " ".join(wanted.split())
    if not NAME.fullmatch(name):
        raise InvalidInputError(
            "A dataset's name has 1 to 40 letters, digits, spaces, dots, dashes or underscores. Choose another with `name`."
        )
    return name


def taken(name: str) -> ConflictError:
    """The refusal of a name that the server has already."""
    return ConflictError(f"There is a dataset “{name}” already. Choose another name with `name`.")


def refuse_too_few(left: int) -> None:
    """Raises `InvalidInputError` if so few examples cannot be trained on."""
    if left < MIN_EXAMPLES:
        raise InvalidInputError(
            f"That would leave {left} examples to train on, and at least {MIN_EXAMPLES} are needed. Choose a smaller `share`."
        )


def complaint(found: FileCheck) -> str:
    """The first faults of a file, and how many more there are."""
    shown = [str(fault) for fault in found.faults[:SHOWN_FAULTS]]
    more = found.fault_count - len(shown)
    rest = [f"… and {more} more."] if more > 0 else []
    return "\n".join(["This file cannot be used; nothing was stored.", *shown, *rest])
