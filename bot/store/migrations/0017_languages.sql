-- The language of what the bot posts for a whole server, as Discord writes it (zh-CN); NULL: the one that the server has in Discord.
ALTER TABLE guild_settings ADD COLUMN language TEXT;
