-- How the document of a row was read when it was last screened: as a whole, in part or not at all, and why, by page.
CREATE TABLE document_reading(
  kind TEXT NOT NULL, key TEXT NOT NULL,
  readability TEXT NOT NULL CHECK(readability IN ('readable', 'partly', 'unreadable')),
  causes TEXT NOT NULL, at_s INTEGER NOT NULL,
  PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
