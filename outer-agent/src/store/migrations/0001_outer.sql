-- The outer agent: what is published, and what originates outside.
--
-- Batches are staged under a generation of their own; the one row of `visible` says which generations readers see.

-- A version of a record that was published or is staged: `body` is the encoded record, `content` its content digest.
CREATE TABLE record(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL,
  retracted INTEGER NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL, content BLOB NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(kind, id, version)) STRICT, WITHOUT ROWID;
CREATE INDEX record_case ON record(case_id, kind) WHERE case_id <> '';
CREATE INDEX record_person ON record(person, kind) WHERE person <> '';

-- A document that a version of a record refers to; the file lies in the folder `documents` under its SHA-256.
CREATE TABLE document(
  sha256 BLOB NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL,
  PRIMARY KEY(sha256, kind, id, version)) STRICT, WITHOUT ROWID;
CREATE INDEX document_generation ON document(generation);

-- A version that is deleted once `generation`, in which a newer one replaces it, is visible.
CREATE TABLE superseded(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL,
  PRIMARY KEY(kind, id, version)) STRICT, WITHOUT ROWID;

-- A version that the second scan hides from the public: `rule` lists what it found.
CREATE TABLE hidden(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL, rule TEXT NOT NULL,
  PRIMARY KEY(kind, id, version)) STRICT, WITHOUT ROWID;
CREATE INDEX hidden_generation ON hidden(generation);

-- A version that may be served on a party (article 6), and the generation with which it arrived.
CREATE TABLE arrival(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL,
  PRIMARY KEY(kind, id, version)) STRICT, WITHOUT ROWID;
CREATE INDEX arrival_generation ON arrival(generation);

-- Some records that a batch has staged, so that they can be deleted after a crash without reading what is published:
-- `ids` is a JSON array, or empty where every record of the kind is new.
CREATE TABLE staged_rows(
  number INTEGER PRIMARY KEY, generation INTEGER NOT NULL, kind TEXT NOT NULL, ids TEXT NOT NULL) STRICT;

-- The one row of what readers see: everything up to `generation`, and how much that is. `staging` is 1 while rows above
-- it may exist; `root_differs` is 1 where the state root is not the sender's.
CREATE TABLE visible(
  one INTEGER PRIMARY KEY CHECK(one = 1), generation INTEGER NOT NULL, records INTEGER NOT NULL,
  documents INTEGER NOT NULL, root_differs INTEGER NOT NULL DEFAULT 0, staging INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO visible VALUES (1, 0, 0, 0, 0, 0);

-- When a generation became visible.
CREATE TABLE publication(generation INTEGER PRIMARY KEY, at_s INTEGER NOT NULL) STRICT;

-- At most one row: the sender's state root where it differs, and whether a return batch has reported the difference.
CREATE TABLE root_difference(
  one INTEGER PRIMARY KEY CHECK(one = 1), sender_root BLOB NOT NULL, reported INTEGER NOT NULL) STRICT;

-- The newest request of the sender to list a bucket of the state root that was answered.
CREATE TABLE answered_bucket_request(
  kind TEXT NOT NULL, bucket INTEGER NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY(kind, bucket)) STRICT, WITHOUT ROWID;

-- The receipt (article 11) of a person, a version of a document and a session: `body` is the record that crosses.
CREATE TABLE receipt(
  person TEXT NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL, version INTEGER NOT NULL, session BLOB NOT NULL,
  opened_s INTEGER NOT NULL, id TEXT NOT NULL DEFAULT '', body BLOB NOT NULL DEFAULT x'', downloaded_s INTEGER,
  signed_s INTEGER, PRIMARY KEY(person, kind, item, version, session)) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_id ON receipt(id);

-- A range of bytes of the document of a receipt that was sent to the reader: `begins` is in it, `ends` is not.
CREATE TABLE sent_range(
  receipt TEXT NOT NULL, begins INTEGER NOT NULL, ends INTEGER NOT NULL,
  PRIMARY KEY(receipt, begins)) STRICT, WITHOUT ROWID;

-- A link to a document for one session, under the digest of its token.
CREATE TABLE download_link(
  id BLOB PRIMARY KEY, session BLOB NOT NULL, receipt TEXT NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL,
  version INTEGER NOT NULL, until_s INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX download_link_until ON download_link(until_s);

-- What a party wrote. `acknowledged` is 1 once the inner side has it; `text` is deleted some time after that.
CREATE TABLE message(
  id TEXT PRIMARY KEY, person TEXT NOT NULL, case_id TEXT NOT NULL, text TEXT, written_s INTEGER NOT NULL,
  kind TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '', acknowledged INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX message_person ON message(person, case_id);
CREATE INDEX message_written ON message(written_s) WHERE text IS NOT NULL;

-- A record of ours until the inner side has acknowledged it. `epoch` and `sequence` name the return batch that carries
-- it; without `sequence` the next one will. Epoch 0 says that a batch which may still arrive has carried it already.
CREATE TABLE outgoing(
  number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  body BLOB NOT NULL, epoch INTEGER, sequence INTEGER, at_s INTEGER NOT NULL DEFAULT 0,
  UNIQUE(kind, id, version)) STRICT;
CREATE INDEX outgoing_unassigned ON outgoing(number) WHERE sequence IS NULL;
CREATE INDEX outgoing_batch ON outgoing(epoch, sequence) WHERE sequence IS NOT NULL;

-- A login session, under the digest of its token. `login` and `login_version` name the record that let the person in;
-- `via` is the channel through which the session is used.
CREATE TABLE session(
  id BLOB PRIMARY KEY, person TEXT NOT NULL, name TEXT NOT NULL, csrf TEXT NOT NULL, seen_s INTEGER NOT NULL,
  login TEXT NOT NULL DEFAULT '', login_version INTEGER NOT NULL DEFAULT 0, started_s INTEGER NOT NULL DEFAULT 0,
  address TEXT NOT NULL DEFAULT '', agent TEXT NOT NULL DEFAULT '', via TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX session_person ON session(person);
CREATE INDEX session_seen ON session(seen_s);

-- Failed logins of an account or from an address (`subject`) since `since_s`.
CREATE TABLE failed_login(
  subject TEXT PRIMARY KEY, failures INTEGER NOT NULL, since_s INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX failed_login_since ON failed_login(since_s);
