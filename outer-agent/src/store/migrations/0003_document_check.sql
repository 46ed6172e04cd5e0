-- One published document whose file is missing, or is not what its name says.
CREATE TABLE lost_document(
  sha256 BLOB PRIMARY KEY, fault TEXT NOT NULL CHECK(fault IN ('missing','length','bytes')), since_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far each rolling check of the documents is: `after` is the digest that was looked at last, and `finished_s` the end of
-- the last whole round.
CREATE TABLE document_check(
  what TEXT PRIMARY KEY CHECK(what IN ('presence','bytes')), after BLOB NOT NULL, last_s INTEGER NOT NULL, finished_s INTEGER
) STRICT, WITHOUT ROWID;
