//! What `make-court` and `sms-gateway` print.

use ferry_format::text::Text;
use ferry_io::Error;
use ferry_io::exit_code::{CANNOT_CREATE, CONFIGURATION, IO, NO_INPUT};
use ferry_io::output::help::Table;

/// `make-court --help` in Chinese; see `ferry_io::output::help`.
pub const MAKE_COURT_HELP: Table = &[
    ("", "生成测试法院的数据，或者改动其中若干案件。"),
    ("--cases", "新法院的案件数"),
    ("--touch", "改动已有法院的若干案件"),
    ("--flag", "向已有法院增加若干应被扫描发现的公告"),
    ("--seed", "随机数种子；相同的种子生成相同的数据"),
    ("--reviewed", "配置审核人，密钥存于同一目录：疑似敏感项须两人审核，其余在发布后复核"),
    ("--platform", "办案平台的样式"),
    ("--platform=made", "今日平台的样式"),
    ("--platform=legacy", "老旧平台，配自己的映射；expected.tsv 逐项列明应公开的内容"),
    ("--lang", "显示语言：zh 或 en。缺省按系统区域设置，最后为中文"),
    ("DIR", "法院目录"),
];

/// `sms-gateway --help` in Chinese.
pub const SMS_GATEWAY_HELP: Table = &[
    ("", "模拟法院的短信网关，供测试使用。"),
    ("--key", "法院签名所用密钥的文件"),
    ("--listen", "本机监听地址"),
    ("--mode", "启动时如何处理短信"),
    ("--mode=send", "发送"),
    ("--mode=accept", "保存，下次 `deliver` 时发送"),
    ("--mode=undeliverable", "保存为发送失败"),
    ("--mode=fail", "返回 500，不保存"),
    ("--mode=refuse", "返回 400，不保存"),
    ("--mode=busy", "返回 429，不保存"),
    ("--mode=drop-answer", "发送，但在应答前关闭连接"),
    ("--mode=drop-request", "保存之前关闭连接"),
    ("--mode=delay", "发送，延迟应答"),
    ("--mode=double", "处理两次，如同代理重复提交"),
    ("--lang", "显示语言：zh 或 en。缺省按系统区域设置，最后为中文"),
    ("DIR", "数据库目录"),
];

ferry_io::errors! {
    folder_not_empty(folder) = CANNOT_CREATE, "FERRY-E0613" {
        zh: "{folder}：目录不为空", en: "{folder}: the folder is not empty",
        hint { zh: "请指定新目录或空目录", en: "name a new or empty folder" }
    }
    no_court(path) = NO_INPUT, "FERRY-E0616" {
        zh: "{path}：此处没有测试法院", en: "{path}: there is no court here",
        hint { zh: "先用 --cases 生成", en: "make one with --cases first" }
    }
    no_font = CONFIGURATION, "FERRY-E0615" {
        zh: "未找到中文字体", en: "no font with Chinese characters was found",
        hint { zh: "运行 apt-get install fonts-noto-cjk", en: "run apt-get install fonts-noto-cjk" }
    }
    not_loopback = CONFIGURATION, "FERRY-E0614" {
        zh: "模拟短信网关只在本机监听", en: "the stand-in gateway listens on this machine alone",
        hint { zh: "请指定 127.0.0.1 和端口", en: "name 127.0.0.1 and a port" }
    }
    library(what, error) = IO, "FERRY-E0614" {
        zh: "{what}：{error}", en: "{what}: {error}",
        hint { zh: "本工具仅供测试，请查看上面的信息", en: "this is a tool for tests: look at the message" }
    }
}

ferry_format::texts! {
    touched(new, advanced, corrected, withheld, retracted) {
        zh: "新增案件 {new} 件，推进 {advanced} 件，更正 {corrected} 条，不予公开 {withheld} 件，撤回 {retracted} 条",
        en: "{new} new cases, {advanced} advanced, {corrected} corrected, {withheld} withheld, {retracted} retracted",
    }
    flagged(count) { zh: "新增含身份证号的公告 {count} 条", en: "{count} announcements with the number of a person" }
    cases_and_people(cases, people) {
        zh: "案件 {cases} 件，人员 {people} 人；各表行数：", en: "cases {cases}, people {people}; rows by table:",
    }
    documents(files, bytes) { zh: "文件 {files} 个，{bytes} 字节", en: "documents {files} files, {bytes} bytes" }
    legacy_court(cases, held) {
        zh: "老旧平台：案件 {cases} 件，应暂缓导出的行 {held}", en: "an old platform: {cases} cases, {held} rows that may not cross",
    }
    rows_to_be_held(rows) { zh: "应暂缓导出的行：{rows}", en: "rows that must be held: {rows}" }
    logins(path) { zh: "登录信息：{path}", en: "logins: {path}" }
}

/// A library that only this crate uses failed.
pub fn failed(what: &str, error: impl std::fmt::Display) -> Error {
    library(what, Text::verbatim(error.to_string()))
}
