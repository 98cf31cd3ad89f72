-- What a row was written as. Where there is none, an earlier version wrote it: then it is taken as it is.
ALTER TABLE activities ADD COLUMN checksum INTEGER;
ALTER TABLE looks ADD COLUMN checksum INTEGER;
ALTER TABLE sessions ADD COLUMN mark_checksum INTEGER;
