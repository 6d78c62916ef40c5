"""Models, jobs, datasets and contributions: what a server trains on and what came of it."""

from bot.store.personal.guild_of import JOB, OWN_CONTRIBUTION
from bot.store.personal.table import MINE, Delete, Kept, Purpose, Table, columns

TRAINING = (
    Table(
        "activations",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns("id guild_id model_id kind activated_at evidence", author="activated_by"),
    ),
    Table(
        "models",
        Purpose.NONE,
        Kept.WITH_SERVER,
        columns(
            "id guild_id model base_model job_id created_at score archived_at lost_at kind",
            server="name",
        ),
    ),
    Table(
        "job_events",
        Purpose.NONE,
        Kept.WITH_SERVER,
        columns("id job_id event_id created_at level type message data"),
        guild=f"job_id IN {JOB}",
        guild_of="(SELECT j.guild_id FROM jobs j WHERE j.id = job_id)",
    ),
    Table(
        "jobs",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns(
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
        columns(
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
        columns("dataset_id", owner="user_id"),
        guild="dataset_id IN (SELECT id FROM datasets WHERE guild_id = :guild_id)",
        guild_of="(SELECT d.guild_id FROM datasets d WHERE d.id = dataset_id)",
        owned=MINE,
        forget=(Delete(MINE),),
        key="dataset_id, user_id",
    ),
    Table(
        "dataset_contributions",
        Purpose.CONTRIBUTIONS,
        Kept.UNTIL_WITHDRAWN,
        columns("dataset_id contribution_id"),
        guild="contribution_id IN (SELECT id FROM contributions WHERE guild_id = :guild_id)",
        guild_of="(SELECT c.guild_id FROM contributions c WHERE c.id = contribution_id)",
        owned=f"contribution_id IN {OWN_CONTRIBUTION}",
        forget=(Delete(f"contribution_id IN {OWN_CONTRIBUTION}"),),
        key="dataset_id, contribution_id",
    ),
    Table(
        "datasets",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns(
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
        columns("id draft_id contribution_id", owner="asked_by", text="turns"),
        guild="draft_id IN (SELECT id FROM drafts WHERE guild_id = :guild_id)",
        guild_of="(SELECT d.guild_id FROM drafts d WHERE d.id = draft_id)",
        owned=f"(asked_by = :user_id OR contribution_id IN {OWN_CONTRIBUTION})",
        forget=(Delete(f"(asked_by = :user_id OR contribution_id IN {OWN_CONTRIBUTION})"),),
    ),
    Table(
        "contributions",
        Purpose.CONTRIBUTIONS,
        Kept.UNTIL_WITHDRAWN,
        columns(
            "id guild_id draft_id draft kind model_server consent state judged_at created_at withdrawn_at",
            owner="user_id",
            author="judged_by",
            text="texts text_key",
            server="reason",
        ),
        owned=MINE,
        forget=(Delete(MINE),),
    ),
    Table(
        "drafts",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns(
            "id guild_id kind versions created_at",
            author="created_by",
            server="name name_key system",
        ),
    ),
)
