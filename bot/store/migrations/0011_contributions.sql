-- Examples that members gave for training, with what they agreed to. `texts` is a JSON list of scenario and punchline: what was
-- given, then each change by an admin. A withdrawn one keeps its row, without texts, reason and `text_key`.
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
);
CREATE UNIQUE INDEX contributions_once ON contributions (draft_id, user_id, text_key);
CREATE INDEX contributions_by_member ON contributions (guild_id, user_id, id);
CREATE INDEX waiting_contributions ON contributions (guild_id, id) WHERE state = 'waiting';

-- Which datasets hold which of them.
CREATE TABLE dataset_contributions (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id),
    contribution_id INTEGER NOT NULL REFERENCES contributions (id),
    PRIMARY KEY (dataset_id, contribution_id)
);
CREATE INDEX datasets_by_contribution ON dataset_contributions (contribution_id);

-- An example knows the contribution that it came from. Numbers are not used twice: a form may still be open on one that is gone.
CREATE TABLE new_draft_examples (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    draft_id INTEGER NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
    turns TEXT NOT NULL,
    contribution_id INTEGER UNIQUE REFERENCES contributions (id)
);
INSERT INTO new_draft_examples (id, draft_id, turns) SELECT id, draft_id, turns FROM draft_examples ORDER BY id;
DROP TABLE draft_examples;
ALTER TABLE new_draft_examples RENAME TO draft_examples;
CREATE INDEX draft_examples_by_draft ON draft_examples (draft_id, id);

-- The draft that a server collects for. Its name stays when it is deleted, so that people can be told.
ALTER TABLE guild_settings ADD COLUMN contribution_draft_id INTEGER REFERENCES drafts (id) ON DELETE SET NULL;
ALTER TABLE guild_settings ADD COLUMN contribution_draft TEXT;

-- Since when a job's files must go from the model server, however long that takes: somebody withdrew what they hold.
ALTER TABLE jobs ADD COLUMN files_withdrawn_at TEXT;
