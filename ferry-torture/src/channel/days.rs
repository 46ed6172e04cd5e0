//! Days of random faults: several courts, each with both agents and a bad channel in both directions.

use crate::{Outcome, catch_panics};
use ferry_testkit::court::touch;
use ferry_testkit::faulty_channel::{FaultyChannel, Odds};
use ferry_testkit::random::Random;
use ferry_testkit::stage::{Court, walk};
use rusqlite::Connection;
use std::collections::BTreeSet;

/// How long and with how many.
#[derive(Clone, Copy, Debug)]
pub struct Days {
    /// Days on which the channel does what it likes.
    pub bad: u64,
    /// Days after them on which it carries.
    pub honest: u64,
    /// Courts, each with agents and channels of its own.
    pub courts: u64,
    /// Cases of a court on its first day, at least.
    pub cases: u64,
}

impl Days {
    /// A month of five courts.
    pub const MONTH: Self = Self { bad: 30, honest: 4, courts: 5, cases: 5 };
}

const DAY_S: i64 = 86_400;

/// Plays `count` seeds from `seed` on. A violation names its seed and court.
pub fn days(plan: Days, count: u64, seed: u64) -> Outcome {
    let mut outcome = Outcome::default();
    for seed in seed..seed + count {
        std::thread::scope(|scope| {
            let courts: Vec<_> = (0..plan.courts).map(|n| scope.spawn(move || play(plan, seed, n))).collect();
            for (n, court) in courts.into_iter().enumerate() {
                let violations = court.join().unwrap_or_else(|_| vec!["it ended early".to_owned()]);
                outcome.violations.extend(violations.iter().map(|v| format!("seed {seed}, court {n}: {v}")));
            }
        });
        outcome.tried += 1;
        eprintln!("seed {seed}: {} violations so far", outcome.violations.len());
    }
    outcome
}

/// What one court's days left wrong.
fn play(plan: Days, seed: u64, number: u64) -> Vec<String> {
    catch_panics(|| CourtDays::new(plan, seed, number).run())
}

/// A court's days.
struct CourtDays {
    plan: Days,
    court: Court,
    random: Random,
    up: FaultyChannel,
    down: FaultyChannel,
    /// Receipts and messages that the outer side made: kind and id.
    made: BTreeSet<(String, String)>,
}

impl CourtDays {
    fn new(plan: Days, seed: u64, number: u64) -> Self {
        let seed = seed * 1000 + number;
        let court = Court::new(plan.cases + number);
        let channel = |direction: &str| FaultyChannel::new(&court.path(""), direction, seed, Odds::BAD);
        let (up, down) = (channel("up"), channel("down"));
        let random = Random::new(seed, 2);
        Self { plan, court, random, up, down, made: BTreeSet::new() }
    }

    fn run(mut self) -> Vec<String> {
        for day in 0..self.plan.bad + self.plan.honest {
            if day == self.plan.bad {
                self.up.stop_faults();
                self.down.stop_faults();
            }
            for side in ["inner", "outer"] {
                self.court.set_clock(side, day as i64 * DAY_S);
            }
            self.day(day);
        }
        self.violations()
    }

    fn day(&mut self, day: u64) {
        let is_bad = day < self.plan.bad;
        touch(&self.court.path(""), self.random.below(6), self.random.number()).unwrap();
        // A machine may stand still for a day while the channel is bad.
        let mut works = |percent| !is_bad || self.random.chance(percent);
        let (exports, ingests, visits, replies, imports) = (works(95), works(90), works(8), works(90), works(90));
        if exports {
            self.court.agent("inner", "export");
        }
        self.up.carry();
        if ingests {
            self.court.agent("outer", "ingest");
        }
        // Until a document was opened a party visits every day, early enough for faults to happen; nobody visits on the
        // last days, which must settle everything.
        let is_served = self.made.iter().any(|(kind, _)| kind == "service-receipt");
        if is_bad && (visits || !is_served) {
            self.visit(day);
        }
        if replies {
            self.court.agent("outer", "reply");
        }
        self.down.carry();
        if imports {
            self.court.agent("inner", "import");
        }
    }

    /// Parties log in until one finds a document to open and sign; the first who sees a case writes. In a small court
    /// the cases with such documents may all be withheld before they are published.
    fn visit(&mut self, day: u64) {
        // The first ingestion makes the database.
        if !self.court.path("outer/state/outer.db").exists() {
            return;
        }
        let conn = self.court.database("outer/state/outer.db");
        if pairs(&conn, "SELECT kind, id FROM record LIMIT 1").is_empty() {
            return;
        }
        let logins = self.court.logins();
        let portal = self.court.portal();
        let browser = portal.browser();
        let mut is_written = false;
        for at in 0..logins.len() as u64 {
            let login = &logins[((at + day) % logins.len() as u64) as usize];
            browser.log_in(login);
            let page = browser.get(&format!("/cases/{}", login.case_id));
            let messages = format!("/cases/{}/messages", login.case_id);
            if !is_written && page.text().contains(&messages) {
                let text = format!("第 {day} 天的留言");
                assert_eq!(browser.post(&messages, &[("csrf", &page.csrf()), ("text", &text)]).status, 200);
                is_written = true;
            }
            if let Some(action) = page.service() {
                let csrf = page.csrf();
                assert_eq!(browser.post(&action, &[("csrf", &csrf)]).status, 200, "{action}");
                browser.post(&action.replace("/open", "/sign"), &[("csrf", &csrf)]);
                break;
            }
        }
        self.made.extend(pairs(&conn, "SELECT kind, id FROM outgoing WHERE kind IN ('service-receipt', 'message')"));
    }

    fn violations(self) -> Vec<String> {
        let Self { court, made, .. } = self;
        let mut violations = Vec::new();
        let mut check = |holds: bool, what: String| {
            if !holds {
                violations.push(what);
            }
        };
        let (inner, outer) = (court.agent("inner", "status"), court.agent("outer", "status"));
        check(
            inner["state_root"] == outer["state_root"],
            format!("roots {} {}", inner["state_root"], outer["state_root"]),
        );
        let published = (&inner["published"], &outer["published"]);
        check(published.0 == published.1, format!("published {} {}", published.0, published.1));
        for channel in [&inner["channels"], &outer["channels"]].into_iter().flat_map(|c| c.as_array().unwrap()) {
            check(channel["gaps"].as_array().is_some_and(Vec::is_empty), format!("gaps {channel}"));
            let lost = |state: &str| channel["batches"][state].as_u64().unwrap_or(0);
            check(lost("missing") + lost("refused") == 0, format!("batches {channel}"));
        }
        check(outer["outgoing"] == 0, format!("{} items were never acknowledged", outer["outgoing"]));
        let conn = court.platform();
        let (accepted, held) = (pairs(&conn, ACCEPTED), pairs(&conn, HELD));
        let both: BTreeSet<_> = accepted.intersection(&held).collect();
        check(both.is_empty(), format!("accepted and held too: {both:?}"));
        // What was opened after its case was withheld inside is for the clerk to judge: there it is settled too.
        let settled: BTreeSet<_> = accepted.union(&held).cloned().collect();
        check(settled == made, format!("made {made:?}, settled {settled:?}"));
        check(!made.is_empty(), "nothing was made outside".to_owned());
        let unfiled = pairs(&conn, "SELECT kind, id FROM FERRY_RECEIPT WHERE filed = 0");
        check(unfiled.is_empty(), format!("receipts not filed {unfiled:?}"));
        let receipts = accepted.iter().filter(|(kind, _)| kind == "service-receipt").count();
        let is_pdf = |p: &std::path::PathBuf| p.extension().is_some_and(|e| e == "pdf");
        let certificates = walk(&court.path("case-files")).iter().filter(|p| is_pdf(p)).count();
        check(certificates >= receipts, format!("{certificates} certificates of {receipts} receipts"));
        for database in ["inner/state/inner.db", "outer/state/outer.db"] {
            let audit = ferry_channel::audit::verify(&court.database(database));
            check(audit.is_ok(), format!("the audit of {database} is broken"));
        }
        violations
    }
}

const ACCEPTED: &str =
    "SELECT 'service-receipt', id FROM FERRY_RECEIPT UNION ALL SELECT 'message', id FROM FERRY_MESSAGE";
const HELD: &str = "SELECT kind, id FROM FERRY_HELD";

fn pairs(conn: &Connection, sql: &str) -> BTreeSet<(String, String)> {
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}
