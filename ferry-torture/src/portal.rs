//! The portal is killed (SIGKILL) while parties log in, write, open, sign and ask, and while it starts. A party who got no
//! response looks whether it was done and, where not, does it again. Then everything crosses: each text and each receipt
//! must be inside once.

use crate::compare::{State, scratch};
use crate::{Outcome, catch_panics};
use ferry_testkit::random::Random;
use ferry_testkit::stage::{Browser, Court, Login, Portal, Response, program};
use std::process::Stdio;
use std::time::Duration;

/// Cases of a court.
const CASES: u64 = 12;
/// Parties who are there at once.
const PARTIES_AT_ONCE: usize = 3;
/// Messages that each of them writes; a party may write twenty texts a day.
const MESSAGES: usize = 5;
/// A portal that is up lives no longer than this, in microseconds.
const LIFE_US_MAX: u64 = 120_000;
/// A portal needs about so long to start, in microseconds.
const START_US_MAX: u64 = 30_000;
/// One kill in so many comes while it starts.
const START_KILL_EVERY: u64 = 4;
/// After so many kills what is there crosses.
const CARRY_EVERY: u64 = 7;

/// Kills the portal so many times (1,000 by default), in courts whose parties all get to the end.
///
/// # Panics
/// Where a court cannot be made.
pub fn run(count: Option<u64>, seed: u64) -> Outcome {
    let court = Court::new(CASES);
    court.up();
    let wanted = count.unwrap_or(1000);
    let mut outcome = Outcome::default();
    for number in 0.. {
        if outcome.tried >= wanted {
            break;
        }
        let court = court.copy_to(tempfile::Builder::new().prefix("ferry-torture-").tempdir_in(scratch()).unwrap());
        let mut trial = Trial::new(court, Random::new(seed, number));
        let mut violations = catch_panics(|| trial.play());
        violations.iter_mut().for_each(|v| v.insert_str(0, &format!("seed {seed}, court {number}: ")));
        violations.iter().for_each(|v| eprintln!("violation: {v}"));
        outcome.advance(Outcome::new(trial.kills, violations), wanted);
    }
    outcome
}

/// Parties at the portal of one court.
struct Trial {
    court: Court,
    random: Random,
    parties: Vec<Party>,
    kills: u64,
}

impl Trial {
    fn new(court: Court, random: Random) -> Self {
        let parties = court.logins().into_iter().enumerate().map(|(n, login)| Party::new(n, login)).collect();
        Self { court, random, parties, kills: 0 }
    }

    /// What is wrong in the end.
    fn play(&mut self) -> Vec<String> {
        while !self.parties.iter().all(Party::is_done) {
            let portal = self.court.portal();
            let life = Duration::from_micros(self.random.below(LIFE_US_MAX));
            visit(&mut self.parties, &portal, || {
                std::thread::sleep(life);
                portal.signal("KILL");
            });
            drop(portal);
            self.kills += 1;
            if self.random.below(START_KILL_EVERY) == 0 {
                self.kill_during_start();
            }
            if self.kills.is_multiple_of(CARRY_EVERY) {
                self.court.down();
            }
        }
        for _ in 0..2 {
            self.court.down();
            self.court.up();
        }
        let mut found: Vec<String> = self.parties.iter().flat_map(|party| party.wrong.clone()).collect();
        found.extend(self.compare());
        found.extend(State::of(&self.court).faults().iter().cloned());
        found
    }

    fn kill_during_start(&mut self) {
        let mut portal = program("outer-agent");
        portal.arg("--config").arg(self.court.path("portal.toml")).arg("portal");
        let mut portal = portal.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(self.random.below(START_US_MAX)));
        portal.kill().unwrap();
        portal.wait().unwrap();
        self.kills += 1;
    }

    /// What the portal confirmed to parties against what the platform has.
    fn compare(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut expect = |what: &str, wanted: usize, sql: &str| {
            let is = self.court.count(sql);
            if is != wanted as i64 {
                found.push(format!("{what}: {wanted} were confirmed to parties, {is} are inside"));
            }
        };
        let inside = self.parties.iter().filter(|party| party.sees_case);
        let opened: Vec<&str> = inside.clone().filter_map(|party| party.service.as_deref()).collect();
        assert!(!opened.is_empty(), "nobody was served: nothing was tried");
        expect("messages", inside.clone().count() * MESSAGES, "SELECT count(*) FROM FERRY_MESSAGE");
        expect("requests", inside.clone().count(), "SELECT count(*) FROM FERRY_REQUEST");
        expect("receipts", opened.len(), "SELECT count(*) FROM FERRY_RECEIPT");
        expect("signatures", opened.len(), "SELECT count(*) FROM FERRY_RECEIPT WHERE signed_s IS NOT NULL");
        expect("certificates", opened.len(), "SELECT count(*) FROM FERRY_RECEIPT WHERE filed = 1");
        for party in inside {
            for text in (0..MESSAGES).map(|n| party.message(n)) {
                expect(&text, 1, &format!("SELECT count(*) FROM FERRY_MESSAGE WHERE text = '{text}'"));
            }
            let text = &party.name;
            expect(text, 1, &format!("SELECT count(*) FROM FERRY_REQUEST WHERE text = '{text}'"));
        }
        for action in opened {
            // /documents/service/ID/open
            let item = action.split('/').nth(3).unwrap_or_default();
            let with_it = self.parties.iter().filter(|p| p.service.as_deref() == Some(action)).count();
            expect(item, with_it, &format!("SELECT count(*) FROM FERRY_RECEIPT WHERE item = '{item}'"));
        }
        found
    }
}

/// Lets parties act at once until each is done or the portal is gone, and ends it meanwhile.
fn visit(parties: &mut [Party], portal: &Portal, end: impl FnOnce() + Send) {
    let mut threads: Vec<Vec<&mut Party>> = (0..PARTIES_AT_ONCE).map(|_| Vec::new()).collect();
    parties
        .iter_mut()
        .filter(|p| !p.is_done())
        .enumerate()
        .for_each(|(n, party)| threads[n % PARTIES_AT_ONCE].push(party));
    std::thread::scope(|scope| {
        for parties in threads {
            scope.spawn(move || {
                for party in parties {
                    // No answer: the others of this thread would get none either.
                    if party.act_until_done(portal).is_err() {
                        return;
                    }
                }
            });
        }
        scope.spawn(end);
    });
}

/// What a party does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    LogIn,
    /// Which message.
    Write(usize),
    Open,
    Sign,
    Ask,
    Done,
}

/// A party with one case, messages to write, one document to receive and something to ask for.
struct Party {
    login: Login,
    name: String,
    browser: Option<Browser>,
    step: Step,
    sees_case: bool,
    /// Where the document is opened.
    service: Option<String>,
    wrong: Vec<String>,
}

impl Party {
    fn new(number: usize, login: Login) -> Self {
        let name = format!("当事人{number}号");
        Self { login, name, browser: None, step: Step::LogIn, sees_case: false, service: None, wrong: Vec::new() }
    }

    fn is_done(&self) -> bool {
        self.step == Step::Done
    }

    fn message(&self, number: usize) -> String {
        format!("{}的第{number}条留言", self.name)
    }

    /// Acts until it is done.
    ///
    /// # Errors
    /// When the portal gives no answer.
    fn act_until_done(&mut self, portal: &Portal) -> Result<(), ureq::Error> {
        let browser = self.browser.take().unwrap_or_else(|| portal.browser()).at(portal);
        let acted = self.act(&browser);
        // The cookie is kept, the address is another after each start.
        self.browser = Some(browser);
        acted
    }

    fn act(&mut self, browser: &Browser) -> Result<(), ureq::Error> {
        let case = format!("/cases/{}", self.login.case_id);
        if self.step == Step::LogIn {
            let form = [("identity", self.login.identity.as_str()), ("code", &self.login.code)];
            let response = browser.try_post("/login", &form)?;
            let page = browser.try_get(&case)?;
            // A code may be another than the list's (401), and a case be withheld from the beginning (404).
            if !matches!((response.status, page.status), (200 | 401, 200 | 404)) {
                self.wrong
                    .push(format!("{}: the login ended with {}, then {}", self.name, response.status, page.status));
            }
            self.sees_case = page.text().contains(&format!("{case}/messages"));
            self.step = if self.sees_case { Step::Write(0) } else { Step::Done };
        }
        while !self.is_done() {
            let page = browser.try_get(&case)?;
            if page.status != 200 || !page.text().contains(&format!("{case}/messages")) {
                self.wrong
                    .push(format!("{}: {:?} after a login that was confirmed: {}", self.name, self.step, page.status));
                self.step = Step::Done;
                break;
            }
            self.step = self.next(browser, &case, &page)?;
        }
        Ok(())
    }

    /// Does its step, unless the page says that it was done; gives the next one.
    fn next(&mut self, browser: &Browser, case: &str, page: &Response) -> Result<Step, ureq::Error> {
        let csrf = page.csrf();
        let stands = |place: &str, text: &str| section(&page.text(), place).contains(text);
        Ok(match self.step {
            Step::Write(n) => {
                let text = self.message(n);
                if !stands("messages", &text) {
                    let form = [("csrf", csrf.as_str()), ("text", &text)];
                    self.check(&browser.try_post(&format!("{case}/messages"), &form)?);
                }
                if n + 1 < MESSAGES { Step::Write(n + 1) } else { Step::Open }
            }
            Step::Open => match page.service() {
                Some(action) => {
                    self.check(&browser.try_post(&action, &[("csrf", &csrf)])?);
                    self.service = Some(action);
                    Step::Sign
                }
                None => Step::Ask,
            },
            Step::Sign => {
                let action = self.service.as_deref().unwrap_or_default().replace("/open", "/sign");
                // After the signature the page no longer offers it.
                if page.text().contains(&action) {
                    self.check(&browser.try_post(&action, &[("csrf", &csrf)])?);
                }
                Step::Ask
            }
            Step::Ask => {
                if !stands("requests", &self.name) {
                    let form = [("csrf", csrf.as_str()), ("subject", "recording"), ("text", &self.name)];
                    self.check(&browser.try_post(&format!("{case}/requests"), &form)?);
                }
                Step::Done
            }
            Step::LogIn | Step::Done => self.step,
        })
    }

    fn check(&mut self, answer: &Response) {
        if answer.status != 200 {
            self.wrong.push(format!("{}: {:?} was answered with {}", self.name, self.step, answer.status));
        }
    }
}

/// A section of the case's page, from its heading to its end.
fn section(page: &str, name: &str) -> String {
    let from = page.split_once(&format!("<section aria-labelledby=\"{name}\">")).map_or("", |(_, rest)| rest);
    from.split("</section>").next().unwrap_or_default().to_owned()
}
