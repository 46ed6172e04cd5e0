//! A service receipt (article 11): one for a person, a document version and a session. A higher version of it adds times;
//! what was said before does not change.

use crate::import::misfit::Misfit;
use ferry_format::record::Record;

/// What a receipt says. Times are seconds; those that have not been said are absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its id, the same in every version.
    pub id: String,
    /// Its version.
    pub version: u64,
    /// Its case.
    pub case_id: String,
    /// Who opened the document: the addressee or his agent.
    pub person: String,
    /// His name.
    pub recipient: String,
    /// Whom the document was for.
    pub addressee: String,
    /// His name.
    pub addressee_name: String,
    /// Kind of the document.
    pub kind: String,
    /// Its id.
    pub item: String,
    /// Its version.
    pub item_version: u64,
    /// Its file name.
    pub document: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// When it arrived where the addressee finds it; unknown of receipts from before that was said.
    pub arrived_s: Option<i64>,
    /// When it was first opened.
    pub opened_s: i64,
    /// When all of its bytes had been sent.
    pub downloaded_s: Option<i64>,
    /// When it was signed for.
    pub signed_s: Option<i64>,
    /// From which address it was opened.
    pub address: String,
    /// With which program.
    pub agent: String,
    /// Over which channel.
    pub via: String,
}

impl Receipt {
    /// Of a record that the catalogue allows.
    pub fn of(r: &Record) -> Self {
        let text = |field| r.text(field).to_owned();
        Self {
            id: r.id.clone(),
            version: r.version,
            case_id: r.case_id.clone(),
            person: r.person.clone(),
            recipient: text("recipient"),
            addressee: text("addressee"),
            addressee_name: text("addressee-name"),
            kind: text("kind"),
            item: text("item"),
            item_version: r.integer("item-version").unwrap_or_default() as u64,
            document: text("document"),
            sha256: text("sha256"),
            arrived_s: r.integer("arrived"),
            opened_s: r.integer("opened").unwrap_or_default(),
            downloaded_s: r.integer("downloaded"),
            signed_s: r.integer("signed"),
            address: text("address"),
            agent: text("agent"),
            via: text("via"),
        }
    }

    /// Its newest time, seconds.
    pub fn newest_s(&self) -> i64 {
        [self.downloaded_s, self.signed_s].into_iter().flatten().fold(self.opened_s, i64::max)
    }

    /// Whether this, which was settled, says all that `other` of its versions says: then that one came again.
    ///
    /// # Errors
    /// [`Misfit::Contradicts`] where `other` says otherwise or more.
    pub fn says_all_of(&self, other: &Self) -> Result<(), Misfit> {
        if self.joined(other)? == *self { Ok(()) } else { Err(Misfit::Contradicts) }
    }

    /// What two versions of one receipt say together, whichever came first.
    ///
    /// # Errors
    /// [`Misfit::Contradicts`] where they differ in anything but what one of them does not say.
    pub fn joined(&self, other: &Self) -> Result<Self, Misfit> {
        let (newer, older) = if self.version >= other.version { (self, other) } else { (other, self) };
        // A time is said once and stays said: what an older version says and a newer one not was never sent so.
        let unsaid = |newer: Option<i64>, older: Option<i64>| newer.is_none() && older.is_some();
        if newer.version > older.version
            && (unsaid(newer.downloaded_s, older.downloaded_s) || unsaid(newer.signed_s, older.signed_s))
        {
            return Err(Misfit::Contradicts);
        }
        let time = |a: Option<i64>, b: Option<i64>| match (a, b) {
            (Some(a), Some(b)) if a != b => Err(Misfit::Contradicts),
            _ => Ok(a.or(b)),
        };
        // What was settled before receipts said these things says none of them.
        let text = |a: &str, b: &str| match (a, b) {
            (a, "") | ("", a) => Ok(a.to_owned()),
            _ if a == b => Ok(a.to_owned()),
            _ => Err(Misfit::Contradicts),
        };
        let joined = Self {
            addressee: text(&self.addressee, &other.addressee)?,
            addressee_name: text(&self.addressee_name, &other.addressee_name)?,
            via: text(&self.via, &other.via)?,
            arrived_s: time(self.arrived_s, other.arrived_s)?,
            downloaded_s: time(self.downloaded_s, other.downloaded_s)?,
            signed_s: time(self.signed_s, other.signed_s)?,
            ..newer.clone()
        };
        // All else is the same in both.
        let completed = |r: &Self| Self {
            version: joined.version,
            addressee: joined.addressee.clone(),
            addressee_name: joined.addressee_name.clone(),
            via: joined.via.clone(),
            arrived_s: joined.arrived_s,
            downloaded_s: joined.downloaded_s,
            signed_s: joined.signed_s,
            ..r.clone()
        };
        if completed(self) == joined && completed(other) == joined { Ok(joined) } else { Err(Misfit::Contradicts) }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A first version: opened, and nothing more.
    pub fn opened() -> Receipt {
        Receipt {
            id: "r1".into(),
            version: 1,
            case_id: "AJ1".into(),
            person: "P2".into(),
            recipient: "李律师".into(),
            addressee: "P1".into(),
            addressee_name: "张三".into(),
            kind: "service".into(),
            item: "WS1".into(),
            item_version: 2,
            document: "执行通知书.pdf".into(),
            sha256: "ab".repeat(32),
            arrived_s: Some(1_764_000_000),
            opened_s: 1_764_003_600,
            downloaded_s: None,
            signed_s: None,
            address: "192.0.2.7".into(),
            agent: "Mozilla/5.0".into(),
            via: "portal".into(),
        }
    }

    #[test]
    fn a_higher_version_adds_times_whichever_comes_first() {
        let first = opened();
        let second = Receipt { version: 2, downloaded_s: Some(1_764_003_700), ..opened() };
        let third = Receipt { version: 3, signed_s: Some(1_764_003_800), ..second.clone() };
        assert_eq!(first.joined(&third), Ok(third.clone()));
        assert_eq!(third.joined(&first), Ok(third.clone()));
        assert_eq!(third.joined(&second), Ok(third.clone()));
        assert_eq!(first.newest_s(), 1_764_003_600);
        assert_eq!(third.newest_s(), 1_764_003_800);
    }

    #[test]
    fn a_version_that_was_settled_and_comes_again_says_no_more_than_it_did() {
        let settled = Receipt { version: 2, signed_s: Some(1_764_003_800), ..opened() };
        assert_eq!(settled.says_all_of(&settled.clone()), Ok(()));
        assert_eq!(settled.says_all_of(&opened()), Ok(()), "its first version again");
        for (what, wrong) in [
            ("downloaded", Receipt { downloaded_s: Some(1_764_003_700), ..settled.clone() }),
            ("opened", Receipt { opened_s: 1, ..settled.clone() }),
            ("not signed", Receipt { signed_s: None, version: 3, ..settled.clone() }),
        ] {
            assert_eq!(settled.says_all_of(&wrong), Err(Misfit::Contradicts), "{what}");
        }
    }

    #[test]
    fn a_version_that_changes_what_was_said_contradicts() {
        let first = Receipt { downloaded_s: Some(7), ..opened() };
        for (what, wrong) in [
            ("opened", Receipt { opened_s: 1, ..first.clone() }),
            ("downloaded", Receipt { downloaded_s: Some(8), ..first.clone() }),
            ("arrived", Receipt { arrived_s: Some(1), ..first.clone() }),
            ("addressee", Receipt { addressee: "P9".into(), ..first.clone() }),
            ("who opened", Receipt { person: "P9".into(), ..first.clone() }),
            ("document", Receipt { sha256: "cd".repeat(32), ..first.clone() }),
            ("its version", Receipt { item_version: 3, ..first.clone() }),
        ] {
            let wrong = Receipt { version: 2, ..wrong };
            assert_eq!(first.joined(&wrong), Err(Misfit::Contradicts), "{what}");
        }
    }

    #[test]
    fn what_was_settled_before_receipts_named_their_addressee_is_completed() {
        let old = Receipt { addressee: String::new(), addressee_name: String::new(), arrived_s: None, ..opened() };
        let new = Receipt { version: 2, ..opened() };
        assert_eq!(old.joined(&new), Ok(new));
    }
}
