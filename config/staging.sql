-- 中间表 · The staging tables. The import makes them where they are missing and its role may; otherwise the platform's
-- administrator runs this file once and grants SELECT, INSERT and UPDATE on them. SQLite and PostgreSQL take it alike.
-- 旧版本建的表：导入自动补列；其账户不是表的所有者时，由管理员执行 staging-upgrade.sql 中缺列的各行。
-- Tables of an earlier release: the import adds their columns; where its role does not own them, the administrator runs
-- those lines of staging-upgrade.sql whose columns are missing, and this file for the tables that are.

CREATE TABLE IF NOT EXISTS FERRY_BATCH(
  channel TEXT NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL, digest TEXT NOT NULL,
  records BIGINT NOT NULL, at_s BIGINT NOT NULL, PRIMARY KEY(channel, epoch, sequence));
CREATE TABLE IF NOT EXISTS FERRY_INBOX(
  channel TEXT NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL, item BIGINT NOT NULL,
  kind TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL,
  PRIMARY KEY(channel, epoch, sequence, item), UNIQUE(kind, id, version));
-- 送达回证：时间为秒，未发生的为空；filed 表示该版本已归入卷宗 Times are seconds, NULL for what has not been; capacity is
-- addressee or agent; newest_version above item_version: it was for a version that had been superseded.
CREATE TABLE IF NOT EXISTS FERRY_RECEIPT(
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL, recipient TEXT NOT NULL, kind TEXT NOT NULL,
  item TEXT NOT NULL, item_version BIGINT NOT NULL, document TEXT NOT NULL, sha256 TEXT NOT NULL,
  opened_s BIGINT NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL, batch TEXT NOT NULL,
  filed BIGINT NOT NULL DEFAULT 0, version BIGINT NOT NULL DEFAULT 1, addressee TEXT NOT NULL DEFAULT '',
  addressee_name TEXT NOT NULL DEFAULT '', arrived_s BIGINT, downloaded_s BIGINT, signed_s BIGINT,
  via TEXT NOT NULL DEFAULT '', case_no TEXT NOT NULL DEFAULT '', capacity TEXT NOT NULL DEFAULT '',
  newest_version BIGINT NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS FERRY_RECEIPT_UNFILED ON FERRY_RECEIPT(filed) WHERE filed = 0;
-- 留言和查阅申请：state 由平台更改，本程序只写 new Messages and requests; the platform moves their state on from new.
CREATE TABLE IF NOT EXISTS FERRY_MESSAGE(
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL,
  written_s BIGINT NOT NULL, address TEXT NOT NULL, batch TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'new',
  via TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS FERRY_MESSAGE_CASE ON FERRY_MESSAGE(case_id, written_s);
CREATE TABLE IF NOT EXISTS FERRY_REQUEST(
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL, author TEXT NOT NULL, subject TEXT NOT NULL,
  text TEXT NOT NULL, written_s BIGINT NOT NULL, address TEXT NOT NULL, via TEXT NOT NULL, batch TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'new');
CREATE INDEX IF NOT EXISTS FERRY_REQUEST_CASE ON FERRY_REQUEST(case_id, written_s);
CREATE TABLE IF NOT EXISTS FERRY_RECORD(
  kind TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL,
  fields TEXT NOT NULL, batch TEXT NOT NULL, PRIMARY KEY(kind, id, version));
-- 待核清单：书记员核对后把 state 改为 new 以外的值 The clerk's list: whoever has looked at an item moves its state on from new.
CREATE TABLE IF NOT EXISTS FERRY_HELD(
  batch TEXT NOT NULL, item BIGINT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL,
  fields TEXT NOT NULL, class TEXT NOT NULL DEFAULT '', version BIGINT NOT NULL DEFAULT 0,
  case_id TEXT NOT NULL DEFAULT '', person TEXT NOT NULL DEFAULT '', at_s BIGINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'new', PRIMARY KEY(batch, item));
CREATE TABLE IF NOT EXISTS FERRY_SERVICE_STATE(
  kind TEXT NOT NULL, id TEXT NOT NULL, sha256 TEXT NOT NULL, person TEXT NOT NULL, version BIGINT NOT NULL,
  case_id TEXT NOT NULL, case_no TEXT NOT NULL, document TEXT NOT NULL, addressee TEXT NOT NULL, clerk TEXT NOT NULL,
  state TEXT NOT NULL, published_s BIGINT NOT NULL, reminded_s BIGINT NOT NULL, due TEXT NOT NULL, received_s BIGINT NOT NULL,
  since_s BIGINT NOT NULL, PRIMARY KEY(kind, id, sha256, person));
