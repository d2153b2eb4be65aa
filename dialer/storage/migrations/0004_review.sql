-- What a trainer has looked at: it does not come back into the review.
CREATE TABLE reviewed (
    call_id BLOB    NOT NULL REFERENCES calls (id),
    turn    INTEGER NOT NULL,
    verdict TEXT    NOT NULL CHECK (verdict IN ('dismissed', 'assigned')),
    intent  TEXT,
    at      INTEGER NOT NULL,
    user_id INTEGER REFERENCES users (id),
    PRIMARY KEY (call_id, turn),
    CHECK ((verdict = 'assigned') = (intent IS NOT NULL))
) STRICT, WITHOUT ROWID;
