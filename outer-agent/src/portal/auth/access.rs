//! Which records of a case a person may see: as a party, or as the agent of a party while the authority lasts (article 3).

use crate::portal::auth::session::Session;
use crate::portal::court::Court;
use crate::portal::problem::{Outcome, Problem};
use crate::store::visible;
use ferry_format::record::Record;
use ferry_format::record::catalogue::{Audience, Kind};
use rusqlite::Connection;
use std::collections::BTreeSet;

/// Members and agents of one case that are read.
const RECORDS_MAX: usize = 2000;

/// What a person may see of one case.
pub struct CaseAccess {
    /// The parties whose records the person sees: themselves and those they act for.
    persons: BTreeSet<String>,
    /// The roles of these parties.
    roles: BTreeSet<String>,
}

impl CaseAccess {
    /// From the published records of the case.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a case that does not concern this person, as for one that does not exist.
    pub fn find(conn: &Connection, court: &Court, session: &Session, case_id: &str) -> Outcome<Self> {
        let roles = &court.catalogue.roles;
        let mut records = visible::in_case(conn, &roles.agent, case_id, Some(&session.person), RECORDS_MAX)?;
        records.extend(visible::in_case(conn, &roles.member, case_id, None, RECORDS_MAX)?);
        Self::among(&records, court, session)
    }

    /// From all records of the case.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn among(records: &[Record], court: &Court, session: &Session) -> Outcome<Self> {
        let roles = &court.catalogue.roles;
        let authorities = records.iter().filter(|r| r.kind == roles.agent && r.person == session.person);
        let principals = authorities.filter(|r| is_in_force(court, r)).map(|r| r.text("principal"));
        let persons: BTreeSet<&str> = principals.chain([session.person.as_str()]).collect();
        let members: Vec<_> =
            records.iter().filter(|r| r.kind == roles.member && persons.contains(r.person.as_str())).collect();
        if members.is_empty() {
            return Err(Problem::NotFound);
        }
        let roles = members.iter().map(|m| m.text("role").to_owned()).collect();
        Ok(Self { persons: members.iter().map(|m| m.person.clone()).collect(), roles })
    }

    /// Whether the person may see a record of this case.
    pub fn may_see(&self, kind: &Kind, record: &Record) -> bool {
        match &kind.audience {
            Audience::Public | Audience::Parties => true,
            Audience::Role(role) => self.roles.contains(role),
            Audience::Person => self.persons.contains(&record.person),
            Audience::System => false,
        }
    }
}

/// The ids of the cases of a person, whatever they may see there.
pub fn case_ids(conn: &Connection, court: &Court, person: &str, limit: usize) -> Outcome<BTreeSet<String>> {
    let roles = &court.catalogue.roles;
    let mut ids = BTreeSet::new();
    for member in visible::of_person(conn, &roles.member, person, limit)? {
        ids.insert(member.case_id);
    }
    for authority in visible::of_person(conn, &roles.agent, person, limit)? {
        if is_in_force(court, &authority) {
            ids.insert(authority.case_id);
        }
    }
    Ok(ids)
}

/// Whether the addressee of a record consents to electronic service today (article 6).
pub fn consents(conn: &Connection, court: &Court, record: &Record) -> Outcome<bool> {
    let consent = &court.catalogue.roles.consent;
    let found = visible::in_case(conn, consent, &record.case_id, Some(&record.person), RECORDS_MAX)?;
    Ok(consents_among(&found, court, record))
}

/// The same from all records of the case.
pub fn consents_among(records: &[Record], court: &Court, record: &Record) -> bool {
    let consent = &court.catalogue.roles.consent;
    records.iter().any(|r| r.kind == *consent && r.person == record.person && is_in_force(court, r))
}

/// Whether today lies between the dates `from` (or `signed-on`) and `until` of a record, both included; a missing date sets
/// no bound.
fn is_in_force(court: &Court, record: &Record) -> bool {
    let today = court.today();
    let begins = if record.text("from").is_empty() { record.text("signed-on") } else { record.text("from") };
    let until = record.text("until");
    begins <= today.as_str() && (until.is_empty() || today.as_str() <= until)
}
