"""What the database holds of members: whose id or text each column is, why it is stored, how long, and what `/forget-me` does with it.

`/privacy`, `/export-me`, `/forget-me`, retention and the deletion of servers that removed the bot all work by this list. A test compares
it with the schema, so a new table or column needs its place here. Conditions and values are SQL. They may use `:guild_id` and `:user_id`;
`:texts`, a JSON list of what the member typed; `:forgetting`, the number of the request; `:now`; and in `old` also `:before`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

from bot.store.guild_of import GENERATION, GENERATION_GUILD, JOB, OWN_CONTRIBUTION, OWN_GENERATION, ROUND


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
    `needed_by_jobs`: a job at the model server needs it until its files there are gone."""

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

    def having(self, holds: Holds) -> tuple[str, ...]:
        """The names of the columns that hold this."""
        return tuple(name for name, held in self.columns.items() if held is holds)

    @property
    def authored(self) -> str:
        """The condition for rows that name the member as an author."""
        return " OR ".join(f"{column} = :user_id" for column in self.having(Holds.AUTHOR)) or "1 = 0"


def _columns(nothing: str, *, owner: str = "", author: str = "", text: str = "", server: str = "") -> dict[str, Holds]:
    """Names, separated by blanks."""
    named = (
        (nothing, Holds.NOTHING),
        (owner, Holds.OWNER),
        (author, Holds.AUTHOR),
        (text, Holds.TEXT),
        (server, Holds.FOR_SERVER),
    )
    return {column: holds for names, holds in named for column in names.split()}


_MINE = "user_id = :user_id"
_IN_OPEN_ROUND = "round_id IN (SELECT id FROM rounds WHERE closed_at IS NULL)"
_TYPED = "(SELECT value FROM json_each(:texts))"
_ID = "CAST(:user_id AS TEXT)"

# In the order in which rows are deleted: what refers to another table comes before it.
TABLES = (
    Table(
        "votes",
        Purpose.VOTES,
        Kept.ANSWERS,
        _columns("generation_id funny created_at", owner="user_id"),
        guild=f"generation_id IN {GENERATION}",
        guild_of=GENERATION_GUILD,
        owned=_MINE,
        forget=(Delete(_MINE),),  # not made anonymous: the member could vote there again
    ),
    Table(
        "chosen_slogans",
        Purpose.ANSWERS,
        Kept.ANSWERS,
        _columns("generation_id chosen_at", author="chosen_by", text="text"),
        guild=f"generation_id IN {GENERATION}",
        guild_of=GENERATION_GUILD,
        owned=f"generation_id IN {OWN_GENERATION}",
        forget=(Delete(f"generation_id IN {OWN_GENERATION}"),),
    ),
    Table(
        "generations",
        Purpose.ANSWERS,
        Kept.ANSWERS,
        _columns("id usage_id fine_tuned channel_id", text="request texts completion asked"),
        guild=f"id IN {GENERATION}",
        guild_of="(SELECT u.guild_id FROM usage u WHERE u.id = usage_id)",
        owned=f"id IN {OWN_GENERATION}",
        forget=(Delete(f"id IN {OWN_GENERATION}"),),
        old=(Delete("usage_id IN (SELECT id FROM usage WHERE created_at < :before)"),),
    ),
    Table(
        "usage",
        Purpose.USAGE,
        Kept.USAGE,
        _columns(
            "id guild_id kind command model prompt_tokens completion_tokens cached_tokens cost_nanodollars priced_on latency_ms"
            " outcome error created_at",
            owner="user_id",
        ),
        owned=_MINE,
        forget=(Change(_MINE, {"user_id": "0"}),),  # budgets and sums need the numbers
        old=(Delete("created_at < :before AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.usage_id = usage.id)"),),
    ),
    Table(
        "round_votes",
        Purpose.VOTES,
        Kept.ANSWERS,
        _columns("round_id choice created_at", owner="user_id"),
        guild=f"round_id IN {ROUND}",
        guild_of="(SELECT r.guild_id FROM rounds r WHERE r.id = round_id)",
        owned=_MINE,
        forget=(
            Delete(f"{_MINE} AND {_IN_OPEN_ROUND}"),
            Change(_MINE, {"user_id": "-:forgetting"}),  # rankings need the votes, and that they are one member's
        ),
        old=(Delete("round_id IN (SELECT id FROM rounds WHERE closed_at < :before)"),),
    ),
    Table(
        "rounds",
        Purpose.ROUNDS,
        Kept.ANSWERS,
        _columns(
            "id guild_id left_id right_id probability votes opened_at closes_at closed_at",
            owner="opened_by",
            text="scenario left_text right_text",
        ),
        owned="opened_by = :user_id",
        forget=(
            Change(
                "opened_by = :user_id",
                {
                    "scenario": "''",
                    "left_text": "''",
                    "right_text": "''",
                    "opened_by": "0",
                    "closed_at": "COALESCE(closed_at, :now)",
                },
            ),
        ),
        old=(Delete("closed_at < :before AND NOT EXISTS (SELECT 1 FROM round_votes v WHERE v.round_id = rounds.id)"),),
    ),
    Table(
        "contestants",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        _columns("id guild_id model_id prompt_id kind added_at removed_at", author="added_by"),
    ),
    Table(
        "prompt_uses",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        _columns("id guild_id kind prompt_id used_at evidence", author="used_by"),
    ),
    Table(
        "prompts",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        _columns(
            "id guild_id kind version step created_at",
            author="created_by",
            server="name name_key system examples instruction",
        ),
    ),
    Table(
        "activations",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        _columns("id guild_id model_id kind activated_at evidence", author="activated_by"),
    ),
    Table(
        "models",
        Purpose.NONE,
        Kept.WITH_SERVER,
        _columns(
            "id guild_id model base_model job_id created_at score archived_at lost_at kind",
            server="name",
        ),
    ),
    Table(
        "evaluation_answers",
        Purpose.ANSWERS,
        Kept.UNTIL_DONE,
        _columns("job_id role", text="question answer"),
        guild=f"job_id IN {JOB}",
        guild_of="(SELECT j.guild_id FROM jobs j WHERE j.id = job_id)",
        owned=f"question IN {_TYPED}",
        forget=(Delete(f"question IN {_TYPED}"),),
        needed_by_jobs=True,
    ),
    Table(
        "reports",
        Purpose.ANSWERS,
        Kept.WITH_SERVER,
        _columns("job_id attempts next_attempt_at created_at", text="report"),
        guild=f"job_id IN {JOB}",
        guild_of="(SELECT j.guild_id FROM jobs j WHERE j.id = job_id)",
        owned=f"json_extract(report, '$.asked_before.asked') IN {_TYPED}",
        forget=(
            Change(
                f"json_extract(report, '$.asked_before.asked') IN {_TYPED}",
                {"report": "json_remove(report, '$.asked_before')"},
            ),
        ),
        needed_by_jobs=True,
    ),
    Table(
        "job_events",
        Purpose.NONE,
        Kept.WITH_SERVER,
        _columns("id job_id event_id created_at level type message data"),
        guild=f"job_id IN {JOB}",
        guild_of="(SELECT j.guild_id FROM jobs j WHERE j.id = job_id)",
    ),
    Table(
        "jobs",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        _columns(
            "id quote_id guild_id channel_id launch_id status remote_file_id remote_validation_file_id submitted_at remote_job_id"
            " fine_tuned_model trained_tokens step total_steps train_loss valid_loss error_code error_message event_cursor"
            " unreachable_since created_at started_at estimated_finish finished_at running_since running_from_step"
            " files_withdrawn_at next_check_at checked_at failures",
            author="created_by",
        ),
        needed_by_jobs=True,
    ),
    Table(
        "quotes",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        _columns(
            "id guild_id channel_id dataset_id base_model epochs training_tokens cost_microdollars created_at",
            author="created_by",
            server="suffix",
        ),
        needed_by_jobs=True,
    ),
    Table(
        "dataset_askers",
        Purpose.ANSWERS,
        Kept.WITH_SERVER,
        _columns("dataset_id", owner="user_id"),
        guild="dataset_id IN (SELECT id FROM datasets WHERE guild_id = :guild_id)",
        guild_of="(SELECT d.guild_id FROM datasets d WHERE d.id = dataset_id)",
        owned=_MINE,
        forget=(Delete(_MINE),),
    ),
    Table(
        "dataset_contributions",
        Purpose.CONTRIBUTIONS,
        Kept.UNTIL_WITHDRAWN,
        _columns("dataset_id contribution_id"),
        guild="contribution_id IN (SELECT id FROM contributions WHERE guild_id = :guild_id)",
        guild_of="(SELECT c.guild_id FROM contributions c WHERE c.id = contribution_id)",
        owned=f"contribution_id IN {OWN_CONTRIBUTION}",
        forget=(Delete(f"contribution_id IN {OWN_CONTRIBUTION}"),),
    ),
    Table(
        "datasets",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        _columns(
            "id guild_id sha256 bytes examples tokens created_at removed_at validation_sha256 validation_examples tool_examples"
            " method kind",
            author="created_by",
            server="name name_key system",
        ),
        needed_by_jobs=True,
    ),
    Table(
        "draft_examples",
        Purpose.CONTRIBUTIONS,
        Kept.UNTIL_WITHDRAWN,
        _columns("id draft_id contribution_id", owner="asked_by", text="turns"),
        guild="draft_id IN (SELECT id FROM drafts WHERE guild_id = :guild_id)",
        guild_of="(SELECT d.guild_id FROM drafts d WHERE d.id = draft_id)",
        owned=f"(asked_by = :user_id OR contribution_id IN {OWN_CONTRIBUTION})",
        forget=(Delete(f"(asked_by = :user_id OR contribution_id IN {OWN_CONTRIBUTION})"),),
    ),
    Table(
        "contributions",
        Purpose.CONTRIBUTIONS,
        Kept.UNTIL_WITHDRAWN,
        _columns(
            "id guild_id draft_id draft kind model_server consent state judged_at created_at withdrawn_at",
            owner="user_id",
            author="judged_by",
            text="texts text_key",
            server="reason",
        ),
        owned=_MINE,
        forget=(Delete(_MINE),),
    ),
    Table(
        "drafts",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        _columns(
            "id guild_id kind versions created_at",
            author="created_by",
            server="name name_key system",
        ),
    ),
    Table(
        "labels",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        _columns("id guild_id created_at", author="created_by", server="name examples"),
    ),
    Table(
        "arenas",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        _columns("guild_id votes minutes started_at stopped_at", author="started_by"),
    ),
    Table(
        "guild_settings",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        _columns(
            "guild_id monthly_cap_microdollars admin_channel_id updated_at digest_channel_id digest_at contribution_draft_id",
            author="updated_by",
            server="contribution_draft",
        ),
    ),
    Table("searched", Purpose.NONE, Kept.WITH_SERVER, _columns("guild_id model")),
    Table(
        "embeddings",
        Purpose.VECTORS,
        Kept.ANSWERS,
        _columns("guild_id model dimensions created_at", owner="user_id", text="text_hash vector"),
        owned=_MINE,
        forget=(Delete(_MINE),),  # and those of the member's texts that were asked for by others, by their hash
        old=(Delete("created_at < :before"),),
    ),
    Table(
        "outbox",
        Purpose.MESSAGES,
        Kept.MESSAGES,
        _columns(
            "id guild_id kind subject channel_id message_id sends revision delivered_revision failures next_attempt_at changed_at"
            " delivered_at",
            text="body",
        ),
        owned=f"(instr(body, {_ID}) > 0)",
        forget=(Change(f"instr(body, {_ID}) > 0", {"body": f"replace(body, {_ID}, '0')"}),),
        old=(Change("body <> '' AND changed_at < :before", {"body": "''"}),),  # the key stays: a notice is sent once
    ),
    Table(
        "forgettings",
        Purpose.DELETION,
        Kept.UNTIL_DONE,
        _columns("id guild_id asked_at", owner="user_id"),
        owned=_MINE,
        forget=(Change(_MINE, {"user_id": "NULL"}),),
    ),
    Table("departures", Purpose.NONE, Kept.UNTIL_DONE, _columns("guild_id left_at"), guild=None),
    Table("app_state", Purpose.NONE, Kept.WITH_SERVER, _columns("key value"), guild=None),
)
