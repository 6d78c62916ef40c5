-- What the scripts 1 to 20 make of an empty file. A new file gets this in their place, in a fifth of the time.
CREATE TABLE app_state (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
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
, command TEXT NOT NULL DEFAULT '', cached_tokens INTEGER NOT NULL DEFAULT 0, cost_nanodollars BIGINT, priced_on TEXT, outcome TEXT NOT NULL DEFAULT 'answered', error TEXT, interaction_id BIGINT);
CREATE INDEX usage_by_guild ON usage (guild_id, created_at);
CREATE TABLE generations (
    id INTEGER PRIMARY KEY,
    usage_id INTEGER NOT NULL REFERENCES usage (id),
    request TEXT NOT NULL,
    texts TEXT NOT NULL,
    fine_tuned INTEGER NOT NULL,
    completion TEXT NOT NULL
, asked TEXT NOT NULL DEFAULT '', channel_id BIGINT);
CREATE TABLE votes (
    generation_id INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    funny INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (generation_id, user_id)
);
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
, removed_at TEXT, validation_sha256 TEXT, validation_examples INTEGER, tool_examples INTEGER NOT NULL DEFAULT 0, name_key TEXT NOT NULL DEFAULT '', method TEXT NOT NULL DEFAULT 'supervised', kind TEXT NOT NULL DEFAULT 'joke', system TEXT);
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
    next_check_at TEXT, checked_at TEXT, failures INTEGER NOT NULL DEFAULT 0, remote_validation_file_id TEXT, valid_loss REAL, running_since TEXT, running_from_step INTEGER, files_withdrawn_at TEXT);
CREATE UNIQUE INDEX jobs_one_active ON jobs (guild_id) WHERE status NOT IN ('succeeded', 'failed', 'cancelled');
CREATE INDEX jobs_by_guild ON jobs (guild_id, id);
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    model TEXT NOT NULL,
    base_model TEXT NOT NULL,
    job_id INTEGER REFERENCES jobs (id),
    created_at TEXT NOT NULL, name TEXT, score REAL, archived_at TEXT, lost_at TEXT, kind TEXT NOT NULL DEFAULT 'joke',
    UNIQUE (guild_id, model)
);
CREATE TABLE activations (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    model_id INTEGER REFERENCES models (id),
    activated_by BIGINT,
    activated_at TEXT NOT NULL
, evidence TEXT, kind TEXT NOT NULL DEFAULT 'joke');
CREATE TABLE guild_settings (
    guild_id BIGINT PRIMARY KEY,
    monthly_cap_microdollars BIGINT,
    admin_channel_id BIGINT,
    updated_by BIGINT NOT NULL,
    updated_at TEXT NOT NULL
, digest_channel_id BIGINT, digest_at TEXT, contribution_draft_id INTEGER REFERENCES drafts (id) ON DELETE SET NULL, contribution_draft TEXT, language TEXT);
CREATE TABLE searched (
    guild_id BIGINT PRIMARY KEY,
    model TEXT
);
CREATE TABLE labels (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    examples TEXT NOT NULL,
    created_by BIGINT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX labels_by_name ON labels (guild_id, lower(name));
CREATE UNIQUE INDEX datasets_by_name ON datasets (guild_id, name_key) WHERE removed_at IS NULL;
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT,
    channel_id BIGINT,
    message_id BIGINT,
    sends INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 1,
    delivered_revision INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    delivered_at TEXT,
    UNIQUE (guild_id, kind, subject)
);
CREATE INDEX outbox_waiting ON outbox (next_attempt_at) WHERE delivered_revision < revision;
CREATE TABLE "reports" (
    job_id INTEGER PRIMARY KEY REFERENCES jobs (id),
    report TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE evaluation_answers (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    role TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (job_id, question, role)
);
CREATE TABLE "job_events" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    level TEXT NOT NULL,
    type TEXT NOT NULL,
    message TEXT NOT NULL,
    data TEXT NOT NULL,
    UNIQUE (job_id, event_id)
);
CREATE UNIQUE INDEX models_by_name ON models (guild_id, lower(name)) WHERE name IS NOT NULL AND archived_at IS NULL;
CREATE INDEX generations_by_asked ON generations (asked);
CREATE TABLE drafts (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    system TEXT NOT NULL,
    versions INTEGER NOT NULL DEFAULT 0,
    created_by BIGINT NOT NULL,
    created_at TEXT NOT NULL, kind TEXT NOT NULL DEFAULT 'joke',
    UNIQUE (guild_id, name_key)
);
CREATE TABLE arenas (
    guild_id BIGINT PRIMARY KEY,
    votes INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    started_by BIGINT NOT NULL,
    started_at TEXT NOT NULL,
    stopped_at TEXT
);
CREATE TABLE contestants (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    model_id INTEGER REFERENCES models (id),
    added_by BIGINT NOT NULL,
    added_at TEXT NOT NULL,
    removed_at TEXT
, prompt_id INTEGER REFERENCES prompts (id), kind TEXT NOT NULL DEFAULT 'joke');
CREATE TABLE rounds (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    scenario TEXT NOT NULL,
    left_id INTEGER NOT NULL REFERENCES contestants (id),
    right_id INTEGER NOT NULL REFERENCES contestants (id),
    left_text TEXT NOT NULL,
    right_text TEXT NOT NULL,
    probability REAL NOT NULL,
    votes INTEGER NOT NULL,
    opened_by BIGINT NOT NULL,
    opened_at TEXT NOT NULL,
    closes_at TEXT NOT NULL,
    closed_at TEXT
);
CREATE INDEX rounds_by_guild ON rounds (guild_id, id);
CREATE INDEX open_rounds ON rounds (closes_at) WHERE closed_at IS NULL;
CREATE TABLE round_votes (
    round_id INTEGER NOT NULL REFERENCES rounds (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    choice TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (round_id, user_id)
);
CREATE TABLE contributions (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    draft_id INTEGER REFERENCES drafts (id) ON DELETE SET NULL,
    draft TEXT NOT NULL,
    model_server TEXT NOT NULL,
    consent TEXT NOT NULL,
    texts TEXT NOT NULL,
    text_key TEXT,
    state TEXT NOT NULL,
    reason TEXT,
    judged_by BIGINT,
    judged_at TEXT,
    created_at TEXT NOT NULL,
    withdrawn_at TEXT
, kind TEXT NOT NULL DEFAULT 'joke');
CREATE UNIQUE INDEX contributions_once ON contributions (draft_id, user_id, text_key);
CREATE INDEX contributions_by_member ON contributions (guild_id, user_id, id);
CREATE INDEX waiting_contributions ON contributions (guild_id, id) WHERE state = 'waiting';
CREATE TABLE dataset_contributions (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id),
    contribution_id INTEGER NOT NULL REFERENCES contributions (id),
    PRIMARY KEY (dataset_id, contribution_id)
);
CREATE INDEX datasets_by_contribution ON dataset_contributions (contribution_id);
CREATE TABLE "draft_examples" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    draft_id INTEGER NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
    turns TEXT NOT NULL,
    contribution_id INTEGER UNIQUE REFERENCES contributions (id)
, asked_by BIGINT);
CREATE INDEX draft_examples_by_draft ON draft_examples (draft_id, id);
CREATE INDEX activations_by_kind ON activations (guild_id, kind, id);
CREATE TABLE chosen_slogans (
    generation_id INTEGER PRIMARY KEY REFERENCES generations (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    chosen_by BIGINT NOT NULL,
    chosen_at TEXT NOT NULL
);
CREATE TABLE prompts (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    system TEXT NOT NULL,
    examples TEXT NOT NULL,
    step TEXT NOT NULL,
    instruction TEXT,
    created_by BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (guild_id, kind, name_key, version)
);
CREATE TABLE prompt_uses (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    prompt_id INTEGER REFERENCES prompts (id),
    used_by BIGINT NOT NULL,
    used_at TEXT NOT NULL,
    evidence TEXT
);
CREATE INDEX prompt_uses_by_kind ON prompt_uses (guild_id, kind, id);
CREATE UNIQUE INDEX contestants_by_writer ON contestants (guild_id, kind, COALESCE(model_id, 0), COALESCE(prompt_id, 0));
CREATE INDEX usage_by_member ON usage (guild_id, user_id, created_at);
CREATE TABLE forgettings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id BIGINT NOT NULL,
    user_id BIGINT,
    asked_at TEXT NOT NULL
);
CREATE TABLE departures (
    guild_id BIGINT PRIMARY KEY,
    left_at TEXT NOT NULL
);
CREATE TABLE dataset_askers (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id),
    user_id BIGINT NOT NULL,
    PRIMARY KEY (dataset_id, user_id)
);
CREATE INDEX datasets_by_asker ON dataset_askers (user_id);
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
CREATE INDEX usage_by_age ON usage (created_at);
CREATE INDEX generations_by_usage ON generations (usage_id);
CREATE INDEX votes_by_member ON votes (user_id);
CREATE INDEX round_votes_by_member ON round_votes (user_id);
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
CREATE TABLE exempt_roles (
    guild_id BIGINT NOT NULL,
    role_id BIGINT NOT NULL,
    updated_by BIGINT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (guild_id, role_id)
);
CREATE TABLE command_permissions (
    guild_id BIGINT NOT NULL,
    command TEXT NOT NULL,
    kind TEXT NOT NULL,
    target_id BIGINT NOT NULL,
    updated_by BIGINT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (guild_id, command, kind, target_id)
);
CREATE TABLE moderation (
    guild_id BIGINT PRIMARY KEY,
    level TEXT,
    alert_channel_id BIGINT,
    updated_by BIGINT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE blocked_words (
    guild_id BIGINT NOT NULL,
    word TEXT NOT NULL,
    added_by BIGINT NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (guild_id, word)
);
CREATE TABLE bypass_roles (
    guild_id BIGINT NOT NULL,
    role_id BIGINT NOT NULL,
    added_by BIGINT NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (guild_id, role_id)
);
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until REAL NOT NULL,
    note TEXT
);
CREATE TABLE under_way (
    token TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    locale TEXT NOT NULL,
    owner TEXT NOT NULL,
    came_at TEXT NOT NULL
);
INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', 0), ('job_events', 0), ('draft_examples', 0);
