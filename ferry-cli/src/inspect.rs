//! `ferry inspect`

use crate::decide::Given;
use crate::passes::{Held, Viewer};
use crate::secret;
use crate::show;
use crate::trusting::Trusting;
use ferry_format::Result;
use ferry_format::crypto::hash::digest_words;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::manifest::Entry;
use ferry_format::keys::KeyId;
use ferry_format::record::Record;
use ferry_format::trust::release::Decision;
use ferry_format::trust::rules::Class;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::Result as Outcome;
use ferry_io::clock;
use ferry_io::keys::load;
use ferry_io::out;
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Shows what is in a batch or draft, as a recipient or reviewer: counts by kind and the approvals that are needed, then what
/// was flagged with the reason, then the rest.
///
/// Nothing is shown of a batch that does not hold.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry inspect -k reviewer.key --trust trust.toml draft.ferry
  ferry inspect -k reviewer.key --trust trust.toml draft.ferry --kind announcement --contains 限制消费 --all
  ferry inspect -k reviewer.key --trust trust.toml draft.ferry --flagged --approval li.approval
  ferry inspect -k reviewer.key --trust trust.toml draft.ferry --json | jq '.kinds'")]
pub struct Args {
    /// Secret key of a recipient or reviewer.
    #[arg(short)]
    key: PathBuf,
    #[command(flatten)]
    passphrase: secret::Given,
    #[command(flatten)]
    trust: Trusting,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
    /// Only this kind; may be given more than once.
    #[arg(long)]
    kind: Vec<String>,
    /// Only this case.
    #[arg(long)]
    case: Option<String>,
    /// Only this record or document, by its id or name.
    #[arg(long)]
    id: Option<String>,
    /// Only what has this text in its id, name or a field.
    #[arg(long)]
    contains: Option<String>,
    /// Only retractions.
    #[arg(long)]
    retracted: bool,
    /// Only what the sender's scanner flagged.
    #[arg(long)]
    flagged: bool,
    /// Approvals and refusals that were given: shows what is still missing, and which do not count.
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    /// How many records and documents are shown in detail.
    #[arg(long, default_value_t = 20, conflicts_with = "all")]
    limit: u64,
    /// Show all of them.
    #[arg(long)]
    all: bool,
    /// The batch or draft.
    batch: PathBuf,
}

impl Args {
    /// One pass to verify and count, one to show.
    pub fn run(self) -> Outcome<()> {
        let held = Held::read(&self.batch, &load::identity(&self.key, &self.passphrase.source())?, &self.trust)?;
        let standing = Standing::of(&held, &held.trust, &self.approvals)?;
        let out = BufWriter::new(std::io::stdout().lock());
        if self.json { self.json(&held, &standing, out) } else { self.text(&held, &standing, out) }
    }

    fn text(&self, held: &Held, standing: &Standing, mut out: impl Write) -> Outcome<()> {
        let head = summary(held, &mut out).and_then(|()| standing.write(&mut out));
        show::until_closed(head).map_err(ferry_format::FormatError::Io)?;
        let limit = if self.all { u64::MAX } else { self.limit };
        let mut printer = Printer { args: self, out: &mut out, limit, matched: 0, flagged: true };
        if held.content.flagged > 0 {
            held.show(&mut printer)?;
        }
        printer.flagged = false;
        if !self.flagged {
            held.show(&mut printer)?;
        }
        let hidden = printer.matched.saturating_sub(limit);
        let ending = if hidden > 0 { writeln!(out, "… {hidden} more; --all shows them") } else { Ok(()) };
        show::until_closed(ending.and_then(|()| out.flush())).map_err(ferry_format::FormatError::Io)?;
        Ok(())
    }

    fn json(&self, held: &Held, standing: &Standing, mut out: impl Write) -> Outcome<()> {
        let header = &held.header;
        let series = held.series.as_ref().map(|s| {
            json!({ "epoch": s.epoch, "sequence": s.sequence, "created_s": s.created_s, "not_after_s": s.not_after_s,
                    "sender": to_hex(&s.sender), "approvals": s.approvals.len(), "state_root": to_hex(&s.state_root),
                    "digest": to_hex(&s.digest()) })
        });
        let front = json!({
            "place": held.place(), "court": header.court.as_str(), "channel": header.channel.as_str(),
            "direction": header.direction.as_str(), "catalogue": to_hex(&header.catalogue), "series": series,
            "content": to_hex(&held.content.digest()), "words": digest_words(&held.content.digest()),
            "kinds": held.kinds, "release": standing.json(),
        });
        // The lists are written as they are read: a batch of millions needs no memory for them.
        let front = front.to_string();
        let mut list = |name: &str, records: bool| -> Outcome<()> {
            show::until_closed(write!(out, ",\"{name}\":[")).map_err(ferry_format::FormatError::Io)?;
            held.show(&mut JsonList { args: self, out: &mut out, records, first: true })?;
            show::until_closed(write!(out, "]")).map_err(ferry_format::FormatError::Io)?;
            Ok(())
        };
        out!("{}", &front[..front.len() - 1]);
        list("entries", false)?;
        list("records", true)?;
        show::until_closed(writeln!(out, "}}").and_then(|()| out.flush())).map_err(ferry_format::FormatError::Io)?;
        Ok(())
    }

    fn wants_record(&self, r: &Record) -> bool {
        let texts = || [&r.id, &r.case_id].into_iter().cloned().chain(r.fields.values().map(show::value));
        self.wants_kind(&r.kind)
            && self.case.as_ref().is_none_or(|c| *c == r.case_id)
            && self.id.as_ref().is_none_or(|id| *id == r.id)
            && (!self.retracted || r.retracted)
            && self.contains.as_ref().is_none_or(|t| texts().any(|text| text.contains(t)))
    }

    fn wants_document(&self, e: &Entry) -> bool {
        self.wants_kind(&e.kind)
            && self.case.is_none()
            && !self.retracted
            && self.id.as_ref().is_none_or(|id| *id == e.name)
            && self.contains.as_ref().is_none_or(|t| e.name.contains(t))
    }

    fn wants_kind(&self, kind: &str) -> bool {
        self.kind.is_empty() || self.kind.iter().any(|k| k == kind)
    }
}

fn summary(held: &Held, out: &mut dyn Write) -> std::io::Result<()> {
    let (header, content) = (&held.header, &held.content);
    writeln!(
        out,
        "{}, court {}, channel {}, {}",
        held.place(),
        header.court,
        header.channel,
        header.direction.as_str()
    )?;
    if let Some(series) = &held.series {
        let time = |s| jiff::Timestamp::from_second(s).map_or_else(|_| format!("{s} s"), |t| t.to_string());
        writeln!(out, "created {}, valid until {}", time(series.created_s), time(series.not_after_s))?;
        writeln!(out, "sender {}, {} approvals", KeyId::of(&series.sender), series.approvals.len())?;
        writeln!(out, "digest {}", to_hex(&series.digest()))?;
    }
    writeln!(out, "content {}", to_hex(&content.digest()))?;
    writeln!(out, "words   {}", digest_words(&content.digest()))?;
    writeln!(out)?;
    let row = |name: &str, c: &crate::passes::Count| {
        let numbers = [c.records, c.retracted, c.documents, c.flagged].map(|n| indicatif::HumanCount(n).to_string());
        let mut row = vec![name.to_owned()];
        row.extend(numbers);
        row.push(show::bytes(c.bytes));
        row
    };
    let titles = ["kind", "records", "retracted", "documents", "flagged", "size"];
    let mut rows = vec![titles.map(str::to_owned).to_vec()];
    let mut total = crate::passes::Count::default();
    for (kind, count) in &held.kinds {
        rows.push(row(&show::safe(kind), count));
        total.records += count.records;
        total.retracted += count.retracted;
        total.documents += count.documents;
        total.bytes += count.bytes;
        total.flagged += count.flagged;
    }
    rows.push(row("total", &total));
    show::table(out, &rows)?;
    writeln!(out)
}

/// What the rules ask of this content, and how far its approvals have come.
struct Standing {
    class: Class,
    needed: usize,
    offices: Vec<String>,
    /// What became of a draft; none for a batch, which was released.
    decision: Option<Decision>,
    persons: Vec<String>,
    wrong: Vec<(String, String)>,
}

impl Standing {
    fn of(held: &Held, trust: &Trust, files: &[PathBuf]) -> Outcome<Self> {
        let now = Moment::now(clock::now_s());
        let class = Class::of(&held.header, &held.content);
        let need = trust.release.of(class);
        let mut given = Given::read(files, trust, &held.content, &now);
        given.embedded = held.series.as_ref().map(|s| s.approvals.clone()).unwrap_or_default();
        let decision = match held.series {
            None => Some(given.decide(trust, class, &held.content, &now)?),
            Some(_) => None,
        };
        let wrong = given.wrong.iter().map(|(_, f)| (show::safe(&f.message.english().to_owned()), f.code.to_owned()));
        Ok(Self {
            class,
            needed: need.approvals.max(trust.approvals_needed),
            offices: need.offices.iter().map(|o| show::safe(o)).collect(),
            decision,
            persons: given.persons(trust).iter().map(|p| show::safe(p)).collect(),
            wrong: wrong.collect(),
        })
    }

    fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let offices =
            if self.offices.is_empty() { String::new() } else { format!(", among them {}", self.offices.join(", ")) };
        writeln!(out, "class {}: {} approvals needed{offices}", self.class.as_str(), self.needed)?;
        if !self.persons.is_empty() {
            writeln!(out, "approved by {}", self.persons.join(", "))?;
        }
        self.wrong.iter().try_for_each(|(why, code)| writeln!(out, "does not count: {why} [{code}]"))?;
        match &self.decision {
            Some(Decision::Ready(_)) => writeln!(out, "it has every approval that it needs")?,
            Some(Decision::Waiting { found, needed, .. }) => writeln!(out, "it waits: {found} of {needed} approvals")?,
            Some(Decision::Refused { person, reason }) => {
                writeln!(out, "refused by {}: {}", show::safe(person), show::safe(reason))?;
            }
            None => {}
        }
        writeln!(out)
    }

    fn json(&self) -> serde_json::Value {
        let state = match &self.decision {
            Some(Decision::Ready(_)) => "ready",
            Some(Decision::Waiting { .. }) => "waiting",
            Some(Decision::Refused { .. }) => "refused",
            None => "released",
        };
        let wrong = self.wrong.iter().map(|(why, code)| json!({ "why": why, "code": code }));
        json!({ "class": self.class.as_str(), "needed": self.needed, "offices": self.offices, "state": state,
                "approved": self.persons, "wrong": wrong.collect::<Vec<_>>() })
    }
}

struct Printer<'a> {
    args: &'a Args,
    out: &'a mut dyn Write,
    limit: u64,
    matched: u64,
    /// Whether what is flagged is shown now, or the rest.
    flagged: bool,
}

impl Viewer for Printer<'_> {
    fn document(&mut self, e: &Entry) -> Result<()> {
        if e.is_flagged() != self.flagged || !self.args.wants_document(e) {
            return Ok(());
        }
        self.matched += 1;
        if self.matched > self.limit {
            return Ok(());
        }
        let flagged = if e.is_flagged() { format!(", flagged: {}", show::safe(&e.reason)) } else { String::new() };
        let line = writeln!(
            self.out,
            "{} {}\n  {}, {}{flagged}\n  sha256 {}",
            show::safe(&e.kind),
            show::safe(&e.name),
            show::bytes(e.raw_bytes),
            show::safe(&e.media_type),
            to_hex(&e.sha256)
        );
        Ok(show::until_closed(line)?)
    }

    fn record(&mut self, block: &Entry, r: Record) -> Result<()> {
        if block.is_flagged() != self.flagged || !self.args.wants_record(&r) {
            return Ok(());
        }
        self.matched += 1;
        if self.matched > self.limit {
            return Ok(());
        }
        let mut about = vec![format!("version {}", r.version)];
        about.extend(r.retracted.then(|| "retracted".to_owned()));
        about.extend((!r.case_id.is_empty()).then(|| format!("case {}", show::safe(&r.case_id))));
        about.extend((!r.person.is_empty()).then(|| format!("person {}", show::safe(&r.person))));
        about.extend(block.is_flagged().then(|| format!("flagged: {}", show::safe(&block.reason))));
        let mut text = format!("{} {} ({})\n", show::safe(&r.kind), show::safe(&r.id), about.join(", "));
        let columns = r.fields.keys().map(|name| show::width(name)).max().unwrap_or(0);
        for (name, value) in &r.fields {
            text.push_str(&format!("  {}  {}\n", show::left(&show::safe(name), columns), show::value(value)));
        }
        Ok(show::until_closed(self.out.write_all(text.as_bytes()))?)
    }
}

struct JsonList<'a> {
    args: &'a Args,
    out: &'a mut dyn Write,
    records: bool,
    first: bool,
}

impl JsonList<'_> {
    fn item(&mut self, item: &serde_json::Value) -> Result<()> {
        let comma = if std::mem::take(&mut self.first) { "" } else { "," };
        Ok(show::until_closed(write!(self.out, "{comma}{item}"))?)
    }
}

impl Viewer for JsonList<'_> {
    fn document(&mut self, e: &Entry) -> Result<()> {
        if self.records || (self.args.flagged && !e.is_flagged()) || !self.args.wants_document(e) {
            return Ok(());
        }
        self.item(&json!({ "number": e.number, "kind": e.kind, "name": e.name, "bytes": e.raw_bytes,
                           "media_type": e.media_type, "sha256": to_hex(&e.sha256), "flagged": e.is_flagged(), "reason": e.reason }))
    }

    fn record(&mut self, block: &Entry, r: Record) -> Result<()> {
        let passed_over = self.args.flagged && !block.is_flagged();
        if !self.records || passed_over || !self.args.wants_record(&r) {
            return Ok(());
        }
        let mut record = show::record_json(&r);
        record["flagged"] = json!(block.is_flagged());
        record["reason"] = json!(block.reason);
        self.item(&record)
    }
}
