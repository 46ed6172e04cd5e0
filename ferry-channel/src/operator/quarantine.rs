//! `quarantine`: refused files, shown, put back and deleted.

use crate::ledger::quarantine::{self as rows, QuarantinedFile};
use crate::operator::args::{CommandContext, DecisionArgs, Json};
use crate::receive::quarantine::{self, ClaimedHeader};
use crate::runtime::lock;
use crate::texts::commands as texts;
use crate::types::UnixSeconds;
use clap::Subcommand;
use ferry_format::text::Text;
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::output::table::safe;
use rusqlite::Connection;
use serde::Serialize;

/// Files that were refused.
#[derive(Subcommand)]
pub enum Quarantine {
    /// Each file, and why it is here.
    List(Json),
    /// One file: what it claims, unverified, why it is here, and what to do.
    Show {
        /// Its number.
        number: i64,
        /// How to print.
        #[command(flatten)]
        output: Json,
    },
    /// Puts a file back into the received folder; the next pass looks at it like at any other.
    Retry {
        /// Its number.
        number: i64,
    },
    /// Deletes a file permanently.
    Discard {
        /// Its number.
        number: i64,
        /// Who decides.
        #[command(flatten)]
        who: DecisionArgs,
    },
}

/// A refused file in JSON.
#[derive(Serialize)]
struct Line<'a> {
    id: i64,
    name: &'a str,
    file: &'a str,
    bytes: u64,
    code: &'a str,
    message: &'a str,
    hint: &'a str,
    at_s: UnixSeconds,
}

impl<'a> Line<'a> {
    fn of(file: &'a QuarantinedFile) -> Self {
        let QuarantinedFile { id, name, file: kept, bytes, code, message, hint, at_s } = file;
        let (message, hint) = (message.show(), hint.show());
        Self { id: *id, name, file: kept, bytes: *bytes, code, message, hint, at_s: *at_s }
    }
}

impl Quarantine {
    pub(super) fn run(self, context: &CommandContext<'_>) -> Result<()> {
        let (conn, receiving, now): (&Connection, _, _) = (context.conn, context.receiving, context.now);
        let folder = context.state.join("quarantine");
        match self {
            Self::List(output) => {
                let files = rows::list(conn, &receiving.channel)?;
                let lines: Vec<_> = files.iter().map(Line::of).collect();
                output.print(&lines, || print(&files));
            }
            Self::Show { number, output } => {
                let file = quarantine::find(conn, &receiving.channel, number)?;
                let claimed = quarantine::claimed_header(&folder, &file);
                let both = serde_json::json!({ "file": Line::of(&file), "claimed": &claimed });
                output.print(&both, || print_one(&file, claimed.as_ref()));
            }
            Self::Retry { number } => {
                let _lock = lock::take(context.state, context.receives)?;
                quarantine::retry(conn, &receiving.channel, &folder, &receiving.received, number, now)?;
                outln!("{}", texts::put_back(context.receive).show());
            }
            Self::Discard { number, who } => {
                let _lock = lock::take(context.state, context.receives)?;
                quarantine::discard(conn, &receiving.channel, &folder, number, &who.decision(), now)?;
                outln!("{}", texts::discarded(number).show());
            }
        }
        Ok(())
    }
}

fn print(files: &[QuarantinedFile]) {
    if files.is_empty() {
        outln!("{}", texts::quarantine_empty().show());
    }
    for file in files {
        let (id, name, message) = (format!("{:>6}", file.id), safe(&file.name), safe(file.message.show()));
        outln!("{}", texts::quarantined(id, name, file.bytes, &file.code, message).show());
    }
}

fn print_one(file: &QuarantinedFile, claimed: Option<&ClaimedHeader>) {
    print(std::slice::from_ref(file));
    let header = claimed.map_or_else(texts::no_header, |header| {
        let number = header.number().map_or_else(texts::draft, |number| Text::verbatim(number.to_string()));
        let (court, channel) = (safe(&header.court), safe(&header.channel));
        texts::claimed(court, channel, header.direction, number, header.entries)
    });
    outln!("{}", header.show());
    outln!("{}", texts::what_to_do(safe(file.hint.show())).show());
}
