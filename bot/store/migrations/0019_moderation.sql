-- What managers set for the moderation of their server: how strict it is (NULL: as usual), and where alerts go (NULL: nowhere).
CREATE TABLE moderation (
    guild_id BIGINT PRIMARY KEY,
    level TEXT,
    alert_channel_id BIGINT,
    updated_by BIGINT NOT NULL,
    updated_at TEXT NOT NULL
);

-- A server's own list of words that must not occur in texts.
CREATE TABLE blocked_words (
    guild_id BIGINT NOT NULL,
    word TEXT NOT NULL,
    added_by BIGINT NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (guild_id, word)
);

-- Roles whose members are not moderated.
CREATE TABLE bypass_roles (
    guild_id BIGINT NOT NULL,
    role_id BIGINT NOT NULL,
    added_by BIGINT NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (guild_id, role_id)
);
