-- Who does what where several processes serve one bot: a shard, the work in the background, the next IDENTIFY. `until` is in seconds since
-- 1970 by the database's clock; after it anybody may claim the lease. `note` is what its owner left for the next one.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until REAL NOT NULL,
    note TEXT
);
-- Commands that a process is answering. If it dies, the next one tells those who wait. `token` is what Discord lets one answer with, for 15
-- minutes.
CREATE TABLE under_way (
    token TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    locale TEXT NOT NULL,
    owner TEXT NOT NULL,
    came_at TEXT NOT NULL
);
