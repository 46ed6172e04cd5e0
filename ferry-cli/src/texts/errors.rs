//! What goes wrong, and what to do about it. The runbook has a section for each code.

use ferry_io::errors;
use ferry_io::exit_code::{BAD_DATA, CONFIGURATION, IO, NO_INPUT, NOT_PERMITTED, TEMPORARY, UNAVAILABLE};

// Files
errors! {
    /// A name that cannot stand in a batch.
    name_is_not_utf8(path) = BAD_DATA, "FERRY-E0603" {
        zh: "{path}：文件名不是 UTF-8 编码", en: "{path}: the file name is not UTF-8",
        hint { zh: "重命名该文件", en: "rename the file" }
    }
    /// A key file names other files by paths that are text.
    path_is_not_utf8(path) = CONFIGURATION, "FERRY-E0501" {
        zh: "{path}：路径不是 UTF-8 编码", en: "{path}: the path is not UTF-8",
        hint { zh: "把文件放到路径为 UTF-8 的目录", en: "move the file to a folder whose path is UTF-8" }
    }
    /// Two passes over a file found different contents.
    changed_while_read(path) = BAD_DATA, "FERRY-E0615" {
        zh: "{path}：读取过程中文件被替换", en: "{path}: the file was replaced while it was read",
        hint { zh: "先把文件复制到自己的目录，再重试", en: "copy the file to a folder of your own first, then try again" }
    }
    /// A batch is joined from one head.
    not_one_head(found) = NO_INPUT, "FERRY-E0616" {
        zh: "给出了 {found} 个首卷，应为 1 个", en: "{found} heads were given, exactly one is needed",
        hint {
            zh: "首卷是 `ferry split` 最后写出的文件；一次只合并一个批次",
            en: "the head is the file that `ferry split` writes last; join one batch at a time"
        }
    }
    /// Volumes did not arrive.
    volumes_missing(missing, total) = TEMPORARY, "FERRY-E0617" {
        zh: "缺少分卷 {missing}（共 {total} 卷）", en: "volumes are missing: {missing} of {total}",
        hint { zh: "把缺少的分卷也传过来，再合并", en: "carry these volumes too and join again" }
    }
    /// Volumes arrived damaged.
    volumes_damaged(missing, total) = BAD_DATA, "FERRY-E0617" {
        zh: "分卷 {missing} 缺少或损坏（共 {total} 卷）", en: "volumes are missing or damaged: {missing} of {total}",
        hint { zh: "重新传送这些分卷；损坏的文件已在上面列出", en: "carry these volumes again; damaged files are named above" }
    }
    /// Something else than a part of a batch.
    neither_head_nor_volume(path) = BAD_DATA, "FERRY-E0104" {
        zh: "{path}：既不是首卷也不是分卷", en: "{path}: neither a head nor a volume",
        hint { zh: "请给出 `ferry split` 写出的文件", en: "name the files that `ferry split` wrote" }
    }
    /// Batches are drafts until the sender numbers and signs them.
    is_a_draft(path) = BAD_DATA, "FERRY-E0401" {
        zh: "{path}：这是待审草稿，不是已发布的批次", en: "{path}: this is a draft, not a released batch",
        hint { zh: "请给出已发布的批次文件", en: "name the released batch" }
    }
    /// `approve` without `--post-release`.
    already_released(path) = BAD_DATA, "FERRY-E0401" {
        zh: "{path}：该批次已发布", en: "{path}: this batch is already released",
        hint { zh: "事后审核请加 `--post-release`", en: "to review it after its release, add `--post-release`" }
    }
}

// Keys and trust
errors! {
    /// Typed twice, differently.
    passphrases_differ = NOT_PERMITTED, "FERRY-E0719" {
        zh: "两次输入的口令不一致", en: "the two passphrases differ",
        hint { zh: "重新运行，两次输入相同的口令", en: "run the command again and type the same passphrase twice" }
    }
    /// No terminal to type at.
    no_terminal(why) = NOT_PERMITTED, "FERRY-E0711" {
        zh: "没有终端，无法输入口令（{why}）", en: "no terminal to ask for the passphrase ({why})",
        hint { zh: "用 `--passphrase-fd N` 提供口令", en: "give it with `--passphrase-fd N`" }
    }
    /// A token's secret is changed by the maker's program.
    key_is_in_token(path) = CONFIGURATION, "FERRY-E0501" {
        zh: "{path}：密钥在硬件令牌内", en: "{path}: the key is in a token",
        hint { zh: "用令牌厂商的工具修改 PIN", en: "change its PIN with the maker's tool" }
    }
    /// Only reviewers decide.
    not_a_reviewer(path) = NOT_PERMITTED, "FERRY-E0702" {
        zh: "{path}：该密钥不是信任文件中的审核人密钥", en: "{path}: the trust file names no reviewer with this key",
        hint { zh: "请使用信任文件所列审核人的密钥", en: "use the key of a reviewer whom the trust file names" }
    }
    /// Only roots sign lists.
    not_a_root_key(path) = NOT_PERMITTED, "FERRY-E0702" {
        zh: "{path}：信任清单只能由根密钥签名", en: "{path}: only a root key signs trust lists",
        hint { zh: "请使用根密钥", en: "use a root key" }
    }
    /// A key that a change of the list is about.
    key_not_in_channel(path, channel) = CONFIGURATION, "FERRY-E0503" {
        zh: "{path}：通道 {channel} 没有该密钥", en: "{path}: channel {channel} does not name this key",
        hint { zh: "用 `ferry trust show` 查看各通道的密钥", en: "`ferry trust show` lists the keys of each channel" }
    }
    /// A channel that a change of the list is about.
    channel_not_in_list(path, channel) = CONFIGURATION, "FERRY-E0502" {
        zh: "{path}：`channel`：清单中没有通道 {channel}", en: "{path}: `channel`: the list has no channel {channel}",
        hint { zh: "用 `ferry trust show` 查看清单中的通道", en: "`ferry trust show` lists its channels" }
    }
    /// A list is one court's.
    courts_differ(path) = CONFIGURATION, "FERRY-E0502" {
        zh: "{path}：`court`：一份清单的信任文件须属于同一法院",
        en: "{path}: `court`: all trust files of a list must name one court",
        hint { zh: "检查各信任文件的 `court`", en: "check `court` in each trust file" }
    }
}

// Evidence
errors! {
    /// A batch of another recipient.
    no_key_opens(path) = NOT_PERMITTED, "FERRY-E0750" {
        zh: "{path}：给出的密钥都不能打开该批次", en: "{path}: none of the keys given opens this batch",
        hint {
            zh: "用 `-k` 增加接收方或审核人的密钥",
            en: "add a `-k`: a key of the side that received it, or of a reviewer"
        }
    }
    /// The subject is in none of the batches.
    not_in_batches(what) = BAD_DATA, "FERRY-E0751" {
        zh: "给出的批次中没有{what}", en: "none of the batches has {what}",
        hint {
            zh: "用 `ferry inspect -k KEY --trust T BATCH --id ID` 查找它在哪个批次",
            en: "`ferry inspect -k KEY --trust T BATCH --id ID` shows in which batch it crossed"
        }
    }
    /// Something that belongs to the proof is not there.
    bundle_incomplete(lacking) = NO_INPUT, "FERRY-E0752" {
        zh: "证据包不完整，缺少：{lacking}", en: "the bundle would lack: {lacking}",
        hint {
            zh: "用 `--batch`、`--reply`、`--audit` 补充；或加 `--partial`，证据包会写明缺少什么",
            en: "give what has it (`--batch`, `--reply`, `--audit`), or `--partial`: the bundle then names what it lacks"
        }
    }
    /// Lines of another file.
    not_an_audit_export(path, line) = BAD_DATA, "FERRY-E0753" {
        zh: "{path}：第 {line} 行：不是完整的审计导出文件", en: "{path}: line {line}: not a complete audit export",
        hint { zh: "重新导出：`audit export -o FILE`", en: "export it again: `audit export -o FILE`" }
    }
    /// Keys that only the bundle itself names prove nothing.
    keys_not_compared(path) = NOT_PERMITTED, "FERRY-E0754" {
        zh: "{path}：密钥未经核对，只有证据包自己说明密钥属于谁",
        en: "{path}: nothing but the bundle itself says whose keys these are",
        hint {
            zh: "与法院核对上列指纹，或用 `--trust` 给出法院的信任文件",
            en: "compare the fingerprints with the court's, or give its trust files with `--trust`"
        }
    }
}

// Review
errors! {
    /// The file on disk is another one than was opened.
    draft_changed(path) = BAD_DATA, "FERRY-E0740" {
        zh: "{path}：文件打开后被改动或替换", en: "{path}: the file was changed or replaced since it was opened",
        hint {
            zh: "查明是谁改动的，再重新打开；没有签署任何审核签名",
            en: "find out who wrote it, then open it again; nothing was approved"
        }
    }
    /// The reason of a refusal.
    refusal_reason(why) = BAD_DATA, "FERRY-E0741" {
        zh: "退回理由不能使用：{why}", en: "this refusal cannot be signed: {why}",
        hint {
            zh: "理由须为 1 至 1024 字节（约 340 个汉字），记录至多 200 条",
            en: "give a reason of 1 to 1024 bytes (some 340 Chinese characters), and at most 200 records"
        }
    }
    /// An item that a refusal names at the command line.
    item_not_in_draft(item) = NO_INPUT, "FERRY-E0742" {
        zh: "草稿中没有记录或文书 {item}", en: "the draft has no record or document {item}",
        hint {
            zh: "按 `ferry inspect` 显示的类别和编号填写，写作 KIND/ID",
            en: "name kind and id as `ferry inspect` shows them, as KIND/ID"
        }
    }
    /// An item that an address of the page names.
    item_not_found = NO_INPUT, "FERRY-E0742" {
        zh: "草稿中没有这条记录或文书", en: "the draft has no such record or document",
        hint { zh: "请在页面上重新选择", en: "choose it again on the page" }
    }
    /// A form of another page.
    form_not_ours = NOT_PERMITTED, "FERRY-E0743" {
        zh: "表单不是从本页提交的，或内容过长", en: "the form was not sent from this page, or it is too long",
        hint { zh: "返回页面重新提交", en: "go back to the page and send the form again" }
    }
    /// A thread that made a page panicked.
    page_ended_early = IO, "FERRY-E0744" {
        zh: "页面未能生成", en: "the page could not be made",
        hint { zh: "刷新页面重试", en: "reload the page" }
    }
    /// The server itself.
    cannot_serve(why) = IO, "FERRY-E0744" {
        zh: "无法提供页面：{why}", en: "the page cannot be served: {why}",
        hint { zh: "重新运行命令", en: "start the command again" }
    }
    /// Decrypted documents lie in temporary files.
    temporary_file(why) = IO, "FERRY-E0744" {
        zh: "临时文件：{why}", en: "temporary file: {why}",
        hint { zh: "清理磁盘空间", en: "free some disk space" }
    }
    /// Another program has the port.
    port_not_available(port, why) = UNAVAILABLE, "FERRY-E0744" {
        zh: "127.0.0.1:{port}：{why}", en: "127.0.0.1:{port}: {why}",
        hint { zh: "去掉 `--port`，或换一个空闲端口", en: "leave `--port` out, or choose a free one" }
    }
    /// Approving takes a deliberate act.
    box_not_ticked = NOT_PERMITTED, "FERRY-E0745" {
        zh: "未签署：没有勾选确认项", en: "nothing was approved: the box is not ticked",
        hint {
            zh: "看过疑似敏感项并核对核对码后勾选",
            en: "tick that you have read what is flagged and compared the digest words"
        }
    }
    /// The programs that draw PDFs.
    sandbox_does_not_start(why) = IO, "FERRY-E0746" {
        zh: "无法启动隔离程序：{why}", en: "the sandbox does not start: {why}",
        hint { zh: "安装 bubblewrap 和 poppler-utils", en: "install bubblewrap and poppler-utils" }
    }
    /// A page of a PDF.
    page_not_drawn(why) = BAD_DATA, "FERRY-E0746" {
        zh: "该页无法显示：{why}", en: "this page of the document cannot be drawn: {why}",
        hint { zh: "保存后谨慎打开，或因此退回", en: "save the document and open it with care, or refuse it" }
    }
    /// A template that does not render.
    cannot_render(why) = IO, "FERRY-E0744" {
        zh: "页面未能生成：{why}", en: "the page could not be made: {why}",
        hint { zh: "重新运行命令", en: "start the command again" }
    }
}
