//! A service receipt (article 11): one for a person, a document version and a session. A higher version adds times and
//! changes nothing else.

use crate::import::rejection::Rejection;
use crate::store::receipts::OpenedDocument;
use ferry_channel::types::UnixSeconds;
use ferry_format::record::Record;

/// The content of a receipt. Times are seconds since 1970, `None` if not stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Id, the same in every version.
    pub id: String,
    /// Version of the receipt.
    pub version: u64,
    /// Case id.
    pub case_id: String,
    /// Id of the person who opened the document: the addressee or an agent.
    pub person: String,
    /// Name of that person.
    pub recipient: String,
    /// Id of the person the document was for.
    pub addressee: String,
    /// Name of the addressee.
    pub addressee_name: String,
    /// Kind of the document.
    pub kind: String,
    /// Record id of the document.
    pub item: String,
    /// Version of the document.
    pub item_version: u64,
    /// File name of the document.
    pub document: String,
    /// SHA-256 of the document, in hexadecimal.
    pub sha256: String,
    /// When it became available to the addressee; `None` in receipts of releases that did not state it.
    pub arrived_s: Option<UnixSeconds>,
    /// When it was first opened.
    pub opened_s: UnixSeconds,
    /// When its last byte had been sent.
    pub downloaded_s: Option<UnixSeconds>,
    /// When it was signed for.
    pub signed_s: Option<UnixSeconds>,
    /// IP address from which it was opened.
    pub address: String,
    /// User agent with which it was opened.
    pub agent: String,
    /// Client channel: portal, kiosk, app.
    pub via: String,
}

impl Receipt {
    /// Reads a record that the catalogue allows.
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
            arrived_s: r.integer("arrived").map(UnixSeconds),
            opened_s: UnixSeconds(r.integer("opened").unwrap_or_default()),
            downloaded_s: r.integer("downloaded").map(UnixSeconds),
            signed_s: r.integer("signed").map(UnixSeconds),
            address: text("address"),
            agent: text("agent"),
            via: text("via"),
        }
    }

    /// What the ledger keeps of it.
    pub fn opened_document(&self) -> OpenedDocument<'_> {
        OpenedDocument {
            id: &self.id,
            kind: &self.kind,
            item: &self.item,
            sha256: &self.sha256,
            opened_s: self.opened_s,
            addressee: &self.addressee,
        }
    }

    /// The newest of its times.
    pub fn newest_s(&self) -> UnixSeconds {
        [self.downloaded_s, self.signed_s].into_iter().flatten().fold(self.opened_s, UnixSeconds::max)
    }

    /// Checks that this settled receipt already states everything that `other`, a version of it, states.
    ///
    /// # Errors
    /// [`Rejection::Contradicts`] if `other` states something else or more.
    pub fn check_covers(&self, other: &Self) -> Result<(), Rejection> {
        if self.merge(other)? == *self { Ok(()) } else { Err(Rejection::Contradicts) }
    }

    /// Merges two versions of one receipt, whichever arrived first.
    ///
    /// # Errors
    /// [`Rejection::Contradicts`] if they differ in anything that both state.
    pub fn merge(&self, other: &Self) -> Result<Self, Rejection> {
        let (newer, older) = if self.version >= other.version { (self, other) } else { (other, self) };
        // Versions only add times: a newer one without a time of the older one was never sent.
        let is_dropped = |newer: Option<UnixSeconds>, older: Option<UnixSeconds>| newer.is_none() && older.is_some();
        if newer.version > older.version
            && (is_dropped(newer.downloaded_s, older.downloaded_s) || is_dropped(newer.signed_s, older.signed_s))
        {
            return Err(Rejection::Contradicts);
        }
        let time = |a: Option<UnixSeconds>, b: Option<UnixSeconds>| match (a, b) {
            (Some(a), Some(b)) if a != b => Err(Rejection::Contradicts),
            _ => Ok(a.or(b)),
        };
        // Receipts of earlier releases leave these fields empty.
        let text = |a: &str, b: &str| match (a, b) {
            (a, "") | ("", a) => Ok(a.to_owned()),
            _ if a == b => Ok(a.to_owned()),
            _ => Err(Rejection::Contradicts),
        };
        let merged = Self {
            addressee: text(&self.addressee, &other.addressee)?,
            addressee_name: text(&self.addressee_name, &other.addressee_name)?,
            via: text(&self.via, &other.via)?,
            arrived_s: time(self.arrived_s, other.arrived_s)?,
            downloaded_s: time(self.downloaded_s, other.downloaded_s)?,
            signed_s: time(self.signed_s, other.signed_s)?,
            ..newer.clone()
        };
        // Everything else must be equal in both.
        let completed = |r: &Self| Self {
            version: merged.version,
            addressee: merged.addressee.clone(),
            addressee_name: merged.addressee_name.clone(),
            via: merged.via.clone(),
            arrived_s: merged.arrived_s,
            downloaded_s: merged.downloaded_s,
            signed_s: merged.signed_s,
            ..r.clone()
        };
        if completed(self) == merged && completed(other) == merged { Ok(merged) } else { Err(Rejection::Contradicts) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Receipt {
        /// A first version: opened, not downloaded, not signed for.
        pub fn example() -> Self {
            Self {
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
                arrived_s: Some(UnixSeconds(1_764_000_000)),
                opened_s: UnixSeconds(1_764_003_600),
                downloaded_s: None,
                signed_s: None,
                address: "192.0.2.7".into(),
                agent: "Mozilla/5.0".into(),
                via: "portal".into(),
            }
        }
    }

    #[test]
    fn a_higher_version_adds_times_in_either_order_of_arrival() {
        let first = Receipt::example();
        let second = Receipt { version: 2, downloaded_s: Some(UnixSeconds(1_764_003_700)), ..Receipt::example() };
        let third = Receipt { version: 3, signed_s: Some(UnixSeconds(1_764_003_800)), ..second.clone() };
        assert_eq!(first.merge(&third), Ok(third.clone()));
        assert_eq!(third.merge(&first), Ok(third.clone()));
        assert_eq!(third.merge(&second), Ok(third.clone()));
        assert_eq!(first.newest_s(), UnixSeconds(1_764_003_600));
        assert_eq!(third.newest_s(), UnixSeconds(1_764_003_800));
    }

    #[test]
    fn a_settled_version_that_arrives_again_may_not_state_more() {
        let settled = Receipt { version: 2, signed_s: Some(UnixSeconds(1_764_003_800)), ..Receipt::example() };
        assert_eq!(settled.check_covers(&settled.clone()), Ok(()));
        assert_eq!(settled.check_covers(&Receipt::example()), Ok(()), "its first version again");
        for (what, wrong) in [
            ("downloaded", Receipt { downloaded_s: Some(UnixSeconds(1_764_003_700)), ..settled.clone() }),
            ("opened", Receipt { opened_s: UnixSeconds(1), ..settled.clone() }),
            ("not signed", Receipt { signed_s: None, version: 3, ..settled.clone() }),
        ] {
            assert_eq!(settled.check_covers(&wrong), Err(Rejection::Contradicts), "{what}");
        }
    }

    #[test]
    fn a_version_that_changes_a_stated_field_contradicts() {
        let first = Receipt { downloaded_s: Some(UnixSeconds(7)), ..Receipt::example() };
        for (what, wrong) in [
            ("opened", Receipt { opened_s: UnixSeconds(1), ..first.clone() }),
            ("downloaded", Receipt { downloaded_s: Some(UnixSeconds(8)), ..first.clone() }),
            ("arrived", Receipt { arrived_s: Some(UnixSeconds(1)), ..first.clone() }),
            ("addressee", Receipt { addressee: "P9".into(), ..first.clone() }),
            ("who opened", Receipt { person: "P9".into(), ..first.clone() }),
            ("document", Receipt { sha256: "cd".repeat(32), ..first.clone() }),
            ("its version", Receipt { item_version: 3, ..first.clone() }),
        ] {
            let wrong = Receipt { version: 2, ..wrong };
            assert_eq!(first.merge(&wrong), Err(Rejection::Contradicts), "{what}");
        }
    }

    #[test]
    fn a_receipt_of_an_earlier_release_without_addressee_is_completed() {
        let old =
            Receipt { addressee: String::new(), addressee_name: String::new(), arrived_s: None, ..Receipt::example() };
        let new = Receipt { version: 2, ..Receipt::example() };
        assert_eq!(old.merge(&new), Ok(new));
    }
}
