-- What a dataset's examples, and so a model, write: jokes or slogans. Until now everything was jokes.
ALTER TABLE drafts ADD COLUMN kind TEXT NOT NULL DEFAULT 'joke';
ALTER TABLE datasets ADD COLUMN kind TEXT NOT NULL DEFAULT 'joke';
ALTER TABLE models ADD COLUMN kind TEXT NOT NULL DEFAULT 'joke';
ALTER TABLE contributions ADD COLUMN kind TEXT NOT NULL DEFAULT 'joke';

-- The system message that most examples have: a model is asked with the one that it was trained on.
ALTER TABLE datasets ADD COLUMN system TEXT;

-- The newest row of a guild and kind is what it uses for that.
ALTER TABLE activations ADD COLUMN kind TEXT NOT NULL DEFAULT 'joke';
DROP INDEX activations_by_guild;
CREATE INDEX activations_by_kind ON activations (guild_id, kind, id);

-- The one slogan of a request that a member means to use; there may be several in one message.
CREATE TABLE chosen_slogans (
    generation_id INTEGER PRIMARY KEY REFERENCES generations (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    chosen_by BIGINT NOT NULL,
    chosen_at TEXT NOT NULL
);
