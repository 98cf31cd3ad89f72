-- How many rows there are, kept as they come and go: to count them would be to read all of them.
CREATE TABLE totals (
    only_one    INTEGER PRIMARY KEY NOT NULL CHECK (only_one = 1),
    sessions    INTEGER NOT NULL,
    activities  INTEGER NOT NULL,
    last_synced INTEGER
) STRICT;
INSERT INTO totals SELECT 1, (SELECT count(*) FROM sessions), (SELECT count(*) FROM activities), NULL;

-- What is known of each session's activities: how many there are, when all of them were fetched last, in which state the
-- session was then and whether nothing more was to come, and when a sync last began to fetch them.
CREATE TABLE freshness (
    session     TEXT PRIMARY KEY NOT NULL,
    activities  INTEGER NOT NULL DEFAULT 0,
    hydrated    INTEGER,
    state       TEXT,
    update_time INTEGER,
    settled     INTEGER NOT NULL DEFAULT 0,
    tried       INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO freshness (session, activities) SELECT session, count(*) FROM activities GROUP BY session;

CREATE TRIGGER count_session AFTER INSERT ON sessions BEGIN
    UPDATE totals SET sessions = sessions + 1;
END;
CREATE TRIGGER discount_session AFTER DELETE ON sessions BEGIN
    UPDATE totals SET sessions = sessions - 1;
END;
CREATE TRIGGER count_activity AFTER INSERT ON activities BEGIN
    UPDATE totals SET activities = activities + 1;
    INSERT INTO freshness (session, activities) VALUES (new.session, 1)
    ON CONFLICT (session) DO UPDATE SET activities = activities + 1;
END;
CREATE TRIGGER discount_activity AFTER DELETE ON activities BEGIN
    UPDATE totals SET activities = activities - 1;
    UPDATE freshness SET activities = activities - 1 WHERE session = old.session;
END;

-- The sync that is under way, or was interrupted: what it was asked for, and since when.
CREATE TABLE sync_run (
    only_one INTEGER PRIMARY KEY NOT NULL CHECK (only_one = 1),
    options  TEXT NOT NULL,
    started  INTEGER NOT NULL
) STRICT;
