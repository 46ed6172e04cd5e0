//! `ferry trust check`

use crate::texts::trust as texts;
use ferry_format::trust::chain::Chain;
use ferry_io::clock::now_s;
use ferry_io::keys::load;
use ferry_io::keys::load::public_key;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::{Error, Result as Outcome};
use std::path::PathBuf;

/// Checks a court's lists from the first to the newest with its first root keys.
#[derive(clap::Args)]
pub struct Args {
    /// Public key of a root of list 1; all of them.
    #[arg(long, required = true)]
    root: Vec<PathBuf>,
    /// The lists, in the order of their numbers.
    #[arg(required = true)]
    lists: Vec<PathBuf>,
}

impl Args {
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
            outln!("{}", texts::list_holds(&newest.court, newest.number).show());
        }
        Ok(())
    }
}
