-- The last change of a task or a place.
ALTER TABLE accounts ADD COLUMN tasks INTEGER NOT NULL DEFAULT 0;

-- What is to be started once: the keys of runs, which have no queue, and the tasks of queues.
CREATE TABLE tasks (
    place      INTEGER PRIMARY KEY AUTOINCREMENT,
    account    INTEGER NOT NULL,
    key        TEXT NOT NULL,
    queue      TEXT,
    state      TEXT NOT NULL,
    priority   INTEGER NOT NULL,
    not_before INTEGER,
    asked      TEXT NOT NULL,
    data       TEXT NOT NULL,
    session    TEXT,
    attempts   INTEGER NOT NULL DEFAULT 0,
    worker     TEXT,
    cancelled  INTEGER NOT NULL DEFAULT 0,
    created    INTEGER NOT NULL,
    started    INTEGER,
    ended      INTEGER,
    UNIQUE (account, key)
) STRICT;
CREATE INDEX tasks_to_start ON tasks (account, queue, priority DESC, place) WHERE state = 'waiting';
CREATE INDEX tasks_by_state ON tasks (account, queue, state, place);
CREATE INDEX tasks_by_end ON tasks (account, ended, place) WHERE ended IS NOT NULL;
CREATE UNIQUE INDEX tasks_by_session ON tasks (account, session) WHERE session IS NOT NULL;

-- What the plan counts: creations, and whether each still holds a slot.
CREATE TABLE places (
    account INTEGER NOT NULL,
    id      TEXT NOT NULL,
    task    TEXT,
    queue   TEXT,
    session TEXT,
    at      INTEGER NOT NULL,
    open    INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX places_by_time ON places (account, at);
CREATE INDEX places_open ON places (account, task) WHERE open = 1;
CREATE INDEX places_by_session ON places (account, session) WHERE session IS NOT NULL;
