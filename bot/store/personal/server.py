"""What a server has set, embeddings of its texts, messages, and what the bot has yet to delete."""

from bot.store.personal.table import MINE, Change, Delete, Kept, Purpose, Table, columns

_ID = "CAST(:user_id AS TEXT)"
_NAMED = f"body LIKE '%' || {_ID} || '%'"

SERVER = (
    Table(
        "labels",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns("id guild_id created_at", author="created_by", server="name examples"),
    ),
    Table(
        "arenas",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns("guild_id votes minutes started_at stopped_at", author="started_by"),
        key="guild_id",
    ),
    Table(
        "guild_settings",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns(
            "guild_id monthly_cap_microdollars admin_channel_id updated_at digest_channel_id digest_at contribution_draft_id language",
            author="updated_by",
            server="contribution_draft",
        ),
        key="guild_id",
    ),
    Table(
        "limits",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns(
            "guild_id scope role_id cooldown_seconds daily_answers monthly_answers daily_nanodollars monthly_nanodollars updated_at",
            author="updated_by",
        ),
        key="guild_id, scope, role_id",
    ),
    Table(
        "exempt_roles",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns("guild_id role_id updated_at", author="updated_by"),
        key="guild_id, role_id",
    ),
    Table(
        "command_permissions",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns("guild_id command kind target_id updated_at", author="updated_by"),
        key="guild_id, command, kind, target_id",
    ),
    Table(
        "moderation",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns("guild_id level alert_channel_id updated_at", author="updated_by"),
        key="guild_id",
    ),
    Table(
        "blocked_words",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns("guild_id added_at", author="added_by", server="word"),
        key="guild_id, word",
    ),
    Table(
        "bypass_roles",
        Purpose.MANAGING,
        Kept.WITH_SERVER,
        columns("guild_id role_id added_at", author="added_by"),
        key="guild_id, role_id",
    ),
    Table("searched", Purpose.NONE, Kept.WITH_SERVER, columns("guild_id model"), key="guild_id"),
    Table(
        "embeddings",
        Purpose.VECTORS,
        Kept.ANSWERS,
        columns("guild_id model dimensions created_at", owner="user_id", text="text_hash vector"),
        owned=MINE,
        forget=(Delete(MINE),),  # and those of the member's texts that were asked for by others, by their hash
        old=(Delete("created_at < :before"),),
        key="guild_id, model, dimensions, text_hash",
    ),
    Table(
        "outbox",
        Purpose.MESSAGES,
        Kept.MESSAGES,
        columns(
            "id guild_id kind subject channel_id message_id sends revision delivered_revision failures next_attempt_at changed_at"
            " delivered_at",
            text="body",
        ),
        owned=_NAMED,
        forget=(Change(_NAMED, {"body": f"replace(body, {_ID}, '0')"}),),
        old=(Change("body <> '' AND changed_at < :before", {"body": "''"}),),  # the key stays: a notice is sent once
    ),
    Table(
        "forgettings",
        Purpose.DELETION,
        Kept.UNTIL_DONE,
        columns("id guild_id asked_at", owner="user_id"),
        owned=MINE,
        forget=(Change(MINE, {"user_id": "NULL"}),),
    ),
    Table("departures", Purpose.NONE, Kept.UNTIL_DONE, columns("guild_id left_at"), guild=None, key="guild_id"),
    Table("leases", Purpose.NONE, Kept.UNTIL_DONE, columns("name owner until note"), guild=None, key="name"),
    Table("under_way", Purpose.NONE, Kept.UNTIL_DONE, columns("token guild_id locale owner came_at"), key="token"),
    Table("app_state", Purpose.NONE, Kept.WITH_SERVER, columns("key value"), guild=None, key="key"),
)
