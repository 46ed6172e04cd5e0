//! The lines of a certificate, and its JSON record and HTML page.

use crate::import::staging::receipts::SettledReceipt;
use crate::texts::certificate::{self as texts, NOT_KNOWN, key, line};
use crate::texts::import::certificate_failed;
use askama::Template;
use ferry_channel::runtime::schedule::rfc3339;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A certificate.
#[derive(Template)]
#[template(path = "certificate.html")]
pub struct Certificate {
    /// The court's name.
    pub court: String,
    /// Id and version of the receipt, as its files are named.
    pub name: String,
    /// The case number; empty if it is not known.
    pub case_no: String,
    /// The newest time of the receipt, seconds.
    pub newest_s: UnixSeconds,
    /// Whether a newer version of the document had been sent.
    pub is_superseded: bool,
    /// The form.
    pub lines: Vec<Line>,
    record: String,
}

/// One line of the form.
pub struct Line {
    /// Its name.
    pub label: &'static str,
    /// Its value.
    pub value: String,
}

impl Certificate {
    /// The certificate of a settled receipt.
    pub fn of(settled: &SettledReceipt, court: &str, zone: &TimeZone) -> Self {
        let r = &settled.receipt;
        Self {
            court: court.to_owned(),
            name: format!("{}-v{}", r.id, r.version),
            case_no: settled.case_no.clone(),
            newest_s: r.newest_s(),
            is_superseded: is_superseded(settled),
            lines: lines(settled, zone),
            record: record(settled, zone),
        }
    }

    /// The record: one JSON object with the fields that are known, in the order of the form.
    pub fn json(&self) -> &str {
        &self.record
    }

    /// The page: one HTML file that loads nothing.
    pub fn html(&self) -> Result<String> {
        self.render().map_err(|e| certificate_failed(&self.name, e))
    }
}

fn is_superseded(settled: &SettledReceipt) -> bool {
    settled.newest_version > settled.receipt.item_version
}

fn lines(settled: &SettledReceipt, zone: &TimeZone) -> Vec<Line> {
    let r = &settled.receipt;
    let text = |text: &str| if text.is_empty() { NOT_KNOWN.to_owned() } else { text.to_owned() };
    let at =
        |at_s: Option<UnixSeconds>, format| at_s.map_or_else(|| NOT_KNOWN.to_owned(), |s| in_zone(s, zone, format));
    let time = |at_s: Option<UnixSeconds>| at(at_s, texts::TIME_FORMAT);
    let capacity = match settled.capacity.as_str() {
        "addressee" => texts::AS_ADDRESSEE,
        "agent" => texts::AS_AGENT,
        _ => NOT_KNOWN,
    };
    let version = if is_superseded(settled) {
        texts::superseded_version(r.item_version, settled.newest_version)
    } else {
        r.item_version.to_string()
    };
    let named = |name: &str, id: &str| if name.is_empty() { text(id) } else { texts::name_with_id(name, id) };
    let line = |label, value| Line { label, value };
    vec![
        line(line::CASE_NUMBER, named(&settled.case_no, &r.case_id)),
        line(line::ADDRESSEE, named(&r.addressee_name, &r.addressee)),
        line(line::OPENED_BY, named(&r.recipient, &r.person)),
        line(line::CAPACITY, capacity.to_owned()),
        line(line::DOCUMENT, text(&r.document)),
        line(line::DOCUMENT_ID, format!("{} / {}", r.kind, r.item)),
        line(line::DOCUMENT_VERSION, version),
        line(line::DOCUMENT_DIGEST, text(&r.sha256)),
        line(line::ARRIVED, time(r.arrived_s)),
        line(line::OPENED, time(Some(r.opened_s))),
        line(line::DOWNLOADED, time(r.downloaded_s)),
        line(line::SIGNED, time(r.signed_s)),
        line(line::SERVED, at(r.arrived_s, texts::DAY_FORMAT)),
        line(line::CHANNEL, text(&r.via)),
        line(line::IP_ADDRESS, text(&r.address)),
        line(line::USER_AGENT, text(&r.agent)),
        line(line::RECEIPT_ID, format!("{} / {}", r.id, r.version)),
        line(line::BATCH, text(&settled.batch)),
    ]
}

fn in_zone(at_s: UnixSeconds, zone: &TimeZone, format: &str) -> String {
    let at = Timestamp::from_second(at_s.get()).map(|t| t.to_zoned(zone.clone()));
    at.map_or_else(|_| at_s.to_string(), |t| t.strftime(format).to_string())
}

fn record(settled: &SettledReceipt, zone: &TimeZone) -> String {
    let r = &settled.receipt;
    let time = |at_s: Option<UnixSeconds>| at_s.map_or_else(String::new, |s| rfc3339(s, zone));
    let newest = if settled.newest_version == 0 { String::new() } else { settled.newest_version.to_string() };
    let fields = [
        (key::RECEIPT, r.id.clone()),
        (key::RECEIPT_VERSION, r.version.to_string()),
        (key::CASE, r.case_id.clone()),
        (key::CASE_NUMBER, settled.case_no.clone()),
        (key::ADDRESSEE, r.addressee_name.clone()),
        (key::ADDRESSEE_ID, r.addressee.clone()),
        (key::OPENED_BY, r.recipient.clone()),
        (key::OPENED_BY_ID, r.person.clone()),
        (key::CAPACITY, settled.capacity.clone()),
        (key::DOCUMENT, r.document.clone()),
        (key::DOCUMENT_KIND, r.kind.clone()),
        (key::DOCUMENT_ID, r.item.clone()),
        (key::DOCUMENT_VERSION, r.item_version.to_string()),
        (key::NEWEST_VERSION, newest),
        (key::DOCUMENT_DIGEST, r.sha256.clone()),
        (key::ARRIVED, time(r.arrived_s)),
        (key::OPENED, time(Some(r.opened_s))),
        (key::DOWNLOADED, time(r.downloaded_s)),
        (key::SIGNED, time(r.signed_s)),
        (key::CHANNEL, r.via.clone()),
        (key::IP_ADDRESS, r.address.clone()),
        (key::USER_AGENT, r.agent.clone()),
        (key::BATCH, settled.batch.clone()),
    ];
    let known = fields.iter().filter(|(_, value)| !value.is_empty());
    let lines: Vec<_> = known.map(|(k, v)| format!("  \"{k}\": {}", serde_json::Value::from(v.as_str()))).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}
