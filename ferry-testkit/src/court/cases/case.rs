//! A case: its row, its parties, and what belongs to it.

use crate::court::cases::codes::CODES;
use crate::court::cases::service::Case;
use crate::court::cases::values::{dashed, day, plain, yuan};
use crate::court::cases::{LOGINS, Writer};
use crate::court::documents::DocumentStore;
use crate::court::people::{Person, person};
use crate::random::Random;
use ferry_io::error::Result;
use rusqlite::params;

/// People whose code the platform keeps as it was printed; everyone else's it keeps as an Argon2id string.
const PLAIN_CODES: u64 = 8;
/// Highest number of people that one case brings.
const PEOPLE_PER_CASE: u64 = 4;

/// Case number in the style of its year: since 2016 with the court's code, before with its sign.
fn case_no(random: &mut Random, n: u64) -> (String, u64) {
    if random.chance(15) {
        let year = 2012 + random.below(4);
        return (format!("（{year}）东执字第{}号", n % 9000 + 1), year);
    }
    let year = 2016 + random.below(10);
    let kind = random.pick(&["执", "执", "执", "执恢", "执保"]);
    (format!("（{year}）鲁1502{kind}{}号", n % 90_000 + 1), year)
}

/// As some clerk typed it: half-width, with spaces.
fn as_typed(random: &mut Random, number: &str) -> String {
    if random.chance(5) { number.replace('（', "(").replace('）', ") ") } else { number.to_owned() }
}

impl Writer<'_> {
    /// Case number `n` with everything that belongs to it.
    pub fn case(&mut self, n: u64, store: &mut DocumentStore) -> Result<()> {
        let mut random = Random::new(self.seed, n.wrapping_mul(2));
        let r = &mut random;
        let id = format!("AJ{n:09}");
        let (number, year) = case_no(r, n);
        let state = r.pick(&["01", "02", "02", "02", "03", "04", "04"]);
        let cause = r.pick(&[
            "买卖合同纠纷",
            "民间借贷纠纷",
            "劳动争议",
            "金融借款合同纠纷",
            "机动车交通事故责任纠纷",
            "物业服务合同纠纷",
        ]);
        let ground = r.chance(80).then(|| format!("（{}）鲁1502民初{}号民事判决书", year - 1, r.below(9000) + 1));
        let claim: f64 = yuan(r).parse().unwrap_or_default();
        let (filed, typed) = (day(r, year), as_typed(r, &number));
        self.row_about(r, filed, "AJXX", params![id, typed, cause, plain(filed), ground, claim, state])?;
        let parties = self.parties(r, n, &id)?;
        let judge = format!("{}{}", r.pick(&["王", "李", "赵", "孙"]), r.pick(&["建华", "丽", "宏伟", "雪梅"]));
        let duty = r.pick(&["1", "2", "3"]);
        let phone = format!("0635-{}", 8_000_000 + r.below(1_000_000));
        self.row("CBR", params![format!("CB{n:09}"), id, judge, duty, phone])?;
        if state != "01" {
            self.steps(r, n, &id, year, &parties)?;
        }
        if state == "03" {
            let (since, kind) = (day(r, year + 1), r.pick(&["1", "2"]));
            let why = "被执行人无财产可供执行，等待处置结果";
            self.row_about(r, since, "ZXZZ", params![format!("ZZ{n:09}"), id, kind, why, dashed(since)])?;
        }
        if state == "04" {
            let (closed, way) = (day(r, year + 1), r.pick(&["1", "2", "3"]));
            let (none, got) = (Option::<&str>::None, r.chance(95).then(|| yuan(r)));
            let row = params![format!("JA{n:09}"), id, way, plain(closed), got, none, none, none, none];
            self.row_about(r, closed, "JAXX", row)?;
        }
        self.rare_categories(r, n, &id, &number, year, &parties)?;
        if n.is_multiple_of(3) {
            let case = Case { n, id: &id, number: &number, year, parties: &parties };
            self.documents(r, &case, store)?;
        } else if self.others.len() < LOGINS {
            self.others.push(self.login(&parties[0], &id, &number, "no"));
        }
        Ok(())
    }

    /// A line of `logins.tsv`.
    pub(super) fn login(&self, of: &Person, case: &str, number: &str, has_document: &str) -> String {
        format!("{}\t{}\t{}\t{case}\t{number}\t{has_document}\n", of.identity, self.codes[of.code].0, of.name)
    }

    fn parties(&mut self, r: &mut Random, n: u64, case: &str) -> Result<Vec<Person>> {
        let count = 2 + u64::from(r.chance(25)) + u64::from(r.chance(10));
        let mut parties: Vec<Person> = Vec::new();
        for at in 0..count {
            // Some applicants have two cases.
            let number =
                if at == 0 && n > 0 && n % 10 == 9 { (n - 1) * PEOPLE_PER_CASE } else { n * PEOPLE_PER_CASE + at };
            let p = person(self.seed, number, CODES);
            let (plain, hash) = &self.codes[p.code];
            let code = if number < PLAIN_CODES { plain } else { hash };
            let password = (number < PLAIN_CODES).then(|| format!("mima-{plain}"));
            self.row("RY", params![p.id, p.name, p.identity_type, p.identity, p.phone, code, password])?;
            if at == 3 {
                let (from, until) = ("20240101", (n % 4 == 1).then_some("20251231"));
                let row = params![
                    format!("DL{n:09}"),
                    case,
                    p.id,
                    p.name,
                    "山东东昌律师事务所",
                    parties[0].id,
                    "2",
                    from,
                    until
                ];
                self.row("DLR", row)?;
            } else {
                let role = ["01", "02", "02"][at as usize];
                self.row("DSR", params![format!("DS{n:09}-{at}"), case, p.id, p.name, role])?;
            }
            parties.push(p);
        }
        Ok(parties)
    }
}
