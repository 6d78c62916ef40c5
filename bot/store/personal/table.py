"""How the list of what is personal is written: for each column whose it is, for each table why, how long, and what forgetting does.

Conditions and values are SQL. They may use `:guild_id` and `:user_id`; `:forgetting`, the number of the request; `:now`; and in `old` also
`:before`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum


class Holds(Enum):
    """What is in a column."""

    NOTHING = "nothing of a person"
    OWNER = "the id of the member whose row it is"
    AUTHOR = "the id of a member who did something that the server keeps; forgetting puts 0 in its place"
    TEXT = "what the row's owner typed, or what was answered to it"
    FOR_SERVER = "what a manager wrote for the server, which stays until managers delete it"


class Purpose(StrEnum):
    """Why it is stored. `bot/texts/privacy.py` has the sentence for each."""

    ANSWERS = "answers"
    ROUNDS = "rounds"
    VOTES = "votes"
    USAGE = "usage"
    CONTRIBUTIONS = "contributions"
    VECTORS = "vectors"
    MANAGING = "managing"
    MESSAGES = "messages"
    DELETION = "deletion"
    NONE = "none"


class Kept(StrEnum):
    """How long rows are kept. The first three are numbers of days."""

    ANSWERS = "answers"
    USAGE = "usage"
    MESSAGES = "messages"
    UNTIL_WITHDRAWN = "until withdrawn"
    UNTIL_DONE = "until done"
    WITH_SERVER = "with the server"


@dataclass(frozen=True)
class Delete:
    """Deletes the rows for which `where` holds."""

    where: str


@dataclass(frozen=True)
class Change:
    """Puts `values` into the rows for which `where` holds."""

    where: str
    values: Mapping[str, str]


Step = Delete | Change


@dataclass(frozen=True)
class Table:
    """A table. `guild` says which rows are a server's (None: no server has any), and `guild_of` is the server of a row; `owned` says which
    are a member's (None: none). `forget` is done for a member in one server, `old` with rows of all servers that are older than `kept`.
    `needed_by_jobs`: a job at the model server needs it until its files there are gone. `key` names the columns of the primary key."""

    name: str
    purpose: Purpose
    kept: Kept
    columns: Mapping[str, Holds]
    guild: str | None = "guild_id = :guild_id"
    guild_of: str = "guild_id"
    owned: str | None = None
    forget: tuple[Step, ...] = ()
    old: tuple[Step, ...] = ()
    needed_by_jobs: bool = False
    key: str = "id"

    def having(self, holds: Holds) -> tuple[str, ...]:
        """The names of the columns that hold this."""
        return tuple(name for name, held in self.columns.items() if held is holds)

    @property
    def authored(self) -> str:
        """The condition for rows that name the member as an author."""
        return " OR ".join(f"{column} = :user_id" for column in self.having(Holds.AUTHOR)) or "1 = 0"


def columns(nothing: str, *, owner: str = "", author: str = "", text: str = "", server: str = "") -> dict[str, Holds]:
    """Names, separated by blanks."""
    named = (
        (nothing, Holds.NOTHING),
        (owner, Holds.OWNER),
        (author, Holds.AUTHOR),
        (text, Holds.TEXT),
        (server, Holds.FOR_SERVER),
    )
    return {column: holds for names, holds in named for column in names.split()}


# The rows of the member.
MINE = "user_id = :user_id"
