//! `trust show|install|settled`: the trust list in force, the same on both agents.

use crate::operator::commands::{Desk, Json, Who};
use crate::runtime::lock;
use crate::runtime::schedule::rfc3339;
use crate::trust::installed::{Anchor, Origin};
use crate::trust::{installed, revoke};
use clap::Subcommand;
use ferry_format::encoding::hex::to_hex;
use ferry_format::trust::chain::Step;
use ferry_io::output::language::Show as _;
use ferry_io::clock;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::{CONFIGURATION, NO_INPUT};
use ferry_io::keys::load;
use ferry_io::outln;
use ferry_io::output::table;
use rusqlite::TransactionBehavior;
use std::path::PathBuf;

/// The trust list in force 信任清单.
#[derive(Subcommand)]
pub enum Trust {
    /// What it says, who installed it, and batches of revoked keys that were taken before.
    Show(Json),
    /// Puts the next list in force, or several in the order of their numbers: all of them or none.
    Install {
        /// Signed lists.
        #[arg(required = true)]
        lists: Vec<PathBuf>,
        /// Who decides.
        #[command(flatten)]
        who: Who,
    },
    /// Makes the draft of a batch that carries the next list to the other side; it waits for its reviewers.
    Propose {
        /// The signed list.
        list: PathBuf,
    },
    /// Says that what batches of a revoked key brought was looked through.
    Settled {
        /// Who decides.
        #[command(flatten)]
        who: Who,
    },
}

impl Trust {
    pub(crate) fn run(self, desk: Desk<'_>) -> Result<()> {
        let anchor = Anchor::read(desk.receiving, desk.court, desk.direction)?.ok_or_else(without_roots)?;
        match self {
            Self::Show(output) => show(&desk, &anchor, output),
            Self::Propose { .. } => {
                let message = "只有内网端提出信任清单 only the inner side proposes trust lists";
                let hint = "carry the list inside, or `trust install` it here by hand";
                Err(Error::new(NO_INPUT, "FERRY-E0728", message, hint))
            }
            Self::Install { lists, who } => install(desk, &anchor, &lists, who),
            Self::Settled { who } => {
                let _lock = lock::take(desk.state, desk.receives)?;
                revoke::settled(desk.conn, &desk.receiving.channel, &who.decision(), clock::now_s())?;
                outln!("已处理 settled");
                Ok(())
            }
        }
    }
}

/// For a command about lists where the trust file decides.
pub fn without_roots() -> Error {
    let message = "没有配置根公钥 no `roots` are configured: the trust file decides, and no list does";
    let hint = "name the root keys' files in the receiving section: `roots = [\"root-a.pub\", …]`";
    Error::new(CONFIGURATION, "FERRY-E0724", message, hint)
}

fn show(desk: &Desk<'_>, anchor: &Anchor, output: Json) -> Result<()> {
    let list = anchor.list(desk.conn)?;
    let channel = desk.receiving.channel.as_str();
    let struck = revoke::list(desk.conn, channel, desk.zone)?;
    let newest = installed::newest_taken(desk.conn, channel)?;
    let Some((signed, at_s, by)) = installed::installed(desk.conn)? else { return Ok(()) };
    let at = rfc3339(at_s, desk.zone);
    let value = serde_json::json!({
        "number": list.number, "digest": to_hex(&signed.digest()), "installed_at": at, "installed_by": by,
        "newest_taken": newest, "lines": list.lines().iter().map(|line| line.english().to_owned()).collect::<Vec<_>>(), "struck": struck,
    });
    output.print(&value, || {
        list.lines().iter().for_each(|line| outln!("{}", table::safe(line.show())));
        outln!("installed {at} by {}", table::safe(&by));
        if let Some((epoch, sequence)) = newest {
            outln!("newest batch taken of {channel}: {epoch}/{sequence}");
        }
        revoke::print(&struck);
    });
    Ok(())
}

fn install(desk: Desk<'_>, anchor: &Anchor, lists: &[PathBuf], who: Who) -> Result<()> {
    let _receives = lock::take(desk.state, desk.receives)?;
    let _sends = if desk.sends == desk.receives { None } else { Some(lock::take(desk.state, desk.sends)?) };
    let (now_s, decision) = (clock::now_s(), who.decision());
    let origin = Origin { by: decision.by.as_str(), reason: decision.reason.as_str() };
    let tx = desk.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for path in lists {
        let list = load::signed_list(path)?;
        let step = anchor.install(&tx, &list, &origin, now_s).map_err(|e| e.about(path))?;
        let number = list.list.number;
        match step {
            Step::Next => outln!("已启用 in force now: list {number}"),
            Step::Same => outln!("早已启用 was in force already: list {number}"),
        }
    }
    // Only the newest must be in its time: those before it lead there.
    let newest = anchor.list(&tx)?;
    newest.check_current(now_s)?;
    Ok(tx.commit()?)
}
