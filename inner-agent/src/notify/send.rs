//! One pass over the messages that are due: each is handed over, or asked about where the gateway may have it already.

use crate::notify::config::Notify;
use crate::notify::gateway::{Gateway, Message, Outcome, Params, State};
use crate::notify::outbox::{self, Due, End, Open};
use crate::notify::recipients::Directory;
use ferry_io::clock;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::UNAVAILABLE;
use rusqlite::Connection;
use serde::Serialize;
use std::time::{Duration, Instant};

/// Requests in a row without an answer after which a pass ends: the gateway is down, not the message at fault.
const UNANSWERED_MAX: u32 = 3;

/// What a pass did.
#[derive(Debug, Default, Serialize)]
pub struct Sent {
    /// Confirmed as sent.
    pub sent: u64,
    /// Taken by the gateway, not yet sent.
    pub accepted: u64,
    /// Without an answer: asked about before they are sent again.
    pub unknown: u64,
    /// Put off by the gateway.
    pub later: u64,
    /// Refused for good.
    pub refused: u64,
    /// Given up by the gateway.
    pub failed: u64,
    /// Whose recipient has no telephone number in the platform.
    pub no_phone: u64,
    /// Given up here: nobody confirmed them in time.
    pub expired: u64,
}

/// A pass under way.
pub struct Pass<'a> {
    /// The ledger.
    pub conn: &'a Connection,
    /// The configuration.
    pub config: &'a Notify,
    /// The gateway.
    pub gateway: &'a Gateway,
    /// The platform.
    pub directory: &'a Directory<'a>,
    /// When the pass began: what becomes due later is for the next one.
    pub began_s: i64,
}

/// How long a pass may take.
const PASS_MAX: Duration = Duration::from_secs(120);

/// What one attempt came to.
enum Step {
    Answered,
    Unanswered(String),
}

impl Pass<'_> {
    /// Works until nothing is due, or the gateway does not answer; what was done counts either way.
    pub fn run(&self, done: &mut Sent) -> Result<()> {
        let mut unanswered = 0;
        let begun = Instant::now();
        // Exports and imports wait for a pass; the next one goes on.
        while begun.elapsed() < PASS_MAX
            && let Some(due) = outbox::next_due(self.conn, self.began_s)?
        {
            match self.attempt(&due, done)? {
                Step::Answered => unanswered = 0,
                Step::Unanswered(why) => {
                    unanswered += 1;
                    if unanswered >= UNANSWERED_MAX {
                        let message = format!("the SMS gateway does not answer: {why}");
                        let hint = "look at the gateway and the way to it; messages are kept and go on by themselves";
                        return Err(Error::new(UNAVAILABLE, "FERRY-E0643", message, hint));
                    }
                }
            }
        }
        Ok(())
    }

    fn attempt(&self, due: &Due, done: &mut Sent) -> Result<Step> {
        if due.open == Open::Queued {
            return self.hand_over(due, done);
        }
        match self.gateway.ask(&due.id, clock::now_s())? {
            Outcome::Has(state) => self.note(due, state, done),
            Outcome::NeverHeard if due.open == Open::Trying => self.hand_over(due, done),
            Outcome::NeverHeard => {
                // To send it again could double it: the gateway may forget what it sent long ago.
                self.end(due, End::Failed, "the gateway took it and no longer knows it", done)
            }
            Outcome::Refused(status) | Outcome::Later(status) => {
                self.wait(due, due.open, &format!("HTTP {status}"), done)?;
                Ok(Step::Answered)
            }
            Outcome::Unknown(why) => {
                self.wait(due, due.open, &why, done)?;
                Ok(Step::Unanswered(why))
            }
        }
    }

    /// Sends it: that it is about to be is durable first, so that an end at any moment leaves a question, not a loss.
    fn hand_over(&self, due: &Due, done: &mut Sent) -> Result<Step> {
        if self.is_too_old(due) {
            return self.end(due, End::Expired, "", done);
        }
        let Some(phone) = self.directory.phone(&due.to.person)? else {
            return self.end(due, End::NoPhone, "", done);
        };
        outbox::try_again(self.conn, due, Open::Trying, "", self.next_s(due))?;
        let message = Message {
            id: &due.id,
            template: due.to.template.id(&self.config.templates),
            phone: &phone,
            params: Params { court: &self.config.court_name, case_no: &due.case_number },
        };
        let outcome = match self.gateway.send(&message, clock::now_s()) {
            Ok(outcome) => outcome,
            Err(not_ours) => {
                outbox::put_back(self.conn, &due.id, self.next_s(due))?;
                return Err(not_ours);
            }
        };
        match outcome {
            Outcome::Has(state) => self.note(due, state, done),
            Outcome::Refused(status) => self.end(due, End::Refused, &format!("HTTP {status}"), done),
            Outcome::Later(status) => {
                done.later += 1;
                outbox::try_again(self.conn, due, Open::Queued, &format!("HTTP {status}"), self.next_s(due))?;
                Ok(Step::Answered)
            }
            Outcome::NeverHeard | Outcome::Unknown(_) => {
                let why = if let Outcome::Unknown(why) = outcome { why } else { String::new() };
                self.wait(due, Open::Trying, &why, done)?;
                Ok(Step::Unanswered(why))
            }
        }
    }

    fn note(&self, due: &Due, state: State, done: &mut Sent) -> Result<Step> {
        match state {
            State::Sent => self.end(due, End::Sent, "", done),
            State::Failed => self.end(due, End::Failed, "the gateway gave up", done),
            State::Accepted if self.is_too_old(due) => {
                self.end(due, End::Expired, "the gateway took it and never sent it", done)
            }
            State::Accepted => {
                done.accepted += 1;
                outbox::try_again(self.conn, due, Open::Accepted, "", self.next_s(due))?;
                Ok(Step::Answered)
            }
        }
    }

    fn wait(&self, due: &Due, open: Open, why: &str, done: &mut Sent) -> Result<()> {
        if self.is_too_old(due) {
            self.end(due, End::Expired, why, done)?;
            return Ok(());
        }
        done.unknown += 1;
        outbox::try_again(self.conn, due, open, why, self.next_s(due))
    }

    fn end(&self, due: &Due, end: End, why: &str, done: &mut Sent) -> Result<Step> {
        let count = match end {
            End::Sent => &mut done.sent,
            End::Failed => &mut done.failed,
            End::Refused => &mut done.refused,
            End::NoPhone => &mut done.no_phone,
            End::Expired => &mut done.expired,
        };
        *count += 1;
        outbox::settle(self.conn, &due.id, end, why, clock::now_s())?;
        Ok(Step::Answered)
    }

    fn is_too_old(&self, due: &Due) -> bool {
        clock::now_s() - due.queued_s > i64::from(self.config.gateway.give_up_hours) * 3600
    }

    fn next_s(&self, due: &Due) -> i64 {
        // Later than the pass began, or it would be tried again for ever.
        clock::now_s().max(self.began_s) + outbox::back_off_s(&self.config.gateway, &due.id, due.attempts).max(1)
    }
}
