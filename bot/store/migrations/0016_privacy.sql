-- Members who asked to be forgotten in a server. Their rows go in one transaction, which also clears `user_id`; this row goes once the files
-- are deleted and the database file is rewritten. Numbers are not used twice: what stays of such a member's votes has the negative number.
CREATE TABLE forgettings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id BIGINT NOT NULL,
    user_id BIGINT,
    asked_at TEXT NOT NULL
);

-- Servers that removed the bot, and when.
CREATE TABLE departures (
    guild_id BIGINT PRIMARY KEY,
    left_at TEXT NOT NULL
);

-- Who asked what a draft's example answers, where it was made from votes.
ALTER TABLE draft_examples ADD COLUMN asked_by BIGINT;

-- Whose questions a dataset holds that was made from votes.
CREATE TABLE dataset_askers (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id),
    user_id BIGINT NOT NULL,
    PRIMARY KEY (dataset_id, user_id)
);
CREATE INDEX datasets_by_asker ON dataset_askers (user_id);

-- Vectors belong to a server, and to the member for whom they were asked (0: the bot). Those of before belong to nobody, and it is a cache.
DROP TABLE embeddings;
CREATE TABLE embeddings (
    guild_id BIGINT NOT NULL,
    model TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    text_hash BLOB NOT NULL,
    vector BLOB NOT NULL,
    user_id BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (guild_id, model, dimensions, text_hash)
);
CREATE INDEX embeddings_by_age ON embeddings (model, created_at);
CREATE INDEX embeddings_by_text ON embeddings (guild_id, text_hash);
CREATE INDEX embeddings_by_member ON embeddings (user_id, guild_id);
UPDATE searched SET model = NULL;

CREATE INDEX usage_by_age ON usage (created_at);
CREATE INDEX generations_by_usage ON generations (usage_id);
CREATE INDEX votes_by_member ON votes (user_id);
CREATE INDEX round_votes_by_member ON round_votes (user_id);
