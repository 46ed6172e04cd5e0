//! Table `held_retraction`: retractions that follow only from an absence and wait for a person.

use ferry_channel::types::UnixSeconds;
use ferry_format::crypto::hash::sha256;
use ferry_format::reason::Reason;
use ferry_io::error::Result;
use rusqlite::{Connection, params};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// What a person decided about a retraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing yet.
    Waiting,
    /// It goes with the next export.
    Released,
    /// The record stays published.
    Kept,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Released => "released",
            Self::Kept => "kept",
        }
    }

    fn named(name: &str) -> Self {
        [Self::Released, Self::Kept].into_iter().find(|state| state.as_str() == name).unwrap_or(Self::Waiting)
    }
}

/// A retraction that is held.
#[derive(Clone, Debug)]
pub struct HeldRetraction {
    /// Kind.
    pub kind: String,
    /// Key in the platform.
    pub key: String,
    /// Record id.
    pub id: String,
    /// What is absent.
    pub reason: Reason,
    /// Since when it waits.
    pub since_s: UnixSeconds,
    /// What was decided.
    pub state: State,
    /// Who decided; empty for nobody.
    pub decided_by: String,
    /// Why it was decided so.
    pub decision: String,
}

/// All of them in that state, by kind and key.
pub fn list(conn: &Connection, state: State) -> Result<Vec<HeldRetraction>> {
    Ok(all(conn)?.into_iter().filter(|held| held.state == state).collect())
}

fn all(conn: &Connection) -> Result<Vec<HeldRetraction>> {
    let sql =
        "SELECT kind, key, id, reason, since_s, state, decided_by, decision FROM held_retraction ORDER BY kind, key";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |r| {
        Ok(HeldRetraction {
            kind: r.get(0)?,
            key: r.get(1)?,
            id: r.get(2)?,
            reason: Reason::parse(&r.get::<_, String>(3)?),
            since_s: r.get(4)?,
            state: State::named(&r.get::<_, String>(5)?),
            decided_by: r.get(6)?,
            decision: r.get(7)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Those of one kind, by key.
pub fn of_kind(conn: &Connection, kind: &str) -> Result<HashMap<String, HeldRetraction>> {
    let held = all(conn)?.into_iter().filter(|held| held.kind == kind);
    Ok(held.map(|held| (held.key.clone(), held)).collect())
}

/// Replaces those of one kind by what a run holds now.
pub fn replace_kind(conn: &Connection, kind: &str, held: &[HeldRetraction]) -> Result<()> {
    conn.execute("DELETE FROM held_retraction WHERE kind = ?1", [kind])?;
    let mut insert = conn.prepare_cached("INSERT INTO held_retraction VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for h in held {
        let reason = h.reason.encode();
        let row = params![h.kind, h.key, h.id, reason, h.since_s, h.state.as_str(), h.decided_by, h.decision];
        insert.execute(row)?;
    }
    Ok(())
}

/// Records a decision about all that wait; gives how many.
pub fn decide(conn: &Connection, state: State, by: &str, decision: &str) -> Result<u64> {
    let sql = "UPDATE held_retraction SET state = ?1, decided_by = ?2, decision = ?3 WHERE state = 'waiting'";
    Ok(conn.execute(sql, [state.as_str(), by, decision])? as u64)
}

/// How many are in a state, by kind.
pub fn counts(conn: &Connection, state: State) -> Result<BTreeMap<String, u64>> {
    let sql = "SELECT kind, count(*) FROM held_retraction WHERE state = ?1 GROUP BY kind ORDER BY kind";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([state.as_str()], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The digest of a list: a person releases what he saw, and not what was added meanwhile.
pub fn digest(list: &[HeldRetraction]) -> [u8; 32] {
    let mut bytes = b"ferry/retractions/1\n".to_vec();
    for held in list {
        for text in [&held.kind, &held.key, &held.reason.encode()] {
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
    }
    sha256(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::reason::ReasonCode;

    fn held(key: &str) -> HeldRetraction {
        HeldRetraction {
            kind: "case".into(),
            key: key.into(),
            id: key.into(),
            reason: ReasonCode::Gone.into(),
            since_s: UnixSeconds(1),
            state: State::Waiting,
            decided_by: String::new(),
            decision: String::new(),
        }
    }

    #[test]
    fn a_decision_concerns_what_waits_and_the_digest_follows_the_list() {
        let conn = crate::store::in_memory();
        replace_kind(&conn, "case", &[held("A"), held("B")]).unwrap();
        let seen = list(&conn, State::Waiting).unwrap();
        assert_eq!(digest(&seen), digest(&[held("A"), held("B")]));
        assert_ne!(digest(&seen), digest(&[held("A")]));
        assert_eq!(decide(&conn, State::Kept, "王", "view was broken").unwrap(), 2);
        assert_eq!(decide(&conn, State::Released, "王", "").unwrap(), 0);
        assert_eq!(counts(&conn, State::Kept).unwrap(), BTreeMap::from([("case".to_owned(), 2)]));
        assert_eq!(of_kind(&conn, "case").unwrap()["A"].decided_by, "王");
    }
}
