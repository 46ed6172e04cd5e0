-- One row of an approval form in force: a form may name several items, each in a row of its own.
CREATE TABLE approval_form_row(
  form TEXT NOT NULL, item_table TEXT, item_key TEXT, case_id TEXT NOT NULL, reason TEXT NOT NULL, approved_by TEXT NOT NULL
) STRICT;
INSERT INTO approval_form_row SELECT form, item_table, item_key, case_id, reason, approved_by FROM approval_form;
DROP TABLE approval_form;
ALTER TABLE approval_form_row RENAME TO approval_form;
