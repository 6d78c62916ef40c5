-- What texts mean, by model: the text itself is not kept here, only the SHA-256 of its normalised form; vectors are little-endian float32.
CREATE TABLE embeddings (
    model TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    text_hash BLOB NOT NULL,
    vector BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (model, dimensions, text_hash)
);
CREATE INDEX embeddings_by_age ON embeddings (model, created_at);

-- Servers that search, and the model that all their texts were last embedded with; none while that has not been done.
CREATE TABLE searched (
    guild_id BIGINT PRIMARY KEY,
    model TEXT
);

-- Labels that texts are sorted under; `examples` is a JSON list of texts.
CREATE TABLE labels (
    id INTEGER PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    examples TEXT NOT NULL,
    created_by BIGINT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE UNIQUE INDEX labels_by_name ON labels (guild_id, lower(name));
