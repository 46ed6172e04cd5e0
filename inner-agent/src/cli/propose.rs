//! `trust propose`: makes the draft of a trust batch, which waits for reviewers like every other draft.

use crate::context::{Context, LOCK};
use crate::export::drafts;
use crate::texts::commands as texts;
use ferry_channel::audit;
use ferry_channel::operator::trust::without_roots;
use ferry_channel::runtime::lock;
use ferry_channel::send::compose::Composer;
use ferry_channel::trust::installed::{Anchor, KIND};
use ferry_channel::types::UnixSeconds;
use ferry_channel::types::apply_error::ApplyError;
use ferry_format::batch::seal::Document;
use ferry_format::frame::header::{BatchType, Direction};
use ferry_io::error::Result;
use ferry_io::fs::durable;
use ferry_io::keys::load;
use ferry_io::outln;
use ferry_io::output::language::Show;
use rusqlite::{Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};

/// Runs the command.
pub fn run(context: &Context, list: &Path, now: UnixSeconds) -> Result<()> {
    let draft = propose(context, list, now)?;
    outln!("{}", texts::proposed(draft.display()).show());
    Ok(())
}

/// Makes a draft with the list as its only document. A list that could not take effect here is an error.
fn propose(context: &Context, path: &Path, now: UnixSeconds) -> Result<PathBuf> {
    let _lock = lock::take(&context.config.state, LOCK)?;
    let config = &context.config;
    let anchor = Anchor::read(&config.import, &config.court, Direction::Return)?.ok_or_else(without_roots)?;
    let list = load::signed_list(path)?;
    list.list.check_current(now.get())?;
    let mut outgoing = context.outgoing()?;
    context.check_sending(&outgoing, now)?;
    let tx = Transaction::new_unchecked(&context.conn, TransactionBehavior::Immediate)?;
    anchor.would_follow(&tx, &list).map_err(|e: ApplyError| e.about(path))?;
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
    let name = drafts::trust_name(outgoing.paths.channel.as_str(), number);
    let target = folder.join(&name);
    drafts::store_trust(&tx, composer.finish()?, &target, &name, now)?;
    audit::record(&tx, now, "operator", "trust-propose", &number.to_string(), &name)?;
    tx.commit()?;
    Ok(target)
}
