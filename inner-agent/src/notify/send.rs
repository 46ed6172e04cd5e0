//! Sending the messages that are due. A message that the gateway may have already is asked about before it is sent again.

use crate::config::notify::{Gateway as GatewayConfig, Notify};
use crate::notify::recipients::Directory;
use crate::notify::sms_gateway::{Gateway, GatewayState, Message, Outcome, Params};
use crate::store::sms_outbox::{self, DueMessage, FinalState, OpenState, SmsReason, Template};
use crate::texts::notify::gateway_silent;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use rusqlite::Connection;
use serde::Serialize;
use std::time::{Duration, Instant};

/// Unanswered requests in a row after which a pass ends: the gateway is down, the message is not at fault.
const UNANSWERED_MAX: u32 = 3;
/// Longest duration of a pass.
const PASS_MAX: Duration = Duration::from_secs(120);

/// The time during a pass: when it began, plus the time that it has run.
pub struct PassClock {
    /// When the pass began, seconds.
    pub began_s: UnixSeconds,
    started: Instant,
}

impl PassClock {
    /// Starts the clock at a time.
    pub fn start(now: UnixSeconds) -> Self {
        Self { began_s: now, started: Instant::now() }
    }

    /// The present time, seconds.
    pub fn now(&self) -> UnixSeconds {
        self.began_s + self.started.elapsed().as_secs() as i64
    }
}

/// Messages of a pass, by what became of them. The field names are those of `notify --json`.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct SendCounts {
    /// Confirmed as sent.
    pub sent: u64,
    /// Accepted by the gateway, not sent yet.
    pub accepted: u64,
    /// Without an answer: asked about before they are sent again.
    pub unknown: u64,
    /// Deferred by the gateway.
    pub later: u64,
    /// Refused permanently.
    pub refused: u64,
    /// Given up by the gateway.
    pub failed: u64,
    /// The platform has no telephone number of the recipient.
    pub no_phone: u64,
    /// Not confirmed within `max-age-hours`.
    pub expired: u64,
}

impl SendCounts {
    /// Sum over all outcomes.
    pub fn total(&self) -> u64 {
        let Self { sent, accepted, unknown, later, refused, failed, no_phone, expired } = self;
        sent + accepted + unknown + later + refused + failed + no_phone + expired
    }
}

/// Sending in progress.
pub struct SendPass<'a> {
    /// The ledger.
    pub conn: &'a Connection,
    /// The configuration.
    pub config: &'a Notify,
    /// The gateway.
    pub gateway: &'a Gateway,
    /// The platform.
    pub directory: &'a Directory<'a>,
    /// The clock of the pass. Messages that become due after its begin wait for the next pass.
    pub clock: &'a PassClock,
}

/// Whether the gateway answered.
enum Attempt {
    Answered,
    Unanswered(String),
}

impl SendPass<'_> {
    /// Sends until nothing is due, the gateway does not answer, or the time is up. What was sent counts in every case.
    ///
    /// # Errors
    /// `FERRY-E0642` if the gateway refuses this court, `FERRY-E0643` if it does not answer.
    pub fn run(&self, counts: &mut SendCounts) -> Result<()> {
        let mut unanswered = 0;
        // Exports and imports wait for a pass.
        while self.clock.started.elapsed() < PASS_MAX
            && let Some(message) = sms_outbox::next_due(self.conn, self.clock.began_s)?
        {
            match self.attempt(&message, counts)? {
                Attempt::Answered => unanswered = 0,
                Attempt::Unanswered(why) => {
                    unanswered += 1;
                    if unanswered >= UNANSWERED_MAX {
                        return Err(gateway_silent(why));
                    }
                }
            }
        }
        Ok(())
    }

    fn attempt(&self, message: &DueMessage, counts: &mut SendCounts) -> Result<Attempt> {
        if message.state == OpenState::Queued {
            return self.send(message, counts);
        }
        match self.gateway.ask(&message.id, self.clock.now())? {
            Outcome::Known(state) => self.record(message, state, counts),
            Outcome::UnknownId if message.state == OpenState::Trying => self.send(message, counts),
            // Sending it again could send it twice: the gateway may delete what it sent long ago.
            Outcome::UnknownId => self.settle(message, FinalState::Failed, &SmsReason::GatewayForgot, counts),
            Outcome::Refused(status) | Outcome::Busy(status) => {
                self.wait(message, message.state, &SmsReason::http(status), counts)?;
                Ok(Attempt::Answered)
            }
            Outcome::NoAnswer(why) => {
                self.wait(message, message.state, &SmsReason::Answer(why.clone()), counts)?;
                Ok(Attempt::Unanswered(why))
            }
        }
    }

    /// Sends a message. Its new state is durable first, so that an interruption leads to a question, never to a loss.
    fn send(&self, message: &DueMessage, counts: &mut SendCounts) -> Result<Attempt> {
        if self.is_expired(message) {
            return self.settle(message, FinalState::Expired, &SmsReason::None, counts);
        }
        let Some(phone) = self.directory.phone(&message.to.person)? else {
            return self.settle(message, FinalState::NoPhone, &SmsReason::None, counts);
        };
        sms_outbox::retry_at(self.conn, message, OpenState::Trying, &SmsReason::None, self.next_attempt_s(message))?;
        let request = Message {
            id: &message.id,
            template: self.template_id(message.to.template),
            phone: &phone,
            params: Params { court: &self.config.court_name, case_no: &message.case_number },
        };
        let outcome = match self.gateway.send(&request, self.clock.now()) {
            Ok(outcome) => outcome,
            Err(refuses_court) => {
                sms_outbox::put_back(self.conn, &message.id, self.next_attempt_s(message))?;
                return Err(refuses_court);
            }
        };
        match outcome {
            Outcome::Known(state) => self.record(message, state, counts),
            Outcome::Refused(status) => self.settle(message, FinalState::Refused, &SmsReason::http(status), counts),
            Outcome::Busy(status) => {
                counts.later += 1;
                let due_s = self.next_attempt_s(message);
                sms_outbox::retry_at(self.conn, message, OpenState::Queued, &SmsReason::http(status), due_s)?;
                Ok(Attempt::Answered)
            }
            Outcome::UnknownId | Outcome::NoAnswer(_) => {
                let why = if let Outcome::NoAnswer(why) = outcome { why } else { String::new() };
                self.wait(message, OpenState::Trying, &SmsReason::parse(&why), counts)?;
                Ok(Attempt::Unanswered(why))
            }
        }
    }

    fn record(&self, message: &DueMessage, state: GatewayState, counts: &mut SendCounts) -> Result<Attempt> {
        match state {
            GatewayState::Sent => self.settle(message, FinalState::Sent, &SmsReason::None, counts),
            GatewayState::Failed => self.settle(message, FinalState::Failed, &SmsReason::GatewayGaveUp, counts),
            GatewayState::Accepted if self.is_expired(message) => {
                self.settle(message, FinalState::Expired, &SmsReason::GatewayTooSlow, counts)
            }
            GatewayState::Accepted => {
                counts.accepted += 1;
                let due_s = self.next_attempt_s(message);
                sms_outbox::retry_at(self.conn, message, OpenState::Accepted, &SmsReason::None, due_s)?;
                Ok(Attempt::Answered)
            }
        }
    }

    fn wait(&self, message: &DueMessage, state: OpenState, reason: &SmsReason, counts: &mut SendCounts) -> Result<()> {
        if self.is_expired(message) {
            self.settle(message, FinalState::Expired, reason, counts)?;
            return Ok(());
        }
        counts.unknown += 1;
        sms_outbox::retry_at(self.conn, message, state, reason, self.next_attempt_s(message))
    }

    fn settle(
        &self,
        message: &DueMessage,
        state: FinalState,
        reason: &SmsReason,
        counts: &mut SendCounts,
    ) -> Result<Attempt> {
        let count = match state {
            FinalState::Sent => &mut counts.sent,
            FinalState::Failed => &mut counts.failed,
            FinalState::Refused => &mut counts.refused,
            FinalState::NoPhone => &mut counts.no_phone,
            FinalState::Expired => &mut counts.expired,
        };
        *count += 1;
        sms_outbox::settle(self.conn, &message.id, state, reason, self.clock.now())?;
        Ok(Attempt::Answered)
    }

    fn template_id(&self, template: Template) -> &str {
        let templates = &self.config.templates;
        match template {
            Template::Reminder => &templates.reminder,
            Template::Step => &templates.step,
            Template::Correction => &templates.correction,
        }
    }

    fn is_expired(&self, message: &DueMessage) -> bool {
        self.clock.now() - message.queued_s > i64::from(self.config.gateway.max_age_hours) * 3600
    }

    /// After the begin of this pass, or the pass would try the message again and again.
    fn next_attempt_s(&self, message: &DueMessage) -> UnixSeconds {
        self.clock.now() + back_off_s(&self.config.gateway, &message.id, message.attempts).max(1)
    }
}

/// Seconds to wait after an attempt: doubled each time up to a limit, a quarter more or less, so that messages that failed
/// together are not retried together.
fn back_off_s(config: &GatewayConfig, id: &str, attempts: u32) -> i64 {
    let (first, most) = (i64::from(config.retry_s.get()), i64::from(config.retry_max_s.get()));
    let wait = first.saturating_mul(1_i64.checked_shl(attempts.min(40)).unwrap_or(i64::MAX)).min(most);
    let spread = blake3::hash(format!("{id}/{attempts}").as_bytes()).as_bytes()[0];
    wait * (192 + i64::from(spread) / 2) / 256
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;

    #[test]
    fn the_wait_doubles_up_to_its_limit_and_is_spread() {
        let seconds = |n| NonZeroU32::new(n).unwrap();
        let config = GatewayConfig {
            url: String::new(),
            allow_insecure_http: false,
            ca: None,
            key: Default::default(),
            timeout_s: seconds(1),
            retry_s: seconds(60),
            retry_max_s: seconds(3600),
            max_age_hours: 1,
        };
        let mut waits = std::collections::BTreeSet::new();
        for attempts in 0..60 {
            let wait = back_off_s(&config, "id", attempts);
            let middle = if attempts < 6 { 60 << attempts } else { 3600 };
            assert!(wait >= middle * 3 / 4 && wait <= middle * 5 / 4, "{attempts}: {wait}");
            waits.insert(wait);
        }
        assert!(waits.len() > 40, "messages at the limit are not retried together");
    }
}
