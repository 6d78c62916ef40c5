-- Servers whose arena is open: a round closes after so many votes, or so many minutes.
CREATE TABLE arenas (
    guild_id BIGINT PRIMARY KEY,
    votes INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    started_by BIGINT NOT NULL,
    started_at TEXT NOT NULL,
    stopped_at TEXT
);

-- Who takes part in a server's arena: one of its models, or the base with examples (no model).
CREATE TABLE contestants (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    model_id INTEGER REFERENCES models (id),
    added_by BIGINT NOT NULL,
    added_at TEXT NOT NULL,
    removed_at TEXT
);
CREATE UNIQUE INDEX contestants_by_model ON contestants (guild_id, COALESCE(model_id, 0));

-- Two answers to one scenario, unlabelled while votes are taken. `probability` is that of choosing this pair, `votes` how many close it.
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

-- Why a model was promoted, in one sentence.
ALTER TABLE activations ADD COLUMN evidence TEXT;
