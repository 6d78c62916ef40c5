-- The ledger. A row is written before a request is sent, with the most that it can cost, and settled afterwards; requests of before
-- were all answered, and their cost was not kept. A cost is in billionths of a dollar, by the price list of that day.
ALTER TABLE usage ADD COLUMN command TEXT NOT NULL DEFAULT '';
ALTER TABLE usage ADD COLUMN cached_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN cost_nanodollars BIGINT;
ALTER TABLE usage ADD COLUMN priced_on TEXT;
ALTER TABLE usage ADD COLUMN outcome TEXT NOT NULL DEFAULT 'answered';
ALTER TABLE usage ADD COLUMN error TEXT;
UPDATE usage SET command = kind;
CREATE INDEX usage_by_member ON usage (guild_id, user_id, created_at);
