-- Instants are Unix milliseconds, names of states and outcomes are those of warmline-domain,
-- JSON is kept as text. Numbers are normalised: E.164 with its plus sign, or a trunk's own dial string.

CREATE TABLE lists (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    settings   TEXT    NOT NULL,
    columns    TEXT    NOT NULL,
    contacts   INTEGER NOT NULL DEFAULT 0,
    complete   INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE contacts (
    id          INTEGER PRIMARY KEY,
    list_id     INTEGER NOT NULL REFERENCES lists (id),
    line        INTEGER NOT NULL,
    number      TEXT    NOT NULL,
    region      TEXT,
    name        TEXT    NOT NULL,
    external_id TEXT,
    time_zone   TEXT,
    postcode    TEXT,
    consent     TEXT    NOT NULL,
    variables   TEXT    NOT NULL,
    UNIQUE (list_id, number)
) STRICT;
-- Holds the row id as well: a list in the order of its import, page by page.
CREATE INDEX contacts_by_list ON contacts (list_id);

CREATE TABLE campaigns (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    list_id    INTEGER NOT NULL REFERENCES lists (id),
    settings   TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at   INTEGER
) STRICT;

CREATE TABLE attempts (
    id           BLOB    PRIMARY KEY,
    campaign_id  INTEGER NOT NULL REFERENCES campaigns (id),
    contact_id   INTEGER NOT NULL REFERENCES contacts (id),
    number       TEXT    NOT NULL,
    ordinal      INTEGER NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('reserved', 'dialling', 'closed')),
    reserved_at  INTEGER NOT NULL,
    dialled_at   INTEGER,
    closed_at    INTEGER,
    outcome      TEXT,
    close_reason TEXT,
    CHECK ((state = 'closed') = (outcome IS NOT NULL AND closed_at IS NOT NULL AND close_reason IS NOT NULL)),
    CHECK (state <> 'dialling' OR dialled_at IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- No contact and no telephone is ever rung twice at the same time, whatever the program believes.
CREATE UNIQUE INDEX attempts_open_contact ON attempts (contact_id) WHERE state <> 'closed';
CREATE UNIQUE INDEX attempts_open_number ON attempts (number) WHERE state <> 'closed';
CREATE INDEX attempts_by_contact ON attempts (campaign_id, contact_id, state, closed_at, outcome);

CREATE TABLE calls (
    id               BLOB    PRIMARY KEY REFERENCES attempts (id),
    campaign_id      INTEGER NOT NULL REFERENCES campaigns (id),
    contact_id       INTEGER NOT NULL REFERENCES contacts (id),
    state            TEXT    NOT NULL CHECK (state IN ('dialling', 'ringing', 'answered', 'ended')),
    trunk            TEXT    NOT NULL,
    caller_id        TEXT,
    template         TEXT    NOT NULL,
    template_version TEXT    NOT NULL,
    started_at       INTEGER NOT NULL,
    answered_at      INTEGER,
    ended_at         INTEGER,
    answered_by      TEXT,
    outcome          TEXT,
    end_reason       TEXT,
    sip_status       INTEGER,
    cause            TEXT,
    ring_ms          INTEGER,
    talk_ms          INTEGER NOT NULL DEFAULT 0,
    intent           TEXT,
    tags             TEXT    NOT NULL DEFAULT '[]',
    slots            TEXT    NOT NULL DEFAULT '{}',
    handed_over      INTEGER NOT NULL DEFAULT 0,
    turns            INTEGER NOT NULL DEFAULT 0,
    handoff_reason   TEXT,
    handoff_skill    TEXT,
    handoff_at       INTEGER,
    handoff_agent    TEXT,
    handoff_wait_ms  INTEGER,
    handoff_failed   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX calls_by_time ON calls (started_at, id);
CREATE INDEX calls_by_campaign ON calls (campaign_id, started_at, id);
CREATE INDEX calls_by_contact ON calls (contact_id, started_at);

CREATE TABLE turns (
    call_id        BLOB    NOT NULL REFERENCES calls (id),
    turn           INTEGER NOT NULL,
    step           TEXT    NOT NULL,
    said           TEXT    NOT NULL,
    said_from_ms   INTEGER NOT NULL,
    said_to_ms     INTEGER NOT NULL,
    interrupted    INTEGER NOT NULL,
    heard          TEXT    NOT NULL,
    heard_from_ms  INTEGER,
    heard_to_ms    INTEGER,
    confidence     REAL,
    understood     TEXT,
    score          REAL,
    why            TEXT,
    total_ms       REAL,
    endpointing_ms REAL,
    asr_ms         REAL,
    nlu_dialog_ms  REAL,
    tts_ms         REAL,
    PRIMARY KEY (call_id, turn)
) STRICT, WITHOUT ROWID;

CREATE TABLE recordings (
    call_id        BLOB    NOT NULL REFERENCES calls (id),
    path           TEXT    NOT NULL,
    sample_rate_hz INTEGER NOT NULL,
    started_at     INTEGER NOT NULL,
    PRIMARY KEY (call_id, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE callbacks (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    campaign_id INTEGER REFERENCES campaigns (id),
    contact_id  INTEGER REFERENCES contacts (id),
    number      TEXT    NOT NULL,
    call_id     BLOB    REFERENCES calls (id),
    due_at      INTEGER,
    reason      TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('waiting', 'done', 'cancelled')),
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX callbacks_waiting ON callbacks (campaign_id, contact_id) WHERE state = 'waiting';
CREATE INDEX callbacks_waiting_number ON callbacks (number) WHERE state = 'waiting';

CREATE TABLE dnc (
    number   TEXT    PRIMARY KEY,
    source   TEXT    NOT NULL,
    added_at INTEGER NOT NULL,
    call_id  BLOB,
    note     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    name                 TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    role                 TEXT    NOT NULL,
    password_hash        TEXT    NOT NULL,
    enabled              INTEGER NOT NULL DEFAULT 1,
    must_change_password INTEGER NOT NULL,
    created_at           INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    token_hash TEXT    PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    user_id INTEGER,
    action  TEXT    NOT NULL,
    detail  TEXT    NOT NULL
) STRICT;

-- The feed: what the console and, later, webhooks and a bus read in order, by id.
CREATE TABLE events (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    campaign_id INTEGER,
    call_id     BLOB,
    data        TEXT    NOT NULL
) STRICT;
