//! A batch for people: a summary, then its items.

use crate::batch::verified_file::{KindCount, VerifiedFile, Visitor};
use crate::cmd::inspect::filter::Filter;
use crate::cmd::inspect::release_state::ReleaseState;
use crate::output::stdout::{check_written, until_closed};
use crate::output::values::{self, safe};
use crate::texts::inspect as t;
use ferry_format::Result;
use ferry_format::crypto::hash::digest_words;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::manifest::Entry;
use ferry_format::keys::KeyId;
use ferry_format::reason::Reason;
use ferry_format::record::Record;
use ferry_format::text::Text;
use ferry_format::texts::list;
use ferry_io::Result as Outcome;
use ferry_io::output::language::Show;
use std::io::Write;

/// Prints the summary and at most `limit` items, flagged items first.
pub fn print(
    batch: &VerifiedFile,
    release: &ReleaseState,
    filter: &Filter,
    limit: u64,
    mut out: impl Write,
) -> Outcome<()> {
    let summary = write_facts(batch, &mut out).and_then(|()| write_counts(batch, &mut out));
    check_written(summary.and_then(|()| release.write(&mut out)))?;
    let mut printer = ItemPrinter { filter, out: &mut out, limit, matched: 0, flagged: true };
    if batch.content.flagged > 0 {
        batch.visit(&mut printer)?;
    }
    printer.flagged = false;
    if !filter.flagged {
        batch.visit(&mut printer)?;
    }
    let hidden = printer.matched.saturating_sub(limit);
    let ending = if hidden > 0 { writeln!(out, "{}", t::more(hidden).show()) } else { Ok(()) };
    check_written(ending.and_then(|()| out.flush()))
}

fn write_facts(batch: &VerifiedFile, out: &mut dyn Write) -> std::io::Result<()> {
    let (header, content) = (&batch.header, &batch.content);
    let (label, direction) = (batch.label(), values::direction(header.direction));
    let title = if header.court.as_str().is_empty() {
        t::title_without_court(label, &header.channel, direction)
    } else {
        t::title(label, &header.court, &header.channel, direction)
    };
    writeln!(out, "{}", title.show())?;
    if let Some(series) = &batch.series {
        let (created, until) = (values::utc_time(series.created_s), values::utc_time(series.not_after_s));
        writeln!(out, "{}", t::created(created, until).show())?;
        writeln!(out, "{}", t::sender(KeyId::of(&series.sender), series.approvals.len()).show())?;
        writeln!(out, "{}", t::digest(to_hex(&series.digest())).show())?;
    }
    let digest = content.digest();
    writeln!(out, "{}", t::content(to_hex(&digest)).show())?;
    writeln!(out, "{}\n", t::words(digest_words(&digest)).show())
}

/// The table of kinds.
fn write_counts(batch: &VerifiedFile, out: &mut dyn Write) -> std::io::Result<()> {
    let titles = [t::kind(), t::records(), t::retracted_records(), t::documents(), t::flagged(), t::size()];
    let mut rows = vec![titles.iter().map(|title| title.show().to_owned()).collect()];
    let mut total = KindCount::default();
    for (kind, count) in &batch.kinds {
        rows.push(row(safe(kind), count));
        total.records += count.records;
        total.retracted += count.retracted;
        total.documents += count.documents;
        total.bytes += count.bytes;
        total.flagged += count.flagged;
    }
    rows.push(row(t::total().show().to_owned(), &total));
    values::table(out, &rows)?;
    writeln!(out)
}

fn row(name: String, c: &KindCount) -> Vec<String> {
    let numbers = [c.records, c.retracted, c.documents, c.flagged].map(|n| indicatif::HumanCount(n).to_string());
    [name].into_iter().chain(numbers).chain([values::bytes(c.bytes)]).collect()
}

struct ItemPrinter<'a> {
    filter: &'a Filter,
    out: &'a mut dyn Write,
    limit: u64,
    matched: u64,
    /// Whether flagged items are printed in this pass, or the others.
    flagged: bool,
}

impl ItemPrinter<'_> {
    /// Counts an item that matches, and says whether it is within the limit.
    fn is_shown(&mut self) -> bool {
        self.matched += 1;
        self.matched <= self.limit
    }
}

fn reason_of(entry: &Entry) -> Option<Text> {
    entry.is_flagged().then(|| t::flagged_because(values::safe_text(&Reason::parse(&entry.reason).text())))
}

impl Visitor for ItemPrinter<'_> {
    fn document(&mut self, e: &Entry) -> Result<()> {
        if e.is_flagged() != self.flagged || !self.filter.admits_document(e) || !self.is_shown() {
            return Ok(());
        }
        let mut about = vec![values::bytes(e.raw_bytes), safe(&e.media_type)];
        about.extend(reason_of(e).map(|reason| reason.show().to_owned()));
        let about = list::clauses(&about);
        let (kind, name, digest) = (safe(&e.kind), safe(&e.name), to_hex(&e.sha256));
        Ok(until_closed(writeln!(self.out, "{kind} {name}\n  {}\n  sha256 {digest}", about.show()))?)
    }

    fn record(&mut self, block: &Entry, r: Record) -> Result<()> {
        if block.is_flagged() != self.flagged || !self.filter.admits_record(&r) || !self.is_shown() {
            return Ok(());
        }
        let mut about = vec![t::version(r.version)];
        about.extend(r.retracted.then(t::retracted));
        about.extend((!r.case_id.is_empty()).then(|| t::of_case(safe(&r.case_id))));
        about.extend((!r.person.is_empty()).then(|| t::of_person(safe(&r.person))));
        about.extend(reason_of(block));
        let about = list::clauses(&about);
        let mut text = format!("{} {} ({})\n", safe(&r.kind), safe(&r.id), about.show());
        let columns = r.fields.keys().map(|name| values::width(name)).max().unwrap_or(0);
        for (name, value) in &r.fields {
            text.push_str(&format!("  {}  {}\n", values::left(&safe(name), columns), values::value(value)));
        }
        Ok(until_closed(self.out.write_all(text.as_bytes()))?)
    }
}
