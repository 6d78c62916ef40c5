-- What the bot owes Discord. A row waits while delivered_revision < revision; `body` is the text where no other row has it.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT,
    channel_id BIGINT,
    message_id BIGINT,
    sends INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 1,
    delivered_revision INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    delivered_at TEXT,
    UNIQUE (guild_id, kind, subject)
);
CREATE INDEX outbox_waiting ON outbox (next_attempt_at) WHERE delivered_revision < revision;

INSERT INTO outbox (guild_id, kind, subject, channel_id, message_id, sends, revision, delivered_revision, next_attempt_at, changed_at, delivered_at)
SELECT guild_id, 'job', CAST(id AS TEXT), channel_id, message_id, message_id IS NOT NULL, revision, shown_revision,
       created_at, COALESCE(finished_at, created_at), notified_at
FROM jobs ORDER BY id;
INSERT INTO outbox (guild_id, kind, subject, channel_id, sends, delivered_revision, next_attempt_at, changed_at, delivered_at)
SELECT j.guild_id, 'report', CAST(r.job_id AS TEXT), j.channel_id, r.shown_at IS NOT NULL, r.shown_at IS NOT NULL,
       r.created_at, r.created_at, r.shown_at
FROM reports r JOIN jobs j ON j.id = r.job_id ORDER BY r.job_id;
INSERT INTO outbox (guild_id, kind, subject, body, sends, delivered_revision, next_attempt_at, changed_at, delivered_at)
SELECT guild_id, 'notice', key, text, shown_at IS NOT NULL, shown_at IS NOT NULL, created_at, created_at, shown_at
FROM notices ORDER BY id;
DROP TABLE notices;
ALTER TABLE jobs DROP COLUMN message_id;
ALTER TABLE jobs DROP COLUMN revision;
ALTER TABLE jobs DROP COLUMN shown_revision;
ALTER TABLE jobs DROP COLUMN notified_at;

-- Since when, and from which step on, a job has been running without a break: the time left is told by that.
ALTER TABLE jobs ADD COLUMN running_since TEXT;
ALTER TABLE jobs ADD COLUMN running_from_step INTEGER;

-- An evaluation's attempts are counted before it asks anything, since asking may cost money. No `report` means: not written yet.
CREATE TABLE new_reports (
    job_id INTEGER PRIMARY KEY REFERENCES jobs (id),
    report TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    created_at TEXT NOT NULL
);
INSERT INTO new_reports (job_id, report, attempts, next_attempt_at, created_at)
SELECT job_id, report, 1, created_at, created_at FROM reports;
DROP TABLE reports;
ALTER TABLE new_reports RENAME TO reports;

-- Answers of an evaluation under way, so that none is paid for twice. `role` is tuned or base.
CREATE TABLE evaluation_answers (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    role TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (job_id, question, role)
);

-- Events get a number of their own: a rowid may change.
CREATE TABLE new_job_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    level TEXT NOT NULL,
    type TEXT NOT NULL,
    message TEXT NOT NULL,
    data TEXT NOT NULL,
    UNIQUE (job_id, event_id)
);
INSERT INTO new_job_events (job_id, event_id, created_at, level, type, message, data)
SELECT job_id, event_id, created_at, level, type, message, data FROM job_events ORDER BY rowid;
DROP TABLE job_events;
ALTER TABLE new_job_events RENAME TO job_events;

-- A model that is out of the lists is archived.
DROP INDEX models_by_name;
ALTER TABLE models RENAME COLUMN retired_at TO archived_at;
CREATE UNIQUE INDEX models_by_name ON models (guild_id, lower(name)) WHERE name IS NOT NULL AND archived_at IS NULL;

-- What a joke or slogan was asked for: a joke that was shown for a scenario is not told again.
ALTER TABLE generations ADD COLUMN asked TEXT NOT NULL DEFAULT '';
UPDATE generations SET asked = COALESCE(json_extract(request, '$.scenario'), json_extract(request, '$.description'), '');
CREATE INDEX generations_by_asked ON generations (asked);
