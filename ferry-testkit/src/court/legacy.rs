//! An old case platform: composite keys, padded columns, days as eight digits, times in whatever spelling the program of that
//! year wrote, lookup tables, one table for several kinds, rows that are only flagged as deleted, paths with backslashes.
//!
//! `platform.sql` is what SQLite and PostgreSQL both read. `expected.tsv` says, field by field, what of it is to be published:
//! it is written beside each row and follows from no mapping. `held.tsv` names the rows that may not cross.

use crate::court::cases::codes::codes;
use crate::court::options::{Made, MakeOptions};
use crate::court::people::identity_number;
use crate::court::{documents, layout};
use crate::random::Random;
use crate::texts::failed;
use ferry_io::error::Result;
use ferry_io::fs::durable::write_new;
use rusqlite::Connection;
use std::fmt::Write as _;
use std::path::Path;

const KINDS: &str = include_str!("../../data/legacy-kinds.toml");

const TABLES: &str = "
CREATE TABLE D_AY(DM CHAR(4) NOT NULL PRIMARY KEY, MC VARCHAR(60) NOT NULL);
CREATE TABLE D_FYRY(RYDM CHAR(6) NOT NULL, BM VARCHAR(40) NOT NULL, XM VARCHAR(40) NOT NULL, BGDH VARCHAR(40), PRIMARY KEY(RYDM, BM));
CREATE TABLE T_AJ(FYDM CHAR(6) NOT NULL, AJXH INTEGER NOT NULL, AH VARCHAR(60) NOT NULL, AYDM CHAR(4) NOT NULL, LARQ CHAR(8),
  ZXYJ VARCHAR(400), ZXBD NUMERIC(18,2), ZT CHAR(4), SCBZ CHAR(1), XGSJ VARCHAR(40), LRSJ VARCHAR(40), PRIMARY KEY(FYDM, AJXH));
CREATE TABLE T_RY(RYID CHAR(12) NOT NULL PRIMARY KEY, XM VARCHAR(80), ZJLX CHAR(2), ZJHM VARCHAR(40), LXDH VARCHAR(40),
  CXM VARCHAR(200), XGSJ VARCHAR(40));
CREATE TABLE T_DSR(DSRXH INTEGER NOT NULL PRIMARY KEY, FYDM CHAR(6) NOT NULL, AJXH INTEGER NOT NULL, RYID CHAR(12) NOT NULL,
  DSRMC CHAR(60), SSDW CHAR(2), SCBZ CHAR(1), XGSJ VARCHAR(40));
CREATE TABLE T_CBR(CBRXH INTEGER NOT NULL PRIMARY KEY, FYDM CHAR(6) NOT NULL, AJXH INTEGER NOT NULL, RYDM CHAR(6) NOT NULL,
  ZW CHAR(2), XGSJ VARCHAR(40));
CREATE TABLE T_CS(CSXH INTEGER NOT NULL PRIMARY KEY, FYDM CHAR(6) NOT NULL, AJXH INTEGER NOT NULL, DL CHAR(1), LB CHAR(2),
  DX VARCHAR(200), SM TEXT, JE NUMERIC(18,2), RQ CHAR(8), SCBZ CHAR(1), XGSJ VARCHAR(40), LRSJ VARCHAR(40));
CREATE TABLE T_WS(WSXH INTEGER NOT NULL PRIMARY KEY, FYDM CHAR(6) NOT NULL, AJXH INTEGER NOT NULL, RYID CHAR(12), MC VARCHAR(200),
  LJ VARCHAR(200), YWJM VARCHAR(200), QF CHAR(1), JZ CHAR(1), FWRQ VARCHAR(20), XGSJ VARCHAR(40), LRSJ VARCHAR(40),
  GZLY VARCHAR(200), GZR VARCHAR(40), GZRQ VARCHAR(20));
CREATE TABLE T_TZ(TZXH INTEGER NOT NULL PRIMARY KEY, FYDM CHAR(6) NOT NULL, AJXH INTEGER NOT NULL, SJ VARCHAR(40), DD VARCHAR(200),
  SX VARCHAR(400), XGSJ VARCHAR(40));
CREATE TABLE T_GG(GGXH INTEGER NOT NULL PRIMARY KEY, LB CHAR(1), BT VARCHAR(200), NR TEXT, FBRQ VARCHAR(20), XGSJ VARCHAR(40),
  LRSJ VARCHAR(40), GZLY VARCHAR(200), GZR VARCHAR(40), GZRQ VARCHAR(20));
CREATE INDEX T_AJ_XG ON T_AJ(XGSJ);
CREATE INDEX T_DSR_AJ ON T_DSR(FYDM, AJXH);
CREATE INDEX T_CS_XG ON T_CS(XGSJ);
CREATE INDEX T_WS_XG ON T_WS(XGSJ);
";

/// A platform under construction.
struct Platform {
    sql: String,
    expected: String,
    held: String,
    rows: u64,
    held_rows: u64,
    random: Random,
    /// The Argon2id hash of the query code that everyone has.
    code: String,
}

/// A value of a row.
enum Cell<'a> {
    Null,
    Number(i64),
    Text(&'a str),
    /// Yuan, from fen.
    Yuan(i64),
}
use Cell::{Null, Number, Text, Yuan};

impl Platform {
    fn insert(&mut self, table: &str, cells: &[Cell<'_>]) {
        let value = |cell: &Cell<'_>| match cell {
            Null => "NULL".to_owned(),
            Number(n) => n.to_string(),
            Yuan(fen) => format!("{}.{:02}", fen / 100, fen % 100),
            Text(text) => format!("'{}'", text.replace('\'', "''")),
        };
        let values: Vec<String> = cells.iter().map(value).collect();
        let _ = writeln!(self.sql, "INSERT INTO {table} VALUES ({});", values.join(", "));
        self.rows += 1;
    }

    /// A field that is to be published.
    fn expect(&mut self, kind: &str, id: &str, field: &str, value: &str) {
        let value = value.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = writeln!(self.expected, "{kind}\t{id}\t{field}\t{value}");
    }

    /// A row that may not cross, and the class of its reason.
    fn hold(&mut self, kind: &str, key: &str, class: &str) {
        let _ = writeln!(self.held, "{kind}\t{key}\t{class}");
        self.held_rows += 1;
    }

    /// A time of change in one of the spellings that five versions of the platform wrote; nothing now and then.
    fn changed(&mut self) -> Option<String> {
        let (day, minute) = (1 + self.random.below(28), self.random.below(60));
        Some(match self.random.below(6) {
            0 => format!("2026-10-{day:02} 08:{minute:02}:00"),
            1 => format!("2026-10-{day:02}T08:{minute:02}:00"),
            2 => format!("2026/10/{day:02} 08:{minute:02}"),
            3 => format!("202610{day:02}08{minute:02}00"),
            4 => format!("2026-10-{day:02}T00:{minute:02}:00Z"),
            _ => return None,
        })
    }
}

fn or_null(text: &Option<String>) -> Cell<'_> {
    text.as_deref().map_or(Null, Text)
}

/// Makes a court with an old platform.
///
/// # Errors
/// What cannot be written.
pub fn make(dir: &Path, options: &MakeOptions) -> Result<Made> {
    layout::make(dir, options)?;
    let mut store = documents::make(dir, &MakeOptions { cases: 1, ..*options })?;
    let random = Random::new(options.seed, u64::MAX - 9);
    let (sql, expected, held) = (TABLES.to_owned(), String::new(), String::new());
    let code = codes(options.seed)?[0].1.clone();
    let mut p = Platform { sql, expected, held, rows: 0, held_rows: 0, random, code };
    lookups(&mut p);
    for n in 1..=options.cases {
        case(&mut p, n, &mut store, dir)?;
    }
    announcements(&mut p);
    let conn = Connection::open(dir.join("platform.db")).map_err(|e| failed("platform.db", e))?;
    conn.execute_batch(&format!("BEGIN;\n{}COMMIT;", p.sql)).map_err(|e| failed("platform.db", e))?;
    write_new(&dir.join("platform.sql"), p.sql.as_bytes(), 0o644)?;
    write_new(&dir.join("expected.tsv"), p.expected.as_bytes(), 0o644)?;
    write_new(&dir.join("held.tsv"), p.held.as_bytes(), 0o644)?;
    let path = dir.join("inner.toml");
    let shipped = std::fs::read_to_string(&path).map_err(|e| failed("inner.toml", e))?;
    std::fs::remove_file(&path).map_err(|e| failed("inner.toml", e))?;
    write_new(&path, configuration(&shipped).as_bytes(), 0o644)?;
    Ok(Made {
        rows: vec![("T_AJ", options.cases)],
        documents: store.files,
        document_bytes: store.bytes,
        held: p.held_rows,
    })
}

/// The shipped configuration with another mapping, and without an SMS gateway.
fn configuration(shipped: &str) -> String {
    let cut = |text: &str, from: &str, to: &str| -> String {
        let (head, rest) = text.split_once(from).unwrap_or((text, ""));
        let tail = rest.find(to).map_or("", |at| &rest[at..]);
        format!("{head}{tail}")
    };
    let without_notify = cut(shipped, "# 可省：短信通知", "# 办案平台，只读");
    let (head, _) = without_notify.split_once("# 代码表：").unwrap_or((&without_notify, ""));
    format!("{head}{KINDS}")
}

fn lookups(p: &mut Platform) {
    for (code, cause) in [("A001", "借款合同纠纷"), ("A002", "买卖合同纠纷"), ("A003", "机动车交通事故责任纠纷")]
    {
        p.insert("D_AY", &[Text(code), Text(cause)]);
    }
    // Whoever works in two departments stands there twice: a join repeats his rows.
    for (code, department, name, phone) in [
        ("F00001", "执行局", "周正", "0635-8210001"),
        ("F00002", "执行局", "𠮷田静", "0635-8210002"),
        ("F00003", "执行局", "马强", "0635-8210003"),
        ("F00003", "立案庭", "马强", "0635-8210003"),
    ] {
        p.insert("D_FYRY", &[Text(code), Text(department), Text(name), Text(phone)]);
    }
}

fn case(p: &mut Platform, n: u64, store: &mut documents::DocumentStore, dir: &Path) -> Result<()> {
    let (court, id) = ("371502", format!("371502-{n}"));
    let (number, deleted, several) = (i64::try_from(n).unwrap_or_default(), n % 13 == 7, n % 17 == 11);
    let case_no =
        if several { format!("（2026）鲁1502执{n}-{}号", n + 2) } else { format!("(2026) 鲁1502执{n:04}号") };
    let day = format!("202609{:02}", n % 28 + 1);
    let changed = p.changed();
    let claim = 100_000 + number * 137;
    let basis = format!("（2025）鲁1502民初{n}号\r\n民事判决书\t第{n}页");
    let flag = if deleted { "1" } else { "0" };
    let entered = format!("{day}090000");
    p.insert(
        "T_AJ",
        &[
            Text(court),
            Number(number),
            Text(&case_no),
            Text(["A001", "A002", "A003"][(n % 3) as usize]),
            Text(&day),
            Text(&basis),
            Yuan(claim),
            Text(["ZT01", "ZT02", "ZT09"][(n % 3) as usize]),
            Text(flag),
            or_null(&changed),
            Text(&entered),
        ],
    );
    let is_out = !deleted && !several;
    if several {
        p.hold("case", &id, "invalid");
    }
    if is_out {
        let dashed = format!("2026-09-{:02}", n % 28 + 1);
        p.expect("case", &id, "case-no", &format!("（2026）鲁1502执{n}号"));
        p.expect("case", &id, "cause", ["借款合同纠纷", "买卖合同纠纷", "机动车交通事故责任纠纷"][(n % 3) as usize]);
        p.expect("case", &id, "filed-on", &dashed);
        p.expect("case", &id, "basis", &format!("（2025）鲁1502民初{n}号\n民事判决书 第{n}页"));
        p.expect("case", &id, "claim", &claim.to_string());
        p.expect("case", &id, "step", ["filed", "enforcing", "closed"][(n % 3) as usize]);
    }
    parties(p, n, is_out);
    handler(p, n, is_out);
    measures(p, n, is_out);
    hearing(p, n, is_out);
    notice(p, n, is_out, store, dir)
}

fn parties(p: &mut Platform, n: u64, is_out: bool) {
    for (side, role) in [(1, "applicant"), (2, "respondent")] {
        let number = n * 2 + side;
        let (person, party) = (format!("R{number:09}"), number.to_string());
        let name =
            if side == 1 { format!("王{}", ["伟", "芳", "𡘙"][(n % 3) as usize]) } else { format!("李建{n}") };
        let identity = identity_number(50_000 + number);
        // An extension after the number: no number that anyone could log in with.
        let (phone, is_number) = if n % 5 == 3 { ("0635-8212345转801", false) } else { ("13800001111", true) };
        let (changed, code) = (p.changed(), p.code.clone());
        let cells =
            [Text(&person), Text(&name), Text("01"), Text(&identity), Text(phone), Text(&code), or_null(&changed)];
        p.insert("T_RY", &cells);
        p.expect("login", &person, "name", &name);
        p.expect("login", &person, "phone-hmac", if is_number { "*" } else { "" });
        let (number, case_number) = (number as i64, n as i64);
        // PostgreSQL pads the column by itself, SQLite keeps what it is given.
        let padded = format!("{name}{}", " ".repeat(60 - name.chars().count()));
        p.insert(
            "T_DSR",
            &[
                Number(number),
                Text("371502"),
                Number(case_number),
                Text(&person),
                Text(&padded),
                Text(if side == 1 { "1 " } else { "2 " }),
                Text("0"),
                or_null(&changed),
            ],
        );
        if is_out {
            p.expect("party", &party, "name", &name);
            p.expect("party", &party, "role", role);
        } else {
            p.hold("party", &party, "case-not-published");
        }
    }
}

fn handler(p: &mut Platform, n: u64, is_out: bool) {
    let (code, name, phone) =
        [("F00001", "周正", "0635-8210001"), ("F00002", "𠮷田静", "0635-8210002"), ("F00003", "马强", "0635-8210003")]
            [(n % 3) as usize];
    let (id, changed) = (n.to_string(), p.changed());
    p.insert("T_CBR", &[Number(n as i64), Text("371502"), Number(n as i64), Text(code), Text("F "), or_null(&changed)]);
    if !is_out {
        p.hold("handler", &id, "case-not-published");
    } else if code == "F00003" {
        p.hold("handler", &id, "identity");
    } else {
        p.expect("handler", &id, "name", name);
        p.expect("handler", &id, "duty", "judge");
        p.expect("handler", &id, "phone", phone);
    }
}

fn measures(p: &mut Platform, n: u64, is_out: bool) {
    for (kind, group, code, field, value) in [
        ("measure", "1", "02", "type", "freeze"),
        ("compulsion", "2", "11", "type", "no-luxury"),
        ("disposal", "3", "22", "stage", "auction"),
    ] {
        let number = n * 10 + group.parse::<u64>().unwrap_or_default();
        let id = number.to_string();
        let (deleted, changed, fen) = (number.is_multiple_of(7), p.changed(), 1_000 + number as i64);
        let text = format!("第{number}项\r\n位于东昌区\t{n}号");
        p.insert(
            "T_CS",
            &[
                Number(number as i64),
                Text("371502"),
                Number(n as i64),
                Text(group),
                Text(code),
                Text("李建"),
                Text(&text),
                Yuan(fen),
                Text("20260930"),
                Text(if deleted { "1" } else { "0" }),
                or_null(&changed),
                Text("2026-09-30 10:00:00"),
            ],
        );
        if deleted {
            continue;
        }
        if !is_out {
            p.hold(kind, &id, "case-not-published");
            continue;
        }
        let text = format!("第{number}项\n位于东昌区 {n}号");
        p.expect(kind, &id, field, value);
        p.expect(kind, &id, "done-on", "2026-09-30");
        match kind {
            "measure" => {
                p.expect(kind, &id, "target", &text);
                p.expect(kind, &id, "amount", &fen.to_string());
            }
            "compulsion" => {
                p.expect(kind, &id, "person", "李建");
                p.expect(kind, &id, "reason", &text);
            }
            _ => {
                p.expect(kind, &id, "property", &text);
                p.expect(kind, &id, "price", &fen.to_string());
            }
        }
    }
}

fn hearing(p: &mut Platform, n: u64, is_out: bool) {
    // 2026-12-01 09:30 at the court, in five spellings, and one that is no time.
    let written = [
        "2026-12-01 09:30:00",
        "2026-12-01T01:30:00Z",
        "2026-12-01T01:30:00+00:00",
        "20261201093000",
        "2026/12/1 9:30",
        "2026-12-01 上午",
    ][(n % 6) as usize];
    let (id, changed) = (n.to_string(), p.changed());
    let cells = [
        Number(n as i64),
        Text("371502"),
        Number(n as i64),
        Text(written),
        Text("第三法庭"),
        Text("听证"),
        or_null(&changed),
    ];
    p.insert("T_TZ", &cells);
    match (is_out, n % 6) {
        (false, _) => p.hold("hearing", &id, "case-not-published"),
        (true, 5) => p.hold("hearing", &id, "invalid"),
        (true, _) => {
            p.expect("hearing", &id, "begins", "1796088600");
            p.expect("hearing", &id, "place", "第三法庭");
            p.expect("hearing", &id, "matter", "听证");
        }
    }
}

fn notice(p: &mut Platform, n: u64, is_out: bool, store: &mut documents::DocumentStore, dir: &Path) -> Result<()> {
    let (id, path, changed) = (n.to_string(), format!("2026/{:02}/WS{n:05}.pdf", n % 3 + 1), p.changed());
    let windows = path.replace('/', "\\");
    let is_missing = n % 11 == 4;
    if n % 11 == 5 {
        let file = dir.join("documents").join(&path);
        let folder = file.parent().unwrap_or(dir);
        std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, b"")).map_err(|e| failed(&path, e))?;
    } else if !is_missing {
        store.of_case(&path, "执行通知书", &format!("（2026）鲁1502执{n}号"), "李建", "20260930", n)?;
    }
    let signed = n % 4 != 2;
    p.insert(
        "T_WS",
        &[
            Number(n as i64),
            Text("371502"),
            Number(n as i64),
            Text(&format!("R{:09}", n * 2 + 1)),
            Text("执行通知书"),
            Text(&windows),
            Text("执行通知书.pdf"),
            Text(if signed { "Y" } else { "N" }),
            Text("Z"),
            Text("2026.09.30"),
            or_null(&changed),
            Text("2026-09-30"),
            Null,
            Null,
            Null,
        ],
    );
    if !signed {
        p.hold("notice", &id, "not-signed-off");
    } else if !is_out {
        p.hold("notice", &id, "case-not-published");
    } else if is_missing || n % 11 == 5 {
        p.hold("notice", &id, "document");
    } else {
        p.expect("notice", &id, "title", "执行通知书");
        p.expect("notice", &id, "document", &path);
        p.expect("notice", &id, "issued-on", "2026-09-30");
    }
    Ok(())
}

fn announcements(p: &mut Platform) {
    for (n, text, expected) in [
        (1, "本院定于下周听证。\r\n请准时到庭。", "本院定于下周听证。\n请准时到庭。"),
        (2, "凡提供\u{200B}线索者\u{FEFF}，按规定奖励。", "凡提供线索者，按规定奖励。"),
        (3, "被执行人\u{E0A1}某某。", "被执行人\u{E0A1}某某。"),
        (4, "𠮷㛃𡘙：生僻字照原样。", "𠮷㛃𡘙：生僻字照原样。"),
    ] {
        let id = n.to_string();
        let cells = [
            Number(n),
            Text("X"),
            Text("悬赏公告"),
            Text(text),
            Text("2026年9月30日"),
            Null,
            Text("20260930"),
            Null,
            Null,
            Null,
        ];
        p.insert("T_GG", &cells);
        p.expect("announcement", &id, "type", "reward");
        p.expect("announcement", &id, "title", "悬赏公告");
        p.expect("announcement", &id, "text", expected);
        p.expect("announcement", &id, "issued-on", "2026-09-30");
    }
}
