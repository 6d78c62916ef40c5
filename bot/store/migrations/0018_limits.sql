-- What a server lets its members spend. A limit that is NULL is not set. `role_id` is 0 where the scope is no role. Amounts are in
-- billionths of a dollar, as in the ledger. A scope is server, member or role.
CREATE TABLE limits (
    guild_id BIGINT NOT NULL,
    scope TEXT NOT NULL,
    role_id BIGINT NOT NULL DEFAULT 0,
    cooldown_seconds INTEGER,
    daily_answers INTEGER,
    monthly_answers INTEGER,
    daily_nanodollars BIGINT,
    monthly_nanodollars BIGINT,
    updated_by BIGINT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (guild_id, scope, role_id)
);
-- Members with such a role have no limits of their own.
CREATE TABLE exempt_roles (
    guild_id BIGINT NOT NULL,
    role_id BIGINT NOT NULL,
    updated_by BIGINT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (guild_id, role_id)
);
-- Where a command has rows of a kind (channel or role), it is for those channels or roles only.
CREATE TABLE command_permissions (
    guild_id BIGINT NOT NULL,
    command TEXT NOT NULL,
    kind TEXT NOT NULL,
    target_id BIGINT NOT NULL,
    updated_by BIGINT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (guild_id, command, kind, target_id)
);
-- However many requests to models a command makes, it is one answer. NULL: what nobody waits for, such as a report.
ALTER TABLE usage ADD COLUMN interaction_id BIGINT;
