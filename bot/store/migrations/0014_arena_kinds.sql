-- What a contestant writes: jokes meet jokes, and slogans meet slogans. The base takes part once for each.
ALTER TABLE contestants ADD COLUMN kind TEXT NOT NULL DEFAULT 'joke';
DROP INDEX contestants_by_writer;
CREATE UNIQUE INDEX contestants_by_writer ON contestants (guild_id, kind, COALESCE(model_id, 0), COALESCE(prompt_id, 0));
