//! Kinds of which something is published and that the configuration maps no more.

use crate::config::Config;
use crate::config::source::Unmapped;
use crate::store::exported;
use ferry_format::record::catalogue::{Catalogue, Direction};
use ferry_io::error::Result;
use rusqlite::Connection;

/// A kind without a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmappedKind {
    /// Its id.
    pub kind: String,
    /// How many of its records are published.
    pub published: u64,
    /// What the configuration says about them; nothing where nobody decided.
    pub decision: Option<Unmapped>,
}

/// All of them. What the program makes itself has no mapping and is none.
pub fn kinds(conn: &Connection, config: &Config, catalogue: &Catalogue) -> Result<Vec<UnmappedKind>> {
    let roles = &catalogue.roles;
    let mut found = Vec::new();
    for kind in exported::published_kinds(conn)? {
        let is_made = [&roles.withheld, &roles.bucket_request].contains(&&kind);
        let is_down = catalogue.kinds.get(&kind).is_some_and(|k| k.direction == Direction::Down);
        if is_made || is_down || config.source.kinds.contains_key(&kind) {
            continue;
        }
        let published = exported::count_of_kind(conn, &kind)?;
        let decision = config.source.unmapped.get(&kind).copied();
        found.push(UnmappedKind { kind, published, decision });
    }
    Ok(found)
}
