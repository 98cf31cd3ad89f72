-- Ids are compared by their bytes, whatever the database's locale. Times are nanoseconds since 1970 in bigint.

CREATE TABLE jules.accounts (
    account     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          text COLLATE "C" NOT NULL UNIQUE,
    last_synced bigint,
    -- Rises with what is wanted, and with leases that are about no session.
    listeners   bigint NOT NULL DEFAULT 0
);

-- Where each session stands, in short rows. Whoever commits locks the row first, so positions become visible as they rise.
-- A session's number is never used again, and its positions and changes begin with it.
CREATE TABLE jules.sessions (
    session       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account       bigint NOT NULL,
    id            text COLLATE "C" NOT NULL,
    change        bigint NOT NULL DEFAULT 0,
    last_position bigint NOT NULL DEFAULT 0,
    activities    bigint NOT NULL DEFAULT 0,
    -- The mark: how far the watcher has come.
    newest        bigint,
    page_token    text,
    reconciled    bigint,
    looks         bigint NOT NULL DEFAULT 0,
    acts          bigint NOT NULL DEFAULT 0,
    act           text,
    status        text,
    deleted       boolean NOT NULL DEFAULT false,
    -- Whether a create made it, and not another one.
    claimed       boolean NOT NULL DEFAULT false,
    -- When all activities were fetched last, in which state the session was then and whether nothing more was to come,
    -- and when a sync last began to fetch them.
    hydrated      bigint,
    hydrated_state text,
    hydrated_update_time bigint,
    settled       boolean NOT NULL DEFAULT false,
    tried         bigint,
    UNIQUE (account, id)
) WITH (fillfactor = 70);
CREATE INDEX sessions_deleted ON jules.sessions (account) WHERE deleted;

-- The latest look at each session. Queries order rows by time, then id; a row without a time is older than all others.
CREATE TABLE jules.looks (
    session     bigint PRIMARY KEY,
    account     bigint NOT NULL,
    id          text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL,
    create_time bigint,
    sort_time   bigint NOT NULL,
    update_time bigint,
    seen_time   bigint NOT NULL,
    partial     boolean NOT NULL,
    -- Of the texts that a search looks through, the runs of three letters, as numbers.
    runs        integer[] NOT NULL,
    -- The server's JSON as it was sent: json and jsonb refuse some of it and change the rest.
    body        text NOT NULL,
    UNIQUE (account, id)
);

-- Bodies of more than two kilobytes stand beside the rows that scans read: PostgreSQL sees to that.
CREATE TABLE jules.activities (
    position    bigint PRIMARY KEY,
    session     bigint NOT NULL,
    account     bigint NOT NULL,
    id          text COLLATE "C" NOT NULL,
    type        text COLLATE "C" NOT NULL,
    originator  text COLLATE "C" NOT NULL,
    create_time bigint,
    sort_time   bigint NOT NULL,
    is_empty    boolean NOT NULL,
    runs        integer[] NOT NULL,
    body        text NOT NULL,
    UNIQUE (session, id)
);
CREATE INDEX activities_in_order ON jules.activities (session, position);

CREATE INDEX looks_by_time ON jules.looks (account, sort_time, id, session);
CREATE INDEX looks_by_state ON jules.looks (account, state, sort_time, id, session);
CREATE INDEX activities_by_time ON jules.activities (account, sort_time, id, session);
CREATE INDEX activities_by_type ON jules.activities (account, type, sort_time, id, session);
CREATE INDEX activities_by_session ON jules.activities (session, sort_time, id);
CREATE INDEX looks_by_runs ON jules.looks USING gin (runs);
CREATE INDEX activities_by_runs ON jules.activities USING gin (runs);

-- The clients that hold or want something, and until when, by the server's clock, what they want counts.
CREATE TABLE jules.handles (
    handle  text COLLATE "C" PRIMARY KEY,
    account bigint NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX handles_by_account ON jules.handles (account);

-- Whoever takes a lease gets the next generation. One that was given back is gone.
CREATE SEQUENCE jules.generations;
CREATE TABLE jules.leases (
    account    bigint NOT NULL,
    key        text COLLATE "C" NOT NULL,
    handle     text COLLATE "C",
    generation bigint NOT NULL,
    expires    timestamptz NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE INDEX leases_by_handle ON jules.leases (handle);

-- What each client wants of sessions; the interval is in nanoseconds.
CREATE TABLE jules.wants (
    account    bigint NOT NULL,
    session    text COLLATE "C" NOT NULL,
    handle     text COLLATE "C" NOT NULL,
    activities boolean NOT NULL,
    "interval" bigint,
    PRIMARY KEY (account, session, handle)
);
CREATE INDEX wants_by_handle ON jules.wants (handle);

-- When each budget's last turn that was taken is used up, and what the server's clock showed when it was taken.
CREATE TABLE jules.budgets (
    account bigint NOT NULL,
    name    text COLLATE "C" NOT NULL,
    spent   bigint,
    taken   bigint,
    PRIMARY KEY (account, name)
);

-- Named texts that all clients of an account share.
CREATE TABLE jules.notes (
    account bigint NOT NULL,
    name    text COLLATE "C" NOT NULL,
    value   text NOT NULL,
    PRIMARY KEY (account, name)
);

-- The sync that is under way, or was interrupted: what it was asked for, and since when.
CREATE TABLE jules.sync_runs (
    account bigint PRIMARY KEY,
    options text NOT NULL,
    started bigint NOT NULL
);
