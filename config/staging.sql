-- 中间表 · The staging tables. The import makes them where they are missing and its role may; otherwise the platform's
-- administrator runs this file once and grants SELECT, INSERT and UPDATE on them. SQLite and PostgreSQL take it alike.

CREATE TABLE IF NOT EXISTS FERRY_BATCH(
  channel TEXT NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL, digest TEXT NOT NULL,
  records BIGINT NOT NULL, at_s BIGINT NOT NULL, PRIMARY KEY(channel, epoch, sequence));
CREATE TABLE IF NOT EXISTS FERRY_INBOX(
  channel TEXT NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL, item BIGINT NOT NULL,
  kind TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL,
  PRIMARY KEY(channel, epoch, sequence, item), UNIQUE(kind, id, version));
CREATE TABLE IF NOT EXISTS FERRY_RECEIPT(
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL, recipient TEXT NOT NULL, kind TEXT NOT NULL,
  item TEXT NOT NULL, item_version BIGINT NOT NULL, document TEXT NOT NULL, sha256 TEXT NOT NULL,
  opened_s BIGINT NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL, batch TEXT NOT NULL,
  filed BIGINT NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS FERRY_RECEIPT_UNFILED ON FERRY_RECEIPT(filed) WHERE filed = 0;
CREATE TABLE IF NOT EXISTS FERRY_MESSAGE(
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL,
  written_s BIGINT NOT NULL, address TEXT NOT NULL, batch TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'new');
CREATE TABLE IF NOT EXISTS FERRY_RECORD(
  kind TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL,
  fields TEXT NOT NULL, batch TEXT NOT NULL, PRIMARY KEY(kind, id, version));
CREATE TABLE IF NOT EXISTS FERRY_HELD(
  batch TEXT NOT NULL, item BIGINT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL,
  fields TEXT NOT NULL, PRIMARY KEY(batch, item));
CREATE TABLE IF NOT EXISTS FERRY_SERVICE_STATE(
  kind TEXT NOT NULL, id TEXT NOT NULL, sha256 TEXT NOT NULL, person TEXT NOT NULL, version BIGINT NOT NULL,
  case_id TEXT NOT NULL, case_no TEXT NOT NULL, document TEXT NOT NULL, addressee TEXT NOT NULL, clerk TEXT NOT NULL,
  state TEXT NOT NULL, published_s BIGINT NOT NULL, reminded_s BIGINT NOT NULL, due TEXT NOT NULL, received_s BIGINT NOT NULL,
  since_s BIGINT NOT NULL, PRIMARY KEY(kind, id, sha256, person));
