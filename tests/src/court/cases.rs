//! The cases, written as they are made: a million of them never stand in memory.

use crate::court::documents::DocumentStore as Store;
use crate::court::people::{Person, person};
use crate::court::random::Random;
use crate::court::schema::{SCHEMA, TABLES};
use crate::court::{MakeOptions, failed};
use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use ferry_channel::durable::write_new;
use ferry_channel::failure::Result;
use ferry_channel::progress;
use rusqlite::{Connection, params};
use std::path::Path;

/// Cases written in one transaction.
const CASES_PER_TRANSACTION: u64 = 10_000;
/// Query codes, hashed once and reused: a million parties must not cost an hour of Argon2.
const CODES: usize = 16;
/// People listed in `logins.tsv`.
const LOGINS: usize = 20;
/// Highest number of people that one case brings.
pub const PEOPLE_PER_CASE: u64 = 4;

/// Writes cases into a platform.
pub struct Writer<'a> {
    conn: &'a Connection,
    seed: u64,
    codes: Vec<(String, String)>,
    /// Lines of `logins.tsv`: people with a document to be served, and others who stand in for them.
    served: Vec<String>,
    others: Vec<String>,
}

/// Plain codes and their hashes, the same for the same seed.
fn codes(seed: u64) -> Result<Vec<(String, String)>> {
    let params = Params::new(19_456, 2, 1, None).map_err(|e| failed("Argon2", e))?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut random = Random::new(seed, u64::MAX - 1);
    let mut made = Vec::new();
    for _ in 0..CODES {
        let code = format!("{:08}", random.below(100_000_000));
        let mut salt = [0; 16];
        random.bytes(&mut salt);
        let hash = argon.hash_password_with_salt(code.as_bytes(), &salt).map_err(|e| failed("Argon2", e))?;
        made.push((code, hash.to_string()));
    }
    Ok(made)
}

/// Makes the platform with all its rows; gives the rows of each table, and how many rows must be held.
pub fn make(dir: &Path, options: &MakeOptions, store: &mut Store) -> Result<(Vec<(&'static str, u64)>, u64)> {
    let conn = Connection::open(dir.join("platform.db"))?;
    conn.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;")?;
    conn.execute_batch(SCHEMA)?;
    let mut writer = Writer::new(&conn, options.seed)?;
    conn.execute_batch("BEGIN")?;
    writer.public(options.cases)?;
    let bar = progress::records("cases");
    for n in 0..options.cases {
        writer.case(n, store)?;
        bar.inc(1);
        if n % CASES_PER_TRANSACTION == CASES_PER_TRANSACTION - 1 {
            conn.execute_batch("COMMIT; BEGIN")?;
        }
    }
    bar.finish_and_clear();
    let held = writer.misfits(options.cases)?;
    conn.execute_batch("COMMIT")?;
    let mut lines = vec!["identity\tcode\tname\tcase-id\tcase-no\thas-a-document-to-sign\n".to_owned()];
    lines.extend(writer.served.into_iter().chain(writer.others).take(LOGINS));
    write_new(&dir.join("logins.tsv"), lines.concat().as_bytes(), 0o600)?;
    let mut rows = Vec::new();
    for table in TABLES {
        let count: i64 = conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0))?;
        rows.push((table, count as u64));
    }
    Ok((rows, held))
}

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

fn day(random: &mut Random, year: u64, style: u64) -> String {
    let (month, day) = (random.below(12) + 1, random.below(28) + 1);
    if style == 0 { format!("{year}{month:02}{day:02}") } else { format!("{year}-{month:02}-{day:02}") }
}

fn yuan(random: &mut Random) -> String {
    format!("{}.{:02}", random.below(3_000_000) + 100, random.below(100))
}

impl<'a> Writer<'a> {
    /// Hashes the codes.
    pub fn new(conn: &'a Connection, seed: u64) -> Result<Self> {
        Ok(Self { conn, seed, codes: codes(seed)?, served: Vec::new(), others: Vec::new() })
    }

    fn put(&self, sql: &str, row: impl rusqlite::Params) -> Result<()> {
        self.conn.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    /// Case number `n` with everything that belongs to it.
    pub fn case(&mut self, n: u64, store: &mut Store) -> Result<()> {
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
        let filed = day(r, year, 0);
        self.put(
            "INSERT INTO AJXX VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
            params![id, number, cause, filed, ground, claim, state],
        )?;
        let parties = self.parties(r, n, &id)?;
        let judge = format!("{}{}", r.pick(&["王", "李", "赵", "孙"]), r.pick(&["建华", "丽", "宏伟", "雪梅"]));
        let duty = r.pick(&["1", "2", "3"]);
        let phone = format!("0635-{}", 8_000_000 + r.below(1_000_000));
        self.put("INSERT INTO CBR VALUES (?1, ?2, ?3, ?4, ?5)", params![format!("CB{n:09}"), id, judge, duty, phone])?;
        if state != "01" {
            self.steps(r, n, &id, year, &parties)?;
        }
        if state == "03" {
            let row = params![
                format!("ZZ{n:09}"),
                id,
                r.pick(&["1", "2"]),
                "被执行人无财产可供执行，等待处置结果",
                day(r, year + 1, 1)
            ];
            self.put("INSERT INTO ZXZZ VALUES (?1, ?2, ?3, ?4, ?5)", row)?;
        }
        if state == "04" {
            let row =
                params![format!("JA{n:09}"), id, r.pick(&["1", "2", "3"]), day(r, year + 1, 0), Option::<&str>::None];
            self.put("INSERT INTO JAXX VALUES (?1, ?2, ?3, ?4, ?5)", row)?;
        }
        if n.is_multiple_of(3) {
            self.documents(r, n, &id, &number, year, &parties, store)?;
        } else if self.others.len() < LOGINS {
            self.others.push(self.login(&parties[0], &id, &number, "no"));
        }
        Ok(())
    }

    /// A line of `logins.tsv`.
    fn login(&self, of: &Person, case: &str, number: &str, has_document: &str) -> String {
        format!("{}\t{}\t{}\t{case}\t{number}\t{has_document}\n", of.identity, self.codes[of.code].0, of.name)
    }

    fn parties(&mut self, r: &mut Random, n: u64, case: &str) -> Result<Vec<Person>> {
        let count = 2 + u64::from(r.chance(25)) + u64::from(r.chance(10));
        let mut parties = Vec::new();
        for at in 0..count {
            // Some applicants have two cases.
            let number =
                if at == 0 && n > 0 && n % 10 == 9 { (n - 1) * PEOPLE_PER_CASE } else { n * PEOPLE_PER_CASE + at };
            let p = person(self.seed, number, CODES);
            let row = params![p.id, p.name, p.identity_type, p.identity, p.phone, self.codes[p.code].1];
            self.put("INSERT OR IGNORE INTO RY VALUES (?1, ?2, ?3, ?4, ?5, ?6)", row)?;
            let role = ["01", "02", "02", "04"][at as usize];
            let row = params![format!("DS{n:09}-{at}"), case, p.id, p.name, role];
            self.put("INSERT INTO DSR VALUES (?1, ?2, ?3, ?4, ?5)", row)?;
            parties.push(p);
        }
        Ok(parties)
    }

    fn steps(&mut self, r: &mut Random, n: u64, case: &str, year: u64, parties: &[Person]) -> Result<()> {
        for at in 0..=r.below(2) {
            let target = r.pick(&[
                "银行存款",
                "位于东昌区柳园路的房产一套",
                "鲁P牌照小型轿车一辆",
                "持有的公司股权",
                "支付宝账户余额",
            ]);
            let amount = r.chance(70).then(|| yuan(r));
            let row = params![
                format!("CS{n:09}-{at}"),
                case,
                r.pick(&["1", "2", "3", "4", "5"]),
                target,
                amount,
                day(r, year, 1)
            ];
            self.put("INSERT INTO ZXCS VALUES (?1, ?2, ?3, ?4, ?5, ?6)", row)?;
        }
        if r.chance(40) {
            let row = params![
                format!("QZ{n:09}"),
                case,
                r.pick(&["1", "2", "3"]),
                parties[1].name,
                "有履行能力而拒不履行",
                day(r, year, 0)
            ];
            self.put("INSERT INTO QZCS VALUES (?1, ?2, ?3, ?4, ?5, ?6)", row)?;
        }
        if r.chance(25) {
            let row = params![
                format!("CZ{n:09}"),
                case,
                r.pick(&["1", "2", "3"]),
                "位于东昌区的房产一套",
                yuan(r),
                day(r, year, 1)
            ];
            self.put("INSERT INTO CCCZ VALUES (?1, ?2, ?3, ?4, ?5, ?6)", row)?;
        }
        if r.chance(25) {
            let amount: f64 = yuan(r).parse().unwrap_or_default();
            let row = params![format!("FP{n:09}"), case, parties[0].name, amount, day(r, year + 1, 1)];
            self.put("INSERT INTO KXFP VALUES (?1, ?2, ?3, ?4, ?5)", row)?;
        }
        if r.chance(10) {
            let terms = "双方自愿达成如下协议：\n一、被执行人分三期支付欠款；\n二、申请执行人放弃利息。";
            self.put(
                "INSERT INTO ZXHJ VALUES (?1, ?2, ?3, ?4)",
                params![format!("HJ{n:09}"), case, terms, day(r, year, 1)],
            )?;
        }
        if r.chance(15) {
            let at = format!("{} {:02}:30:00", day(r, year, 1), 8 + r.below(9));
            let row = params![format!("TZ{n:09}"), case, at, "第三审判庭", "关于执行异议的听证"];
            self.put("INSERT INTO TZ VALUES (?1, ?2, ?3, ?4, ?5)", row)?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one row each; a struct would name them twice")]
    fn documents(
        &mut self,
        r: &mut Random,
        n: u64,
        case: &str,
        number: &str,
        year: u64,
        parties: &[Person],
        store: &mut Store,
    ) -> Result<()> {
        let title = r.pick(&["执行通知书", "财产报告令", "询问笔录"]);
        let to = &parties[(n % 2) as usize];
        let issued = day(r, year, 0);
        let path = match n {
            0 if store.files_of_scans() => "smj/50.pdf".to_owned(),
            3 | 6 | 9 if store.files_of_scans() => format!("smj/5-{}.pdf", n / 3),
            _ => store.of_case(&format!("{year}/{case}/{title}.pdf"), title, number, &to.name, &issued, n)?,
        };
        let sql = "INSERT INTO WS VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let name = format!("{title}（{}）.pdf", to.name);
        let signed_off = i64::from(n % 30 != 27);
        let row = params![format!("WS{n:09}-1"), case, to.id, "01", title, path, name, signed_off, "1", issued];
        self.put(sql, row)?;
        if r.chance(40) {
            let title = r.pick(&["执行裁定书", "限制消费决定书"]);
            // One in ten lies in the secondary volume, which never crosses (article 5).
            let volume = if r.chance(10) { "2" } else { "1" };
            let issued = day(r, year, 0);
            let path = store.of_case(&format!("{year}/{case}/{title}.pdf"), title, number, &to.name, &issued, n + 7)?;
            let name = format!("{title}.pdf");
            let row = params![format!("WS{n:09}-2"), case, to.id, "02", title, path, name, 1, volume, issued];
            self.put(sql, row)?;
        }
        if signed_off == 1 && self.served.len() < LOGINS && (n >= 12 || !store.files_of_scans()) {
            self.served.push(self.login(to, case, number, "yes"));
        }
        Ok(())
    }

    /// Announcements and guides.
    fn public(&mut self, cases: u64) -> Result<()> {
        let mut random = Random::new(self.seed, u64::MAX - 2);
        let r = &mut random;
        for n in 0..(cases / 20).clamp(12, 2000) {
            let (code, title, text) = match n % 3 {
                0 => ("1", "听证公告", "本院定于下列时间就执行异议一案公开听证，特此公告。"),
                1 => (
                    "2",
                    "悬赏公告",
                    "凡提供被执行人可供执行的财产线索并经查证属实的，按执行到位金额的百分之五给予奖励。",
                ),
                _ => ("3", "拍卖公告", "本院将在司法拍卖网络平台公开拍卖下列房产，有意者可以咨询并实地看样。"),
            };
            let row = params![format!("GG{n:06}"), code, format!("{title}（第{}号）", n + 1), text, day(r, 2026, 1)];
            self.put("INSERT INTO GG VALUES (?1, ?2, ?3, ?4, ?5)", row)?;
        }
        let title = "最高人民法院关于人民法院执行流程公开的若干意见";
        for (id, name) in [("ZN01", "fafa-2014-18.txt"), ("ZN02", "fafa-2014-18.pdf")] {
            let row = params![id, title, format!("zn/{name}"), name, "20140903"];
            self.put("INSERT INTO ZN VALUES (?1, ?2, ?3, ?4, ?5)", row)?;
        }
        Ok(())
    }

    /// Rows that do not fit: a code that the table lacks, a document whose file is gone. Gives their number.
    fn misfits(&mut self, cases: u64) -> Result<u64> {
        if cases < 20 {
            return Ok(0);
        }
        self.put("INSERT INTO ZXCS VALUES ('CS-MISFIT', 'AJ000000001', '99', '不明', NULL, '2026-01-01')", [])?;
        let row = "INSERT INTO WS SELECT 'WS-LOST', AJBH, RYBH, '01', '执行通知书', 'lost/lost.pdf', '执行通知书.pdf', 1, '1',
                   '20260101' FROM DSR WHERE AJBH = 'AJ000000001' LIMIT 1";
        self.put(row, [])?;
        Ok(2)
    }
}
