//! Errors of the configuration, the case platform and the export.

use ferry_format::texts;
use ferry_io::errors;
use ferry_io::exit_code::{CONFIGURATION, IO, NOT_PERMITTED, TEMPORARY, UNAVAILABLE};

// What is wrong with a key of the configuration.
texts! {
    /// `on-gap = "wait"` on the ↓ channel.
    on_gap_wait {
        zh: "回传批次带有补发请求，不能等待缺失批次",
        en: "reply batches carry resend requests, so they cannot wait for missing batches",
    }
    /// A trust file of another court, channel or direction.
    trust_file_differs(what) { zh: "信任文件属于其他{what}", en: "the trust file is for another {what}" }
    court { zh: "法院", en: "court" }
    channel { zh: "通道", en: "channel" }
    direction { zh: "方向", en: "direction" }
    /// Two keys of which one is needed.
    one_of(first, second) {
        zh: "`{first}` 和 `{second}` 须且只能配置一项",
        en: "exactly one of `{first}` and `{second}` is needed",
    }
    /// A column that the SELECT does not give.
    no_such_column(name) { zh: "SQL 查询结果没有 `{name}` 列", en: "the SQL gives no column `{name}`" }
    /// A column that is binary.
    binary_column(name) {
        zh: "`{name}` 列是二进制：请在 SQL 中按其编码转换为文字，如 convert_from({name}, 'GB18030')",
        en: "column `{name}` is binary: decode it in the SQL, such as convert_from({name}, 'GB18030')",
    }
    /// An SQL that is not a SELECT.
    not_a_select { zh: "不是 SELECT 语句", en: "it is not a SELECT" }
    /// A kind that the catalogue lacks.
    no_such_kind { zh: "公开目录没有可导出的该类信息", en: "the catalogue has no such kind for export" }
    /// A mapping without a column that the kind asks for.
    key_required { zh: "公开目录要求该项", en: "the catalogue requires it" }
    /// A mapping with a column that the kind has no use for.
    key_not_allowed { zh: "公开目录没有该项", en: "the catalogue has no place for it" }
    /// A field that the catalogue lacks.
    no_such_field { zh: "公开目录没有该字段", en: "the catalogue does not name this field" }
    /// A mapping without a field that the kind requires.
    field_required { zh: "公开目录要求该字段", en: "the catalogue requires this field" }
    /// A column whose reading does not give the catalogue's type.
    field_type { zh: "与公开目录规定的类型不符", en: "it does not fit the type in the catalogue" }
    /// A code table that the configuration lacks.
    no_such_code_table { zh: "代码表未定义", en: "its code table is not defined" }
    /// A code that the catalogue lacks.
    no_such_code(code) { zh: "公开目录没有代码 `{code}`", en: "the catalogue has no code `{code}`" }
    /// Only some of the three columns of an approval.
    approval_columns {
        zh: "`approved-by`、`approved-on`、`why` 须同时配置或都不配置",
        en: "`approved-by`, `approved-on` and `why` are needed together or not at all",
    }
    /// A connection string with a password.
    password_in_configuration {
        zh: "配置文件中不得写入口令，请在 `postgres-password` 中写口令文件的路径",
        en: "the configuration must not contain a password; name its file in `postgres-password`",
    }
    /// A file without certificates.
    no_certificate { zh: "文件中没有证书", en: "the file contains no certificate" }
}

// The case platform.
texts! {
    /// What a query that was ended is said to be.
    too_slow { zh: "查询超时", en: "a query exceeded its time limit" }
}

errors! {
    /// The server cannot be reached, or refuses the role.
    platform_unreachable(message) = UNAVAILABLE, "FERRY-E0618" {
        zh: "办案平台数据库：{message}", en: "case platform database: {message}",
        hint {
            zh: "检查数据库服务是否运行、该账户是否允许连接；host 为套接字所在目录",
            en: "check that the server runs and that this user may connect; host names the folder of its socket",
        }
    }
    /// A database in WAL mode in a folder that may only be read.
    wal_read_only(path) = TEMPORARY, "FERRY-E0655" {
        zh: "{path} 为 WAL 模式，而本账户不能在其目录中创建文件",
        en: "{path} is in WAL mode, and this account may not create files in its folder",
        hint {
            zh: "读取 WAL 模式的 SQLite 数据库须能在其目录中创建 -shm 文件：给予目录写权限，或导出用副本改为 `PRAGMA journal_mode = DELETE`",
            en: "a reader of WAL creates a -shm file beside the database: allow that, or give the agent a copy with `PRAGMA journal_mode = DELETE`",
        }
    }
    /// The document store cannot be used as a whole.
    store_away(path, why) = TEMPORARY, "FERRY-E0644" {
        zh: "文书库 {path} 不可用：{why}", en: "the document store {path} is away: {why}",
        hint {
            zh: "检查该目录是否已挂载、是否为空；恢复后自动继续，记录不受影响",
            en: "check that the folder is mounted and not empty; the next run continues by itself, and no record is affected",
        }
    }
    /// The server failed otherwise.
    platform_failed(message) = IO, "FERRY-E0619" {
        zh: "办案平台数据库：{message}", en: "case platform database: {message}",
        hint {
            zh: "查看数据库服务的日志；下次运行从已保存的状态继续",
            en: "look at the server's log; the next run continues from what was saved",
        }
    }
    /// The server rejects the SQL of a mapping.
    query_rejected(sql, message) = IO, "FERRY-E0619" {
        zh: "办案平台数据库：`{sql}`：{message}", en: "case platform database: `{sql}`: {message}",
        hint {
            zh: "用 `check-config` 查看是哪一项映射；办案平台的表可能已变更",
            en: "`check-config` names the mapping; the platform's tables may have changed",
        }
    }
    /// A row does not have the columns of its SELECT.
    row_unreadable(error) = IO, "FERRY-E0619" {
        zh: "办案平台数据库：{error}", en: "case platform database: {error}",
        hint {
            zh: "用 `check-config` 查看是哪一项映射；办案平台的表可能已变更",
            en: "`check-config` names the mapping; the platform's tables may have changed",
        }
    }
    /// A query took longer than `statement-timeout-s`.
    query_timed_out(message) = TEMPORARY, "FERRY-E0620" {
        zh: "办案平台数据库：{message}", en: "case platform database: {message}",
        hint {
            zh: "为 `changed`、主键、案件编号各列建索引，或调大 `statement-timeout-s`；本次运行没有留下未完成的结果",
            en: "index the columns `changed`, key and case, or raise `statement-timeout-s`; the run left nothing half done",
        }
    }
    /// The SQL of a mapping writes.
    mapping_writes(message) = CONFIGURATION, "FERRY-E0621" {
        zh: "办案平台数据库：{message}", en: "case platform database: {message}",
        hint {
            zh: "映射的 SQL 只能读取：删去其中写入数据的函数",
            en: "a mapping must only read: remove the function that writes from its SQL",
        }
    }
    /// The role lacks a privilege.
    platform_forbids(message) = NOT_PERMITTED, "FERRY-E0622" {
        zh: "办案平台数据库：{message}", en: "case platform database: {message}",
        hint {
            zh: "授权：`[source]` 的账户需要 SELECT；`[settle]` 的账户需要 FERRY_ 表，且其模式在 search_path 中",
            en: "grant it: the role of `[source]` needs SELECT; the role of `[settle]` needs the FERRY_ tables, in a schema on its search_path",
        }
    }
    /// The export failed while its rows were still being read.
    export_ended_early = IO, "FERRY-E0623" {
        zh: "导出先于读取结束", en: "the export ended before all rows were read",
        hint { zh: "重新运行", en: "run again" }
    }
    /// Argon2id failed.
    code_not_hashed(error) = IO, "FERRY-E0624" {
        zh: "查询码无法计算散列：{error}", en: "a query code cannot be hashed: {error}",
        hint { zh: "检查可用内存，然后重新运行", en: "check the free memory, then run again" }
    }
}

// Platform and ledger.
errors! {
    /// The platform does not know what was settled in it.
    platform_is_another(channel, number, database) = TEMPORARY, "FERRY-E0661" {
        zh: "{database}：其中没有已入库的回传批次 {channel}/{number}，是另一个数据库或较早的副本",
        en: "{database}: it does not know return batch {channel}/{number}, which was settled: another or an older database is in its place",
        hint {
            zh: "放回办案平台的数据库；确已从较早的备份恢复的，用 `import --platform-restored` 继续，其后入库的内容请从备份之后的卷宗补录",
            en: "put the platform's database back; where it was restored from an older backup, `import --platform-restored` goes on, and what was settled since is entered again from the case files",
        }
    }
    /// A new ledger beside a platform that has settled batches.
    ledger_knows_nothing(state) = IO, "FERRY-E0659" {
        zh: "{state}：台账是空的，而办案平台已有入库的回传批次", en: "{state}: the ledger is empty, and the platform has settled return batches",
        hint {
            zh: "放回原来的状态目录，或用 `restore` 恢复备份；确需从头开始的，先用 `baseline` 导出全量基线",
            en: "put the state folder back, or `restore` a backup; to start over, send a `baseline` first"
        }
    }
}

// Export and review.
errors! {
    /// A baseline would retract published records.
    baseline_retracts(count, names) = NOT_PERMITTED, "FERRY-E0686" {
        zh: "{count} 条已公开的记录目前无法导出，全量基线会将其撤回：{names}",
        en: "{count} published records cannot be exported as they are, and a baseline would retract them: {names}",
        hint {
            zh: "用 `status` 查看原因，先更正；因平台中缺失而待定的，先用 `retractions list` 决定；确需撤回的用 `--allow-retractions`",
            en: "`status` says what holds them, `retractions list` which ones the platform lacks; settle that first, or retract them \
                 with `--allow-retractions`",
        }
    }
    /// `--strict`, and records are held.
    records_held(count) = TEMPORARY, "FERRY-E0902" {
        zh: "{count} 条记录暂缓导出", en: "{count} records are held",
        hint {
            zh: "用 `status` 查看，在办案平台或映射中更正",
            en: "`status` names them; correct them in the case platform or the mapping",
        }
    }
}
