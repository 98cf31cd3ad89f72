-- Rises with every change of a task or a place.
ALTER TABLE jules.accounts ADD COLUMN tasks bigint NOT NULL DEFAULT 0;

-- What is to be started once: the keys of runs, which have no queue, and the tasks of queues.
CREATE TABLE jules.tasks (
    place      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account    bigint NOT NULL,
    key        text COLLATE "C" NOT NULL,
    queue      text COLLATE "C",
    state      text COLLATE "C" NOT NULL,
    priority   bigint NOT NULL,
    not_before bigint,
    asked      text NOT NULL,
    data       text NOT NULL,
    session    text COLLATE "C",
    attempts   bigint NOT NULL DEFAULT 0,
    worker     text,
    cancelled  boolean NOT NULL DEFAULT false,
    created    bigint NOT NULL,
    started    bigint,
    ended      bigint,
    UNIQUE (account, key)
) WITH (fillfactor = 80);
CREATE INDEX tasks_to_start ON jules.tasks (account, queue, priority DESC, place) WHERE state = 'waiting';
CREATE INDEX tasks_by_state ON jules.tasks (account, queue, state, place);
CREATE INDEX tasks_by_end ON jules.tasks (account, ended, place) WHERE ended IS NOT NULL;
CREATE UNIQUE INDEX tasks_by_session ON jules.tasks (account, session) WHERE session IS NOT NULL;

-- What the plan counts: creations, and whether each still holds a slot.
CREATE TABLE jules.places (
    account bigint NOT NULL,
    id      text COLLATE "C" NOT NULL,
    task    text COLLATE "C",
    queue   text COLLATE "C",
    session text COLLATE "C",
    at      bigint NOT NULL,
    open    boolean NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX places_by_time ON jules.places (account, at);
CREATE INDEX places_open ON jules.places (account, task) WHERE open;
CREATE INDEX places_by_session ON jules.places (account, session) WHERE session IS NOT NULL;
