-- What stands between the platform and the public: retractions that wait for a person, remarks, and the files of documents.

-- One retraction that follows only from an absence, in a run that had more of them than the bound. `state` is what a person
-- decided about it: nothing yet, that it goes, or that the record stays published.
CREATE TABLE held_retraction(
  kind TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL, since_s INTEGER NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('waiting','released','kept')), decided_by TEXT NOT NULL, decision TEXT NOT NULL,
  PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;

-- One thing that a person should know of a record that crossed, as an encoded reason: a value that was left out, characters
-- of the court's own fonts.
CREATE TABLE remark(
  kind TEXT NOT NULL, key TEXT NOT NULL, reason TEXT NOT NULL, since_s INTEGER NOT NULL,
  PRIMARY KEY(kind, key, reason)) STRICT, WITHOUT ROWID;

-- The file of one document as it was when it was read: another length or time means that it may have been replaced although
-- its row did not change.
CREATE TABLE document_file(
  kind TEXT NOT NULL, key TEXT NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
  PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
