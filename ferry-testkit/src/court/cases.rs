//! The cases, written as they are made: a million of them never stand in memory.

use crate::court::documents::DocumentStore as Store;
use crate::court::pdf::COURT_NAME;
use crate::court::people::{Person, person};
use crate::court::schema::{TABLES, Table};
use crate::court::{MakeOptions, failed};
use crate::random::Random;
use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use ferry_io::error::Result;
use ferry_io::fs::durable::write_new;
use ferry_io::output::progress;
use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};
use rusqlite::{Connection, ToSql, params};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Cases written in one transaction.
const CASES_PER_TRANSACTION: u64 = 10_000;
/// Query codes, hashed once and reused: a million parties must not cost an hour of Argon2.
const CODES: usize = 16;
/// People whose code the platform keeps as it was printed; everyone else's it keeps as an Argon2id string.
const PLAIN_CODES: u64 = 8;
/// People listed in `logins.tsv`.
const LOGINS: usize = 20;
/// Highest number of people that one case brings.
pub const PEOPLE_PER_CASE: u64 = 4;

/// Writes cases into a platform.
pub struct Writer<'a> {
    conn: &'a Connection,
    seed: u64,
    codes: Codes,
    /// Lines of `logins.tsv`: people with a document to be served, and others who stand in for them.
    served: Vec<String>,
    others: Vec<String>,
    /// When the rows that are written now changed last.
    changed: String,
}

/// Plain codes and their hashes.
type Codes = Arc<[(String, String)]>;

/// By seed. Argon2 is slow on purpose, and a programme of many days makes and changes many courts of the same seed.
static HASHED: Mutex<BTreeMap<u64, Codes>> = Mutex::new(BTreeMap::new());

/// Plain codes and their hashes, the same for the same seed.
fn codes(seed: u64) -> Result<Codes> {
    let mut hashed = HASHED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(codes) = hashed.get(&seed) {
        return Ok(codes.clone());
    }
    let codes: Codes = hash_codes(seed)?.into();
    Ok(hashed.entry(seed).or_insert(codes).clone())
}

fn hash_codes(seed: u64) -> Result<Vec<(String, String)>> {
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
    conn.execute_batch(&TABLES.iter().map(Table::sql).collect::<String>())?;
    let mut writer = Writer::new(&conn, options.seed)?;
    conn.execute_batch("BEGIN")?;
    writer.public(options.cases, store)?;
    let bar = progress::records("cases");
    for n in 0..options.cases {
        writer.at(&changed(n));
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
    for Table(table, _) in TABLES {
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

/// As some clerk typed it: half-width, with spaces.
fn as_typed(random: &mut Random, number: &str) -> String {
    if random.chance(5) { number.replace('（', "(").replace('）', ") ") } else { number.to_owned() }
}

fn day(random: &mut Random, year: u64) -> Date {
    let (month, day) = (random.below(10) + 1, random.below(28) + 1);
    date(year as i16, month as i8, day as i8)
}

/// Both ways in which old platforms keep a day.
fn plain(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

fn dashed(day: Date) -> String {
    day.to_string()
}

fn yuan(random: &mut Random) -> String {
    format!("{}.{:02}", random.below(3_000_000) + 100, random.below(100))
}

/// When the rows of case `n` changed last: ten seconds after those of the case before.
fn changed(n: u64) -> String {
    let at = date(2026, 1, 1).at(8, 0, 0, 0).saturating_add(Span::new().seconds(10 * n.min(100_000_000) as i64));
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

impl<'a> Writer<'a> {
    /// Hashes the codes.
    pub fn new(conn: &'a Connection, seed: u64) -> Result<Self> {
        let changed = changed(0);
        Ok(Self { conn, seed, codes: codes(seed)?, served: Vec::new(), others: Vec::new(), changed })
    }

    /// Rows that are written from now on changed at `at`.
    pub fn at(&mut self, at: &str) {
        at.clone_into(&mut self.changed);
    }

    /// Writes a row that was entered on the day it is about.
    pub fn row(&self, table: &str, columns: &[&dyn ToSql]) -> Result<()> {
        self.entered(table, columns, None, None)
    }

    /// Writes a row that was entered at a time, late perhaps, and then with or without an approval.
    fn entered(&self, table: &str, columns: &[&dyn ToSql], at: Option<&str>, approved: Option<&str>) -> Result<()> {
        let marks = vec!["?"; columns.len() + 3].join(", ");
        let mut values: Vec<&dyn ToSql> = columns.to_vec();
        values.extend([&at as &dyn ToSql, &approved, &self.changed]);
        self.conn.prepare_cached(&format!("INSERT OR IGNORE INTO {table} VALUES ({marks})"))?.execute(&values[..])?;
        Ok(())
    }

    /// Writes a row about `day`; two in a hundred are entered three weeks late, half of them with an approval.
    fn about(&self, r: &mut Random, day: Date, table: &str, columns: &[&dyn ToSql]) -> Result<()> {
        let late = r.chance(2);
        let entered = if late { day.saturating_add(21_i64.days()) } else { day };
        let approved = (late && r.chance(50)).then_some("副院长 周明");
        self.entered(table, columns, Some(&format!("{entered} 16:30:00")), approved)
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
        let (filed, typed) = (day(r, year), as_typed(r, &number));
        self.about(r, filed, "AJXX", params![id, typed, cause, plain(filed), ground, claim, state])?;
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
            self.about(r, since, "ZXZZ", params![format!("ZZ{n:09}"), id, kind, why, dashed(since)])?;
        }
        if state == "04" {
            let (closed, way) = (day(r, year + 1), r.pick(&["1", "2", "3"]));
            let (none, got) = (Option::<&str>::None, r.chance(95).then(|| yuan(r)));
            let row = params![format!("JA{n:09}"), id, way, plain(closed), got, none, none, none, none];
            self.about(r, closed, "JAXX", row)?;
        }
        self.rarer(r, n, &id, &number, year, &parties)?;
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

    fn steps(&mut self, r: &mut Random, n: u64, case: &str, year: u64, parties: &[Person]) -> Result<()> {
        for at in 0..=r.below(2) {
            let target = r.pick(&[
                "银行存款",
                "位于东昌区柳园路的房产一套",
                "鲁P牌照小型轿车一辆",
                "持有的公司股权",
                "支付宝账户余额",
            ]);
            let (amount, kind, done) =
                (r.chance(70).then(|| yuan(r)), r.pick(&["1", "2", "3", "4", "5"]), day(r, year));
            // What is only planned must not reach the one it is aimed at.
            let planned = r.chance(10);
            let done_on = (!planned).then(|| dashed(done));
            let state = if planned { "0" } else { "1" };
            let key = format!("CS{n:09}-{at}");
            self.about(r, done, "ZXCS", params![key, case, kind, target, amount, done_on, dashed(done), state])?;
            if planned || !r.chance(2) {
                continue;
            }
            let form = params![
                format!("SP{n:09}"),
                "ZXCS",
                key,
                case,
                "6",
                "公开可能妨碍后续执行",
                "执行局长 刘强",
                "副院长 周明",
                "20260101",
                Option::<&str>::None
            ];
            self.row("BYGK", form)?;
        }
        if r.chance(40) {
            let (kind, on) = (r.pick(&["1", "2", "3"]), day(r, year));
            let row = params![format!("QZ{n:09}"), case, kind, parties[1].name, "有履行能力而拒不履行", plain(on)];
            self.about(r, on, "QZCS", row)?;
        }
        if r.chance(25) {
            let (stage, on, price) = (r.pick(&["1", "2", "3"]), day(r, year), yuan(r));
            let row = params![format!("CZ{n:09}"), case, stage, "位于东昌区的房产一套", price, dashed(on)];
            self.about(r, on, "CCCZ", row)?;
        }
        if r.chance(25) {
            let (amount, on, kind) = (yuan(r), day(r, year + 1), r.pick(&["1", "4", "5"]));
            let row = params![format!("FP{n:09}"), case, kind, parties[0].name, amount, dashed(on)];
            self.about(r, on, "KXFP", row)?;
        }
        if r.chance(10) {
            let terms = "双方自愿达成如下协议：\n一、被执行人分三期支付欠款；\n二、申请执行人放弃利息。";
            let on = day(r, year);
            self.about(r, on, "ZXHJ", params![format!("HJ{n:09}"), case, terms, dashed(on)])?;
        }
        if r.chance(15) {
            let at = format!("{} {:02}:30:00", dashed(day(r, year)), 8 + r.below(9));
            self.row("TZ", params![format!("TZ{n:09}"), case, at, "第三审判庭", "关于执行异议的听证"])?;
        }
        Ok(())
    }

    /// The categories of article 3 that few cases have.
    fn rarer(&self, r: &mut Random, n: u64, case: &str, number: &str, year: u64, parties: &[Person]) -> Result<()> {
        let on = day(r, year);
        if r.chance(4) {
            let kind = r.pick(&["1", "2", "3", "4", "5", "6"]);
            let own = format!("（{}）鲁1502{}{}号", year.max(2016), r.pick(&["执异", "执复"]), n % 9000 + 1);
            let row = params![
                format!("YY{n:09}"),
                case,
                kind,
                own,
                dashed(on),
                "审判长赵丽、审判员孙宏伟、书记员李雪梅",
                "0635-8000001",
                r.chance(50).then_some("驳回异议请求"),
                Option::<&str>::None
            ];
            self.about(r, on, "YYAJ", row)?;
        }
        if r.chance(5) {
            let row =
                params![format!("QX{n:09}"), case, r.pick(&["1", "3"]), 180, "评估拍卖期间不计入期限", dashed(on)];
            self.row("QX", row)?;
        }
        if r.chance(4) {
            let row =
                params![format!("SD{n:09}"), case, "执行裁定书", r.pick(&["1", "2", "4"]), dashed(on), dashed(on)];
            self.about(r, on, "SDXX", row)?;
            let row = params![
                format!("GB{n:09}"),
                case,
                "执行裁定书",
                r.pick(&["1", "2", "3"]),
                dashed(on),
                format!("按案号{number}查询")
            ];
            self.row("GBQK", row)?;
        }
        if r.chance(1) {
            let row = params![
                format!("QT{n:09}"),
                case,
                "司法救助",
                "已依法给予司法救助。",
                "关于建立完善国家司法救助制度的意见",
                dashed(on)
            ];
            self.row("QTXX", row)?;
        }
        if r.chance(60) {
            let to = &parties[(n % 2) as usize];
            let until = (n % 50 == 7).then_some("20201231");
            self.row("QRS", params![format!("QR{n:09}"), case, to.id, "20160104", until])?;
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
        let on = day(r, year);
        let issued = plain(on);
        let path = match n {
            0 if store.files_of_scans() => "smj/50.pdf".to_owned(),
            3 | 6 | 9 if store.files_of_scans() => format!("smj/5-{}.pdf", n / 3),
            _ => store.of_case(&format!("{year}/{case}/{title}.pdf"), title, number, &to.name, &issued, n)?,
        };
        let none = Option::<&str>::None;
        let name = format!("{title}（{}）.pdf", to.name);
        let signed_off = i64::from(n % 30 != 27);
        // Article 6: one in five is served in another way; of the rest, one in fifteen lacks the consent it needs.
        let electronic = !r.chance(20);
        let consented = n % 45 != 12;
        if consented {
            self.row("QRS", params![format!("QR{n:09}-1"), case, to.id, "20160104", none])?;
        }
        let how = if electronic { "5" } else { "2" };
        let row = params![
            format!("WS{n:09}-1"),
            case,
            to.id,
            "01",
            title,
            path,
            name,
            signed_off,
            "1",
            how,
            issued,
            none,
            none,
            none
        ];
        self.about(r, on, "WS", row)?;
        if r.chance(40) {
            let title = r.pick(&["执行裁定书", "限制消费决定书"]);
            // One in ten lies in the secondary volume, which never crosses (article 5).
            let volume = if r.chance(10) { "2" } else { "1" };
            let on = day(r, year);
            let issued = plain(on);
            let path = store.of_case(&format!("{year}/{case}/{title}.pdf"), title, number, &to.name, &issued, n + 7)?;
            let name = format!("{title}.pdf");
            let row = params![
                format!("WS{n:09}-2"),
                case,
                to.id,
                "02",
                title,
                path,
                name,
                1,
                volume,
                "2",
                issued,
                none,
                none,
                none
            ];
            self.about(r, on, "WS", row)?;
            if r.chance(20) {
                let row = params![format!("CL{n:09}"), case, title, path, name, volume, dashed(on)];
                self.row("JZCL", row)?;
            }
        }
        if n % 90 == 30 {
            let path = store.recording(n)?;
            self.about(
                r,
                on,
                "LYLX",
                params![format!("LX{n:09}"), case, "执行听证录像", path, "执行听证录像.mp4", dashed(on)],
            )?;
        }
        if signed_off == 1
            && electronic
            && consented
            && self.served.len() < LOGINS
            && (n >= 12 || !store.files_of_scans())
        {
            self.served.push(self.login(to, case, number, "yes"));
        }
        Ok(())
    }

    /// What everyone may see.
    fn public(&mut self, cases: u64, store: &mut Store) -> Result<()> {
        let mut random = Random::new(self.seed, u64::MAX - 2);
        let r = &mut random;
        let none = Option::<&str>::None;
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
            let on = day(r, 2026);
            let row = params![
                format!("GG{n:06}"),
                code,
                format!("{title}（第{}号）", n + 1),
                text,
                dashed(on),
                none,
                none,
                none
            ];
            self.about(r, on, "GG", row)?;
        }
        let title = "最高人民法院关于人民法院执行流程公开的若干意见";
        for (id, kind, name) in
            [("ZN01", "1", "fafa-2014-18.txt"), ("ZN02", "1", "fafa-2014-18.pdf"), ("ZN03", "3", "fafa-2014-18.pdf")]
        {
            self.row("ZN", params![id, kind, title, format!("zn/{name}"), name, "20140903", none, none, none])?;
        }
        let guide = store.guide()?;
        self.row("ZN", params!["ZN04", "2", "申请执行须知", guide, "申请执行须知.pdf", "20240105", none, none, none])?;
        let duties = "负责本院生效裁判文书的强制执行。管辖范围：东昌区。投诉渠道：12368。";
        self.row("JG", params!["JG01", COURT_NAME, "东昌区光岳路1号", "0635-12368", duties])?;
        self.row("JG", params!["JG02", "执行局", none, "0635-8000100", duties])?;
        for (n, (name, duty)) in
            [("周明", "副院长"), ("刘强", "执行局局长"), ("赵丽", "执行法官"), ("孙宏伟", "执行法官")]
                .iter()
                .enumerate()
        {
            self.row("FYRY", params![format!("FY{n:02}"), name, duty, "执行局"])?;
        }
        for (n, (name, kind)) in [("山东正衡资产评估有限公司", "1"), ("聊城鲁拍拍卖有限公司", "2")].iter().enumerate()
        {
            self.row("MCXX", params![format!("MC{n:02}"), name, kind, "0635-8222000"])?;
        }
        for n in 0..(cases / 100).clamp(2, 200) {
            let number = format!("（2025）鲁1502执异{}号", n + 1);
            let path = store.judgment(n, &number)?;
            let on = day(r, 2025);
            let row = params![
                format!("GK{n:06}"),
                "执行裁定书",
                number,
                COURT_NAME,
                path,
                format!("执行裁定书（公开版）{}.pdf", n + 1),
                1,
                dashed(on),
                none,
                none,
                none
            ];
            self.row("GKWS", row)?;
        }
        Ok(())
    }

    /// Rows that do not fit: a code that the table lacks, a document whose file is gone. Gives their number.
    fn misfits(&mut self, cases: u64) -> Result<u64> {
        if cases < 20 {
            return Ok(0);
        }
        let none = Option::<&str>::None;
        self.row("ZXCS", params!["CS-MISFIT", "AJ000000001", "99", "不明", none, "2026-01-01", "2026-01-01", "1"])?;
        let (id, person): (String, String) = self.conn.query_row(
            "SELECT AJBH, RYBH FROM DSR WHERE AJBH = 'AJ000000001' ORDER BY DSRBH LIMIT 1",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?;
        let row = params![
            "WS-LOST",
            id,
            person,
            "01",
            "执行通知书",
            "lost/lost.pdf",
            "执行通知书.pdf",
            1,
            "1",
            "2",
            "20260101",
            none,
            none,
            none
        ];
        self.row("WS", row)?;
        Ok(2)
    }
}
