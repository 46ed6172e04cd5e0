//! `ferry trust show|diff|check`: what a list says, what it changes, and whether it may.

use crate::show::safe;
use ferry_format::trust::chain::Chain;
use ferry_format::trust::list::{SignedList, TrustList};
use ferry_io::clock::now_s;
use ferry_io::fs::read;
use ferry_io::keys::load;
use ferry_io::keys::load::public_key;
use ferry_io::outln;
use ferry_io::{Error, Result as Outcome};
use std::path::{Path, PathBuf};

/// Shows a list: people, offices, keys with the words that two people compare, and rules. It checks no signature.
#[derive(clap::Args)]
pub struct Show {
    /// The list, or a body before it is signed.
    list: PathBuf,
}

/// Shows what a list changes.
#[derive(clap::Args)]
pub struct Diff {
    /// The list before.
    before: PathBuf,
    /// The list, or a body before it is signed.
    after: PathBuf,
}

/// Checks a court's lists from the first to the newest with its first root keys.
#[derive(clap::Args)]
pub struct Check {
    /// Public key of a root of list 1; all of them.
    #[arg(long, required = true)]
    root: Vec<PathBuf>,
    /// The lists, in the order of their numbers.
    #[arg(required = true)]
    lists: Vec<PathBuf>,
}

fn read(path: &Path) -> Outcome<TrustList> {
    let text = read::text(path)?;
    let list = if SignedList::is_one(&text) {
        SignedList::from_text(&text).map(|signed| signed.list)
    } else {
        TrustList::from_toml(&text)
    };
    list.map_err(|e| Error::about(path, &e))
}

impl Show {
    /// Prints it.
    pub fn run(self) -> Outcome<()> {
        read(&self.list)?.lines().iter().for_each(|line| outln!("{}", safe(line)));
        outln!("签名未验 signatures are not checked here: `ferry trust check`");
        Ok(())
    }
}

impl Diff {
    /// Prints the lines that go and those that come.
    pub fn run(self) -> Outcome<()> {
        let (before, after) = (read(&self.before)?.lines(), read(&self.after)?.lines());
        before.iter().filter(|line| !after.contains(line)).for_each(|line| outln!("- {}", safe(line)));
        after.iter().filter(|line| !before.contains(line)).for_each(|line| outln!("+ {}", safe(line)));
        Ok(())
    }
}

impl Check {
    /// Follows the chain.
    pub fn run(self) -> Outcome<()> {
        let roots = self.root.iter().map(|p| public_key(p)).collect::<Outcome<Vec<_>>>()?;
        let mut chain: Option<Chain> = None;
        for path in &self.lists {
            let (list, about) = (load::signed_list(path)?, |e| Error::about(path, &e));
            match &mut chain {
                None => chain = Some(Chain::begin(list, &roots).map_err(about)?),
                Some(chain) => drop(chain.follow(list).map_err(about)?),
            }
        }
        if let Some(chain) = chain {
            let newest = &chain.newest().list;
            newest.check_current(now_s())?;
            outln!("ok: {} list {}", newest.court, newest.number);
        }
        Ok(())
    }
}
