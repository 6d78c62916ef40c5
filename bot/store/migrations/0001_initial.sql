CREATE TABLE app_state (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- What a request to the model server cost, whatever it was for.
CREATE TABLE usage (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    model TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    latency_ms REAL NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX usage_by_guild ON usage (guild_id, created_at);

-- Jokes and slogans that were shown, with all that their buttons need after a restart.
CREATE TABLE generations (
    id INTEGER PRIMARY KEY,
    usage_id INTEGER NOT NULL REFERENCES usage (id),
    request TEXT NOT NULL,
    texts TEXT NOT NULL,
    fine_tuned INTEGER NOT NULL,
    completion TEXT NOT NULL
);

CREATE TABLE votes (
    generation_id INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    funny INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (generation_id, user_id)
);

-- The files themselves lie beside the database, named by their hash.
CREATE TABLE datasets (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    examples INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    created_by BIGINT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX datasets_by_name ON datasets (guild_id, lower(name));

CREATE TABLE quotes (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    dataset_id INTEGER NOT NULL REFERENCES datasets (id),
    base_model TEXT NOT NULL,
    epochs INTEGER,
    suffix TEXT,
    training_tokens INTEGER NOT NULL,
    cost_microdollars BIGINT,
    created_by BIGINT NOT NULL,
    created_at TEXT NOT NULL
);

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    quote_id INTEGER NOT NULL UNIQUE REFERENCES quotes (id),
    guild_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    message_id BIGINT,
    launch_id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    remote_file_id TEXT,
    submitted_at TEXT,
    remote_job_id TEXT UNIQUE,
    fine_tuned_model TEXT,
    trained_tokens INTEGER,
    step INTEGER,
    total_steps INTEGER,
    train_loss REAL,
    error_code TEXT,
    error_message TEXT,
    event_cursor TEXT,
    unreachable_since TEXT,
    created_by BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    started_at TEXT,
    estimated_finish TEXT,
    finished_at TEXT,
    revision INTEGER NOT NULL DEFAULT 1,
    shown_revision INTEGER NOT NULL DEFAULT 0,
    notified_at TEXT
);
CREATE UNIQUE INDEX jobs_one_active ON jobs (guild_id) WHERE status NOT IN ('succeeded', 'failed', 'cancelled');
CREATE INDEX jobs_by_guild ON jobs (guild_id, id);

CREATE TABLE job_events (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    level TEXT NOT NULL,
    type TEXT NOT NULL,
    message TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (job_id, event_id)
);

CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    model TEXT NOT NULL,
    base_model TEXT NOT NULL,
    job_id INTEGER REFERENCES jobs (id),
    created_at TEXT NOT NULL,
    UNIQUE (guild_id, model)
);

-- The newest row of a guild is what it uses now; no model means the base with examples in the prompt.
CREATE TABLE activations (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    model_id INTEGER REFERENCES models (id),
    activated_by BIGINT,
    activated_at TEXT NOT NULL
);
CREATE INDEX activations_by_guild ON activations (guild_id, id);
