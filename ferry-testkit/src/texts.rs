//! What `make-court` and `sms-gateway` print.

use ferry_format::text::Text;
use ferry_io::Error;
use ferry_io::exit_code::{CANNOT_CREATE, CONFIGURATION, IO, NO_INPUT};

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
    rows_to_be_held(rows) { zh: "应暂缓导出的行：{rows}", en: "rows that must be held: {rows}" }
    logins(path) { zh: "登录信息：{path}", en: "logins: {path}" }
}

/// A library that only this crate uses failed.
pub fn failed(what: &str, error: impl std::fmt::Display) -> Error {
    library(what, Text::verbatim(error.to_string()))
}
