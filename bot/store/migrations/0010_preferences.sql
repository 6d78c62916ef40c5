-- What a dataset is for: OpenAI's words for the method of a fine-tuning job, `supervised` (chats) or `dpo` (preference pairs).
ALTER TABLE datasets ADD COLUMN method TEXT NOT NULL DEFAULT 'supervised';
