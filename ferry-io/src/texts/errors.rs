//! Errors of this crate: what happened, and what to do.

use crate::exit_code::{BAD_DATA, CANNOT_CREATE, CONFIGURATION, IO, NO_INPUT, NOT_PERMITTED, SYNC_FAILED, UNAVAILABLE};
use ferry_format::texts;

texts! {
    about(path, what) { zh: "{path}：{what}", en: "{path}: {what}" }

    // Hints of an error of the operating system.
    check_path { zh: "请检查路径", en: "check the path" }
    choose_another_name { zh: "请换一个名称；已有文件不会被覆盖", en: "choose another name; nothing is overwritten" }
    check_owner_and_mode { zh: "请检查文件的所有者和权限", en: "check owner and mode of the file" }
    free_space { zh: "请释放磁盘空间；下次运行自动继续", en: "free some space; the next run continues by itself" }
    check_folder_and_space { zh: "请检查目录和剩余空间", en: "check the folder and the free space" }
    check_disk { zh: "请检查磁盘", en: "check the disk" }

    // Hints of an error of the database.
    database(error) { zh: "数据库：{error}", en: "database: {error}" }
    database_busy { zh: "数据库正被其他进程使用，请重试", en: "another process holds the database; try again" }
    check_path_and_permissions { zh: "请检查路径和权限", en: "check the path and its permissions" }
    check_database_owner { zh: "请检查数据库文件的所有者和权限", en: "check owner and mode of the database" }
    check_database { zh: "请用 `PRAGMA integrity_check` 检查数据库", en: "check the database with `PRAGMA integrity_check`" }

    // What is wrong with a passphrase.
    passphrase_too_long { zh: "过长", en: "is too long" }
    passphrase_not_utf8 { zh: "不是 UTF-8 编码", en: "is not UTF-8" }
    passphrase_short(characters) { zh: "少于 {characters} 个字符", en: "has fewer than {characters} characters" }
    passphrase_long(bytes) { zh: "超过 {bytes} 字节", en: "has more than {bytes} bytes" }
    passphrase_controls { zh: "含控制字符", en: "has control characters" }

    // What is wrong with a PIN, a token or a module.
    pin_file_missing(path) { zh: "PIN 文件 {path} 不存在", en: "its PIN file {path} does not exist" }
    pin_credential_missing(name) {
        zh: "未向本进程提供 PIN 凭据 {name}",
        en: "the credential {name} of its PIN was not given to this process",
    }
    pin_empty { zh: "PIN 为空", en: "its PIN is empty" }
    no_such_key { zh: "令牌中没有该 Ed25519 密钥", en: "no such Ed25519 key is in the token" }
    several_keys { zh: "令牌中有多个同名密钥，请指明其 ID", en: "several keys in the token have this label; name its id" }
    another_public_half {
        zh: "令牌中密钥的公钥与密钥文件不同",
        en: "the key in the token has another public half than the file",
    }
    not_a_file { zh: "不是文件", en: "it is not a file" }
    module(path, why) { zh: "PKCS#11 模块 {path}：{why}", en: "the PKCS#11 module {path}: {why}" }
    in_a_token { zh: "密钥在硬件令牌中", en: "it is in a token" }
    recipient_not_in_token {
        zh: "接收密钥不用于签名，不能存入令牌",
        en: "a recipient's key does not sign and cannot be kept in a token",
    }
    no_randomness { zh: "操作系统未提供随机数", en: "the operating system gives none" }

    // What is wrong with an exported audit.
    verifying_audit { zh: "核对审计", en: "verifying the audit" }
    signed_head { zh: "已签名的审计链头", en: "signed head" }
    head_not_hexadecimal {
        zh: "不是规定长度的小写十六进制",
        en: "it is not lower-case hexadecimal of its length",
    }
    head_of_several_batches {
        zh: "文件头、内容声明和序列声明不属于同一批次",
        en: "its header, content and series are not of one batch",
    }
    export_empty { zh: "文件为空", en: "it is empty" }
    export_other_version { zh: "版本不同", en: "it has another version" }
    export_first_digest { zh: "首行的校验值格式不符", en: "a digest in its first line is malformed" }
    export_digest { zh: "校验值格式不符", en: "a digest is malformed" }
    export_not_to_end {
        zh: "条目未到首行所列的最后一条",
        en: "its entries do not lead to the last one that its first line names",
    }
    export_line_cut { zh: "该行不完整", en: "the line is cut off" }
    entries_missing { zh: "末尾缺少条目", en: "entries are missing at its end" }
    entries_changed { zh: "条目被改动", en: "entries were changed" }

    // Why a child in the sandbox has no result.
    child_not_installed(program) {
        zh: "未安装 {program}（软件包 bubblewrap）",
        en: "{program} is not installed (package bubblewrap)",
    }
    child_reader_stopped { zh: "读取子进程输出的线程意外停止", en: "the reader of a child stopped" }
    character_maps_missing(folder) {
        zh: "缺少 {folder}（软件包 poppler-data）",
        en: "{folder} is missing (package poppler-data)",
    }
    reader_not_started(program, why) { zh: "{program} 无法使用：{why}", en: "{program} cannot be used: {why}" }
    canary_not_read(found, readers, causes) {
        zh: "试读文件未能读出（{readers} 个读取程序中 {found} 个读出）：{causes}",
        en: "the trial document was not read ({found} of {readers} readers): {causes}",
    }
    child_does_not_end(program) { zh: "{program} 不结束", en: "{program} does not end" }
}

crate::errors! {
    /// A sync failed: the kernel may have dropped what was written.
    unsynced(what) = SYNC_FAILED, "FERRY-E0660" {
        zh: "fsync 失败，数据可能未落盘：{what}", en: "fsync failed: data may not be on disk: {what}",
        hint {
            zh: "请检查磁盘（dmesg）后重新启动：未发出任何确认，未完成的工作会重做",
            en: "check the disk (dmesg), then start again: nothing was acknowledged, and unfinished work is done again",
        }
    }
    /// A wrong or missing value of a configuration file.
    configuration(path, key, why) = CONFIGURATION, "FERRY-E0502" {
        zh: "{path}：配置项 `{key}`：{why}", en: "{path}: `{key}`: {why}",
        hint { zh: "请更正该配置项；没有缺省配置可用", en: "correct this key; there is no fallback configuration" }
    }
    /// A link, folder or device where a file is needed.
    not_a_regular_file(path) = NO_INPUT, "FERRY-E0602" {
        zh: "{path}：不是普通文件", en: "{path}: it is not a regular file",
        hint { zh: "请指定一个文件", en: "name a file" }
    }
    /// Not everything that was printed arrived.
    stdout_failed(error) = IO, "FERRY-E0601" {
        zh: "标准输出：{error}", en: "standard output: {error}",
        hint {
            zh: "命令本身已完成：请检查输出去向（磁盘可能已满），并查看 `status`",
            en: "the work itself is done: check where the output goes (its disk may be full), and run `status`",
        }
    }
    /// No text can be taken from a PDF on this machine.
    no_pdf_scan(why) = CONFIGURATION, "FERRY-E0504" {
        zh: "本机无法读取文书：{why}", en: "no document can be read here: {why}",
        hint {
            zh: "请安装 bubblewrap、poppler-utils、poppler-data 和 util-linux，并允许本账户使用用户命名空间",
            en: "install bubblewrap, poppler-utils, poppler-data and util-linux, and allow user namespaces to this account",
        }
    }

    /// A key file that others can read.
    others_may_read(path, mode) = NOT_PERMITTED, "FERRY-E0701" {
        zh: "{path}：其他用户可读取该密钥（权限 {mode}）", en: "{path}: others may read this key (mode {mode})",
        hint {
            zh: "请对密钥文件执行 chmod 600；如他人可能已读取，请更换密钥",
            en: "chmod 600 the key file, and make a new key if others could have read it",
        }
    }
    /// A wrong passphrase.
    wrong_passphrase(path) = NOT_PERMITTED, "FERRY-E0710" {
        zh: "{path}：口令错误，或文件被改动", en: "{path}: the passphrase is wrong, or the file was altered",
        hint {
            zh: "请重新输入（注意输入法和键盘布局）；口令遗失则只能更换密钥，无法恢复",
            en: "type it again (mind input method and keyboard); if it is lost, make a new key: nobody can open this one",
        }
    }
    /// No passphrase was given.
    no_passphrase = NOT_PERMITTED, "FERRY-E0711" {
        zh: "密钥有口令保护，但未提供口令", en: "the key is under a passphrase, and none was given",
        hint {
            zh: "请用 `--passphrase-fd N` 提供，或作为服务凭据 NAME.key.passphrase，或在终端输入",
            en: "give it with `--passphrase-fd N`, as the credential NAME.key.passphrase of the service, or at a terminal",
        }
    }
    /// A passphrase that cannot be used.
    passphrase_unusable(path, why) = NOT_PERMITTED, "FERRY-E0711" {
        zh: "{path}：口令{why}", en: "{path}: the passphrase {why}",
        hint { zh: "请提供一行文字", en: "give one line of text" }
    }
    /// A key under a passphrase where a plain one is needed.
    under_passphrase(path) = NOT_PERMITTED, "FERRY-E0711" {
        zh: "{path}：该密钥有口令保护", en: "{path}: this key is under a passphrase",
        hint {
            zh: "请用 `ferry key passwd --remove` 去除口令",
            en: "remove the passphrase with `ferry key passwd --remove`",
        }
    }
    /// A new passphrase that is too short, too long or unprintable.
    new_passphrase(why) = NOT_PERMITTED, "FERRY-E0719" {
        zh: "新口令{why}", en: "the new passphrase {why}",
        hint { zh: "请选用六个以上他人想不到的词", en: "choose six or more words that nobody else would choose" }
    }
    /// A trust list without root keys.
    list_without_roots(path) = NOT_PERMITTED, "FERRY-E0726" {
        zh: "{path}：这是签名的信任清单，但未给定根密钥，无法确认由谁签名",
        en: "{path}: it is a signed trust list, and no root key says who may sign it",
        hint {
            zh: "请给定根密钥：`--root A.pub --root B.pub`；两侧程序在配置中写 `roots`",
            en: "give the root keys of the key ceremony: `--root A.pub --root B.pub`; an agent has `roots` in its configuration",
        }
    }

    /// The module cannot be loaded.
    module_unusable(module) = UNAVAILABLE, "FERRY-E0712" {
        zh: "{module}", en: "{module}",
        hint {
            zh: "请安装厂商的 PKCS#11 模块，或更正密钥文件中的 module-path",
            en: "install the maker's PKCS#11 module, or correct module-path in the key file",
        }
    }
    /// The module answers with what no token says.
    module_failed(place, error) = UNAVAILABLE, "FERRY-E0712" {
        zh: "{place}：{error}", en: "{place}: {error}",
        hint { zh: "请检查模块是否适用于本机", en: "check whether the module fits this machine" }
    }
    /// No slot has the token.
    no_such_token(place) = UNAVAILABLE, "FERRY-E0712" {
        zh: "{place}：没有该令牌", en: "{place}: there is no such token",
        hint {
            zh: "请插入令牌，检查读卡器服务（pcscd）是否运行；厂商工具应能列出该令牌",
            en: "insert the token; check that its reader's service (pcscd) runs; its maker's tool must list it",
        }
    }
    /// The token does not answer.
    token_gone(place, function, answer) = UNAVAILABLE, "FERRY-E0712" {
        zh: "{place}：令牌无响应（{function}: {answer}）",
        en: "{place}: the token does not answer ({function}: {answer})",
        hint {
            zh: "请重新插入令牌，检查读卡器服务（pcscd）是否运行；下次运行自动继续",
            en: "insert the token again; check that its reader's service (pcscd) runs; the next run continues by itself",
        }
    }
    /// Another key is in the token than the file names.
    wrong_key(place, why) = NOT_PERMITTED, "FERRY-E0713" {
        zh: "{place}：{why}", en: "{place}: {why}",
        hint {
            zh: "密钥文件与令牌中的密钥不一致；请将 `ferry key show` 与令牌标签核对",
            en: "the file names another key than the one in the token; compare `ferry key show` with the token's label",
        }
    }
    /// Several tokens fit the label.
    several_tokens(place) = NOT_PERMITTED, "FERRY-E0713" {
        zh: "{place}：有多个令牌同名", en: "{place}: several tokens have this label",
        hint { zh: "请在密钥文件中写明其序列号", en: "name its serial number in the key file" }
    }
    /// A key with this label is in the token already.
    label_taken(place) = CANNOT_CREATE, "FERRY-E0713" {
        zh: "{place}：令牌中已有该标签的密钥", en: "{place}: a key with this label is already in the token",
        hint { zh: "请换一个 --object-label", en: "choose another --object-label" }
    }
    /// The token would let the private half out.
    key_extractable(place) = NOT_PERMITTED, "FERRY-E0713" {
        zh: "{place}：令牌允许导出私钥", en: "{place}: the token would let the key be taken out",
        hint { zh: "请使用不允许导出私钥的令牌", en: "use a token that keeps its keys" }
    }
    /// The token does not give the public half.
    no_public_half(place) = NOT_PERMITTED, "FERRY-E0713" {
        zh: "{place}：令牌不提供公钥", en: "{place}: the token does not give the public half of the key",
        hint { zh: "请使用支持 CKM_EDDSA（PKCS#11 3.0）的令牌", en: "use a token with CKM_EDDSA (PKCS#11 3.0)" }
    }
    /// The token refuses the PIN.
    pin_refused(place) = NOT_PERMITTED, "FERRY-E0714" {
        zh: "{place}：令牌拒绝该 PIN", en: "{place}: the token refuses the PIN",
        hint {
            zh: "请先更正密钥文件所指的 PIN 再运行：连续输错会锁死令牌",
            en: "correct the PIN that the key file names before anything runs again: a few wrong ones lock the token",
        }
    }
    /// The PIN is locked.
    pin_locked(place) = NOT_PERMITTED, "FERRY-E0715" {
        zh: "{place}：令牌的 PIN 已锁定", en: "{place}: the PIN of the token is locked",
        hint {
            zh: "请用厂商工具和管理员 PIN 解锁；解锁前查明是谁输错的",
            en: "unlock it with the maker's tool and its security officer's PIN; find out who tried before you do",
        }
    }
    /// One more wrong PIN would lock the token.
    pin_final_try(place) = NOT_PERMITTED, "FERRY-E0715" {
        zh: "{place}：再输错一次 PIN 令牌将锁定，因此不再尝试",
        en: "{place}: the token would be locked by one more wrong PIN, so none is tried",
        hint {
            zh: "请用厂商工具和管理员 PIN 解锁；解锁前查明是谁输错的",
            en: "unlock it with the maker's tool and its security officer's PIN; find out who tried before you do",
        }
    }
    /// The token has no PIN.
    pin_not_set(place) = NOT_PERMITTED, "FERRY-E0715" {
        zh: "{place}：令牌没有有效的 PIN", en: "{place}: the token has no PIN in force",
        hint { zh: "请用厂商工具设置 PIN", en: "set a PIN with the maker's tool" }
    }
    /// No PIN was found.
    no_pin(place, why) = NOT_PERMITTED, "FERRY-E0716" {
        zh: "{place}：{why}", en: "{place}: {why}",
        hint {
            zh: "请将 PIN 写入密钥文件所指的文件（权限 0600），或作为凭据提供给服务",
            en: "write the PIN into the file that the key file names, mode 0600, or give it to the service as a credential",
        }
    }
    /// The token cannot do Ed25519.
    no_ed25519(place, answer) = UNAVAILABLE, "FERRY-E0717" {
        zh: "{place}：令牌不能用该密钥作 Ed25519 签名（{answer}）",
        en: "{place}: the token does not make Ed25519 signatures with this key ({answer})",
        hint {
            zh: "请使用支持 CKM_EDDSA（PKCS#11 3.0）的令牌，且密钥允许签名",
            en: "use a token with CKM_EDDSA (PKCS#11 3.0), and a key that may sign",
        }
    }
    /// The token gave a signature that does not verify.
    token_signature(place) = NOT_PERMITTED, "FERRY-E0718" {
        zh: "{place}：令牌给出的签名验证不通过", en: "{place}: the signature that the token gave does not verify",
        hint {
            zh: "令牌损坏，或该名称下是另一密钥；未签任何内容；请使用备用密钥",
            en: "the token is broken, or has another key under this name; nothing was signed; use the spare key",
        }
    }
    /// Others may change the code that runs with the key's rights.
    module_writable(path) = NOT_PERMITTED, "FERRY-E0701" {
        zh: "PKCS#11 模块 {path}：其他用户可修改", en: "the PKCS#11 module {path}: others may change it",
        hint {
            zh: "请用厂商安装包重新安装，并对该文件执行 chmod go-w",
            en: "install it again from the maker's package; chmod go-w the file",
        }
    }

    /// An entry of an audit does not continue the chain.
    audit_broken(number, why) = BAD_DATA, "FERRY-E0801" {
        zh: "审计链在第 {number} 条断裂：{why}", en: "the audit chain is broken at entry {number}: {why}",
        hint {
            zh: "请留存该数据库作为证据，并在旁边恢复备份",
            en: "keep the database as evidence and restore a backup beside it",
        }
    }
    /// An audit contradicts a head that was signed.
    audit_contradicted(batch, entry, what, contradicting, agreeing) = BAD_DATA, "FERRY-E0803" {
        zh: "审计与批次 {batch} 中签名的链头（第 {entry} 条）不符：{what}；{contradicting} 个链头不符，{agreeing} 个相符",
        en: "the audit is not the one whose head was signed in batch {batch} (entry {entry}): {what}; {contradicting} signed heads contradict it, {agreeing} agree",
        hint {
            zh: "请留存本数据库和另一侧的 `audit export` 作为证据，并告知安全审核人",
            en: "keep this database and the other side's `audit export` as evidence, and tell the security reviewer",
        }
    }
    /// A file is not an exported audit, or not all of one.
    not_an_export(name, line, why) = BAD_DATA, "FERRY-E0804" {
        zh: "{name}：第 {line} 行：不是完整的审计导出文件：{why}",
        en: "{name}: line {line}: this is not a complete audit export: {why}",
        hint {
            zh: "请向制作一侧重新索取：`audit export -o FILE`",
            en: "get the file again from the side that made it: `audit export -o FILE`",
        }
    }
}
