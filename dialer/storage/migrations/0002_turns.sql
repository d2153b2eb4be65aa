-- What improving a template needs of each turn. Rows of before read as empty.

ALTER TABLE turns ADD COLUMN input        TEXT;
ALTER TABLE turns ADD COLUMN point        TEXT;
ALTER TABLE turns ADD COLUMN readings     TEXT NOT NULL DEFAULT '[]';
ALTER TABLE turns ADD COLUMN also         TEXT NOT NULL DEFAULT '[]';
ALTER TABLE turns ADD COLUMN alternatives TEXT NOT NULL DEFAULT '[]';
ALTER TABLE turns ADD COLUMN sentiment    REAL;
ALTER TABLE turns ADD COLUMN handoff      TEXT;

ALTER TABLE calls ADD COLUMN categories       TEXT    NOT NULL DEFAULT '[]';
ALTER TABLE calls ADD COLUMN handoff_score    TEXT;
ALTER TABLE calls ADD COLUMN handoff_by_score INTEGER NOT NULL DEFAULT 0;
