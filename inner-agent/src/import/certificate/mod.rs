//! The certificate of service (送达回证, article 11): what a settled receipt says, as a record, as a page and as a PDF to
//! print and file. All three are made of nothing but the receipt, the court's name and the font: the same bytes each time.

mod print;
mod typeface;

use crate::import::receipt_table::Settled;
use askama::Template;
use ferry_channel::runtime::schedule::rfc3339;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::IO;
use jiff::Timestamp;
use jiff::tz::TimeZone;
pub use print::Press;

/// One line of the form.
pub struct Line {
    /// Its name in Chinese.
    pub zh: &'static str,
    /// Its name in English.
    pub en: &'static str,
    /// What stands there.
    pub value: String,
}

/// A certificate.
#[derive(Template)]
#[template(path = "certificate.html")]
pub struct Certificate {
    /// The court's name.
    pub court: String,
    /// Id of the receipt and its version, as files of it are named.
    pub name: String,
    /// The case number where it is known.
    pub case_no: String,
    /// When it was completed, seconds: the newest of its times.
    pub newest_s: i64,
    /// Whether a newer version of the document had been sent.
    pub superseded: bool,
    lines: Vec<Line>,
    record: String,
}

/// Beneath the form.
const NOTE_ZH: &str = "依《中华人民共和国民事诉讼法》关于电子送达的规定，送达信息到达受送达人特定系统的日期为送达日期。本回证由摆渡系统依外网端签名批次自动生成，时间为法院所在时区。";
const NOTE_EN: &str = "Under the law on electronic service the document is served on the day on which it reaches the addressee's own system. \
     Made by the ferry from a signed batch; times are in the court's time zone.";
/// Above the form of a version that had been superseded.
const SUPERSEDED_ZH: &str = "本回证针对已被取代的文书版本。";
const SUPERSEDED_EN: &str = "This certificate is for a version of the document that had been superseded.";
/// Where nothing is said.
const NOTHING: &str = "—";

impl Certificate {
    /// Of a settled receipt.
    pub fn of(settled: &Settled, court: &str, zone: &TimeZone) -> Self {
        let r = &settled.receipt;
        let text = |text: &str| if text.is_empty() { NOTHING.to_owned() } else { text.to_owned() };
        let time = |at_s: Option<i64>| at_s.map_or_else(|| NOTHING.to_owned(), |s| time(s, zone));
        let capacity = match settled.capacity.as_str() {
            "addressee" => "本人 as the addressee",
            "agent" => "代理人 as the agent of the addressee",
            _ => NOTHING,
        };
        let superseded = settled.newest_version > r.item_version;
        let version = if superseded {
            format!("{}（已被第 {} 版取代 superseded by version {1}）", r.item_version, settled.newest_version)
        } else {
            r.item_version.to_string()
        };
        let served = r.arrived_s.map_or_else(|| NOTHING.to_owned(), |s| day(s, zone));
        let named = |name: &str, id: &str| if name.is_empty() { text(id) } else { format!("{name}（{id}）") };
        let line = |zh, en, value| Line { zh, en, value };
        let lines = vec![
            line("案号", "Case number", named(&settled.case_no, &r.case_id)),
            line("受送达人", "Addressee", named(&r.addressee_name, &r.addressee)),
            line("查阅人", "Opened by", named(&r.recipient, &r.person)),
            line("查阅人身份", "In what capacity", capacity.to_owned()),
            line("送达文书", "Document", text(&r.document)),
            line("文书编号", "Id of the document", format!("{} / {}", r.kind, r.item)),
            line("文书版本", "Version", version),
            line("文书 SHA-256", "Digest", text(&r.sha256)),
            line("到达时间", "Arrived at", time(r.arrived_s)),
            line("首次查阅时间", "First opened at", time(Some(r.opened_s))),
            line("下载完成时间", "Downloaded at", time(r.downloaded_s)),
            line("签收时间", "Signed for at", time(r.signed_s)),
            line("送达日期", "Date of service", served),
            line("送达渠道", "Channel", text(&r.via)),
            line("IP 地址", "IP address", text(&r.address)),
            line("浏览器", "User agent", text(&r.agent)),
            line("回证编号", "Id of this receipt", format!("{} / {}", r.id, r.version)),
            line("来源批次", "Batch", text(&settled.batch)),
        ];
        Self {
            court: court.to_owned(),
            name: format!("{}-v{}", r.id, r.version),
            case_no: settled.case_no.clone(),
            newest_s: r.newest_s(),
            superseded,
            lines,
            record: record(settled, zone),
        }
    }

    /// The record: one JSON object, a line for each field that is known, in the order of the printed form.
    pub fn json(&self) -> &str {
        &self.record
    }

    /// The page: one HTML file that loads nothing.
    pub fn html(&self) -> Result<String> {
        self.render().map_err(|e| Error::new(IO, "FERRY-E0632", format!("certificate: {e}"), "try again"))
    }
}

/// As people write it in the court: `2026年11月24日 09:05:07`.
fn time(at_s: i64, zone: &TimeZone) -> String {
    written(at_s, zone, "%Y年%m月%d日 %H:%M:%S")
}

fn day(at_s: i64, zone: &TimeZone) -> String {
    written(at_s, zone, "%Y年%m月%d日")
}

fn written(at_s: i64, zone: &TimeZone, how: &str) -> String {
    let at = Timestamp::from_second(at_s).map(|t| t.to_zoned(zone.clone()));
    at.map_or_else(|_| at_s.to_string(), |t| t.strftime(how).to_string())
}

fn record(settled: &Settled, zone: &TimeZone) -> String {
    let r = &settled.receipt;
    let time = |at_s: Option<i64>| at_s.map_or_else(String::new, |s| rfc3339(s, zone));
    let newest = if settled.newest_version == 0 { String::new() } else { settled.newest_version.to_string() };
    let lines = [
        ("送达回证编号", r.id.clone()),
        ("回证版本", r.version.to_string()),
        ("案件", r.case_id.clone()),
        ("案号", settled.case_no.clone()),
        ("受送达人", r.addressee_name.clone()),
        ("受送达人编号", r.addressee.clone()),
        ("查阅人", r.recipient.clone()),
        ("查阅人编号", r.person.clone()),
        ("查阅人身份", settled.capacity.clone()),
        ("文书名称", r.document.clone()),
        ("文书类别", r.kind.clone()),
        ("文书编号", r.item.clone()),
        ("文书版本", r.item_version.to_string()),
        ("已发出的最新版本", newest),
        ("文书SHA-256", r.sha256.clone()),
        ("到达时间", time(r.arrived_s)),
        ("首次查阅时间", time(Some(r.opened_s))),
        ("下载完成时间", time(r.downloaded_s)),
        ("签收时间", time(r.signed_s)),
        ("渠道", r.via.clone()),
        ("IP地址", r.address.clone()),
        ("浏览器", r.agent.clone()),
        ("来源批次", settled.batch.clone()),
    ];
    let known = lines.iter().filter(|(_, value)| !value.is_empty());
    let lines: Vec<_> = known.map(|(k, v)| format!("  \"{k}\": {}", serde_json::Value::from(v.as_str()))).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

#[cfg(test)]
mod tests;
