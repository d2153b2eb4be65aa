-- Published versions of dialog templates. The draft is the file in the templates folder. `sha256` is that of
-- `text` and what `calls.template_version` holds, so it names a text for ever.

CREATE TABLE template_versions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    template     TEXT    NOT NULL,
    number       INTEGER NOT NULL,
    sha256       TEXT    NOT NULL,
    text         TEXT    NOT NULL,
    tests        TEXT    NOT NULL,
    note         TEXT    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('live', 'canary', 'archived')),
    share        INTEGER CHECK (share BETWEEN 1 AND 50),
    published_at INTEGER NOT NULL,
    published_by INTEGER REFERENCES users (id),
    live_at      INTEGER,
    UNIQUE (template, number),
    UNIQUE (template, sha256),
    CHECK ((state = 'canary') = (share IS NOT NULL)),
    CHECK (state <> 'live' OR live_at IS NOT NULL)
) STRICT;

-- Whatever the program believes, a new call has one version to get, or two with a share between them.
CREATE UNIQUE INDEX template_versions_live ON template_versions (template) WHERE state = 'live';
CREATE UNIQUE INDEX template_versions_canary ON template_versions (template) WHERE state = 'canary';
CREATE INDEX template_versions_by_sha256 ON template_versions (sha256);
CREATE INDEX calls_by_version ON calls (template_version, started_at);
-- Who opted out in a call, for what came of each version.
CREATE INDEX dnc_by_call ON dnc (call_id) WHERE call_id IS NOT NULL;
