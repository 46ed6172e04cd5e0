-- The channel: what left, what came in, and what is known of the other side.
CREATE TABLE ferry_sent(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, digest BLOB NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('released','dispatched','confirmed','refused','missing')),
  file TEXT NOT NULL, bytes INTEGER NOT NULL, records INTEGER NOT NULL, documents INTEGER NOT NULL,
  created_s INTEGER NOT NULL, settled_s INTEGER, reason TEXT, state_root BLOB NOT NULL,
  PRIMARY KEY(channel, epoch, sequence)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_received(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, digest BLOB,
  verdict TEXT NOT NULL CHECK(verdict IN ('published','refused','missing')), reason TEXT,
  records INTEGER NOT NULL, documents INTEGER NOT NULL, at_s INTEGER NOT NULL, reported INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(channel, epoch, sequence)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_run(
  job TEXT PRIMARY KEY, last_success_s INTEGER, last_attempt_s INTEGER NOT NULL, last_error TEXT) STRICT;
CREATE TABLE ferry_quarantine(
  id INTEGER PRIMARY KEY, channel TEXT NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL, bytes INTEGER NOT NULL,
  code TEXT NOT NULL, message TEXT NOT NULL, hint TEXT NOT NULL, at_s INTEGER NOT NULL) STRICT;
CREATE TABLE ferry_state_root(
  channel TEXT NOT NULL, kind TEXT NOT NULL, bucket INTEGER NOT NULL, sum BLOB NOT NULL,
  PRIMARY KEY(channel, kind, bucket)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_audit(
  number INTEGER PRIMARY KEY, at_s INTEGER NOT NULL, actor TEXT NOT NULL, act TEXT NOT NULL, subject TEXT NOT NULL,
  detail TEXT NOT NULL, digest BLOB NOT NULL, what BLOB) STRICT;
CREATE TABLE ferry_reassembly(
  channel TEXT NOT NULL, batch BLOB NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
  volumes INTEGER NOT NULL, growth_s INTEGER NOT NULL, PRIMARY KEY(channel, batch)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_volume(
  channel TEXT NOT NULL, batch BLOB NOT NULL, volume INTEGER NOT NULL,
  PRIMARY KEY(channel, batch, volume)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_suite_floor(channel TEXT PRIMARY KEY, suite INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_epoch(
  channel TEXT PRIMARY KEY, epoch INTEGER NOT NULL, at_s INTEGER NOT NULL, why TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_rollback(
  channel TEXT PRIMARY KEY, at_s INTEGER NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
  kept INTEGER NOT NULL, lost INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_skipped(
  channel TEXT NOT NULL, reason TEXT NOT NULL, files INTEGER NOT NULL, example TEXT NOT NULL,
  PRIMARY KEY(channel, reason)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_pending(
  channel TEXT NOT NULL, name TEXT NOT NULL, stamp TEXT NOT NULL, seen_s INTEGER NOT NULL, waited_s INTEGER NOT NULL,
  reason TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY(channel, name)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_gap_accepted(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, accepted_by TEXT NOT NULL,
  reason TEXT NOT NULL, at_s INTEGER NOT NULL, said_channel TEXT, said_epoch INTEGER, said_sequence INTEGER,
  PRIMARY KEY(channel, epoch, sequence)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_gap_requested(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, said_channel TEXT NOT NULL,
  said_epoch INTEGER NOT NULL, said_sequence INTEGER NOT NULL,
  PRIMARY KEY(channel, epoch, sequence)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_resend_requested(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
  PRIMARY KEY(channel, epoch, sequence)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_received_statement(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, digest BLOB NOT NULL, header BLOB NOT NULL,
  content BLOB NOT NULL, series BLOB NOT NULL, signature BLOB NOT NULL,
  PRIMARY KEY(channel, epoch, sequence, digest)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_fork(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, first BLOB NOT NULL, second BLOB NOT NULL,
  file TEXT NOT NULL, at_s INTEGER NOT NULL, resumed_s INTEGER, resumed_by TEXT, reason TEXT,
  PRIMARY KEY(channel, second)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_trust_list(
  number INTEGER PRIMARY KEY, digest BLOB NOT NULL, text TEXT NOT NULL, at_s INTEGER NOT NULL, installed_by TEXT NOT NULL,
  reason TEXT NOT NULL) STRICT;
CREATE TABLE ferry_revoked_batch(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, digest BLOB NOT NULL, sender BLOB NOT NULL,
  list INTEGER NOT NULL, verdict TEXT NOT NULL, records INTEGER NOT NULL, at_s INTEGER NOT NULL, settled_s INTEGER,
  settled_by TEXT, reason TEXT, PRIMARY KEY(channel, epoch, sequence, digest)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_sent_statement(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, header BLOB NOT NULL, content BLOB NOT NULL,
  series BLOB NOT NULL, signature BLOB NOT NULL, PRIMARY KEY(channel, epoch, sequence)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_peer_audit(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, entries INTEGER NOT NULL, digest BLOB NOT NULL,
  at_s INTEGER NOT NULL, wrong TEXT, settled_by TEXT,
  PRIMARY KEY(channel, epoch, sequence)) STRICT, WITHOUT ROWID;
CREATE INDEX ferry_peer_audit_wrong ON ferry_peer_audit(channel) WHERE wrong IS NOT NULL AND settled_by IS NULL;
CREATE TABLE ferry_rules_used(name TEXT PRIMARY KEY, digest BLOB NOT NULL, at_s INTEGER NOT NULL) STRICT, WITHOUT ROWID;
