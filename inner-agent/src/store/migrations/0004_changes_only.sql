-- What lets a run of changes cost what changed.

-- One row of the log-in kind whose identity number another row had too when they were compared last.
CREATE TABLE shared_login(key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
-- All rows are compared once.
DELETE FROM full_run;

-- One row: the court's day on which length and time of every published document's file were compared last, and when.
CREATE TABLE file_comparison(one INTEGER PRIMARY KEY CHECK(one = 1), day TEXT NOT NULL, at_s INTEGER NOT NULL, files INTEGER NOT NULL) STRICT;
