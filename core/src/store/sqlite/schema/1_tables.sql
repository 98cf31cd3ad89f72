-- A number that only rises: whatever is changed, and every lease that changes hands, takes the next one.
CREATE TABLE store (
    only_one INTEGER PRIMARY KEY NOT NULL CHECK (only_one = 1),
    change   INTEGER NOT NULL
) STRICT;
INSERT INTO store VALUES (1, 0);

-- How many rows an account has is kept as they come and go: to count them would be to read all of them.
CREATE TABLE accounts (
    account     INTEGER PRIMARY KEY NOT NULL,
    id          TEXT NOT NULL UNIQUE,
    sessions    INTEGER NOT NULL DEFAULT 0,
    activities  INTEGER NOT NULL DEFAULT 0,
    last_synced INTEGER,
    -- The last change of what is wanted, and of leases that are about no session.
    listeners   INTEGER NOT NULL DEFAULT 0,
    -- The last change that took sessions away.
    purged      INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Where each session stands, in short rows: what listeners read after each change.
CREATE TABLE sessions (
    session       INTEGER PRIMARY KEY NOT NULL,
    account       INTEGER NOT NULL,
    id            TEXT NOT NULL,
    change        INTEGER NOT NULL DEFAULT 0,
    last_position INTEGER NOT NULL DEFAULT 0,
    activities    INTEGER NOT NULL DEFAULT 0,
    -- The mark: how far the watcher has come.
    newest        INTEGER,
    page_token    TEXT,
    reconciled    INTEGER,
    looks         INTEGER NOT NULL DEFAULT 0,
    acts          INTEGER NOT NULL DEFAULT 0,
    act           TEXT,
    status        TEXT,
    deleted       INTEGER NOT NULL DEFAULT 0,
    -- Whether a create made it, and not another one.
    claimed       INTEGER NOT NULL DEFAULT 0,
    -- When all activities were fetched last, in which state the session was then and whether nothing more was to come,
    -- and when a sync last began to fetch them.
    hydrated      INTEGER,
    hydrated_state TEXT,
    hydrated_update_time INTEGER,
    settled       INTEGER NOT NULL DEFAULT 0,
    tried         INTEGER,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX sessions_by_change ON sessions (change);
CREATE INDEX sessions_deleted ON sessions (account) WHERE deleted = 1;

-- The latest look at each session. Queries order rows by time, then id; a row without a time is older than all others.
CREATE TABLE looks (
    session     INTEGER PRIMARY KEY NOT NULL,
    account     INTEGER NOT NULL,
    id          TEXT NOT NULL,
    state       TEXT NOT NULL,
    create_time INTEGER,
    update_time INTEGER,
    seen_time   INTEGER NOT NULL,
    partial     INTEGER NOT NULL,
    body        TEXT NOT NULL,
    sort_time   INTEGER GENERATED ALWAYS AS (ifnull(create_time, -9223372036854775808)) VIRTUAL,
    UNIQUE (account, id)
) STRICT;

CREATE TABLE activities (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    session     INTEGER NOT NULL,
    account     INTEGER NOT NULL,
    id          TEXT NOT NULL,
    type        TEXT NOT NULL,
    originator  TEXT NOT NULL,
    create_time INTEGER,
    is_empty    INTEGER NOT NULL,
    body        TEXT,
    sort_time   INTEGER GENERATED ALWAYS AS (ifnull(create_time, -9223372036854775808)) VIRTUAL,
    UNIQUE (session, id)
) STRICT;
CREATE INDEX activities_in_order ON activities (session);

-- Bodies too large to stand in the rows that scans read; their activity's own body is null.
CREATE TABLE large_bodies (
    position INTEGER PRIMARY KEY NOT NULL,
    body     TEXT NOT NULL
) STRICT;

-- Each covers what queries filter and order by, so that only the rows that are given are read themselves.
CREATE INDEX looks_by_time ON looks (account, sort_time, id, state);
CREATE INDEX looks_by_state ON looks (account, state, sort_time, id);
CREATE INDEX activities_by_time ON activities (account, sort_time, id, session, type);
CREATE INDEX activities_by_type ON activities (account, type, sort_time, id, session);
CREATE INDEX activities_by_session ON activities (session, sort_time, id, type);

-- The texts that a search looks through, folded, as the runs of three letters in them: which rows may have a term.
CREATE VIRTUAL TABLE activity_search USING fts5
    (texts, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1');
CREATE VIRTUAL TABLE session_search USING fts5
    (texts, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1');

-- The clients that hold or want something. A beat that stands still for long is one of a client that is gone.
CREATE TABLE handles (
    handle  TEXT PRIMARY KEY NOT NULL,
    account INTEGER NOT NULL,
    beat    INTEGER NOT NULL,
    -- Whether it holds the lock on its file: when that is free, it is gone.
    locks   INTEGER NOT NULL,
    process INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX handles_by_account ON handles (account);

CREATE TABLE leases (
    account    INTEGER NOT NULL,
    key        TEXT NOT NULL,
    handle     TEXT NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

-- What each client wants of sessions; the interval is in nanoseconds.
CREATE TABLE wants (
    account    INTEGER NOT NULL,
    session    TEXT NOT NULL,
    handle     TEXT NOT NULL,
    activities INTEGER NOT NULL,
    interval   INTEGER,
    PRIMARY KEY (account, session, handle)
) STRICT, WITHOUT ROWID;

-- When each budget's last turn that was taken is used up, and what the clock showed when it was taken.
CREATE TABLE budgets (
    account INTEGER NOT NULL,
    name    TEXT NOT NULL,
    spent   INTEGER NOT NULL,
    taken   INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

-- Named texts that all clients of an account share.
CREATE TABLE notes (
    account INTEGER NOT NULL,
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

-- The sync that is under way, or was interrupted: what it was asked for, and since when.
CREATE TABLE sync_runs (
    account INTEGER PRIMARY KEY NOT NULL,
    options TEXT NOT NULL,
    started INTEGER NOT NULL
) STRICT;
