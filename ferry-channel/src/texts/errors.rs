//! Errors of the channel: exit code, code of the runbook, what happened, what to do.

use ferry_format::texts;
use ferry_io::errors;
use ferry_io::exit_code::{BAD_DATA, CANNOT_CREATE, CONFIGURATION, IO, NO_INPUT, TEMPORARY};

texts! {
    malware_section_missing {
        zh: "脱敏策略要求恶意代码检查，缺少 `[malware]` 一节",
        en: "the policy asks for a malware scanner, and there is no section `[malware]`"
    }
    no_root_key { zh: "其中有密钥不是根公钥", en: "a key among them is not a root key" }
    no_recipient_file { zh: "没有指定对端公钥的文件", en: "it names no file for the other side's key" }
    floor_only_rises(channel, suite) {
        zh: "通道 {channel} 已使用过算法套件下限 {suite}，下限只能提高",
        en: "channel {channel} was used with suite {suite} as its floor; a floor only rises"
    }
    other_court { zh: "信任文件属于其他法院", en: "the trust file is for another court" }
    other_channel { zh: "信任文件属于其他通道", en: "the trust file is for another channel" }
    not_a_sender_key { zh: "该密钥不是发送方密钥", en: "this key is not a sender's key" }
    no_lists_followed { zh: "本端未配置 `roots`，不接受信任清单", en: "this side follows no trust lists: no `roots` are configured" }
    not_a_backup(entry) { zh: "该目录非空，且不是备份：{entry}", en: "it is not a backup, and not empty: {entry}" }
    backup_of_another(agent, court) {
        zh: "其中是 {court} 的 {agent} 端备份", en: "it holds a backup of the {agent} agent of {court}"
    }
    manifest_missing { zh: "缺少备份清单", en: "the backup has no manifest" }
    signals { zh: "无法接收系统信号", en: "signals cannot be received" }
    cannot_watch { zh: "无法监视目录", en: "the folder cannot be watched" }
    too_many_watches { zh: "监视的目录过多（fs.inotify.max_user_watches）", en: "too many watches (fs.inotify.max_user_watches)" }

    // What is wrong with a backup.
    no_manifest { zh: "备份缺少清单文件", en: "a backup without its manifest is none" }
    manifest_cut { zh: "缺少末行", en: "its last line is missing" }
    manifest_changed { zh: "各行与制作时不一致", en: "its lines are not those that it was made of" }
    not_a_manifest { zh: "不是备份清单", en: "it is no manifest of a backup" }
    names_no_file { zh: "有一行未写明备份内的文件", en: "a line of it names no file of the backup" }
}

errors! {
    /// A fork: two signed batches under one number.
    channel_stopped(channel, number) = BAD_DATA, "FERRY-E0675" {
        zh: "通道 {channel} 已停止：编号 {number} 有两个签名有效的批次",
        en: "channel {channel} is stopped: two signed batches have the number {number}",
        hint {
            zh: "保留 `state/evidence` 并报告安全审查人员；`fork list` 列出两个批次，`fork resume --by 姓名 --reason 原因` 恢复通道",
            en: "keep `state/evidence` and tell the security reviewer; `fork list` shows both, and `fork resume --by NAME --reason TEXT` lets the channel continue"
        }
    }
    /// A folder that a run works in is away.
    folder_missing(path) = TEMPORARY, "FERRY-E0657" {
        zh: "{path}：目录不存在", en: "{path}: this folder is missing",
        hint {
            zh: "挂载或改回该目录，作业随即继续；确为新目录时请先建立", en: "mount it or give it its name back, and the job continues; make it where it is meant to be new",
        }
    }
    /// Another folder is in the place of one that has worked.
    folder_replaced(path, mark) = TEMPORARY, "FERRY-E0657" {
        zh: "{path}：不是原来的目录（缺少或更换了 {mark}）", en: "{path}: this is not the folder that was used before (its {mark} is missing or another)",
        hint {
            zh: "挂载原来的磁盘；确已更换为新目录并移入了原有文件的，把原目录中的 {mark} 也放入", en: "mount the disk that was used; where the files were moved to a new folder, move its {mark} there too",
        }
    }
    /// The ledger is missing where one has worked.
    ledger_missing(path) = IO, "FERRY-E0658" {
        zh: "{path}：台账不见了，本状态目录此前有台账", en: "{path}: the ledger is missing, and this state folder had one",
        hint {
            zh: "改回原文件，或用 `restore` 恢复备份；要从头开始，把整个状态目录移走后运行 `init`",
            en: "give the file its name back, or `restore` a backup; to start over, move the whole state folder away and run `init`"
        }
    }
    /// The ledger is older than its state folder, or another one.
    ledger_older(path, known, found) = IO, "FERRY-E0659" {
        zh: "{path}：不是本目录最后使用的台账（已记到审计第 {known} 条，此台账只到第 {found} 条或内容不同）",
        en: "{path}: this is not the ledger that worked here last (audit entry {known} was noted; this one has {found}, or others)",
        hint {
            zh: "放回最新的台账；只有旧副本时用 `restore`，它会开始新的编号周期，不要直接复制数据库",
            en: "put the newest ledger back; where there is only an older copy, use `restore`, which begins a new epoch: never copy the database by hand"
        }
    }
    /// The ledger's file was exchanged under a job.
    ledger_exchanged(path) = IO, "FERRY-E0659" {
        zh: "{path}：作业期间台账文件被移走或替换", en: "{path}: the ledger's file was moved or replaced while a job had it open",
        hint {
            zh: "放回原文件后重新运行；提示台账过旧的，用 `restore` 恢复备份。作业运行时不要移动数据库",
            en: "put the file back and run again; where it then is older than what worked here last, `restore` a backup. Never move the database while a job runs"
        }
    }
    /// A key of this side is not there.
    key_not_made(path) = CONFIGURATION, "FERRY-E0638" {
        zh: "{path}：密钥文件不存在", en: "{path}: there is no such key",
        hint {
            zh: "首次安装先运行 `init`；已使用过的密钥从备份取回，不要重新生成",
            en: "run `init` on a new installation; a key that was used before comes from its backup, never make another one in its place"
        }
    }
    /// Nothing of the other side is trusted yet.
    not_paired(path) = CONFIGURATION, "FERRY-E0638" {
        zh: "{path}：尚未与对端配对", en: "{path}: not paired with the other side yet",
        hint {
            zh: "取得对端 `init` 生成的两个公钥文件，运行 `pair --peer-sender PUB --peer-recipient PUB`",
            en: "get the two public key files that `init` made on the other side, and run `pair --peer-sender PUB --peer-recipient PUB`"
        }
    }
    /// The login key is not there.
    login_key_not_brought(path) = CONFIGURATION, "FERRY-E0638" {
        zh: "{path}：登录密钥文件不存在", en: "{path}: there is no login key",
        hint {
            zh: "登录密钥由内网端 `init` 生成，用离线介质带到本端此路径，权限 0600",
            en: "`init` of the inner side makes it: bring it to this path on an offline medium, mode 0600"
        }
    }
    /// A certificate or its key is not there.
    certificate_not_brought(path) = CONFIGURATION, "FERRY-E0638" {
        zh: "{path}：证书或其私钥文件不存在", en: "{path}: there is no certificate, or no key of it",
        hint {
            zh: "向法院信息中心申请门户网站证书，将证书链和私钥放到配置的路径",
            en: "ask the court's IT department for the portal's certificate, and put chain and key at the configured paths"
        }
    }
    not_stopped(channel) = NO_INPUT, "FERRY-E0676" {
        zh: "通道 {channel} 没有停止", en: "channel {channel} is not stopped",
        hint { zh: "用 `status` 查看问题所在", en: "`status` says what is wrong" }
    }
    not_in_quarantine(channel, id) = NO_INPUT, "FERRY-E0677" {
        zh: "通道 {channel} 的隔离区中没有编号为 {id} 的文件", en: "channel {channel}: nothing in quarantine has the number {id}",
        hint { zh: "用 `quarantine list` 查看编号", en: "`quarantine list` names them" }
    }
    not_kept_in_quarantine(name) = NO_INPUT, "FERRY-E0677" {
        zh: "{name} 到达时隔离区已满，文件未保留", en: "quarantine was full when {name} came; its file was not kept",
        hint { zh: "重新摆渡该文件，或用 `discard` 删除此行", en: "carry the file again, or `discard` this line" }
    }
    never_sent(channel, numbers, newest) = NO_INPUT, "FERRY-E0671" {
        zh: "通道 {channel}：{numbers} 从未发出，最新批次为 {newest}",
        en: "channel {channel}: {numbers} was never sent; the newest batch is {newest}",
        hint { zh: "用 `status` 查看已发出的编号", en: "`status` says which numbers were sent" }
    }
    no_longer_kept(channel, numbers) = NO_INPUT, "FERRY-E0672" {
        zh: "通道 {channel}：已不再保存 {numbers}", en: "channel {channel}: no longer kept: {numbers}",
        hint {
            zh: "对端已确认且保存期已满；用 `reconcile` 修复个别记录，或用 `baseline` 重新导出全部",
            en: "it was acknowledged and its days are over; `reconcile` repairs single records, `baseline` carries everything again"
        }
    }
    volume_of_several(channel) = NO_INPUT, "FERRY-E0679" {
        zh: "通道 {channel}：分卷只能在指定一个批次时补发", en: "channel {channel}: a volume is sent again of one batch only",
        hint { zh: "使用 `--volume` 时只指定一个批次", en: "name one batch with `--volume`" }
    }
    not_in_volumes(channel, number) = NO_INPUT, "FERRY-E0679" {
        zh: "通道 {channel}：批次 {number} 没有分卷", en: "channel {channel}: batch {number} has no volumes",
        hint { zh: "该批次为单个文件，请去掉 `--volume`", en: "it crosses as one file: leave `--volume` out" }
    }
    no_such_volume(channel, number, volume, volumes) = NO_INPUT, "FERRY-E0679" {
        zh: "通道 {channel}：批次 {number} 没有第 {volume} 分卷", en: "channel {channel}: batch {number} has no volume {volume}",
        hint { zh: "分卷为 1 至 {volumes}，0 为首卷", en: "its volumes are 1 to {volumes}; 0 is the head" }
    }
    not_missing(channel, numbers) = NO_INPUT, "FERRY-E0673" {
        zh: "通道 {channel}：{numbers} 并未缺失", en: "not missing on channel {channel}: {numbers}",
        hint { zh: "用 `gaps list` 查看缺失批次", en: "`gaps list` names what is missing" }
    }
    batch_lost(file) = NO_INPUT, "FERRY-E0606" {
        zh: "{file}：发件箱缺少该批次文件", en: "{file}: the outbox lost this batch",
        hint {
            zh: "从备份取回该文件放回发件箱；没有备份的，由对端对该编号执行 `gaps accept`，其内容将重新导出",
            en: "put the file back from a backup; where there is none, `gaps accept` of its number on the other side, and its content crosses again"
        }
    }
    sent_by_another_ledger(file, state) = IO, "FERRY-E0659" {
        zh: "{file}：该编号的批次已经发出过，{state} 中的台账却不知道", en: "{file}: a batch of this number was sent before, and the ledger in {state} does not know it",
        hint {
            zh: "放回最新的状态目录；没有的用 `restore` 恢复备份，它会开始新的编号周期",
            en: "put the newest state folder back; where there is none, `restore` a backup, which begins a new epoch"
        }
    }
    foreign_file_in_the_way(file) = CANNOT_CREATE, "FERRY-E0607" {
        zh: "{file}：同名位置已有其他文件", en: "{file}: another file has the name of this batch",
        hint { zh: "移走该文件后重新运行", en: "move that file away and run again" }
    }
    no_audit_to_settle(channel) = NO_INPUT, "FERRY-E0805" {
        zh: "通道 {channel} 没有待处置的对端审计问题", en: "nothing of the other side's audit on channel {channel} is to be settled",
        hint { zh: "用 `status` 查看问题所在", en: "`status` says what is wrong" }
    }
    no_heads_arrived(file) = BAD_DATA, "FERRY-E0804" {
        zh: "{file}：本端尚未收到对端的任何批次", en: "{file}: no batch of the other side arrived here yet",
        hint { zh: "离线核验：`ferry audit verify FILE --trust`", en: "verify it offline: `ferry audit verify FILE --trust`" }
    }
    audit_shorter(entries) = NO_INPUT, "FERRY-E0806" {
        zh: "审计记录只有 {entries} 条", en: "the audit has {entries} entries",
        hint { zh: "用 `--since` 指定其中一条", en: "name an entry of it with `--since`" }
    }
    no_trust_list = CONFIGURATION, "FERRY-E0720" {
        zh: "已配置 `roots`，但尚未启用信任清单", en: "`roots` is configured, and no trust list is installed",
        hint {
            zh: "`trust install LIST --by 姓名 --reason 原因` 启用第 1 份清单（须由全部根密钥签署）",
            en: "`trust install LIST --by NAME --reason TEXT` installs list 1, which all root keys signed"
        }
    }
    sender_key_not_listed(why) = TEMPORARY, "FERRY-E0725" {
        zh: "信任清单不允许本端密钥签发：{why}", en: "the trust list does not let this side's key sign: {why}",
        hint {
            zh: "改用清单所列的发送方密钥，或启用列有本密钥的清单",
            en: "configure the sender key that the list names, or install the list that names this one"
        }
    }
    rules_not_listed = TEMPORARY, "FERRY-E0721" {
        zh: "信任清单所列的公开目录或脱敏策略与现用配置不同",
        en: "the trust list names other catalogues or policies than the configured ones",
        hint {
            zh: "改用清单所列的目录和策略，或启用列有现用配置的清单",
            en: "configure those that it names, or install the list that names these"
        }
    }
    no_revoked_batch(channel) = NO_INPUT, "FERRY-E0727" {
        zh: "通道 {channel} 没有待处置的已吊销批次", en: "no revoked batch of channel {channel} waits to be settled",
        hint { zh: "用 `trust show` 查看", en: "`trust show` names them" }
    }
    inside_proposes = NO_INPUT, "FERRY-E0728" {
        zh: "只有内网端提出信任清单", en: "only the inner side proposes trust lists",
        hint {
            zh: "在内网端提出，或在本端用 `trust install` 手工启用", en: "propose the list inside, or `trust install` it here by hand"
        }
    }
    without_roots = CONFIGURATION, "FERRY-E0724" {
        zh: "没有配置根公钥：由信任文件决定，不使用信任清单",
        en: "no `roots` are configured: the trust file decides, and no list does",
        hint {
            zh: "在接收配置中写明根公钥文件：`roots = [\"root-a.pub\", …]`",
            en: "name the root keys' files in the receiving section: `roots = [\"root-a.pub\", …]`"
        }
    }
    job_is_running(job, state) = TEMPORARY, "FERRY-E0901" {
        zh: "{state} 上已有 `{job}` 正在运行", en: "another `{job}` is running on {state}",
        hint { zh: "等其结束后再运行", en: "wait until it has ended, then run again" }
    }
    daemon_is_running(state) = TEMPORARY, "FERRY-E0680" {
        zh: "{state} 上已有守护进程 `run`", en: "another `run` works on {state}",
        hint {
            zh: "一个状态目录只能运行一个代理：停止另一个，或为本代理另设状态目录",
            en: "one agent runs on one state folder: stop the other one, or give this one a state folder of its own"
        }
    }
    cannot_wait_for_files(folder, what, why) = IO, "FERRY-E0608" {
        zh: "{folder}：{what}：{why}", en: "{folder}: {what}: {why}",
        hint { zh: "设置 watch = \"poll\"", en: "set watch = \"poll\"" }
    }
    no_space(folder, free, needed, reserve) = TEMPORARY, "FERRY-E0691" {
        zh: "{folder}：空间不足，可用 {free}，需要 {needed}，另预留 {reserve}",
        en: "{folder}: not enough space: {free} free, {needed} needed and {reserve} in reserve",
        hint { zh: "释放空间；一分钟内自动继续", en: "free some space; the next pass continues within a minute" }
    }
    disk_full(file, why) = TEMPORARY, "FERRY-E0691" {
        zh: "{file}：磁盘已满：{why}", en: "{file}: the disk is full: {why}",
        hint { zh: "释放空间后重新运行；未作任何更改", en: "free some space, then run it again; nothing was changed" }
    }
    schema_unknown(file, why) = CONFIGURATION, "FERRY-E0605" {
        zh: "{file}：数据库结构无法升级：{why}", en: "{file}: its schema cannot be brought up to date: {why}",
        hint {
            zh: "由更新版本的程序写入，或不是本程序的数据库", en: "a newer program wrote it, or it is another database"
        }
    }
    worker_ended = IO, "FERRY-E0625" {
        zh: "计数或压缩线程提前结束", en: "a thread that counts or compresses ended early",
        hint { zh: "重新运行；如仍出现请报告", en: "run again; report it if it stays" }
    }
    metrics_not_written(file, why) = IO, "FERRY-E0698" {
        zh: "指标文件 {file}：{why}", en: "metrics: {file}: {why}",
        hint { zh: "检查 `metrics-file` 所在目录；运行不受影响", en: "check the folder of `metrics-file`; the runs continue without it" }
    }
    wrong_file(file, why) = CONFIGURATION, "FERRY-E0502" {
        zh: "{file}：{why}", en: "{file}: {why}",
        hint { zh: "改正该处；没有默认的备用配置", en: "correct this line; there is no fallback configuration" }
    }
    wrong_value(file, key, why) = CONFIGURATION, "FERRY-E0502" {
        zh: "{file}：`{key}`：{why}", en: "{file}: `{key}`: {why}",
        hint { zh: "改正该项；没有默认的备用配置", en: "correct this key; there is no fallback configuration" }
    }
    wrong_key_role(file, found, expected) = CONFIGURATION, "FERRY-E0503" {
        zh: "{file}：这是 {found} 密钥，需要 {expected} 密钥", en: "{file}: this is a {found} key, a {expected} key is needed",
        hint { zh: "改用正确的文件", en: "name the other file" }
    }
    pairs_other_keys(file) = CANNOT_CREATE, "FERRY-E0703" {
        zh: "{file}：其中是其他密钥", en: "{file}: it names other keys",
        hint {
            zh: "更换密钥须有意为之：加 `--replace` 查看差异，再加 `--yes` 更换，审核人和规则不变",
            en: "a key is replaced on purpose only: `--replace` shows the difference, and with `--yes` changes it; reviewers and rules stay"
        }
    }
    backup_of_other_agent(agent, court) = BAD_DATA, "FERRY-E0683" {
        zh: "这是法院 {court} 的 {agent} 端备份", en: "it is a backup of the {agent} agent of court {court}",
        hint { zh: "改用本代理的备份", en: "name the backup of this agent" }
    }
    database_in_the_way(file) = CANNOT_CREATE, "FERRY-E0681" {
        zh: "{file}：该状态目录中已有数据库", en: "{file}: there is a database in this state folder",
        hint {
            zh: "将整个状态目录移走保存，再恢复到新目录",
            en: "move the whole state folder away and keep it, then restore into a new one"
        }
    }
    backup_without_database(folder) = BAD_DATA, "FERRY-E0682" {
        zh: "{folder}：备份中没有数据库", en: "{folder}: it names no database",
        hint { zh: "改用其他备份", en: "use another backup" }
    }
    backup_incomplete(file, why) = BAD_DATA, "FERRY-E0682" {
        zh: "{file}：{why}", en: "{file}: {why}",
        hint {
            zh: "改用其他备份：该备份未完成或被改动", en: "use another backup: this one was not finished, or was changed"
        }
    }
    backup_damaged(file) = BAD_DATA, "FERRY-E0684" {
        zh: "{file}：与备份清单不符", en: "{file}: it is not the file that the manifest names",
        hint { zh: "改用其他备份；该备份已损坏", en: "use another backup; this one is damaged" }
    }
    state_lost_files(count, example) = BAD_DATA, "FERRY-E0684" {
        zh: "数据库所列的文件有 {count} 个丢失或损坏，例如 {example}",
        en: "{count} files that the database names are lost or damaged, among them {example}",
        hint {
            zh: "从更早的备份恢复这些文件，或用 `inner-agent baseline` 重新发送",
            en: "restore them from an older backup, or send them again: `inner-agent baseline`"
        }
    }
    files_vanished = TEMPORARY, "FERRY-E0684" {
        zh: "复制过程中文件消失", en: "files vanished while they were copied",
        hint {
            zh: "状态变化快于复制：请在空闲时段重试",
            en: "the state changes faster than it is copied: try again at a quieter time"
        }
    }
    backup_folder_taken(folder, why) = CANNOT_CREATE, "FERRY-E0689" {
        zh: "{folder}：{why}", en: "{folder}: {why}",
        hint {
            zh: "指定新的或空的目录，或本代理较早的备份目录",
            en: "name a new or empty folder, or one with an earlier backup of this agent"
        }
    }
    database_busy = TEMPORARY, "FERRY-E0604" {
        zh: "数据库正被占用", en: "the database is busy",
        hint { zh: "另一进程正在使用数据库，请重试", en: "another process holds the database; try again" }
    }
    ledger_corrupt(path, why) = IO, "FERRY-E0604" {
        zh: "{path}：数据库已损坏：{why}", en: "{path}: the database is damaged: {why}",
        hint { zh: "运行 `doctor`，会列出最新可用的备份和处理步骤", en: "run `doctor`: it names the newest usable backup and what to do" }
    }
    database_damaged(why) = IO, "FERRY-E0684" {
        zh: "数据库已损坏：{why}", en: "the database is damaged: {why}",
        hint {
            zh: "保留该状态目录作为证据，并恢复更早的备份",
            en: "keep this state folder as evidence, and restore an older backup"
        }
    }
}
