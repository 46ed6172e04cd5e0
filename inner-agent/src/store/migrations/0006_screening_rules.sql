-- The rules by which everything that is published was last screened.
CREATE TABLE screening_rules(id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL) STRICT;
