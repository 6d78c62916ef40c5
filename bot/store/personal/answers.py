"""Jokes, slogans, votes and the arena: what members ask for and how they vote."""

from bot.store.personal.guild_of import GENERATION, GENERATION_GUILD, JOB, OWN_GENERATION, ROUND, TYPED
from bot.store.personal.table import MINE, Change, Delete, Kept, Purpose, Table, columns

_IN_OPEN_ROUND = "round_id IN (SELECT id FROM rounds WHERE closed_at IS NULL)"

ANSWERS = (
    Table(
        "votes",
        Purpose.VOTES,
        Kept.ANSWERS,
        columns("generation_id funny created_at", owner="user_id"),
        guild=f"generation_id IN {GENERATION}",
        guild_of=GENERATION_GUILD,
        owned=MINE,
        forget=(Delete(MINE),),  # not made anonymous: the member could vote there again
        key="generation_id, user_id",
    ),
    Table(
        "chosen_slogans",
        Purpose.ANSWERS,
        Kept.ANSWERS,
        columns("generation_id chosen_at", author="chosen_by", text="text"),
        guild=f"generation_id IN {GENERATION}",
        guild_of=GENERATION_GUILD,
        owned=f"generation_id IN {OWN_GENERATION}",
        forget=(Delete(f"generation_id IN {OWN_GENERATION}"),),
        key="generation_id",
    ),
    Table(
        "evaluation_answers",
        Purpose.ANSWERS,
        Kept.UNTIL_DONE,
        columns("job_id role", text="question answer"),
        guild=f"job_id IN {JOB}",
        guild_of="(SELECT j.guild_id FROM jobs j WHERE j.id = job_id)",
        owned=f"question IN {TYPED}",
        forget=(Delete(f"question IN {TYPED}"),),
        needed_by_jobs=True,
        key="job_id, question, role",
    ),
    Table(
        "reports",
        Purpose.ANSWERS,
        Kept.WITH_SERVER,
        columns("job_id attempts next_attempt_at created_at", text="report"),
        guild=f"job_id IN {JOB}",
        guild_of="(SELECT j.guild_id FROM jobs j WHERE j.id = job_id)",
        owned=f"json_extract(report, '$.asked_before.asked') IN {TYPED}",
        forget=(
            Change(
                f"json_extract(report, '$.asked_before.asked') IN {TYPED}",
                {"report": "json_remove(report, '$.asked_before')"},
            ),
        ),
        needed_by_jobs=True,
        key="job_id",
    ),
    Table(
        "generations",
        Purpose.ANSWERS,
        Kept.ANSWERS,
        columns("id usage_id fine_tuned channel_id", text="request texts completion asked"),
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
        columns(
            "id guild_id kind command model prompt_tokens completion_tokens cached_tokens cost_nanodollars priced_on latency_ms"
            " outcome error created_at interaction_id",
            owner="user_id",
        ),
        owned=MINE,
        forget=(Change(MINE, {"user_id": "0"}),),  # budgets and sums need the numbers
        old=(Delete("created_at < :before AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.usage_id = usage.id)"),),
    ),
    Table(
        "round_votes",
        Purpose.VOTES,
        Kept.ANSWERS,
        columns("round_id choice created_at", owner="user_id"),
        guild=f"round_id IN {ROUND}",
        guild_of="(SELECT r.guild_id FROM rounds r WHERE r.id = round_id)",
        owned=MINE,
        forget=(
            Delete(f"{MINE} AND {_IN_OPEN_ROUND}"),
            Change(MINE, {"user_id": "-:forgetting"}),  # rankings need the votes, and that they are one member's
        ),
        old=(Delete("round_id IN (SELECT id FROM rounds WHERE closed_at < :before)"),),
        key="round_id, user_id",
    ),
    Table(
        "rounds",
        Purpose.ROUNDS,
        Kept.ANSWERS,
        columns(
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
        columns("id guild_id model_id prompt_id kind added_at removed_at", author="added_by"),
    ),
    Table(
        "prompt_uses",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns("id guild_id kind prompt_id used_at evidence", author="used_by"),
    ),
    Table(
        "prompts",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns(
            "id guild_id kind version step created_at",
            author="created_by",
            server="name name_key system examples instruction",
        ),
    ),
)
