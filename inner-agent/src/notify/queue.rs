//! Queues messages about newly confirmed records (articles 8, 11 and 16): one message for each case, person and template,
//! however many records it covers.

use crate::config::notify::Notify;
use crate::context::Context;
use crate::notify::recipients::{Directory, Parties};
use crate::store::notified::{self, ConfirmedRecord};
use crate::store::service_deadlines::{self, Service};
use crate::store::sms_outbox::{self, Address, Template};
use crate::texts::notify::over_limit;
use ferry_channel::audit;
use ferry_channel::runtime::user::system_user;
use ferry_channel::types::UnixSeconds;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::case_number::CaseNumber;
use ferry_io::error::{Error, Result};
use jiff::civil::Date;
use rusqlite::{Connection, TransactionBehavior};
use std::collections::{BTreeMap, BTreeSet};

/// What to do with more messages than one pass may queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum OverLimit {
    /// Queue them all.
    Send,
    /// Mark them as handled; nobody gets a message.
    Drop,
}

/// What a pass queued.
#[derive(Default)]
pub struct Queued {
    /// Messages.
    pub messages: u64,
    /// Why nothing was queued.
    pub alarm: Option<Error>,
}

/// The alarm about undecided messages over the limit, as long as no further batch was confirmed.
pub fn undecided(conn: &Connection, batches: u64, limit: u32) -> Result<Option<Error>> {
    let waiting = notified::over_limit(conn)?.filter(|(known, _)| *known == batches);
    Ok(waiting.map(|(_, messages)| over_limit(messages, limit)))
}

/// Queueing in progress.
pub struct Queue<'a> {
    /// The agent.
    pub context: &'a Context,
    /// The configuration.
    pub config: &'a Notify,
    /// The platform.
    pub directory: &'a Directory<'a>,
    /// Records confirmed before this second are not notified.
    pub since_s: UnixSeconds,
    /// Today in the court's time zone.
    pub today: Date,
    /// The time of this pass.
    pub now: UnixSeconds,
}

/// Messages to queue: for each the batch of its first record, and how many records it covers.
type Messages = BTreeMap<Address, ((u64, u64), u64)>;

impl Queue<'_> {
    /// Queues messages about what was confirmed since the last pass.
    ///
    /// The deadlines of served documents begin whether or not messages are queued: a reminder that waits for a decision is
    /// not confirmed.
    pub fn run(&self, decision: Option<OverLimit>) -> Result<Queued> {
        let (conn, channel) = (&self.context.conn, &self.context.config.export.channel);
        // Read first: batches that are confirmed during this pass are for the next one.
        let batches = notified::new_batches(conn, channel)?;
        let records = notified::new_records(conn, channel, &self.config.kinds)?;
        let corrected = notified::new_corrections(conn, channel)?;
        let mut messages = Messages::new();
        let mut services = Vec::new();
        let mut parties: Option<(&str, Parties)> = None;
        for r in records.iter().filter(|r| r.confirmed_s >= self.since_s && !r.is_notified && !r.is_hidden) {
            let Some(kind) = self.context.catalogue.kinds.get(&r.kind) else { continue };
            if parties.as_ref().is_none_or(|(case, _)| *case != r.case_id) {
                parties = Some((&r.case_id, self.directory.parties(conn, &r.case_id)?));
            }
            let Some((_, people)) = &parties else { continue };
            let document = r.document.as_ref().filter(|_| kind.served && !r.is_retracted).map(|d| to_hex(d));
            let templates = self.templates(r, document.as_deref(), &corrected)?;
            if let Some(document) = document {
                services.push(self.service(r, document, people)?);
            }
            if !self.has_notifications(&r.case_number) {
                continue;
            }
            for person in people.recipients(&kind.audience, &r.person, self.today) {
                for template in &templates {
                    let to = Address { case_id: r.case_id.clone(), person: person.clone(), template: *template };
                    messages.entry(to).or_insert((r.batch, 0)).1 += 1;
                }
            }
        }
        self.store(&batches, &records, services, &messages, decision)
    }

    /// What the recipients of a record are notified of; `document` is the file that is served.
    fn templates(
        &self,
        r: &ConfirmedRecord,
        document: Option<&str>,
        corrected: &BTreeSet<(String, String)>,
    ) -> Result<Vec<Template>> {
        let is_corrected = corrected.contains(&(r.kind.clone(), r.key.clone()));
        let mut templates = Vec::new();
        match document {
            Some(document)
                if service_deadlines::is_reminded(&self.context.conn, &r.kind, &r.key, document, &r.person)? => {}
            Some(_) => templates.push(Template::Reminder),
            None if !r.is_retracted && !is_corrected => templates.push(Template::Step),
            None => {}
        }
        if is_corrected {
            templates.push(Template::Correction);
        }
        Ok(templates)
    }

    fn service(&self, r: &ConfirmedRecord, document: String, people: &Parties) -> Result<Service> {
        Ok(Service {
            kind: r.kind.clone(),
            key: r.key.clone(),
            id: r.id.clone(),
            document,
            person: r.person.clone(),
            version: r.version,
            case_id: r.case_id.clone(),
            title: self.directory.title(&r.kind, &r.key)?,
            addressee: people.name(&r.person),
            published_s: r.confirmed_s,
            message: String::new(),
        })
    }

    fn store(
        &self,
        batches: &[(u64, u64)],
        records: &[ConfirmedRecord],
        services: Vec<Service>,
        messages: &Messages,
        decision: Option<OverLimit>,
    ) -> Result<Queued> {
        let count = messages.len() as u64;
        let is_undecided = count > u64::from(self.config.messages_max) && decision.is_none();
        let is_sent = !is_undecided && decision != Some(OverLimit::Drop);
        let tx = rusqlite::Transaction::new_unchecked(&self.context.conn, TransactionBehavior::Immediate)?;
        for mut service in services {
            let to = Address {
                case_id: service.case_id.clone(),
                person: service.person.clone(),
                template: Template::Reminder,
            };
            if let Some((batch, _)) = messages.get(&to).filter(|_| is_sent) {
                service.message = to.id(&self.context.config.court, *batch);
            }
            service_deadlines::begin(&tx, &service, self.now)?;
        }
        notified::set_over_limit(&tx, is_undecided.then_some((batches.len() as u64, count)))?;
        if is_undecided {
            tx.commit()?;
            return Ok(Queued { messages: 0, alarm: Some(over_limit(count, self.config.messages_max)) });
        }
        for (to, (batch, records)) in messages.iter().filter(|_| is_sent) {
            sms_outbox::queue(&tx, &to.id(&self.context.config.court, *batch), to, *records, self.now)?;
        }
        if let Some(decision) = decision {
            let act = if decision == OverLimit::Send { "notify-send" } else { "notify-drop" };
            audit::record(&tx, self.now, &system_user(), act, "notify", &format!("{count} messages"))?;
        }
        notified::mark_handled(&tx, records, batches)?;
        tx.commit()?;
        Ok(Queued { messages: if is_sent { count } else { 0 }, alarm: None })
    }

    /// Article 8: none for requests for instructions and coordination. A case without a number has no readers outside.
    fn has_notifications(&self, case_number: &str) -> bool {
        let parsed = CaseNumber::parse(case_number);
        !case_number.is_empty() && !parsed.is_ok_and(|n| self.config.not_for_types.contains(&n.case_type))
    }
}
