-- One item that an operator hid by hand. It stays hidden in every later version, until the inner side lifts that.
CREATE TABLE operator_hide(
  kind TEXT NOT NULL, id TEXT NOT NULL, decided_by TEXT NOT NULL, reason TEXT NOT NULL, at_s INTEGER NOT NULL,
  PRIMARY KEY(kind, id)) STRICT, WITHOUT ROWID;

-- How often something was hidden within a generation: together they number what readers see.
ALTER TABLE visible ADD COLUMN hides INTEGER NOT NULL DEFAULT 0;
