CREATE TABLE sessions (
    id          TEXT PRIMARY KEY NOT NULL,
    state       TEXT NOT NULL,
    create_time INTEGER,
    update_time INTEGER,
    seen_time   INTEGER NOT NULL,
    body        TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE activities (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    session     TEXT NOT NULL,
    id          TEXT NOT NULL,
    type        TEXT NOT NULL,
    originator  TEXT NOT NULL,
    create_time INTEGER,
    body        TEXT,
    UNIQUE (session, id)
) STRICT;
CREATE INDEX activities_in_order ON activities (session, position);

-- Bodies too large to stand in the rows that scans read; their activity's own body is null.
CREATE TABLE large_bodies (
    position INTEGER PRIMARY KEY NOT NULL,
    body     TEXT NOT NULL
) STRICT;

-- How far the watcher has come with each session.
CREATE TABLE marks (
    session    TEXT PRIMARY KEY NOT NULL,
    newest     INTEGER,
    page_token TEXT,
    reconciled INTEGER
) STRICT, WITHOUT ROWID;
