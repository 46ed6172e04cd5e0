-- Whether the reader of documents showed, before the last run that needed it, that it reads.
CREATE TABLE ferry_reader_proof(id INTEGER PRIMARY KEY CHECK (id = 1), at_s INTEGER NOT NULL, fault TEXT) STRICT;
