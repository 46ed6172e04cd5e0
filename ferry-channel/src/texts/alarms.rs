//! Alarms: what is wrong, and what to do.

use crate::alarms;
use ferry_format::texts;

texts! {
    sent_again_by_itself { zh: "无需处理，系统将自动补发", en: "nothing to do: they are sent again automatically" }
    token_unusable(why) { zh: "存放签名密钥的硬件令牌不可用：{why}", en: "the token with the signing key cannot be used: {why}" }
    days_left(days) { zh: "剩余 {days} 天", en: "{days} days left" }
    expired { zh: "已过期", en: "expired" }
}

alarms! {
    no_batch_accepted(channel, since, hours) = "FERRY-E0674" {
        zh: "通道 {channel} 自 {since} 起没有接收到可用批次（no-batch-alarm-hours = {hours}）",
        en: "channel {channel}: no batch was accepted since {since} (no-batch-alarm-hours = {hours})",
        hint {
            zh: "查看对端代理是否运行并生成批次（对端 `status`）、网闸是否摆渡；本端查看接收目录、`quarantine list` 和上次错误",
            en: "check that the other side's agent runs and made a batch (`status` there) and that the gate carries; here check the received folder, `quarantine list` and the last error"
        }
    }
    peer_rollback(at, channel, held, again, not_kept, hint) = "FERRY-E0685" {
        zh: "{at} 发现对端从备份恢复或丢失了批次：通道 {channel} 只到 {held}；已重新发出、待确认 {again} 批，已不再保存 {not_kept} 批",
        en: "{at}: the other side was restored or lost batches: it held {channel} up to {held}; {again} went out again and are not confirmed yet, {not_kept} are no longer kept",
        hint { zh: "{hint}", en: "{hint}" }
    }
    epoch_unconfirmed(channel, epoch, why) = "FERRY-E0687" {
        zh: "通道 {channel} 已启用新编号周期 {epoch}，对端尚未确认（{why}）",
        en: "channel {channel} begins epoch {epoch}, which is not confirmed yet: {why}",
        hint { zh: "对端确认新周期的批次后自动解除", en: "it ends once the other side has confirmed a batch of it" }
    }
    peer_audit_differs(channel, number, why, batches) = "FERRY-E0802" {
        zh: "对端审计记录与其先前签名不符：批次 {channel}/{number}，{why}；涉及 {batches} 个批次",
        en: "the other side's audit is not the one that it signed before: batch {channel}/{number}: {why}; {batches} such batches",
        hint {
            zh: "取得对端 `audit export` 的导出文件，用 `audit verify --other FILE` 核对，并报告安全审查人员；`audit settle --by 姓名 --reason 原因` 解除报警",
            en: "get the other side's `audit export`, check it with `audit verify --other FILE`, and tell the security reviewer; `audit settle --by NAME --reason TEXT` ends this alarm"
        }
    }
    revoked_batches(channel, numbers) = "FERRY-E0723" {
        zh: "已吊销密钥签发的批次曾被采用：{channel} {numbers}",
        en: "batches of a revoked key were accepted before it was revoked: {channel} {numbers}",
        hint {
            zh: "`trust show` 列出这些批次；外网端由后续导出自动修复差异（内网端可用 `reconcile`）；内网端请检查其带回的内容，然后 `trust settled --by 姓名 --reason 原因`",
            en: "`trust show` names them; outside, the next exports repair what differs (`reconcile` inside); inside, check what they brought, then `trust settled --by NAME --reason TEXT`"
        }
    }
    trust_list_expired(number, until) = "FERRY-E0722" {
        zh: "信任清单 {number} 已于 {until} 到期", en: "trust list {number} expired at {until}",
        hint {
            zh: "请根密钥持有人签发下一份信任清单；在此之前本清单继续有效",
            en: "ask the holders of the root keys for the next list; until then this one stays in force"
        }
    }
    resend_not_kept(channel, numbers, repair) = "FERRY-E0678" {
        zh: "对端要求补发的批次本端已不再保存：{channel} {numbers}",
        en: "asked for by the other side and no longer kept: {channel} {numbers}",
        hint { zh: "{repair}", en: "{repair}" }
    }
    outbox_lost(channel, numbers) = "FERRY-E0667" {
        zh: "发件箱丢失了批次文件：{channel} {numbers}",
        en: "the outbox lost batches: {channel} {numbers}",
        hint {
            zh: "从备份取回该文件放回发件箱；没有备份的，由对端对这些编号执行 `gaps accept`，其内容将重新导出",
            en: "put the files back from a backup; where there is none, `gaps accept` of these numbers on the other side, and their content crosses again"
        }
    }
    resend_waits(channel, numbers) = "FERRY-E0668" {
        zh: "对端一天内多次要求补发，已达上限，等待中：{channel} {numbers}",
        en: "asked for more often than a day allows, and waiting: {channel} {numbers}",
        hint {
            zh: "24 小时后自动补发；先查明对端或网闸为何反复丢失，确需立即补发的执行 `resend 编号`",
            en: "they go out again by themselves within 24 hours; find out why the other side or the gate loses them, and `resend NUMBER` where it cannot wait"
        }
    }
    resend_unanswered(channel, numbers, arguments) = "FERRY-E0678" {
        zh: "要求补发后对端没有补发：{channel} {numbers}",
        en: "asked for, acknowledged by the sender, and not sent again: {channel} {numbers}",
        hint {
            zh: "在发送端用 `status` 查看是否仍保存；如已不保存，在本端执行 `gaps accept {arguments}`，其内容将重新导出",
            en: "`status` of the sender says whether it is still kept; if it is not, `gaps accept {arguments}` here, and its content crosses again"
        }
    }
    folders_swapped(channel, files, example) = "FERRY-E0637" {
        zh: "通道 {channel} 的接收目录中有 {files} 个方向相反的批次（如 {example}）：收发目录接反",
        en: "{files} batches of the other direction lie in the received folder of {channel}, such as {example}: the folders are swapped",
        hint {
            zh: "在网闸上核对两个方向的源目录和目标目录，改正后重新摆渡；这些文件未作改动，移到正确的目录即可",
            en: "check source and target folder of both directions at the gate and carry again; these files were left as they are: move them to the right folder"
        }
    }
    false_claims(channel, claims, at) = "FERRY-E0688" {
        zh: "对端经 {channel} 声称收到过从未发出的编号或版本 {claims} 次，最近一次 {at}；未予采信",
        en: "the other side named numbers or versions on {channel} that were never sent, {claims} times, last at {at}; not believed",
        hint {
            zh: "查看 `audit show --act false-list` 和 `--act false-acknowledgement`；对端机器可能已被他人控制，报告安全审查人员；确系本端丢失状态的，用 `restore` 恢复",
            en: "`audit show --act false-list` and `--act false-acknowledgement` name them; the other machine may be in other hands: tell the security reviewer. Where it is this side that lost state, `restore`"
        }
    }
    daemon_silent(age) = "FERRY-E0690" {
        zh: "守护进程已 {age} 没有进展", en: "the daemon has made no progress for {age}",
        hint {
            zh: "查看其日志，然后重新启动：下次运行从已落盘的状态继续",
            en: "look at its journal, then start it again: the next run continues from what is durable"
        }
    }
    documents_not_read(why) = "FERRY-E0504" {
        zh: "本机无法读取文书，面向社会公开的文书均未放行：{why}",
        en: "no document can be read here, and none for the public crosses: {why}",
        hint {
            zh: "执行 `check-config` 查看缺少哪一层；安装 bubblewrap、poppler-utils、poppler-data 和 util-linux，允许本账户使用用户命名空间",
            en: "`check-config` says which layer is missing: install bubblewrap, poppler-utils, poppler-data and util-linux, and allow user namespaces to this account"
        }
    }
    malware_not_checked(why) = "FERRY-E0505" {
        zh: "无法进行恶意代码检查：{why}", en: "no malware scanner looks at documents: {why}",
        hint {
            zh: "请确认 clamav-daemon 正在运行、本账户可读写其套接字，特征库目录中有 `config/clamav/ferry-test.ndb`；下次运行自动恢复",
            en: "check that clamav-daemon runs, that this account may use its socket, and that `config/clamav/ferry-test.ndb` lies in the folder of its signatures; the next run goes on by itself"
        }
    }
    signatures_unknown = "FERRY-E0506" {
        zh: "恶意代码检查程序没有厂商的特征库，或不知其日期", en: "the malware scanner has no signatures of its maker, or their age is not known",
        hint {
            zh: "用离线介质带入 `main.cvd` 和 `daily.cvd`，放入 clamav-daemon 的特征库目录；只用自有特征的，设置 `own-signatures-alone = true`",
            en: "bring `main.cvd` and `daily.cvd` on an offline medium and put them into the folder of clamav-daemon's signatures; a court with its own ones alone sets `own-signatures-alone = true`"
        }
    }
    signatures_old(days) = "FERRY-E0506" {
        zh: "恶意代码特征库已有 {days} 天未更新", en: "the signatures of the malware scanner are {days} days old",
        hint {
            zh: "用离线介质带入新的 `main.cvd` 和 `daily.cvd`，放入 clamav-daemon 的特征库目录",
            en: "bring newer `main.cvd` and `daily.cvd` on an offline medium and put them into the folder of clamav-daemon's signatures"
        }
    }
    daemon_stopped(age) = "FERRY-E0629" {
        zh: "守护进程已停止 {age}，尚未重新启动", en: "the daemon was stopped {age} ago and not started again",
        hint {
            zh: "重新启动守护进程（`run`）；改由定时任务运行的，删除状态目录中的 daemon.stopped",
            en: "start the daemon again (`run`); where timers run the jobs instead, delete daemon.stopped in the state folder"
        }
    }
    certificate_ends(file, remaining) = "FERRY-E0692" {
        zh: "证书 {file}：{remaining}", en: "certificate {file}: {remaining}",
        hint {
            zh: "换上新的证书和私钥，网站无需重启即可生效",
            en: "put the new certificate and key in place; the portal uses them without a restart"
        }
    }
    export_late(channel, age) = "FERRY-E0693" {
        zh: "{channel} 到期的导出已延误 {age}", en: "{channel}: an export that was due is late by {age}",
        hint { zh: "查看该通道的上次错误，以及守护进程是否运行", en: "look at `last_error` of the channel, and whether the daemon runs" }
    }
    unconfirmed(channel, batches, age) = "FERRY-E0695" {
        zh: "{channel} 有 {batches} 批未获对端确认，最早的已 {age}",
        en: "{channel}: {batches} batches are not acknowledged, the oldest for {age}",
        hint {
            zh: "检查网闸是否摆渡本通道，以及对端是否发送、其网闸是否回传",
            en: "check that the gate carries this channel, and that the other side sends and its gate carries back"
        }
    }
}
