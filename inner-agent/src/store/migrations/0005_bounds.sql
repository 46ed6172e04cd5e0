-- When the list of a bucket was requested last: once a day, whatever the outer side reports.
CREATE TABLE bucket_requested_day(
  kind TEXT NOT NULL, bucket INTEGER NOT NULL, at_s INTEGER NOT NULL, PRIMARY KEY(kind, bucket)) STRICT, WITHOUT ROWID;

-- One item of a return batch that waits until a day's bounds let the platform hold it.
CREATE TABLE waiting_item(
  epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, item INTEGER NOT NULL, body BLOB NOT NULL, at_s INTEGER NOT NULL,
  PRIMARY KEY(epoch, sequence, item)) STRICT, WITHOUT ROWID;

-- Whether anything was ever sent to a person is asked for each item that is rejected.
CREATE INDEX case_access_of_person ON case_access(person);

-- What return batches wrote for the platform on one day of the court.
CREATE TABLE imported_day(
  day TEXT PRIMARY KEY, items INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
