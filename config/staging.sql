-- 中间表，SQLite 和 PostgreSQL 通用。导入账户有建表权限时自动建表；否则由办案平台管理员执行本文件一次，并授予
-- SELECT、INSERT、UPDATE 权限。旧版本建的表由导入自动补列；账户不是表的所有者时，由管理员执行 staging-upgrade.sql 中缺列
-- 的各行，再执行本文件建立缺少的表。
-- The staging tables, for SQLite and PostgreSQL. The import creates them if its role may; otherwise the platform's
-- administrator runs this file once and grants SELECT, INSERT and UPDATE. The import adds missing columns to tables of an
-- earlier release; if its role does not own them, the administrator runs the lines of staging-upgrade.sql whose columns are
-- missing, and then this file for missing tables.

-- 已入库的批次。
-- Settled batches.
CREATE TABLE IF NOT EXISTS FERRY_BATCH(
  channel TEXT NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL, digest TEXT NOT NULL,
  records BIGINT NOT NULL, at_s BIGINT NOT NULL, PRIMARY KEY(channel, epoch, sequence));
-- 已入库的条目：同一条目只入库一次。
-- Settled items: each is settled once.
CREATE TABLE IF NOT EXISTS FERRY_INBOX(
  channel TEXT NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL, item BIGINT NOT NULL,
  kind TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL,
  PRIMARY KEY(channel, epoch, sequence, item), UNIQUE(kind, id, version));
-- 送达回证。时间为秒，未发生的为空；capacity 为 addressee（本人）或 agent（代理人）；newest_version 大于 item_version
-- 表示所送达的版本已被取代；filed 为 1 表示该版本已归入卷宗。
-- Service receipts. Times are seconds, NULL if not occurred; capacity is addressee or agent; newest_version above
-- item_version: the version was superseded; filed is 1 once this version is in the case file.
CREATE TABLE IF NOT EXISTS FERRY_RECEIPT(
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL, recipient TEXT NOT NULL, kind TEXT NOT NULL,
  item TEXT NOT NULL, item_version BIGINT NOT NULL, document TEXT NOT NULL, sha256 TEXT NOT NULL,
  opened_s BIGINT NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL, batch TEXT NOT NULL,
  filed BIGINT NOT NULL DEFAULT 0, version BIGINT NOT NULL DEFAULT 1, addressee TEXT NOT NULL DEFAULT '',
  addressee_name TEXT NOT NULL DEFAULT '', arrived_s BIGINT, downloaded_s BIGINT, signed_s BIGINT,
  via TEXT NOT NULL DEFAULT '', case_no TEXT NOT NULL DEFAULT '', capacity TEXT NOT NULL DEFAULT '',
  newest_version BIGINT NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS FERRY_RECEIPT_UNFILED ON FERRY_RECEIPT(filed) WHERE filed = 0;
-- 留言和查阅申请。state 写入时为 new，之后由办案平台更改。
-- Messages and requests for access. state is new when inserted; the platform changes it.
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
-- 其他类别的回传记录。
-- Records of other kinds.
CREATE TABLE IF NOT EXISTS FERRY_RECORD(
  kind TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL,
  fields TEXT NOT NULL, batch TEXT NOT NULL, PRIMARY KEY(kind, id, version));
-- 待核对清单。reason 为中文原因；书记员核对后将 state 改为 new 以外的值。
-- The clerk's review queue. reason is in Chinese; after a decision the clerk changes state from new to another value.
CREATE TABLE IF NOT EXISTS FERRY_HELD(
  batch TEXT NOT NULL, item BIGINT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL,
  fields TEXT NOT NULL, class TEXT NOT NULL DEFAULT '', version BIGINT NOT NULL DEFAULT 0,
  case_id TEXT NOT NULL DEFAULT '', person TEXT NOT NULL DEFAULT '', at_s BIGINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'new', PRIMARY KEY(batch, item));
-- 送达状态：期限内 waiting、已收 received、逾期 overdue、提醒未确认 unconfirmed、已被取代 replaced。
-- States of services: waiting, received, overdue, unconfirmed, replaced.
CREATE TABLE IF NOT EXISTS FERRY_SERVICE_STATE(
  kind TEXT NOT NULL, id TEXT NOT NULL, sha256 TEXT NOT NULL, person TEXT NOT NULL, version BIGINT NOT NULL,
  case_id TEXT NOT NULL, case_no TEXT NOT NULL, document TEXT NOT NULL, addressee TEXT NOT NULL, clerk TEXT NOT NULL,
  state TEXT NOT NULL, published_s BIGINT NOT NULL, reminded_s BIGINT NOT NULL, due TEXT NOT NULL, received_s BIGINT NOT NULL,
  since_s BIGINT NOT NULL, PRIMARY KEY(kind, id, sha256, person));
