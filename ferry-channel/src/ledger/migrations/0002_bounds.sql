-- Entries of the audit have random bytes of their own from here on; those from before have none, and read as before.
ALTER TABLE ferry_audit ADD COLUMN salt BLOB;
-- What came of a batch is counted in segments, in whatever volumes. What was half put together is asked for again.
DROP TABLE ferry_volume;
DELETE FROM ferry_reassembly;
ALTER TABLE ferry_reassembly RENAME COLUMN volumes TO segments;
CREATE TABLE ferry_segments(
  channel TEXT NOT NULL, batch BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY(channel, batch, first)) STRICT, WITHOUT ROWID;
-- What was sent again within a day, and what waits until it may be.
ALTER TABLE ferry_resend_requested ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
CREATE TABLE ferry_resent(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, at_s INTEGER NOT NULL, bytes INTEGER NOT NULL,
  PRIMARY KEY(channel, epoch, sequence, at_s)) STRICT, WITHOUT ROWID;
