-- The inner agent: what is known of the platform and of what crossed.
CREATE TABLE exported(
  kind TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, fingerprint BLOB NOT NULL, content BLOB NOT NULL,
  retracted INTEGER NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL, document BLOB,
  late INTEGER NOT NULL, incomplete INTEGER NOT NULL, at_s INTEGER NOT NULL,
  PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX exported_id ON exported(kind, id) WHERE id <> key;
CREATE TABLE held(
  kind TEXT NOT NULL, key TEXT NOT NULL, class TEXT NOT NULL, rule INTEGER NOT NULL, reason TEXT NOT NULL, case_id TEXT NOT NULL,
  person TEXT NOT NULL, since_s INTEGER NOT NULL, PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
CREATE INDEX held_class ON held(kind, class, case_id, person);
CREATE TABLE withheld(
  number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, form TEXT NOT NULL,
  reason TEXT NOT NULL, UNIQUE(kind, key)) STRICT;
CREATE TABLE form(
  form TEXT PRIMARY KEY, item_table TEXT, item_key TEXT, case_id TEXT NOT NULL, reason TEXT NOT NULL,
  approved TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE consent(
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_person ON consent(case_id, person);
CREATE TABLE step(case_id TEXT PRIMARY KEY, step TEXT NOT NULL, number TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE TABLE cursor(name TEXT PRIMARY KEY, newest TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE full_run(one INTEGER PRIMARY KEY CHECK(one = 1), rule BLOB NOT NULL, at_s INTEGER NOT NULL) STRICT;
CREATE TABLE secret(
  kind TEXT NOT NULL, key TEXT NOT NULL, field TEXT NOT NULL, secret BLOB NOT NULL, hash TEXT NOT NULL,
  PRIMARY KEY(kind, key, field)) STRICT, WITHOUT ROWID;
CREATE TABLE far_bucket(
  kind TEXT NOT NULL, bucket INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY(kind, bucket)) STRICT, WITHOUT ROWID;
CREATE TABLE bucket_asked(
  kind TEXT NOT NULL, bucket INTEGER NOT NULL, sequence INTEGER NOT NULL, answered INTEGER NOT NULL,
  PRIMARY KEY(kind, bucket)) STRICT, WITHOUT ROWID;
CREATE TABLE far_only(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, shown INTEGER NOT NULL, case_id TEXT NOT NULL,
  person TEXT NOT NULL, PRIMARY KEY(kind, id)) STRICT, WITHOUT ROWID;
CREATE TABLE held_outside(
  kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, rule TEXT NOT NULL, at_s INTEGER NOT NULL,
  PRIMARY KEY(kind, key, version)) STRICT, WITHOUT ROWID;
CREATE TABLE export_count(
  epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT NULL, at_s INTEGER NOT NULL, new INTEGER NOT NULL,
  changed INTEGER NOT NULL, corrected INTEGER NOT NULL, retracted INTEGER NOT NULL, late INTEGER NOT NULL,
  late_approved INTEGER NOT NULL, incomplete INTEGER NOT NULL, identifiers INTEGER NOT NULL, unscannable INTEGER NOT NULL,
  PRIMARY KEY(epoch, sequence, kind)) STRICT, WITHOUT ROWID;
CREATE TABLE late_entry(
  epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, case_id TEXT NOT NULL,
  approver TEXT NOT NULL, at_s INTEGER NOT NULL, PRIMARY KEY(epoch, sequence, kind, key)) STRICT, WITHOUT ROWID;
CREATE TABLE correction(
  number INTEGER PRIMARY KEY, at_s INTEGER NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
  act TEXT NOT NULL CHECK(act IN ('corrected','retracted')), kind TEXT NOT NULL, key TEXT NOT NULL,
  approved_by TEXT NOT NULL, why TEXT NOT NULL) STRICT;
CREATE INDEX correction_at ON correction(at_s);
CREATE TABLE defective_form(form TEXT PRIMARY KEY, why TEXT NOT NULL, since_s INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE receipt(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, item TEXT NOT NULL, sha256 TEXT NOT NULL, opened_s INTEGER NOT NULL,
  addressee TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE INDEX receipt_item ON receipt(kind, item);
CREATE TABLE notify_outbox(
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL,
  template TEXT NOT NULL CHECK(template IN ('reminder','step','correction')), records INTEGER NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('queued','trying','accepted','sent','failed','refused','no-phone','expired')),
  attempts INTEGER NOT NULL, due_s INTEGER NOT NULL, queued_s INTEGER NOT NULL, settled_s INTEGER, reason TEXT) STRICT, WITHOUT ROWID;
CREATE INDEX notify_outbox_due ON notify_outbox(due_s) WHERE state IN ('queued','trying','accepted');
CREATE TABLE notify_batch(
  epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY(epoch, sequence)) STRICT, WITHOUT ROWID;
CREATE TABLE notify_item(
  kind TEXT NOT NULL, key TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
CREATE TABLE notify_over(
  one INTEGER PRIMARY KEY CHECK(one = 1), batches INTEGER NOT NULL, messages INTEGER NOT NULL) STRICT;
CREATE TABLE notify_service(
  kind TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, person TEXT NOT NULL,
  version INTEGER NOT NULL, case_id TEXT NOT NULL, title TEXT NOT NULL, addressee TEXT NOT NULL, clerk TEXT NOT NULL,
  published_s INTEGER NOT NULL, message TEXT NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('waiting','received','overdue','unconfirmed','replaced')),
  reminded_s INTEGER, due TEXT, received_s INTEGER, since_s INTEGER NOT NULL, staged INTEGER NOT NULL,
  PRIMARY KEY(kind, key, document, person)) STRICT, WITHOUT ROWID;
CREATE INDEX notify_service_open ON notify_service(state) WHERE state IN ('waiting','overdue','unconfirmed');
CREATE INDEX notify_service_unstaged ON notify_service(staged) WHERE staged = 0;
CREATE TABLE served(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sha256 BLOB NOT NULL, case_id TEXT NOT NULL,
  person TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, at_s INTEGER NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY(kind, id, version)) STRICT, WITHOUT ROWID;
CREATE TABLE standing(
  kind TEXT NOT NULL, id TEXT NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL, principal TEXT NOT NULL,
  since TEXT NOT NULL, until TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(kind, id)) STRICT, WITHOUT ROWID;
CREATE INDEX standing_person ON standing(case_id, person);
CREATE TABLE clerk_list(class TEXT PRIMARY KEY, items INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE version_floor(one INTEGER PRIMARY KEY CHECK(one = 1), version INTEGER NOT NULL) STRICT;
CREATE TABLE draft(
  name TEXT PRIMARY KEY, content BLOB NOT NULL UNIQUE, statement BLOB NOT NULL, class TEXT NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('waiting','released','refused','superseded')), at_s INTEGER NOT NULL,
  records INTEGER NOT NULL, documents INTEGER NOT NULL, settled_s INTEGER, why TEXT, epoch INTEGER, sequence INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE draft_item(
  kind TEXT NOT NULL, key TEXT NOT NULL, draft TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  fingerprint BLOB NOT NULL, body BLOB NOT NULL, document BLOB, lateness INTEGER NOT NULL, late_approver TEXT NOT NULL,
  incomplete INTEGER NOT NULL, identifiers INTEGER NOT NULL, unscannable INTEGER NOT NULL,
  unknown_case_type INTEGER NOT NULL, PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
CREATE INDEX draft_item_draft ON draft_item(draft, kind, key);
CREATE TABLE drafted(
  kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
CREATE TABLE refused_item(
  kind TEXT NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL, why TEXT NOT NULL,
  PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
CREATE TABLE review_file(
  content BLOB NOT NULL, reviewer BLOB NOT NULL, act TEXT NOT NULL CHECK(act IN ('approval','refusal')),
  person TEXT NOT NULL, file BLOB NOT NULL, at_s INTEGER NOT NULL,
  PRIMARY KEY(content, reviewer, act)) STRICT, WITHOUT ROWID;
CREATE TABLE review_after(
  content BLOB PRIMARY KEY, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, statement BLOB NOT NULL,
  records INTEGER NOT NULL, state TEXT NOT NULL CHECK(state IN ('waiting','reviewed','refused')),
  at_s INTEGER NOT NULL, settled_s INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE review_ignored(name TEXT PRIMARY KEY, digest BLOB NOT NULL) STRICT, WITHOUT ROWID;
