-- The outer agent: what is published, and what is born outside.
CREATE TABLE record(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL,
  retracted INTEGER NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL, content BLOB NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(kind, id, version)) STRICT, WITHOUT ROWID;
CREATE INDEX record_case ON record(case_id, kind) WHERE case_id <> '';
CREATE INDEX record_person ON record(person, kind) WHERE person <> '';
CREATE TABLE document(
  sha256 BLOB NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL,
  PRIMARY KEY(sha256, kind, id, version)) STRICT, WITHOUT ROWID;
CREATE TABLE superseded(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL,
  PRIMARY KEY(kind, id, version)) STRICT, WITHOUT ROWID;
CREATE TABLE visible(
  one INTEGER PRIMARY KEY CHECK(one = 1), generation INTEGER NOT NULL, records INTEGER NOT NULL,
  documents INTEGER NOT NULL, root_differs INTEGER NOT NULL DEFAULT 0, staging INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE receipt(
  person TEXT NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL, version INTEGER NOT NULL, session BLOB NOT NULL,
  opened_s INTEGER NOT NULL, id TEXT NOT NULL DEFAULT '', body BLOB NOT NULL DEFAULT x'', downloaded_s INTEGER, signed_s INTEGER, PRIMARY KEY(person, kind, item, version, session)) STRICT, WITHOUT ROWID;
CREATE TABLE message(
  id TEXT PRIMARY KEY, person TEXT NOT NULL, case_id TEXT NOT NULL, text TEXT, written_s INTEGER NOT NULL, kind TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '', arrived INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX message_person ON message(person, case_id);
CREATE TABLE session(
  id BLOB PRIMARY KEY, person TEXT NOT NULL, name TEXT NOT NULL, csrf TEXT NOT NULL, seen_s INTEGER NOT NULL, login TEXT NOT NULL DEFAULT '', login_version INTEGER NOT NULL DEFAULT 0, started_s INTEGER NOT NULL DEFAULT 0, address TEXT NOT NULL DEFAULT '', agent TEXT NOT NULL DEFAULT '', via TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE attempt(
  login TEXT PRIMARY KEY, failures INTEGER NOT NULL, since_s INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE root_check(
  one INTEGER PRIMARY KEY CHECK(one = 1), theirs BLOB NOT NULL, reported INTEGER NOT NULL) STRICT;
CREATE TABLE bucket_answered(
  kind TEXT NOT NULL, bucket INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY(kind, bucket)) STRICT, WITHOUT ROWID;
CREATE TABLE hidden(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL, rule TEXT NOT NULL,
  PRIMARY KEY(kind, id, version)) STRICT, WITHOUT ROWID;
CREATE INDEX hidden_generation ON hidden(generation);
CREATE TABLE arrival(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL,
  PRIMARY KEY(kind, id, version)) STRICT, WITHOUT ROWID;
CREATE INDEX arrival_generation ON arrival(generation);
CREATE TABLE shown(generation INTEGER PRIMARY KEY, at_s INTEGER NOT NULL) STRICT;
CREATE INDEX receipt_id ON receipt(id);
CREATE TABLE sent(
  receipt TEXT NOT NULL, begins INTEGER NOT NULL, ends INTEGER NOT NULL, PRIMARY KEY(receipt, begins)
) STRICT, WITHOUT ROWID;
CREATE TABLE link(
  id BLOB PRIMARY KEY, session BLOB NOT NULL, receipt TEXT NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL,
  version INTEGER NOT NULL, until_s INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX link_until ON link(until_s);
CREATE TABLE outgoing(
  number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  body BLOB NOT NULL, epoch INTEGER, sequence INTEGER, at_s INTEGER NOT NULL DEFAULT 0, UNIQUE(kind, id, version)) STRICT;
CREATE INDEX outgoing_open ON outgoing(number) WHERE sequence IS NULL;
CREATE INDEX outgoing_place ON outgoing(epoch, sequence) WHERE sequence IS NOT NULL;
CREATE INDEX message_written ON message(written_s) WHERE text IS NOT NULL;
CREATE INDEX session_person ON session(person);
CREATE INDEX session_seen ON session(seen_s);
CREATE INDEX attempt_since ON attempt(since_s);
CREATE TABLE coming(
  number INTEGER PRIMARY KEY, generation INTEGER NOT NULL, kind TEXT NOT NULL, ids TEXT NOT NULL) STRICT;
CREATE INDEX document_generation ON document(generation);
INSERT INTO visible VALUES (1, 0, 0, 0, 0, 0);
