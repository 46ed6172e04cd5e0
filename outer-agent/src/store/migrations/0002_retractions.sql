-- How many published records a batch took back without an approval, for the alarm about many of them.
ALTER TABLE publication ADD COLUMN taken_back INTEGER NOT NULL DEFAULT 0;
