//! The cases of a person, and everything of a case that they may see (article 3).

use crate::portal::auth::access::{self, CaseAccess};
use crate::portal::auth::session::Session;
use crate::portal::cache::records::RecordCache;
use crate::portal::content::messages::{self, MessageThreads};
use crate::portal::content::record_view::{OpenedVersions, RecordView};
use crate::portal::court::Court;
use crate::portal::i18n::format::Formatter;
use crate::portal::problem::{Outcome, Problem};
use crate::store::{arrivals, receipts};
use ferry_channel::types::UnixSeconds;
use ferry_format::record::Record;
use ferry_format::record::catalogue::Direction;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Cases of one person that are listed.
const CASES_MAX: usize = 1000;

/// A case in a list.
#[derive(Clone, Debug)]
pub struct CaseSummary {
    /// Case id.
    pub id: String,
    /// The case's own record.
    pub record: RecordView,
}

/// A whole case.
#[derive(Clone, Debug)]
pub struct CaseView {
    /// Case id.
    pub id: String,
    /// The case's own record.
    pub record: RecordView,
    /// Parties and their agents.
    pub members: Vec<RecordView>,
    /// Steps and documents, newest first.
    pub steps: Vec<RecordView>,
    /// What the person wrote.
    pub threads: MessageThreads,
}

/// Reads cases for persons.
pub struct Cases {
    /// The court.
    pub court: Arc<Court>,
    records: Arc<RecordCache>,
}

impl Cases {
    /// Reads through the record cache.
    pub fn new(court: Arc<Court>, records: Arc<RecordCache>) -> Arc<Self> {
        Arc::new(Self { court, records })
    }

    /// The cases of a person, newest first.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn list(&self, conn: &Connection, formatter: Formatter<'_>, session: &Session) -> Outcome<Vec<CaseSummary>> {
        let (court, roles) = (&self.court, &self.court.catalogue.roles);
        let mut summaries = Vec::new();
        for id in access::case_ids(conn, court, &session.person, CASES_MAX)? {
            // An agent whose principal left the case, and a retracted case, do not hide the others.
            let records = self.records.case(conn, &id)?;
            let Ok(access) = CaseAccess::among(&records, court, session) else { continue };
            let may_see = |r: &&Record| court.catalogue.kinds.get(&r.kind).is_some_and(|kind| access.may_see(kind, r));
            if let Some(case) = records.iter().find(|r| r.kind == roles.case && r.id == id).filter(may_see) {
                summaries.push(CaseSummary { id, record: RecordView::new(formatter, case, None) });
            }
        }
        summaries.sort_by(|a, b| b.record.date.cmp(&a.record.date).then_with(|| a.id.cmp(&b.id)));
        Ok(summaries)
    }

    /// One case with everything that the person may see.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a case that does not concern the person, as for one that does not exist.
    pub fn find(
        &self,
        conn: &Connection,
        formatter: Formatter<'_>,
        session: &Session,
        case_id: &str,
    ) -> Outcome<CaseView> {
        let roles = &self.court.catalogue.roles;
        let records = self.records.case(conn, case_id)?;
        let reading = CaseReading {
            formatter,
            access: CaseAccess::among(&records, &self.court, session)?,
            opened: receipts::opened_versions(conn, &session.person)?,
            names: party_names(&records, &roles.member),
            records: &records,
        };
        let (mut head, mut members, mut steps) = (None, Vec::new(), Vec::new());
        for record in records.iter() {
            let Some(view) = reading.view(conn, record)? else { continue };
            if record.kind == roles.case {
                head = Some(view);
            } else if record.kind == roles.member {
                members.push(view);
            } else if record.kind != roles.reply {
                // A reply is shown below the message that it answers.
                steps.push(view);
            }
        }
        sort_newest_first(&mut steps);
        let threads = messages::threads(conn, formatter, session, &records, case_id)?;
        let record = head.ok_or(Problem::NotFound)?;
        Ok(CaseView { id: case_id.to_owned(), record, members, steps, threads })
    }

    /// The documents served on a person, in all cases, newest first.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn served(&self, conn: &Connection, formatter: Formatter<'_>, session: &Session) -> Outcome<Vec<RecordView>> {
        let court = &self.court;
        let opened = receipts::opened_versions(conn, &session.person)?;
        let mut served = Vec::new();
        for case_id in access::case_ids(conn, court, &session.person, CASES_MAX)? {
            let records = self.records.case(conn, &case_id)?;
            let Ok(access) = CaseAccess::among(&records, court, session) else { continue };
            for record in records.iter() {
                let kind = court.catalogue.kinds.get(&record.kind).filter(|k| k.served && k.direction == Direction::Up);
                let may_see = kind.is_some_and(|kind| access.may_see(kind, record));
                if may_see && access::consents_among(&records, court, record) {
                    served.push(RecordView::new(formatter, record, Some(&opened)));
                }
            }
        }
        sort_newest_first(&mut served);
        Ok(served)
    }
}

/// One reading of a case by one person.
struct CaseReading<'a> {
    formatter: Formatter<'a>,
    access: CaseAccess,
    opened: OpenedVersions,
    /// Names of the parties by person id.
    names: BTreeMap<&'a str, &'a str>,
    /// All records of the case.
    records: &'a [Record],
}

impl CaseReading<'_> {
    /// A record of the case, if the person may see it.
    fn view(&self, conn: &Connection, record: &Record) -> Outcome<Option<RecordView>> {
        let court = self.formatter.court;
        let Some(kind) = court.catalogue.kinds.get(&record.kind) else { return Ok(None) };
        if kind.direction != Direction::Up || !self.access.may_see(kind, record) {
            return Ok(None);
        }
        let mut view = RecordView::new(self.formatter, record, Some(&self.opened));
        view.name_persons(kind, &self.names);
        if let Some(document) = view.document.as_mut().filter(|d| d.served) {
            document.served = access::consents_among(self.records, court, record);
            let arrived_s = arrivals::arrived_s(conn, &record.kind, &record.id, record.version)?;
            document.arrived = arrived_s.map(|s| self.formatter.time(UnixSeconds(s)));
        }
        Ok(Some(view))
    }
}

/// The names of the parties of a case by person id; `kind` is the kind of their records.
fn party_names<'a>(records: &'a [Record], kind: &str) -> BTreeMap<&'a str, &'a str> {
    records.iter().filter(|r| r.kind == kind).map(|r| (r.person.as_str(), r.text("name"))).collect()
}

fn sort_newest_first(records: &mut [RecordView]) {
    records.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| a.kind.cmp(&b.kind)).then_with(|| a.id.cmp(&b.id)));
}
