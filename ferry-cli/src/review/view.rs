//! What the templates show: texts that were made safe for people, who read bidirectional and invisible characters as escapes.

use crate::changes::{Changes, Key};
use crate::decide::Given;
use crate::labels::{Labels, Name};
use crate::review::draft::{Draft, Item};
use crate::show;
use ferry_format::crypto::hash::digest_words;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::header::Direction;
use ferry_format::keys::KeyId;
use ferry_format::record::Value;
use ferry_format::trust::release::Decision;
use ferry_format::trust::rules::Class;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::{Error, Result as Outcome};

/// Characters of a value that a list shows; the record's own page shows all of them.
const CLIPPED: usize = 1000;

/// A line of a card.
pub struct Line {
    /// What it is.
    pub name: Name,
    /// What it says.
    pub value: String,
    /// Whether only its beginning is shown.
    pub clipped: bool,
    /// The document that it names, where that is in this draft.
    pub document: Option<u32>,
    /// Whether it names a document that is not in this draft.
    pub elsewhere: bool,
}

/// A record or document in a list.
pub struct Card {
    /// Entry and number of it, as in an address.
    pub place: String,
    /// Its name within a page.
    pub anchor: String,
    /// Kind.
    pub kind: Name,
    /// Id, or name.
    pub id: String,
    /// Version.
    pub version: u64,
    /// Case, or empty.
    pub case: String,
    /// Person, or empty.
    pub person: String,
    /// Whether it removes what was published.
    pub retracted: bool,
    /// Why it was flagged, or empty.
    pub reason: String,
    /// Its fields.
    pub lines: Vec<Line>,
    /// The document's entry, where it is one.
    pub document: Option<u32>,
}

impl Card {
    /// Of an item; in a list long values are clipped.
    pub fn of(draft: &mut Draft, labels: &Labels, item: Item, in_list: bool) -> Outcome<Self> {
        let place = format!("{}/{}", item.place.0, item.place.1);
        let reason = show::safe(&item.entry.reason);
        let kind = labels.kind(&item.entry.kind);
        let anchor = format!("i{}-{}", item.place.0, item.place.1);
        let Some(record) = item.record else {
            let e = item.entry;
            let texts = [
                ("媒体类型", "type", show::safe(&e.media_type)),
                ("大小", "size", show::bytes(e.raw_bytes)),
                ("校验值", "SHA-256", to_hex(&e.sha256)),
            ];
            let line = |(zh, en, value): (&str, &str, String)| Line {
                name: Name { zh: zh.into(), en: en.into() },
                value,
                clipped: false,
                document: None,
                elsewhere: false,
            };
            let lines = texts.into_iter().map(line).collect();
            let (id, document) = (show::safe(&e.name), Some(e.number));
            let (case, person) = (String::new(), String::new());
            return Ok(Self {
                place,
                anchor,
                kind,
                id,
                version: e.version,
                case,
                person,
                retracted: false,
                reason,
                lines,
                document,
            });
        };
        let mut lines = Vec::new();
        for line in labels.lines(&record) {
            let (value, clipped) = clip(line.text, in_list);
            let reference = if let Value::Document(d) = line.value { Some(d) } else { None };
            let document = reference.map(|d| draft.document_of(&d.sha256)).transpose()?.flatten();
            let elsewhere = reference.is_some() && document.is_none();
            lines.push(Line { name: line.name, value, clipped, document, elsewhere });
        }
        Ok(Self {
            place,
            anchor,
            kind,
            id: show::safe(&record.id),
            version: record.version,
            case: show::safe(&record.case_id),
            person: show::safe(&record.person),
            retracted: record.retracted,
            reason,
            lines,
            document: None,
        })
    }
}

fn clip(text: String, in_list: bool) -> (String, bool) {
    match text.char_indices().nth(CLIPPED) {
        Some((at, _)) if in_list => (format!("{}……", &text[..at]), true),
        _ => (text, false),
    }
}

/// A kind in the table of counts.
pub struct KindRow {
    /// Its name.
    pub name: Name,
    /// As the catalogue names it.
    pub id: String,
    /// Records with retractions, retractions, documents, flagged.
    pub numbers: [u64; 4],
    /// Length of its bar, 0 to 100.
    pub bar: u64,
}

impl KindRow {
    /// Whether any of it was flagged.
    pub fn is_flagged(&self) -> bool {
        self.numbers[3] > 0
    }

    /// Records and documents.
    pub fn items(&self) -> u64 {
        self.numbers[0] + self.numbers[2]
    }
}

/// What stands at the head of the page and on the release sheet.
pub struct Head {
    /// Court.
    pub court: String,
    /// Channel and direction.
    pub channel: String,
    /// Which way it crosses.
    pub direction: Name,
    /// A draft, or the batch's number.
    pub place: Name,
    /// When it was released, or empty.
    pub created: String,
    /// Class.
    pub class: Name,
    /// Content digest.
    pub content: String,
    /// Its words.
    pub words: String,
    /// Catalogue digest.
    pub catalogue: String,
    /// Policy digest, or empty.
    pub policy: String,
    /// The sender's key.
    pub sender: String,
    /// Counts by kind.
    pub kinds: Vec<KindRow>,
    /// The same over all kinds.
    pub total: [u64; 4],
    /// Why something was flagged, and how often.
    pub reasons: Vec<(String, u64)>,
    /// The kind of withheld entries.
    pub withheld_kind: String,
    /// How many of them there are, with those that end.
    pub withheld: u64,
    /// Approvals by distinct persons that are needed.
    pub needed: usize,
    /// Offices that must be among them.
    pub offices: Vec<String>,
}

/// The class in both languages.
pub fn class_name(class: Class) -> Name {
    let (zh, en) = match class {
        Class::Heartbeat => ("空批（心跳）", "heartbeat: nothing in it"),
        Class::Clean => ("未命中扫描", "clean: the scanner flagged nothing"),
        Class::Flagged => ("扫描命中，须审查", "flagged: the scanner found something"),
        Class::Trust => ("信任名单变更", "change of the trust list"),
    };
    Name { zh: zh.into(), en: en.into() }
}

impl Head {
    /// Whether anything was flagged.
    pub fn is_flagged(&self) -> bool {
        self.total[3] > 0
    }

    /// Whether more than `shown` were.
    pub fn has_more_flagged(&self, shown: usize) -> bool {
        self.total[3] > shown as u64
    }

    /// Of a draft that was opened.
    pub fn of(draft: &Draft, labels: &Labels, trust: &Trust) -> Self {
        let (header, content) = (draft.front().header(), draft.front().content());
        let class = Class::of(header, content);
        let need = trust.release.of(class);
        let digest = content.digest();
        let name = |zh: &str, en: &str| Name { zh: zh.into(), en: en.into() };
        let (place, created) = match draft.front().series() {
            None => (name("待放行草稿", "draft"), String::new()),
            Some(s) => {
                let (zh, en) =
                    (format!("已放行批次 {}/{}", s.epoch, s.sequence), format!("batch {}/{}", s.epoch, s.sequence));
                (name(&zh, &en), show::time(s.created_s))
            }
        };
        let direction = match header.direction {
            Direction::Export => name("内网到互联网", "intranet to internet"),
            Direction::Return => name("互联网到内网", "internet to intranet"),
        };
        let most = draft.index.counts.values().map(|c| c.records + c.documents).max().unwrap_or(0).max(1);
        let mut total = [0; 4];
        let mut kinds = Vec::new();
        for (id, count) in &draft.index.counts {
            let numbers = [count.records, count.retracted, count.documents, count.flagged];
            total.iter_mut().zip(numbers).for_each(|(sum, n)| *sum += n);
            // A kind that is there is seen, however small beside the others.
            let bar = ((count.records + count.documents) * 100).div_ceil(most);
            kinds.push(KindRow { name: labels.kind(id), id: id.clone(), numbers, bar });
        }
        kinds.sort_by_key(|k| std::cmp::Reverse((k.numbers[3], k.numbers[0] + k.numbers[2])));
        let withheld_kind = labels.withheld().to_owned();
        Self {
            court: header.court.to_string(),
            channel: header.channel.to_string(),
            direction,
            place,
            created,
            class: class_name(class),
            content: to_hex(&digest),
            words: digest_words(&digest),
            catalogue: to_hex(&header.catalogue),
            policy: if header.policy == [0; 32] { String::new() } else { to_hex(&header.policy) },
            sender: KeyId::of(&header.sender).to_string(),
            kinds,
            total,
            reasons: draft.index.reasons.iter().map(|(why, n)| (show::safe(why), *n)).collect(),
            withheld: draft.index.counts.get(&withheld_kind).map_or(0, |c| c.records),
            withheld_kind,
            needed: need.approvals.max(trust.approvals_needed),
            offices: need.offices.iter().map(|o| show::safe(o)).collect(),
        }
    }
}

/// How far the approvals have come.
pub struct Standing {
    /// Persons that approved.
    pub persons: Vec<String>,
    /// What became of it, in both languages.
    pub state: Name,
    /// `ok`, `wait` or `bad`.
    pub mark: &'static str,
    /// Files that do not count: name, reason, code.
    pub wrong: Vec<(String, String, &'static str)>,
}

impl Standing {
    /// Asks the one function that decides.
    pub fn of(draft: &Draft, trust: &Trust, given: &Given, at: &Moment) -> Self {
        let (header, content) = (draft.front().header(), draft.front().content());
        let class = Class::of(header, content);
        let decision = given.decide(trust, class, content, at);
        let released = draft.front().series().is_some();
        let (mark, zh, en) = match decision {
            Ok(Decision::Refused { person, reason }) => {
                let (person, reason) = (show::safe(&person), show::safe(&reason));
                ("bad", format!("{person} 已拒绝：{reason}"), "refused".into())
            }
            _ if released => ("ok", "已放行，可事后审查".into(), "released; it may be reviewed afterwards".into()),
            Ok(Decision::Ready(_)) => ("ok", "所需批准已齐".into(), "it has every approval that it needs".into()),
            Ok(Decision::Waiting { found, needed, offices }) => waiting(found, needed, &offices),
            Err(f) => ("bad", f.message.english().to_owned(), f.code.to_owned()),
        };
        let persons = given.persons(trust).iter().map(|p| show::safe(p)).collect();
        let wrong = given.wrong.iter().map(|(path, f): &(_, Error)| {
            (show::safe(&path.display().to_string()), show::safe(&f.message.english().to_owned()), f.code)
        });
        Self { persons, state: Name { zh, en }, mark, wrong: wrong.collect() }
    }
}

fn waiting(
    found: usize,
    needed: usize,
    offices: &std::collections::BTreeSet<String>,
) -> (&'static str, String, String) {
    let missing = needed.saturating_sub(found);
    let mut zh = format!("需要 {needed} 人批准，已有 {found} 人，还差 {missing} 人");
    let mut en = format!("{found} of {needed} needed approvals");
    if !offices.is_empty() {
        let names: Vec<_> = offices.iter().map(|o| show::safe(o)).collect();
        zh.push_str(&format!("；还须：{}", names.join("、")));
        en.push_str("; an office is missing");
    }
    ("wait", zh, en)
}

/// A changed, new or gone item.
pub struct Change {
    /// `new`, `changed` or `gone`.
    pub sign: &'static str,
    /// Kind.
    pub kind: Name,
    /// Kind as the catalogue names it.
    pub kind_id: String,
    /// Id.
    pub id: String,
    /// Fields: name, before, after.
    pub fields: Vec<(Name, String, String)>,
}

/// Changes from `skip`, `take` of them: changed ones first, since they need the most reading.
pub fn changes(changes: &Changes, labels: &Labels, skip: usize, take: usize) -> Vec<Change> {
    let signed = |sign: &'static str| move |key| (sign, key);
    let all = changes.changed.keys().map(signed("changed"));
    let all = all.chain(changes.added.iter().map(signed("new"))).chain(changes.gone.iter().map(signed("gone")));
    let change = |(sign, key): (&'static str, &Key)| {
        let text = |v: Option<String>| clip(v.unwrap_or_else(|| "∅".into()), true).0;
        let fields = changes.fields(key).into_iter();
        let fields = fields.map(|(name, before, after)| (labels.field(&key.0, &name), text(before), text(after)));
        Change {
            sign,
            kind: labels.kind(&key.0),
            kind_id: key.0.clone(),
            id: show::safe(&key.1),
            fields: fields.collect(),
        }
    };
    all.skip(skip).take(take).map(change).collect()
}
