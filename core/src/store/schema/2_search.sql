-- Queries order rows by time, then id. A row without a time is older than all others.
ALTER TABLE sessions ADD COLUMN sort_time INTEGER GENERATED ALWAYS AS (ifnull(create_time, -9223372036854775808)) VIRTUAL;
ALTER TABLE activities ADD COLUMN sort_time INTEGER GENERATED ALWAYS AS (ifnull(create_time, -9223372036854775808)) VIRTUAL;

-- Each covers what queries filter and order by, so that only the rows that are given are read themselves.
CREATE INDEX sessions_by_time ON sessions (sort_time, id, state);
CREATE INDEX sessions_by_state ON sessions (state, sort_time, id);
CREATE INDEX activities_by_time ON activities (sort_time, id, session, type);
CREATE INDEX activities_by_type ON activities (type, sort_time, id, session);
CREATE INDEX activities_by_session ON activities (session, sort_time, id, type);

-- The texts that a search looks through, folded, as the runs of three letters in them: which rows may have a term.
CREATE VIRTUAL TABLE activity_search USING fts5
    (texts, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1');
CREATE VIRTUAL TABLE session_search USING fts5
    (texts, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1');
-- A session's number in session_search.
CREATE TABLE session_numbers (
    number  INTEGER PRIMARY KEY NOT NULL,
    session TEXT NOT NULL UNIQUE
) STRICT;
