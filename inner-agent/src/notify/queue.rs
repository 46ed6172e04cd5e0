//! From confirmed batches to messages (articles 8, 11 and 16): each newly confirmed record of a configured kind, one
//! message for each case, person and template, however many records it stands for.

use crate::agent::Agent;
use crate::notify::config::Notify;
use crate::notify::deadline;
use crate::notify::outbox::{self, Address, Template};
use crate::notify::recipients::{Directory, Parties};
use ferry_channel::audit;
use ferry_channel::operator::user::system_user;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::case_number::CaseNumber;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::TEMPORARY;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::collections::{BTreeMap, BTreeSet};

/// What is done with more messages than one pass may queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Over {
    /// Queue them all the same.
    Send,
    /// Take them as told; nobody gets a message.
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

/// Confirmed batches of which nobody was told, and their common condition on `ferry_sent o`.
const NEW: &str = "o.channel = ?1 AND o.state = 'confirmed'
  AND NOT EXISTS (SELECT 1 FROM notify_batch b WHERE b.epoch = o.epoch AND b.sequence = o.sequence)";

/// How many batches were confirmed since the last pass.
pub fn new_batches(conn: &Connection, channel: &str) -> Result<u64> {
    let sql = format!("SELECT count(*) FROM ferry_sent o WHERE {NEW}");
    Ok(conn.prepare_cached(&sql)?.query_row([channel], |r| r.get::<_, i64>(0))? as u64)
}

fn new_numbers(conn: &Connection, channel: &str) -> Result<Vec<(i64, i64)>> {
    let sql = format!("SELECT o.epoch, o.sequence FROM ferry_sent o WHERE {NEW}");
    let mut statement = conn.prepare_cached(&sql)?;
    Ok(statement.query_map([channel], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}

/// Messages that wait until somebody has looked, where there are any.
pub fn over(conn: &Connection) -> Result<Option<(u64, u64)>> {
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)? as u64, r.get::<_, i64>(1)? as u64));
    Ok(conn.query_row("SELECT batches, messages FROM notify_over", [], row).optional()?)
}

/// The alarm about them, while no batch was confirmed since somebody was asked to look.
pub fn still_waits(conn: &Connection, batches: u64, max: u32) -> Result<Option<Error>> {
    Ok(over(conn)?.filter(|(known, _)| *known == batches).map(|(_, messages)| alarm(messages, max)))
}

fn alarm(messages: u64, max: u32) -> Error {
    let message = format!("{messages} messages to parties are waiting, more than the {max} that one run may queue");
    let hint = "look at what was exported; then `notify --over-limit send` lets them go and `notify --over-limit drop` sends none";
    Error::new(TEMPORARY, "FERRY-E0640", message, hint)
}

/// A record that the far side confirmed.
struct Confirmed {
    kind: String,
    key: String,
    id: String,
    version: i64,
    content: Vec<u8>,
    retracted: bool,
    case_id: String,
    person: String,
    document: Option<Vec<u8>>,
    number: (u64, u64),
    settled_s: i64,
    case_number: String,
    hidden_or_withheld: bool,
    told_before: bool,
}

/// The pass under way.
pub struct Queue<'a> {
    /// The agent.
    pub agent: &'a Agent,
    /// The configuration.
    pub config: &'a Notify,
    /// The platform.
    pub directory: &'a Directory<'a>,
    /// The first second that is told of.
    pub since_s: i64,
    /// Today in the court's time zone.
    pub today: Date,
    /// Now.
    pub now_s: i64,
}

impl Queue<'_> {
    /// Queues what was confirmed since the last pass.
    ///
    /// The clocks of served documents begin whether or not messages are queued: a reminder that waits for somebody to
    /// look is one that was not confirmed.
    pub fn run(&self, decision: Option<Over>) -> Result<Queued> {
        let conn = &self.agent.conn;
        // Read first: what is confirmed while this pass works is for the next one.
        let batches = new_numbers(conn, &self.agent.config.export.channel)?;
        let confirmed = self.confirmed()?;
        let corrected = self.corrected()?;
        let mut messages: BTreeMap<Address, ((u64, u64), u64)> = BTreeMap::new();
        let mut services = Vec::new();
        let mut parties: Option<(&str, Parties)> = None;
        for r in confirmed.iter().filter(|r| r.settled_s >= self.since_s && !r.told_before && !r.hidden_or_withheld) {
            let Some(shape) = self.agent.catalogue.kinds.get(&r.kind) else { continue };
            if parties.as_ref().is_none_or(|(case, _)| *case != r.case_id) {
                parties = Some((&r.case_id, self.directory.parties(conn, &r.case_id)?));
            }
            let Some((_, people)) = &parties else { continue };
            let is_corrected = corrected.contains(&(r.kind.clone(), r.key.clone()));
            let mut templates = Vec::new();
            if let Some(document) = r.document.as_ref().filter(|_| shape.served && !r.retracted) {
                services.push(deadline::Service {
                    kind: r.kind.clone(),
                    key: r.key.clone(),
                    id: r.id.clone(),
                    document: to_hex(document),
                    person: r.person.clone(),
                    version: r.version,
                    case_id: r.case_id.clone(),
                    title: self.directory.title(&r.kind, &r.key)?,
                    addressee: people.name(&r.person),
                    published_s: r.settled_s,
                    message: String::new(),
                });
                if !deadline::is_known(conn, &r.kind, &r.key, &to_hex(document), &r.person)? {
                    templates.push(Template::Reminder);
                }
            } else if !r.retracted && !is_corrected {
                templates.push(Template::Step);
            }
            if is_corrected {
                templates.push(Template::Correction);
            }
            if !self.is_told_of(&r.case_number) {
                continue;
            }
            let concerned = people.concerned(&shape.audience, &r.person, self.today);
            for person in concerned {
                for template in &templates {
                    let to = Address { case_id: r.case_id.clone(), person: person.clone(), template: *template };
                    messages.entry(to).or_insert((r.number, 0)).1 += 1;
                }
            }
        }
        self.keep(batches, &confirmed, services, &messages, decision)
    }

    fn keep(
        &self,
        batches: Vec<(i64, i64)>,
        confirmed: &[Confirmed],
        services: Vec<deadline::Service>,
        messages: &BTreeMap<Address, ((u64, u64), u64)>,
        decision: Option<Over>,
    ) -> Result<Queued> {
        let count = messages.len() as u64;
        let waits = count > u64::from(self.config.messages_max) && decision.is_none();
        let tells = !waits && decision != Some(Over::Drop);
        let tx = rusqlite::Transaction::new_unchecked(&self.agent.conn, TransactionBehavior::Immediate)?;
        for mut service in services {
            let to = Address {
                case_id: service.case_id.clone(),
                person: service.person.clone(),
                template: Template::Reminder,
            };
            if let Some((number, _)) = messages.get(&to).filter(|_| tells) {
                service.message = to.id(&self.agent.config.court, *number);
            }
            deadline::begin(&tx, &service, self.now_s)?;
        }
        tx.execute("DELETE FROM notify_over", [])?;
        if waits {
            tx.execute("INSERT INTO notify_over VALUES (1, ?1, ?2)", params![batches.len() as i64, count as i64])?;
            tx.commit()?;
            return Ok(Queued { messages: 0, alarm: Some(alarm(count, self.config.messages_max)) });
        }
        for (to, (number, records)) in messages.iter().filter(|_| tells) {
            outbox::queue(&tx, &to.id(&self.agent.config.court, *number), to, *records, self.now_s)?;
        }
        if let Some(decision) = decision {
            let act = if decision == Over::Send { "notify-send" } else { "notify-drop" };
            audit::note(&tx, self.now_s, &system_user(), act, "notify", &format!("{count} messages"))?;
        }
        let mut told = tx.prepare_cached("INSERT OR REPLACE INTO notify_item VALUES (?1, ?2, ?3)")?;
        let mut done = tx.prepare_cached("INSERT OR IGNORE INTO notify_batch VALUES (?1, ?2)")?;
        for r in confirmed {
            told.execute(params![r.kind, r.key, r.content])?;
            done.execute(params![r.number.0 as i64, r.number.1 as i64])?;
        }
        // And those in which there was nothing to tell of.
        for (epoch, sequence) in batches {
            done.execute([epoch, sequence])?;
        }
        drop((told, done));
        tx.commit()?;
        Ok(Queued { messages: if tells { count } else { 0 }, alarm: None })
    }

    /// Records of the configured kinds whose newest version stands in a batch that nobody was told of, by case.
    fn confirmed(&self) -> Result<Vec<Confirmed>> {
        let sql = format!(
            "SELECT e.kind, e.key, e.id, e.version, e.content, e.retracted, e.case_id, e.person, e.document, o.epoch,
               o.sequence, coalesce(o.settled_s, 0), coalesce((SELECT number FROM step s WHERE s.case_id = e.case_id), ''),
               EXISTS (SELECT 1 FROM held_outside h WHERE h.kind = e.kind AND h.key = e.key AND h.version = e.version)
                 OR EXISTS (SELECT 1 FROM withheld w WHERE w.kind = e.kind AND w.key = e.key),
               coalesce((SELECT i.content = e.content FROM notify_item i WHERE i.kind = e.kind AND i.key = e.key), 0)
             FROM exported e JOIN ferry_sent o ON o.epoch = e.epoch AND o.sequence = e.sequence
             WHERE {NEW} AND e.kind IN (SELECT value FROM json_each(?2)) ORDER BY e.case_id, o.epoch, o.sequence, e.kind, e.key"
        );
        let kinds: Vec<&str> = self.config.kinds.iter().map(String::as_str).collect();
        let kinds = serde_json::Value::from(kinds).to_string();
        let mut statement = self.agent.conn.prepare(&sql)?;
        let rows = statement.query_map(params![self.agent.config.export.channel, kinds], |r| {
            Ok(Confirmed {
                kind: r.get(0)?,
                key: r.get(1)?,
                id: r.get(2)?,
                version: r.get(3)?,
                content: r.get(4)?,
                retracted: r.get(5)?,
                case_id: r.get(6)?,
                person: r.get(7)?,
                document: r.get(8)?,
                number: (r.get::<_, i64>(9)? as u64, r.get::<_, i64>(10)? as u64),
                settled_s: r.get(11)?,
                case_number: r.get(12)?,
                hidden_or_withheld: r.get(13)?,
                told_before: r.get(14)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// What was corrected or taken back with an approval in those batches (article 16). What goes under an approval form
    /// of articles 13 and 15 is withheld, and nobody is told of it.
    fn corrected(&self) -> Result<BTreeSet<(String, String)>> {
        let sql = format!(
            "SELECT c.kind, c.key FROM correction c JOIN ferry_sent o ON o.epoch = c.epoch AND o.sequence = c.sequence
             WHERE {NEW} AND c.approved_by <> ''"
        );
        let mut statement = self.agent.conn.prepare(&sql)?;
        let rows = statement.query_map([&self.agent.config.export.channel], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Article 8: not for requests for instructions and coordination. A case without a number outside has no readers.
    fn is_told_of(&self, case_number: &str) -> bool {
        let parsed = CaseNumber::parse(case_number);
        !case_number.is_empty() && !parsed.is_ok_and(|n| self.config.not_for_types.contains(&n.case_type))
    }
}
