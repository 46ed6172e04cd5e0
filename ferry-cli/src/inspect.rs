//! `ferry inspect`

use ferry_channel::files;
use ferry_channel::{Failure, Result as Outcome};
use ferry_format::Result;
use ferry_format::header::Header;
use ferry_format::hex::to_hex;
use ferry_format::manifest::Entry;
use ferry_format::open::Sink;
use ferry_format::record::{Record, Value};
use serde_json::json;
use std::path::PathBuf;

/// Shows the header and every entry, as a recipient or reviewer.
#[derive(clap::Args)]
pub struct Args {
    /// Secret key of a recipient or reviewer.
    #[arg(short)]
    key: PathBuf,
    /// Trust file.
    #[arg(long)]
    trust: PathBuf,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
    /// The batch or draft.
    batch: PathBuf,
}

/// Collects entries and drops their bytes.
#[derive(Default)]
pub struct Listing(Vec<Entry>, Vec<Record>);

impl Sink for Listing {
    fn begin(&mut self, _: &Entry) -> Result<()> {
        Ok(())
    }

    fn bytes(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn end(&mut self, entry: &Entry) -> Result<()> {
        self.0.push(entry.clone());
        Ok(())
    }

    fn record(&mut self, _: &Entry, encoded: &[u8]) -> Result<()> {
        self.1.push(Record::decode(encoded)?);
        Ok(())
    }
}

impl Args {
    /// Opens everything, then prints: nothing is shown of a batch that does not hold.
    pub fn run(self) -> Outcome<()> {
        let key = files::secret_key(&self.key)?.unwrapper()?;
        let trust = files::trust(&self.trust)?;
        let about = |e| Failure::about(&self.batch, &e);
        let batch = files::batch(&self.batch)?;
        let header = batch.claimed_header().clone();
        let mut listing = Listing::default();
        let place = if batch.is_draft() {
            trust.check_destination(&header).map_err(about)?;
            batch.open_draft(&key, &mut listing).map_err(about)?;
            "draft".to_owned()
        } else {
            let batch = batch.verify(&trust).map_err(about)?;
            let place = format!("batch {}/{}", batch.series().epoch, batch.series().sequence);
            batch.open(&key, &mut listing).map_err(about)?;
            place
        };
        if self.json {
            println!("{}", as_json(&place, &header, &listing));
            return Ok(());
        }
        println!("{place}, court {}, channel {}, {}", header.court, header.channel, header.direction.as_str());
        for e in &listing.0 {
            let digest = to_hex(&e.sha256);
            println!("{}\t{}\t{}\t{digest}\t{}", e.number, e.kind, e.raw_bytes, e.name.escape_debug());
        }
        listing.1.iter().for_each(print_record);
        Ok(())
    }
}

fn as_json(place: &str, header: &Header, listing: &Listing) -> serde_json::Value {
    let value = |v: &Value| match v {
        Value::Text(t) => json!(t),
        Value::Integer(n) => json!(n),
        Value::Document(d) => {
            json!({ "name": d.name, "bytes": d.bytes, "media_type": d.media_type, "sha256": to_hex(&d.sha256) })
        }
    };
    let record = |r: &Record| {
        let fields: serde_json::Map<_, _> = r.fields.iter().map(|(name, v)| (name.clone(), value(v))).collect();
        json!({ "kind": r.kind, "id": r.id, "version": r.version, "case": r.case_id, "person": r.person,
                "retracted": r.retracted, "fields": fields })
    };
    let entry = |e: &Entry| {
        json!({ "number": e.number, "kind": e.kind, "name": e.name, "bytes": e.raw_bytes, "records": e.records,
                "sha256": to_hex(&e.sha256), "flagged": e.flagged })
    };
    json!({
        "place": place, "court": header.court.as_str(), "channel": header.channel.as_str(),
        "direction": header.direction.as_str(), "catalogue": to_hex(&header.catalogue),
        "entries": listing.0.iter().map(entry).collect::<Vec<_>>(),
        "records": listing.1.iter().map(record).collect::<Vec<_>>(),
    })
}

fn print_record(record: &Record) {
    let state = if record.retracted { " retracted" } else { "" };
    println!(
        "{}\t{}\tversion {}{state}\tcase {}",
        record.kind,
        record.id.escape_debug(),
        record.version,
        record.case_id.escape_debug()
    );
    for (name, value) in &record.fields {
        match value {
            Value::Text(t) => println!("  {name}: {}", t.escape_debug()),
            Value::Integer(n) => println!("  {name}: {n}"),
            Value::Document(d) => println!("  {name}: {} ({} bytes, {})", d.name.escape_debug(), d.bytes, d.media_type),
        }
    }
}
