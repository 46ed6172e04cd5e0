-- The inner agent's own tables: what it read from the case platform, what it sent, and what came back.
-- Channels, audit and trust have their tables in the migrations of ferry-channel.
-- Times `…_s` are seconds since 1970. `kind` and `key` name an item: a kind of the catalogue and the platform's row key.

-- Exported ------------------------------------------------------------------------------------------------------------

-- One record that was exported: its newest version and the batch that carried it. `fingerprint` is the digest of the row it
-- was made of; empty where the outer side rejected it, x'00' where the outer side holds something else: both go out again.
-- `lateness`: 0 in time, 1 late, 2 late with an approval (article 12).
CREATE TABLE exported(
  kind TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, fingerprint BLOB NOT NULL, content BLOB NOT NULL,
  retracted INTEGER NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL, document BLOB,
  lateness INTEGER NOT NULL, incomplete INTEGER NOT NULL, at_s INTEGER NOT NULL,
  PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX exported_id ON exported(kind, id) WHERE id <> key;

-- One row: no version is given below this one. It is raised when state was lost, so that versions only grow.
CREATE TABLE version_floor(one INTEGER PRIMARY KEY CHECK(one = 1), version INTEGER NOT NULL) STRICT;

-- One version of a document for service that was sent. Receipts are checked against it (articles 10 and 11).
CREATE TABLE served_version(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sha256 BLOB NOT NULL, case_id TEXT NOT NULL,
  person TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, at_s INTEGER NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY(kind, id, version)) STRICT, WITHOUT ROWID;

-- One party or agent with access to a case, for whom (`principal`), and on which days; `until` is empty without an end.
CREATE TABLE case_access(
  kind TEXT NOT NULL, id TEXT NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL, principal TEXT NOT NULL,
  since TEXT NOT NULL, until TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(kind, id)) STRICT, WITHOUT ROWID;
CREATE INDEX case_access_person ON case_access(case_id, person);

-- One exported consent to electronic service, with the days on which it holds (article 6).
CREATE TABLE consent(
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_person ON consent(case_id, person);

-- The procedural step and the case number of one exported case.
CREATE TABLE case_step(
  case_id TEXT PRIMARY KEY, step TEXT NOT NULL, case_number TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;

-- The Argon2id hash that was made of one query code or password; `hmac` tells whether the code is still the same.
CREATE TABLE code_hash(
  kind TEXT NOT NULL, key TEXT NOT NULL, field TEXT NOT NULL, hmac BLOB NOT NULL, hash TEXT NOT NULL,
  PRIMARY KEY(kind, key, field)) STRICT, WITHOUT ROWID;

-- Reading the platform ------------------------------------------------------------------------------------------------

-- The newest time of change that was read of one kind, or of the deletion log.
CREATE TABLE cursor(name TEXT PRIMARY KEY, newest TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- One row: when every row was compared last, and the digest of the mapping by which. Without it the next export compares all.
CREATE TABLE full_run(one INTEGER PRIMARY KEY CHECK(one = 1), mapping BLOB NOT NULL, at_s INTEGER NOT NULL) STRICT;

-- Not exported --------------------------------------------------------------------------------------------------------

-- One item that was not exported, and why: an encoded reason (ferry_format::reason) and its class. `by_rule` is 1 where a rule
-- of the notice keeps it inside and nobody has to correct anything.
CREATE TABLE held(
  kind TEXT NOT NULL, key TEXT NOT NULL, class TEXT NOT NULL, by_rule INTEGER NOT NULL, reason TEXT NOT NULL,
  case_id TEXT NOT NULL, person TEXT NOT NULL, since_s INTEGER NOT NULL, PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
CREATE INDEX held_class ON held(kind, class, case_id, person);

-- One item that is withheld under an approval form; `number` names its entry outside (articles 13 and 15).
CREATE TABLE withheld(
  number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, form TEXT NOT NULL,
  reason TEXT NOT NULL, UNIQUE(kind, key)) STRICT;

-- One approval form that was in force in the last run. It covers an item, or without one a whole case.
CREATE TABLE approval_form(
  form TEXT PRIMARY KEY, item_table TEXT, item_key TEXT, case_id TEXT NOT NULL, reason TEXT NOT NULL,
  approved_by TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- One approval form that withholds nothing, with the encoded reason.
CREATE TABLE defective_form(form TEXT PRIMARY KEY, reason TEXT NOT NULL, since_s INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- History for the supervision report (articles 12, 16 and 19) -----------------------------------------------------------

-- How many records of one kind one batch carried, by what they were.
CREATE TABLE export_count(
  epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT NULL, at_s INTEGER NOT NULL, new INTEGER NOT NULL,
  changed INTEGER NOT NULL, corrected INTEGER NOT NULL, retracted INTEGER NOT NULL, late INTEGER NOT NULL,
  late_approved INTEGER NOT NULL, incomplete INTEGER NOT NULL, identifiers INTEGER NOT NULL, unscannable INTEGER NOT NULL,
  PRIMARY KEY(epoch, sequence, kind)) STRICT, WITHOUT ROWID;

-- One record that was entered late, and who approved that; `approver` is empty where nobody did.
CREATE TABLE late_entry(
  epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, case_id TEXT NOT NULL,
  approver TEXT NOT NULL, at_s INTEGER NOT NULL, PRIMARY KEY(epoch, sequence, kind, key)) STRICT, WITHOUT ROWID;

-- One correction or retraction of a published record. `reason` is what the approver wrote, or an encoded reason.
CREATE TABLE correction(
  number INTEGER PRIMARY KEY, at_s INTEGER NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
  act TEXT NOT NULL CHECK(act IN ('corrected','retracted')), kind TEXT NOT NULL, key TEXT NOT NULL,
  approved_by TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE INDEX correction_at ON correction(at_s);

-- Drafts and their review ---------------------------------------------------------------------------------------------

-- One draft: `content` is the digest of its content statement, which reviewers sign.
CREATE TABLE draft(
  name TEXT PRIMARY KEY, content BLOB NOT NULL UNIQUE, statement BLOB NOT NULL, class TEXT NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('waiting','released','refused','superseded')), at_s INTEGER NOT NULL,
  records INTEGER NOT NULL, documents INTEGER NOT NULL, settled_s INTEGER, reason TEXT, epoch INTEGER, sequence INTEGER
) STRICT, WITHOUT ROWID;

-- One record in a draft, with everything that the ledger records when the draft is released.
CREATE TABLE draft_item(
  kind TEXT NOT NULL, key TEXT NOT NULL, draft TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  fingerprint BLOB NOT NULL, body BLOB NOT NULL, document BLOB, lateness INTEGER NOT NULL, late_approver TEXT NOT NULL,
  incomplete INTEGER NOT NULL, identifiers INTEGER NOT NULL, unscannable INTEGER NOT NULL,
  unknown_case_type INTEGER NOT NULL, PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
CREATE INDEX draft_item_draft ON draft_item(draft, kind, key);

-- The newest version of one item that a draft ever showed to reviewers: no version stands for two contents.
CREATE TABLE drafted_version(
  kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;

-- One item that a reviewer refused, as it was then (`fingerprint`).
CREATE TABLE refused_item(
  kind TEXT NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;

-- One approval or refusal that a reviewer signed, for one content.
CREATE TABLE review_file(
  content BLOB NOT NULL, reviewer BLOB NOT NULL, act TEXT NOT NULL CHECK(act IN ('approval','refusal')),
  person TEXT NOT NULL, file BLOB NOT NULL, at_s INTEGER NOT NULL,
  PRIMARY KEY(content, reviewer, act)) STRICT, WITHOUT ROWID;

-- One batch that was released without approvals and is reviewed afterwards.
CREATE TABLE post_release_review(
  content BLOB PRIMARY KEY, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, statement BLOB NOT NULL,
  records INTEGER NOT NULL, state TEXT NOT NULL CHECK(state IN ('waiting','reviewed','refused')),
  at_s INTEGER NOT NULL, settled_s INTEGER) STRICT, WITHOUT ROWID;

-- One file in the review folder that is not accepted and was reported once.
CREATE TABLE ignored_review_file(name TEXT PRIMARY KEY, digest BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- What the outer side reported -----------------------------------------------------------------------------------------

-- The digest of one bucket of the state root, as the outer side last reported it.
CREATE TABLE peer_bucket(
  kind TEXT NOT NULL, bucket INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY(kind, bucket)) STRICT, WITHOUT ROWID;

-- One bucket whose list of records was requested from the outer side, and the batch that requested it.
CREATE TABLE bucket_request(
  kind TEXT NOT NULL, bucket INTEGER NOT NULL, sequence INTEGER NOT NULL, answered INTEGER NOT NULL,
  PRIMARY KEY(kind, bucket)) STRICT, WITHOUT ROWID;

-- One record that only the outer side holds. A visible one is retracted there by the next export.
CREATE TABLE peer_only_record(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, visible INTEGER NOT NULL, case_id TEXT NOT NULL,
  person TEXT NOT NULL, PRIMARY KEY(kind, id)) STRICT, WITHOUT ROWID;

-- One exported version that the outer side's second look hides, with the rules that matched.
CREATE TABLE held_outside(
  kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, rule TEXT NOT NULL, at_s INTEGER NOT NULL,
  PRIMARY KEY(kind, key, version)) STRICT, WITHOUT ROWID;

-- One service receipt that was imported (article 11).
CREATE TABLE receipt(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, item TEXT NOT NULL, sha256 TEXT NOT NULL, opened_s INTEGER NOT NULL,
  addressee TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE INDEX receipt_item ON receipt(kind, item);

-- How many items of one class the clerk's review queue (FERRY_HELD) held at the last import.
CREATE TABLE review_queue(class TEXT PRIMARY KEY, items INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Notifications (articles 8, 11 and 16) ---------------------------------------------------------------------------------

-- One text message to a party.
CREATE TABLE notify_outbox(
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL,
  template TEXT NOT NULL CHECK(template IN ('reminder','step','correction')), records INTEGER NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('queued','trying','accepted','sent','failed','refused','no-phone','expired')),
  attempts INTEGER NOT NULL, due_s INTEGER NOT NULL, queued_s INTEGER NOT NULL, settled_s INTEGER, reason TEXT) STRICT, WITHOUT ROWID;
CREATE INDEX notify_outbox_due ON notify_outbox(due_s) WHERE state IN ('queued','trying','accepted');

-- One confirmed batch whose messages were queued.
CREATE TABLE notify_batch(
  epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY(epoch, sequence)) STRICT, WITHOUT ROWID;

-- The content of one item of which the parties were notified last.
CREATE TABLE notify_item(
  kind TEXT NOT NULL, key TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;

-- One row: more messages than the limit wait for a person's decision.
CREATE TABLE notify_over_limit(
  one INTEGER PRIMARY KEY CHECK(one = 1), batches INTEGER NOT NULL, messages INTEGER NOT NULL) STRICT;

-- The three-day deadline of one served document for one person (article 11).
CREATE TABLE notify_service(
  kind TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, person TEXT NOT NULL,
  version INTEGER NOT NULL, case_id TEXT NOT NULL, title TEXT NOT NULL, addressee TEXT NOT NULL, clerk TEXT NOT NULL,
  published_s INTEGER NOT NULL, message TEXT NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('waiting','received','overdue','unconfirmed','replaced')),
  reminded_s INTEGER, due TEXT, received_s INTEGER, since_s INTEGER NOT NULL, staged INTEGER NOT NULL,
  PRIMARY KEY(kind, key, document, person)) STRICT, WITHOUT ROWID;
CREATE INDEX notify_service_open ON notify_service(state) WHERE state IN ('waiting','overdue','unconfirmed');
CREATE INDEX notify_service_unstaged ON notify_service(staged) WHERE staged = 0;
