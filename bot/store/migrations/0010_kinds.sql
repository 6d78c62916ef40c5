-- What a dataset's examples, and so a model, write: jokes or slogans. Until now everything was jokes.
ALTER TABLE drafts ADD COLUMN kind TEXT NOT NULL DEFAULT 'joke';
ALTER TABLE datasets ADD COLUMN kind TEXT NOT NULL DEFAULT 'joke';
ALTER TABLE models ADD COLUMN kind TEXT NOT NULL DEFAULT 'joke';

-- The system message that most examples have: a model is asked with the one that it was trained on.
ALTER TABLE datasets ADD COLUMN system TEXT;

-- The newest row of a guild and kind is what it uses for that.
ALTER TABLE activations ADD COLUMN kind TEXT NOT NULL DEFAULT 'joke';
DROP INDEX activations_by_guild;
CREATE INDEX activations_by_kind ON activations (guild_id, kind, id);
