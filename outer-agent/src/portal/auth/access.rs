//! Where a person stands in a case: as himself, or as the agent of a party for as long as his authority lasts (article 3).

use crate::portal::state::App;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::auth::session::Session;
use crate::store::visible;
use ferry_format::record::Record;
use ferry_format::record::catalogue::{Audience, Kind};
use ferry_io::clock::now_s;
use jiff::Timestamp;
use rusqlite::Connection;
use std::collections::BTreeSet;

/// Members and agents of one case that are looked at.
const RECORDS_MAX: usize = 2000;

/// What decides which records of a case someone may see.
pub struct Standing {
    /// He himself where he is a party, and the parties that he acts for.
    persons: BTreeSet<String>,
    /// The roles of those parties.
    roles: BTreeSet<String>,
}

impl Standing {
    /// Finds it in what is published.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a case that does not concern this person, as for one that does not exist.
    pub fn find(conn: &Connection, app: &App, session: &Session, case_id: &str) -> Outcome<Self> {
        let parts = &app.catalogue.roles;
        let mut records = visible::in_case(conn, &parts.agent, case_id, Some(&session.person), RECORDS_MAX)?;
        records.extend(visible::in_case(conn, &parts.member, case_id, None, RECORDS_MAX)?);
        Self::among(&records, app, session)
    }

    /// The same among the records of the case.
    pub fn among(records: &[Record], app: &App, session: &Session) -> Outcome<Self> {
        let parts = &app.catalogue.roles;
        let agencies = records.iter().filter(|r| r.kind == parts.agent && r.person == session.person);
        let principals = agencies.filter(|r| is_in_force(app, r)).map(|r| r.text("principal"));
        let persons: BTreeSet<&str> = principals.chain([session.person.as_str()]).collect();
        let members: Vec<_> =
            records.iter().filter(|r| r.kind == parts.member && persons.contains(r.person.as_str())).collect();
        if members.is_empty() {
            return Err(Problem::NotFound);
        }
        let roles = members.iter().map(|m| m.text("role").to_owned()).collect();
        Ok(Self { persons: members.iter().map(|m| m.person.clone()).collect(), roles })
    }

    /// Whether a record of this case may be seen.
    pub fn may_see(&self, kind: &Kind, record: &Record) -> bool {
        match &kind.audience {
            Audience::Public | Audience::Parties => true,
            Audience::Role(role) => self.roles.contains(role),
            Audience::Person => self.persons.contains(&record.person),
            Audience::System => false,
        }
    }
}

/// The cases in which someone stands, whatever he may see there.
pub fn cases(conn: &Connection, app: &App, person: &str, limit: usize) -> Outcome<BTreeSet<String>> {
    let parts = &app.catalogue.roles;
    let mut ids = BTreeSet::new();
    for member in visible::of_person(conn, &parts.member, person, limit)? {
        ids.insert(member.case_id);
    }
    for agency in visible::of_person(conn, &parts.agent, person, limit)? {
        if is_in_force(app, &agency) {
            ids.insert(agency.case_id);
        }
    }
    Ok(ids)
}

/// Whether the addressee of a record consents to electronic service today (article 6).
pub fn consents(conn: &Connection, app: &App, record: &Record) -> Outcome<bool> {
    let found = visible::in_case(conn, &app.catalogue.roles.consent, &record.case_id, Some(&record.person), RECORDS_MAX)?;
    Ok(consents_among(&found, app, record))
}

/// The same among the records of the case.
pub fn consents_among(records: &[Record], app: &App, record: &Record) -> bool {
    let consent = &app.catalogue.roles.consent;
    records.iter().any(|r| r.kind == *consent && r.person == record.person && is_in_force(app, r))
}

/// Whether today lies between the days `from` (or `signed-on`) and `until` of a record; a day that is not named sets
/// no bound, and the last day counts.
fn is_in_force(app: &App, record: &Record) -> bool {
    let today = Timestamp::from_second(now_s())
        .map_or_else(|_| String::new(), |t| t.to_zoned(app.zone.clone()).strftime("%Y-%m-%d").to_string());
    let begins = if record.text("from").is_empty() { record.text("signed-on") } else { record.text("from") };
    let until = record.text("until");
    begins <= today.as_str() && (until.is_empty() || today.as_str() <= until)
}
