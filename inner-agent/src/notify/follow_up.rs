//! What clerks and operators work from: services to be made in another way, by clerk, and messages that were not sent.

use crate::context::Context;
use crate::notify::deadline::DeadlineRules;
use crate::store::notified;
use crate::store::service_deadlines::{self, DeadlineState, ServiceDeadline};
use crate::store::sms_outbox::{self, SmsReason, UnsentMessage};
use crate::texts::notify as texts;
use ferry_channel::monitor::status::screen::Screen;
use ferry_channel::runtime::schedule::rfc3339;
use ferry_channel::types::UnixSeconds;
use ferry_format::text::Text;
use ferry_format::texts::list;
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::output::table::safe;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::collections::BTreeMap;

/// Services and messages that a list names.
const NAMED_MAX: i64 = 10_000;
/// Days for which an unsent message stays on the list.
const LISTED_DAYS: i64 = 30;

/// `notify` in `inner-agent status`.
#[derive(Debug, Serialize)]
pub struct NotifyCounts {
    /// Messages by state.
    pub messages: BTreeMap<String, u64>,
    /// Messages over the limit, waiting for a decision.
    pub over_limit: u64,
    /// Services whose three days are over.
    pub overdue: u64,
    /// Services without a confirmed reminder.
    pub unconfirmed: u64,
    /// Services whose deadline is running.
    pub waiting: u64,
    /// Whether the calendar has this year's rest days.
    pub calendar_is_current: bool,
}

/// Counts for `status`; `None` without `[notify]`.
pub fn counts(context: &Context, now: UnixSeconds) -> Result<Option<NotifyCounts>> {
    if context.config.notify.is_none() {
        return Ok(None);
    }
    let conn = &context.conn;
    let rules = DeadlineRules::of(&context.config, context.schedule.zone())?;
    Ok(Some(NotifyCounts {
        messages: sms_outbox::counts(conn)?,
        over_limit: notified::over_limit(conn)?.map_or(0, |(_, messages)| messages),
        overdue: service_deadlines::count(conn, DeadlineState::Overdue)?,
        unconfirmed: service_deadlines::count(conn, DeadlineState::Unconfirmed)?,
        waiting: service_deadlines::count(conn, DeadlineState::Waiting)?,
        calendar_is_current: rules.has_year_of(now),
    }))
}

impl NotifyCounts {
    /// Writes its lines of `status`.
    pub fn show(&self, screen: &mut Screen) {
        let count = |(state, n): (&String, &u64)| texts::message_count(texts::message_state(state), n);
        let counts: Vec<Text> = self.messages.iter().map(count).collect();
        let messages = if counts.is_empty() { texts::no_messages() } else { list::clauses(&counts) };
        screen.row(texts::messages().show(), messages.show());
        let services = texts::service_counts(self.waiting, self.overdue, self.unconfirmed);
        screen.row(texts::services().show(), services.show());
        if self.over_limit > 0 {
            screen.wrapped(&format!("  {}", texts::messages_over_limit(self.over_limit).show()), 4);
        }
        if !self.calendar_is_current {
            screen.wrapped(&format!("  {}", texts::calendar_outdated().show()), 4);
        }
    }
}

/// Both lists.
#[derive(Debug, Serialize)]
pub struct FollowUp {
    /// By clerk; services without a clerk come first.
    pub clerks: Vec<ClerkServices>,
    /// Unsent messages of the last days.
    pub messages: Vec<UnsentMessage>,
    #[serde(skip)]
    zone: TimeZone,
}

/// The services of one clerk's cases.
#[derive(Debug, Serialize)]
pub struct ClerkServices {
    /// The clerk.
    pub clerk: String,
    /// Overdue and unconfirmed.
    pub services: Vec<ServiceDeadline>,
}

/// Reads both lists from the ledger.
pub fn follow_up(context: &Context, now: UnixSeconds) -> Result<FollowUp> {
    let mut clerks: Vec<ClerkServices> = Vec::new();
    for service in service_deadlines::to_serve_otherwise(&context.conn, NAMED_MAX)? {
        match clerks.last_mut() {
            Some(last) if last.clerk == service.clerk => last.services.push(service),
            _ => clerks.push(ClerkServices { clerk: service.clerk.clone(), services: vec![service] }),
        }
    }
    let messages = sms_outbox::unsent(&context.conn, now - LISTED_DAYS * 86_400, NAMED_MAX)?;
    Ok(FollowUp { clerks, messages, zone: context.schedule.zone().clone() })
}

impl FollowUp {
    /// Prints both lists.
    pub fn print(&self) {
        if self.clerks.is_empty() {
            outln!("{}", texts::nothing_to_serve().show());
        }
        for clerk in &self.clerks {
            let name = if clerk.clerk.is_empty() { texts::no_clerk() } else { Text::verbatim(safe(&clerk.clerk)) };
            outln!("{}", name.show());
            for service in &clerk.services {
                outln!("  {}", self.service_line(service).show());
            }
        }
        if !self.messages.is_empty() {
            outln!("{}", texts::unsent_messages().show());
        }
        for m in &self.messages {
            let (at, state) = (rfc3339(m.at_s, &self.zone), state_with_reason(&m.state, &m.reason));
            let template = texts::template(&m.template);
            outln!("  {}", texts::unsent_line(at, template, safe(&m.case_number), safe(&m.person), state).show());
        }
    }

    fn service_line(&self, s: &ServiceDeadline) -> Text {
        let service = texts::service_line(safe(&s.case_number), safe(&s.title), safe(&s.addressee));
        match &s.due {
            Some(due) => texts::overdue_line(due, service),
            None => {
                let (state, reason) = s.reminder.split_once(": ").unwrap_or((&s.reminder, ""));
                let published = rfc3339(s.published_s, &self.zone);
                texts::unconfirmed_line(published, state_with_reason(state, reason), service)
            }
        }
    }
}

/// A state of a message with its reason, if it has one.
fn state_with_reason(state: &str, reason: &str) -> Text {
    let reason = match SmsReason::parse(reason) {
        SmsReason::None => return texts::message_state(state),
        SmsReason::GatewayForgot => texts::reason_gateway_forgot(),
        SmsReason::GatewayGaveUp => texts::reason_gateway_gave_up(),
        SmsReason::GatewayTooSlow => texts::reason_gateway_too_slow(),
        SmsReason::Answer(answer) => Text::verbatim(safe(&answer)),
    };
    texts::with_reason(texts::message_state(state), reason)
}
