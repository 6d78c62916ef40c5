-- System messages with examples by which the base writes; a version never changes. `examples` is a JSON list of questions with answers,
-- `step` (none, pick, polish) is what is done with the draft, by the `instruction`.
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

-- The newest row of a guild and kind is the prompt that the base has; no prompt means the shipped one.
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

-- The base takes part in the arena with the shipped examples, or with a prompt.
ALTER TABLE contestants ADD COLUMN prompt_id INTEGER REFERENCES prompts (id);
DROP INDEX contestants_by_model;
CREATE UNIQUE INDEX contestants_by_writer ON contestants (guild_id, COALESCE(model_id, 0), COALESCE(prompt_id, 0));
