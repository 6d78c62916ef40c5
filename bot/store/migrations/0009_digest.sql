-- Where a server wants its weekly digest, and when the next one is due.
ALTER TABLE guild_settings ADD COLUMN digest_channel_id BIGINT;
ALTER TABLE guild_settings ADD COLUMN digest_at TEXT;
