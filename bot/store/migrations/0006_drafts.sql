-- Datasets in the making. What is saved of one is a dataset; the draft stays, and its next version is another dataset.
CREATE TABLE drafts (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    system TEXT NOT NULL,
    versions INTEGER NOT NULL DEFAULT 0,
    created_by BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (guild_id, name_key)
);

-- `turns` is a JSON list of role and content; without a system message the draft's own is used.
CREATE TABLE draft_examples (
    id INTEGER PRIMARY KEY,
    draft_id INTEGER NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
    turns TEXT NOT NULL
);
CREATE INDEX draft_examples_by_draft ON draft_examples (draft_id, id);
