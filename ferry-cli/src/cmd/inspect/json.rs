//! A batch for scripts: one JSON object, in English whatever the language.

use crate::batch::verified_file::{VerifiedFile, Visitor};
use crate::cmd::inspect::filter::Filter;
use crate::cmd::inspect::release_state::ReleaseState;
use crate::output::stdout::{check_written, until_closed};
use crate::output::values;
use ferry_format::Result;
use ferry_format::crypto::hash::digest_words;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::manifest::Entry;
use ferry_format::record::Record;
use ferry_io::Result as Outcome;
use ferry_io::out;
use serde_json::{Value, json};
use std::io::Write;

/// Prints the object. The lists are written as they are read: a batch of millions needs no memory for them.
pub fn print(batch: &VerifiedFile, release: &ReleaseState, filter: &Filter, mut out: impl Write) -> Outcome<()> {
    let header = header_of(batch, release).to_string();
    let mut list = |name: &str, records: bool| -> Outcome<()> {
        check_written(write!(out, ",\"{name}\":["))?;
        batch.visit(&mut JsonList { filter, out: &mut out, records, is_first: true })?;
        check_written(write!(out, "]"))
    };
    // The object stays open for the lists.
    out!("{}", &header[..header.len() - 1]);
    list("entries", false)?;
    list("records", true)?;
    check_written(writeln!(out, "}}").and_then(|()| out.flush()))
}

/// Everything but the lists.
fn header_of(batch: &VerifiedFile, release: &ReleaseState) -> Value {
    let header = &batch.header;
    let series = batch.series.as_ref().map(|s| {
        json!({ "epoch": s.epoch, "sequence": s.sequence, "created_s": s.created_s, "not_after_s": s.not_after_s,
                "sender": to_hex(&s.sender), "approvals": s.approvals.len(), "state_root": to_hex(&s.state_root),
                "digest": to_hex(&s.digest()) })
    });
    json!({
        "place": batch.label().english(), "court": header.court.as_str(), "channel": header.channel.as_str(),
        "direction": header.direction.as_str(), "catalogue": to_hex(&header.catalogue), "series": series,
        "content": to_hex(&batch.content.digest()), "words": digest_words(&batch.content.digest()),
        "kinds": batch.kinds, "release": release.json(),
    })
}

struct JsonList<'a> {
    filter: &'a Filter,
    out: &'a mut dyn Write,
    /// Records, or documents.
    records: bool,
    is_first: bool,
}

impl JsonList<'_> {
    fn item(&mut self, item: &Value) -> Result<()> {
        let comma = if std::mem::take(&mut self.is_first) { "" } else { "," };
        Ok(until_closed(write!(self.out, "{comma}{item}"))?)
    }
}

impl Visitor for JsonList<'_> {
    fn document(&mut self, e: &Entry) -> Result<()> {
        if self.records || (self.filter.flagged && !e.is_flagged()) || !self.filter.admits_document(e) {
            return Ok(());
        }
        self.item(&json!({ "number": e.number, "kind": e.kind, "name": e.name, "bytes": e.raw_bytes,
                           "media_type": e.media_type, "sha256": to_hex(&e.sha256), "flagged": e.is_flagged(), "reason": e.reason }))
    }

    fn record(&mut self, block: &Entry, r: Record) -> Result<()> {
        let is_left_out = self.filter.flagged && !block.is_flagged();
        if !self.records || is_left_out || !self.filter.admits_record(&r) {
            return Ok(());
        }
        let mut record = values::record_json(&r);
        record["flagged"] = json!(block.is_flagged());
        record["reason"] = json!(block.reason);
        self.item(&record)
    }
}
