-- One row of the log-in kind whose identity number another row had too when they were compared last.
CREATE TABLE shared_login(key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
-- All rows are compared once.
DELETE FROM full_run;
