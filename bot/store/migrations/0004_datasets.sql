-- How many examples of a dataset use tools, which text-only servers do not train on.
ALTER TABLE datasets ADD COLUMN tool_examples INTEGER NOT NULL DEFAULT 0;

-- Names in any script are told apart by a key that the bot makes, since lower() knows ASCII alone; until now names were ASCII.
ALTER TABLE datasets ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE datasets SET name_key = lower(name);
DROP INDEX datasets_by_name;
CREATE UNIQUE INDEX datasets_by_name ON datasets (guild_id, name_key) WHERE removed_at IS NULL;
