-- Where a joke or slogan was asked for: what is shown again elsewhere must not come from a channel that fewer people read.
ALTER TABLE generations ADD COLUMN channel_id BIGINT;
