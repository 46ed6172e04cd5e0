//! `trust propose`: the draft of a trust batch, which waits for its reviewers like any other.

use crate::agent::{Agent, LOCK};
use crate::export::drafts;
use ferry_channel::audit;
use ferry_channel::operator::trust::without_roots;
use ferry_channel::receive::pass::NotApplied;
use ferry_channel::runtime::lock;
use ferry_channel::send::compose::Composer;
use ferry_channel::trust::installed::{Anchor, KIND};
use ferry_format::batch::seal::Document;
use ferry_format::frame::header::{BatchType, Direction};
use ferry_io::clock;
use ferry_io::error::Result;
use ferry_io::fs::durable;
use ferry_io::keys::load;
use rusqlite::{Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};

/// Makes a draft that carries the list as its only document. A list that could not be put in force here is refused.
pub fn propose(agent: &Agent, path: &Path) -> Result<PathBuf> {
    let _lock = lock::take(&agent.config.state, LOCK)?;
    let (config, now_s) = (&agent.config, clock::now_s());
    let anchor = Anchor::read(&config.import, &config.court, Direction::Return)?.ok_or_else(without_roots)?;
    let list = load::signed_list(path)?;
    list.list.check_current(now_s)?;
    let mut outgoing = agent.outgoing()?;
    agent.may_send(&outgoing, now_s)?;
    let tx = Transaction::new_unchecked(&agent.conn, TransactionBehavior::Immediate)?;
    anchor.would_follow(&tx, &list).map_err(|e: NotApplied| e.about(path))?;
    outgoing.address.batch_type = BatchType::Trust;
    let (folder, number) = (drafts::folder(&config.state), list.list.number);
    durable::make_folder(&folder)?;
    let mut composer = Composer::begin_in(&outgoing, &folder)?;
    let document = Document {
        kind: KIND.into(),
        name: format!("trust-list-{number}.toml"),
        version: number,
        media_type: "text/plain".into(),
        reason: String::new(),
    };
    composer.document(document, &mut list.to_text().as_bytes())?;
    let name = drafts::trust_name(outgoing.outlet.channel.as_str(), number);
    let target = folder.join(&name);
    drafts::keep_trust(&tx, composer.finish()?, &target, &name, now_s)?;
    audit::note(&tx, now_s, "operator", "trust-propose", &number.to_string(), &name)?;
    tx.commit()?;
    Ok(target)
}
