//! `ferry trust sign`

use crate::texts::{errors, trust as texts};
use ferry_format::encoding::hex::to_hex;
use ferry_format::keys::Role;
use ferry_format::trust::list::SignedList;
use ferry_io::fs::durable::write_new;
use ferry_io::fs::read;
use ferry_io::keys::load;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::{Error, Result as Outcome};
use std::path::PathBuf;

/// Signs a body, or adds a signature to a list.
#[derive(clap::Args)]
pub struct Args {
    /// Body, or list that others have signed.
    list: PathBuf,
    /// A root's secret key.
    #[arg(short)]
    identity: PathBuf,
    /// Where to write.
    #[arg(short)]
    output: PathBuf,
}

impl Args {
    /// Reads the body, signs, and prints what was signed.
    pub fn run(self) -> Outcome<()> {
        let key = load::secret_key(&self.identity)?;
        if key.role() != Role::Root {
            return Err(errors::not_a_root_key(self.identity.display()));
        }
        let text = read::text(&self.list)?;
        let read = if SignedList::is_one(&text) { SignedList::from_text(&text) } else { SignedList::unsigned(&text) };
        let mut list = read.map_err(|e| Error::about(&self.list, &e))?;
        list.sign(&key.signer()?)?;
        write_new(&self.output, list.to_text().as_bytes(), 0o644)?;
        outln!("{}", texts::list_signed(list.list.number, &list.list.court, to_hex(&list.digest())).show());
        outln!("{}", texts::signatures(list.signers().count(), list.list.root_threshold).show());
        Ok(())
    }
}
