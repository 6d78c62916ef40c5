-- Who does what where several processes serve one bot: a shard, the work in the background, the next IDENTIFY. `until` is in seconds since
-- 1970 by the database's clock; after it anybody may claim the lease. `note` is what its owner left for the next one.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until REAL NOT NULL,
    note TEXT
);
