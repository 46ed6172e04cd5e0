//! What an error says, and what a person can do about it.

use crate::text::{Text, TextError};
use crate::texts;
use std::io::ErrorKind;

/// An error of the operating system, with its number where it has one. English is the system's own wording.
pub fn io(error: &std::io::Error) -> Text {
    if let Some(TextError(text)) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return text.clone();
    }
    let english = error.to_string();
    let chinese = io_kind(error.kind()).or_else(|| error.raw_os_error().and_then(io_number));
    let chinese = match (chinese, error.raw_os_error()) {
        (Some(chinese), Some(number)) => format!("{chinese}（os error {number}）"),
        (Some(chinese), None) => chinese.to_owned(),
        (None, Some(number)) => format!("系统错误（os error {number}）"),
        (None, None) => format!("操作失败（“{english}”）"),
    };
    Text::new(chinese, english)
}

fn io_kind(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::NotFound => "文件或目录不存在",
        ErrorKind::PermissionDenied => "权限不足",
        ErrorKind::AlreadyExists => "文件已存在",
        ErrorKind::NotADirectory => "不是目录",
        ErrorKind::IsADirectory => "是目录",
        ErrorKind::DirectoryNotEmpty => "目录不为空",
        ErrorKind::InvalidFilename => "文件名无效或过长",
        ErrorKind::ReadOnlyFilesystem => "文件系统只读",
        ErrorKind::StorageFull => "磁盘空间不足",
        ErrorKind::QuotaExceeded => "超过磁盘配额",
        ErrorKind::FileTooLarge => "文件过大",
        ErrorKind::CrossesDevices => "不在同一文件系统",
        ErrorKind::TooManyLinks => "链接过多",
        ErrorKind::StaleNetworkFileHandle => "网络文件系统上的文件已失效",
        ErrorKind::NotSeekable => "不支持定位读写",
        ErrorKind::ResourceBusy => "设备或资源正被占用",
        ErrorKind::ExecutableFileBusy => "程序文件正在使用",
        ErrorKind::Deadlock => "会造成死锁",
        ErrorKind::OutOfMemory => "内存不足",
        ErrorKind::ArgumentListTooLong => "参数过长",
        ErrorKind::Interrupted => "操作被中断",
        ErrorKind::WouldBlock => "暂时无法完成",
        ErrorKind::UnexpectedEof => "文件不完整",
        ErrorKind::WriteZero => "未能写入",
        ErrorKind::BrokenPipe => "管道已断开",
        ErrorKind::TimedOut => "超时",
        ErrorKind::ConnectionRefused => "连接被拒绝",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => "连接已断开",
        ErrorKind::NotConnected => "未连接",
        ErrorKind::HostUnreachable => "主机不可达",
        ErrorKind::NetworkUnreachable => "网络不可达",
        ErrorKind::NetworkDown => "网络已断开",
        ErrorKind::AddrInUse => "地址已被占用",
        ErrorKind::AddrNotAvailable => "本机没有该地址",
        ErrorKind::InvalidInput => "参数无效",
        ErrorKind::InvalidData => "内容无效",
        ErrorKind::Unsupported => "系统不支持该操作",
        _ => return None,
    })
}

/// Numbers of Linux for which there is no kind.
fn io_number(number: i32) -> Option<&'static str> {
    Some(match number {
        5 => "输入输出错误",
        6 => "设备不存在",
        23 => "系统打开的文件过多",
        24 => "打开的文件过多",
        40 => "符号链接层数过多",
        _ => return None,
    })
}

texts! {
    hashing_stopped { zh: "计算校验值的线程意外停止", en: "the hashing thread stopped" }

    // Messages, by variant of `FormatError`.
    not_a_batch { zh: "不是摆渡批次文件", en: "not a ferry batch" }
    unsupported(what, found) { zh: "不支持的{what}：{found}", en: "{what} {found} is not supported" }
    length(actual, declared) {
        zh: "文件长度为 {actual} 字节，文件头写明 {declared} 字节",
        en: "the file has {actual} bytes, its prelude says {declared}",
    }
    about(what, why) { zh: "{what}：{why}", en: "{what}: {why}" }
    over_limit(what, found, limit) {
        zh: "{what}为 {found}，超过上限 {limit}",
        en: "{what} of {found} is over the limit of {limit}",
    }
    signature(what) { zh: "{what}验证不通过", en: "the {what} does not verify" }
    unknown_signer(role, fingerprint) {
        zh: "没有受信任的{role} {fingerprint}",
        en: "no trusted {role} has the key {fingerprint}",
    }
    resigned { zh: "批次封装时指定的是另一个发送密钥", en: "the batch was sealed for another sender's signature" }
    suite_floor(found, floor) {
        zh: "密码套件 {found} 低于通道下限 {floor}",
        en: "suite {found} is below the channel's floor of {floor}",
    }
    approvals(found, needed) { zh: "审核签名 {found} 个，需要 {needed} 个", en: "{found} of {needed} needed approvals" }
    key_not_valid(role, fingerprint, why) {
        zh: "{role} {fingerprint} 不可用：{why}",
        en: "the {role}'s key {fingerprint} is not valid: {why}",
    }
    one_person(person) { zh: "两个审核签名出自同一人：{person}", en: "two approvals are by one person, {person}" }
    office(office) { zh: "缺少{office}岗位的审核签名", en: "nobody of the office {office} approved" }
    other_content { zh: "签名针对的不是该草稿的内容", en: "it is over other content than this draft's" }
    refused(reason) { zh: "审核人已退回该草稿：{reason}", en: "a reviewer has refused this draft: {reason}" }
    doubled { zh: "该密钥已签过审核签名", en: "this key has already approved" }
    trust_list(fault) { zh: "信任清单：{fault}", en: "trust list: {fault}" }
    segment(segment, segments) {
        zh: "第 {segment} 个数据段（共 {segments} 个）与校验值不符",
        en: "segment {segment} of {segments} does not match its digest",
    }
    digest(what) { zh: "{what}与校验值不符", en: "{what} does not match its digest" }
    decrypt(what) { zh: "{what}无法用该密钥解密", en: "{what} cannot be decrypted with this key" }
    destination(what, found, expected) {
        zh: "批次的{what}不符：{found}，应为{expected}",
        en: "wrong {what} in the batch: {found}; expected {expected}",
    }
    order(sequence, why) { zh: "批次 {sequence}：{why}", en: "batch {sequence}: {why}" }
    record(kind, id, why) { zh: "{kind} 记录 {id}：{why}", en: "record {kind} {id}: {why}" }
    record_field(kind, id, field, why) {
        zh: "{kind} 记录 {id}，字段“{field}”：{why}",
        en: "record {kind} {id}, field `{field}`: {why}",
    }
    evidence(fault) { zh: "证据包：{fault}", en: "evidence: {fault}" }

    // Hints, by fault.
    hint_bytes { zh: "文件不是完整的批次，请重新摆渡或请求补发", en: "the file is not a whole batch; carry it again, or request a resend" }
    hint_authenticity {
        zh: "文件已损坏、被改动，或由不受信任的密钥制作；请留存作为证据，并请求补发",
        en: "the file was damaged or altered, or made by an untrusted key; keep it as evidence and request a resend",
    }
    hint_destination { zh: "该批次属于别处，请核对摆渡到了哪个通道", en: "the batch belongs elsewhere; check which channel it was carried to" }
    hint_order { zh: "请与发送侧 `status` 显示的批号核对", en: "compare the numbers with `status` on the sending side" }
    hint_content {
        zh: "请在办案平台更正该记录，或修改读取它的映射",
        en: "correct the record in the case platform, or the mapping that reads it",
    }
    hint_input { zh: "请更正所列的值后重试", en: "correct the named value and try again" }
    hint_io { zh: "请检查路径、权限和磁盘剩余空间", en: "check the path, its permissions and the free disk space" }
    hint_segment {
        zh: "文件在传输中损坏；请重新摆渡，或请求整批或分卷补发",
        en: "the file was damaged on the way; carry it again, or request a resend, whole or by volume",
    }
    hint_approvals {
        zh: "请其余审核人审核该草稿；发布规则见信任文件",
        en: "let the missing reviewers look at the draft; the trust file has the release rules",
    }
    hint_approval_keys {
        zh: "每个审核签名须出自不同的人，且密钥当日有效；审核人见信任文件",
        en: "each approval must be by another person with a key that is valid today; the trust file names them",
    }
    hint_other_content { zh: "请审核现有的草稿，以核对码为准", en: "approve the draft that is there now: its digest words name it" }
    hint_nothing_to_do { zh: "无需处理；`review list` 显示各草稿的状态", en: "nothing to do; `review list` shows the state of each draft" }

    // Faults of a trust list.
    list_court(found, expected) { zh: "属于法院 {found}，不是 {expected}", en: "it is for the court {found}, not for {expected}" }
    list_rollback(found, newest) {
        zh: "编号为 {found}，而清单 {newest} 已生效：信任清单不能倒退",
        en: "it has the number {found}, and list {newest} is in force: a trust list never goes back",
    }
    list_skipped(found, expected) {
        zh: "编号为 {found}，下一个应为 {expected}",
        en: "it has the number {found}, and list {expected} comes next",
    }
    list_fork(why) { zh: "与生效的清单不衔接：{why}", en: "it does not follow the list in force: {why}" }
    list_signatures(found, needed, of) {
        zh: "{of}须有 {needed} 个根密钥签名，现有 {found} 个",
        en: "{found} of {needed} needed root keys of {of} signed it",
    }
    list_roots { zh: "根密钥与为该法院给定的不同", en: "its root keys are not those that were given for this court" }
    list_expired(until) { zh: "有效期至 {until}（1970 年起的秒数）", en: "it was valid until {until} (seconds since 1970)" }
    list_channel(channel, direction) {
        zh: "没有通道 {channel}（{direction}）",
        en: "it does not name the channel {channel} ({direction})",
    }
    hint_list_form {
        zh: "请与根密钥签过名的文件核对，一个字节都不能差",
        en: "compare the file with the one that the root keys signed; every byte counts",
    }
    hint_list_court { zh: "请安装本法院的清单", en: "install the list of this court" }
    hint_list_rollback { zh: "生效的清单更新，见 `trust show`", en: "the list in force is newer; `trust show` names it" }
    hint_list_skipped {
        zh: "请先安装中间的清单，或用一条命令全部安装",
        en: "install the lists in between first, or all of them in one command",
    }
    hint_list_fork {
        zh: "两份清单争用同一位置：请都留存作为证据，并询问根密钥持有人",
        en: "two lists claim one place: keep both as evidence and ask the holders of the root keys",
    }
    hint_list_signatures {
        zh: "请其余根密钥签名（`ferry trust sign`）：上一清单的和新清单的",
        en: "let the missing root keys sign (`ferry trust sign`): those of the previous list and of the new one",
    }
    hint_list_roots {
        zh: "请将根密钥的核对码与根密钥仪式的记录核对",
        en: "compare the digest words of the root keys with those of the key ceremony",
    }
    hint_list_expired { zh: "请索取新清单；生效的清单仍然有效", en: "ask for a new list; the list in force stays in force" }
    hint_list_backward {
        zh: "请更正清单：下限只能提高，已吊销的密钥不能恢复",
        en: "correct the list: a floor only rises, and a revoked key stays revoked",
    }
    hint_list_channel {
        zh: "请在下一清单中加入该通道，或核对批次属于哪个通道",
        en: "add the channel to the next list, or check which channel the batch is for",
    }

    // Faults of an evidence bundle.
    evidence_path {
        zh: "有证据项与所属批次的清单承诺值不衔接",
        en: "an item does not lead to the manifest commitment of its batch",
    }
    evidence_report { zh: "交付报告不是该批次的", en: "the delivery report is not one of this batch" }
    evidence_receipt { zh: "送达回证不是该记录或文书的", en: "the receipt is not one of this record or document" }
    evidence_document { zh: "有文书不是该记录所列的", en: "a document is not one that the record names" }
    evidence_audit {
        zh: "有审计条目与已签名的审计链头不衔接",
        en: "an audit entry does not lead to the head that its agent signed",
    }
    evidence_absent {
        zh: "所列的缺失内容与实际不符",
        en: "its list of missing parts differs from what is missing",
    }
    evidence_untrusted {
        zh: "没有信任文件涵盖其中一个批次的法院、通道和方向",
        en: "nothing that is trusted here names court, channel and direction of one of its batches",
    }
    evidence_catalogue { zh: "有批次按另一公开目录制作", en: "a batch was made under another catalogue" }
    hint_evidence_untrusted {
        zh: "请提供各通道的信任文件，或该法院的根密钥",
        en: "give the trust file of each channel, or the root keys of the bundle's court",
    }
    hint_evidence_catalogue {
        zh: "请提供当时的公开目录；批次文件头列有其校验值",
        en: "give the catalogue that was in force; the header of the batch names its digest",
    }
    hint_evidence {
        zh: "该证据包不能证明任何内容：请留存，并由批次重新制作",
        en: "the bundle proves nothing as it is: keep it, and have another made from the batches",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;
    use std::io::Error;

    #[test]
    fn an_error_of_the_system_is_worded_in_both_languages_with_its_number() {
        for (error, chinese, english) in [
            (Error::from_raw_os_error(2), "文件或目录不存在（os error 2）", "No such file or directory (os error 2)"),
            (Error::from_raw_os_error(24), "打开的文件过多（os error 24）", "Too many open files (os error 24)"),
            (Error::from(ErrorKind::UnexpectedEof), "文件不完整", "unexpected end of file"),
            (Error::other("odd"), "操作失败（“odd”）", "odd"),
            (TextError(Text::fixed("已停止", "stopped")).into(), "已停止", "stopped"),
        ] {
            let text = io(&error);
            assert_eq!((text.get(Language::Chinese), text.english()), (chinese, english));
        }
    }
}
