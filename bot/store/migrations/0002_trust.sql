-- What an admin sets for a server.
CREATE TABLE guild_settings (
    guild_id BIGINT PRIMARY KEY,
    monthly_cap_microdollars BIGINT,
    admin_channel_id BIGINT,
    updated_by BIGINT NOT NULL,
    updated_at TEXT NOT NULL
);

-- A removed dataset keeps its row for the jobs that used it, and frees its name.
ALTER TABLE datasets ADD COLUMN removed_at TEXT;
DROP INDEX datasets_by_name;
CREATE UNIQUE INDEX datasets_by_name ON datasets (guild_id, lower(name)) WHERE removed_at IS NULL;

-- The part of a dataset that is held back from training, if it was split.
ALTER TABLE datasets ADD COLUMN validation_sha256 TEXT;
ALTER TABLE datasets ADD COLUMN validation_examples INTEGER;

-- When a job is looked at next, and how often in a row that failed.
ALTER TABLE jobs ADD COLUMN next_check_at TEXT;
ALTER TABLE jobs ADD COLUMN checked_at TEXT;
ALTER TABLE jobs ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN remote_validation_file_id TEXT;
ALTER TABLE jobs ADD COLUMN valid_loss REAL;

-- What a finished job achieved, written once; shown_at is set when Discord accepted it.
CREATE TABLE reports (
    job_id INTEGER PRIMARY KEY REFERENCES jobs (id),
    report TEXT NOT NULL,
    created_at TEXT NOT NULL,
    shown_at TEXT
);

-- Models have a short name of the server's choice, and can be put away.
ALTER TABLE models ADD COLUMN name TEXT;
ALTER TABLE models ADD COLUMN score REAL;
ALTER TABLE models ADD COLUMN retired_at TEXT;
ALTER TABLE models ADD COLUMN lost_at TEXT;
CREATE UNIQUE INDEX models_by_name ON models (guild_id, lower(name)) WHERE name IS NOT NULL AND retired_at IS NULL;

-- Things that a server's admins must be told once, such as a model that is about to be shut down.
CREATE TABLE notices (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TEXT NOT NULL,
    shown_at TEXT,
    UNIQUE (guild_id, key)
);
