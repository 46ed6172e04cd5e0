//! An exported audit: JSON lines that verify without any database (SPEC.md, "Audit").

use crate::error::{Error, Result};
use crate::fs::read;
use crate::output::progress;
use crate::texts::errors as texts;
use ferry_format::FormatError;
use ferry_format::audit::{ChainBreak, ChainCheck, Entry, Findings, SignedHead};
use ferry_format::batch::open::Signed;
use ferry_format::encoding::hex::{from_hex, to_hex};
use ferry_format::frame::header::Header;
use ferry_format::frame::statement::{AuditHead, ContentStatement, SeriesStatement};
use ferry_format::keys::verify_signature;
use ferry_format::text::{Localized, Text};
use ferry_format::texts::parser;
use ferry_format::texts::parts;
use ferry_format::trust::trust_file::Trust;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

/// Longest line, bytes: an entry's texts are bounded by what its agent records, a batch's statements by their limits.
const LINE_MAX: u64 = 4 << 20;

/// Version of an export: that of its entries. One of version 1, in which no entry has a salt, is read too.
const VERSION: u32 = 2;

/// The first line of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportHeader {
    /// Version of this format.
    #[serde(rename = "ferry-audit")]
    pub version: u32,
    /// The court.
    pub court: String,
    /// Number of the first entry.
    pub since: u64,
    /// Digest of the entry before it, zero for none; hexadecimal.
    pub previous: String,
    /// Number of the last entry.
    pub entries: u64,
    /// Its digest, hexadecimal.
    pub digest: String,
}

/// Which side signed a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadOrigin {
    /// The side whose audit it is.
    Sent,
    /// The other side.
    Arrived,
}

/// What a sender signed of a batch; all but the origin in hexadecimal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadLine {
    head: HeadOrigin,
    header: String,
    content: String,
    series: String,
    signature: String,
}

/// An entry; digests in hexadecimal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryLine {
    /// Its salt; none in entries of release 0.1.0.
    #[serde(default)]
    pub salt: Option<String>,
    /// Its place in the chain.
    pub number: u64,
    /// When, seconds since 1970 UTC.
    pub at_s: i64,
    /// Who.
    pub actor: String,
    /// What was done.
    pub act: String,
    /// To what.
    pub subject: String,
    /// Reason, counts.
    pub detail: String,
    /// SHA-256 of what it was about.
    pub what: Option<String>,
    /// Its digest.
    pub digest: String,
}

impl EntryLine {
    /// The line of an entry with this digest.
    pub fn new(entry: Entry, digest: &[u8; 32]) -> Self {
        let Entry { salt, number, at_s, actor, act, subject, detail, what } = entry;
        let salt = salt.map(|salt| to_hex(&salt));
        Self { salt, number, at_s, actor, act, subject, detail, what: what.map(|d| to_hex(&d)), digest: to_hex(digest) }
    }

    /// The entry and its digest; none where a digest is not hexadecimal.
    pub fn into_entry(self) -> Option<(Entry, [u8; 32])> {
        let Self { salt, number, at_s, actor, act, subject, detail, what, digest } = self;
        let what = match what {
            Some(hex) => Some(digest_of(&hex)?),
            None => None,
        };
        let salt = match salt {
            Some(hex) => Some(digest_of(&hex)?),
            None => None,
        };
        Some((Entry { salt, number, at_s, actor, act, subject, detail, what }, digest_of(&digest)?))
    }
}

/// Only lower-case hexadecimal: each value has one text.
fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    from_hex(hex).filter(|bytes| to_hex(bytes) == hex)
}

fn digest_of(hex: &str) -> Option<[u8; 32]> {
    bytes_of(hex)?.try_into().ok()
}

/// Writes an export: first the header, then heads, then entries.
pub struct Writer<W: Write>(W);

impl<W: Write> Writer<W> {
    /// Begins an export of the entries from `since` to the last of `head`.
    pub fn begin(out: W, court: &str, since: u64, previous: &[u8; 32], head: &AuditHead) -> std::io::Result<Self> {
        let mut writer = Self(out);
        let (previous, digest) = (to_hex(previous), to_hex(&head.digest));
        writer.line(&ExportHeader {
            version: VERSION,
            court: court.to_owned(),
            since,
            previous,
            entries: head.entries,
            digest,
        })?;
        Ok(writer)
    }

    /// Writes what was signed of a batch.
    pub fn head(&mut self, origin: HeadOrigin, signed: &Signed) -> std::io::Result<()> {
        let Signed { header, content, series, signature } = signed;
        let [header, content, series] = [header, content, series].map(|bytes| to_hex(bytes));
        self.line(&HeadLine { head: origin, header, content, series, signature: to_hex(signature) })
    }

    /// Writes an entry.
    pub fn entry(&mut self, entry: Entry, digest: &[u8; 32]) -> std::io::Result<()> {
        self.line(&EntryLine::new(entry, digest))
    }

    /// Ends the export and gives the writer back.
    pub fn finish(self) -> W {
        self.0
    }

    fn line(&mut self, value: &impl Serialize) -> std::io::Result<()> {
        serde_json::to_writer(&mut self.0, value)?;
        self.0.write_all(b"\n")
    }
}

/// A signed head of an export. Its signature was verified under the key that it names.
#[derive(Clone, Debug)]
pub struct Head {
    /// Which side signed it.
    pub origin: HeadOrigin,
    /// The head and its batch.
    pub signed_head: SignedHead,
    /// What the header binds.
    pub header: Header,
    /// The series statement.
    pub series: SeriesStatement,
    /// What was signed.
    pub signed: Signed,
}

impl Head {
    fn read(line: HeadLine) -> std::result::Result<Self, FormatError> {
        let bad = || malformed(texts::head_not_hexadecimal());
        let bytes = |hex: &str| bytes_of(hex).ok_or_else(bad);
        let (header, content, series) = (bytes(&line.header)?, bytes(&line.content)?, bytes(&line.series)?);
        let signature = bytes(&line.signature)?.try_into().map_err(|_| bad())?;
        let signed = Signed { header, content, series, signature };
        let (header, series) = (Header::decode(&signed.header)?, SeriesStatement::decode(&signed.series)?);
        let content = ContentStatement::decode(&signed.content)?;
        verify_signature(parts::sender_signature(), &series.sender, &signed.series, &signed.signature)?;
        if content.digest() != series.content || header.sender != series.sender {
            return Err(malformed(texts::head_of_several_batches()));
        }
        let (epoch, sequence, head) = (series.epoch, series.sequence, series.audit);
        let signed_head = SignedHead { channel: header.channel.as_str().to_owned(), epoch, sequence, head };
        Ok(Self { origin: line.head, signed_head, header, series, signed })
    }

    /// Checks the head against a trust file: sender and destination.
    ///
    /// # Errors
    /// The error that the batch itself would be rejected with.
    pub fn check(&self, trust: &Trust) -> std::result::Result<(), FormatError> {
        trust.check_sender(&self.series, &self.signed.series, &self.signed.signature)?;
        trust.check_destination(&self.header)
    }
}

fn malformed(why: Text) -> FormatError {
    FormatError::malformed(texts::signed_head(), why)
}

/// An export whose header and heads were read; the entries follow.
pub struct Export<R> {
    lines: Lines<R>,
    /// The first line.
    pub header: ExportHeader,
    /// Every signed head.
    pub heads: Vec<Head>,
    first: Option<EntryLine>,
}

/// Opens an export file.
///
/// # Errors
/// `FERRY-E0804`, bad data: it is not an export, or a signature in it does not verify.
pub fn open(path: &Path) -> Result<Export<impl BufRead + use<>>> {
    let file = read::open_regular(path)?;
    let length = file.metadata().map_err(|e| Error::io(path, &e, false))?.len();
    let bar = progress::bytes(texts::verifying_audit(), Some(length));
    Export::read(BufReader::with_capacity(1 << 18, bar.wrap_read(file)), &path.display().to_string())
}

impl<R: BufRead> Export<R> {
    /// Reads header and heads; `name` stands in messages.
    ///
    /// # Errors
    /// See [`open`].
    pub fn read(input: R, name: &str) -> Result<Self> {
        let mut lines = Lines { input, name: name.to_owned(), number: 0 };
        let header: ExportHeader = lines.next()?.ok_or_else(|| lines.bad(texts::export_empty()))?;
        if !(1..=VERSION).contains(&header.version) || header.since == 0 {
            return Err(lines.bad(texts::export_other_version()));
        }
        let (mut heads, mut first) = (Vec::new(), None);
        while let Some(line) = lines.next::<serde_json::Value>()? {
            if line.get("head").is_none() {
                first = Some(serde_json::from_value(line).map_err(|e| lines.bad(parser::wording(&e.to_string())))?);
                break;
            }
            let line: HeadLine =
                serde_json::from_value(line).map_err(|e| lines.bad(parser::wording(&e.to_string())))?;
            heads.push(Head::read(line).map_err(|e| lines.bad(e.message()))?);
        }
        Ok(Self { lines, header, heads, first })
    }

    /// Verifies the chain of entries and compares it with these heads.
    ///
    /// # Errors
    /// `FERRY-E0801` for a chain that is broken, `FERRY-E0804` for an incomplete file.
    pub fn walk(mut self, said: impl IntoIterator<Item = SignedHead>) -> Result<Findings> {
        let header = &self.header;
        let (Some(previous), Some(digest)) = (digest_of(&header.previous), digest_of(&header.digest)) else {
            return Err(self.lines.bad(texts::export_first_digest()));
        };
        let end = AuditHead { entries: header.entries, digest };
        let mut check = ChainCheck::new(AuditHead { entries: header.since - 1, digest: previous }, said);
        let mut next = self.first.take();
        while let Some(line) = next {
            let (entry, digest) = line.into_entry().ok_or_else(|| self.lines.bad(texts::export_digest()))?;
            check.follow(&entry, &digest).map_err(broken)?;
            next = self.lines.next()?;
        }
        let (at, whole) = (check.at(), AuditHead { entries: end.entries.max(header.since - 1), ..end });
        if at != whole && at.entries + 1 != header.since || at.entries != whole.entries {
            return Err(self.lines.bad(texts::export_not_to_end()));
        }
        Ok(check.finish())
    }
}

struct Lines<R> {
    input: R,
    name: String,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn next<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>> {
        let mut line = Vec::new();
        self.number += 1;
        let read = (&mut self.input).take(LINE_MAX).read_until(b'\n', &mut line);
        read.map_err(|e| Error::io(Path::new(&self.name), &e, false))?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.pop() != Some(b'\n') {
            return Err(self.bad(texts::export_line_cut()));
        }
        serde_json::from_slice(&line).map(Some).map_err(|e| self.bad(parser::wording(&e.to_string())))
    }

    fn bad(&self, why: impl Localized) -> Error {
        texts::not_an_export(&self.name, self.number.max(1), why)
    }
}

/// The error for a broken chain.
pub fn broken(at: ChainBreak) -> Error {
    texts::audit_broken(at.number, at.why)
}

/// Rejects a chain that contradicts a signed head.
///
/// # Errors
/// `FERRY-E0803`, bad data, naming the first batch whose head contradicts the chain.
pub fn check(found: &Findings) -> Result<()> {
    let Some(first) = found.contradicted.iter().min_by_key(|said| said.head.entries) else { return Ok(()) };
    let SignedHead { channel, epoch, sequence, head } = first;
    let is_cut = head.entries > found.head.entries;
    let what = if is_cut { texts::entries_missing() } else { texts::entries_changed() };
    let batch = format!("{channel}/{epoch}/{sequence}");
    Err(texts::audit_contradicted(batch, head.entries, what, found.contradicted.len(), found.agreeing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::audit::link;

    /// An export of three entries without heads, from entry `since` on.
    fn export(since: usize) -> String {
        let mut digest = [0; 32];
        let mut chain = Vec::new();
        for number in 1..=3 {
            let entry =
                Entry { number, actor: "agent".into(), what: (number == 2).then_some([7; 32]), ..Entry::default() };
            digest = link(&digest, &entry.inner_digest());
            chain.push((entry, digest));
        }
        let previous = if since == 1 { [0; 32] } else { chain[since - 2].1 };
        let head = AuditHead { entries: 3, digest };
        let mut writer = Writer::begin(Vec::new(), "court-1", since as u64, &previous, &head).unwrap();
        chain.drain(since - 1..).for_each(|(entry, digest)| writer.entry(entry, &digest).unwrap());
        String::from_utf8(writer.finish()).unwrap()
    }

    fn walk(text: &str) -> Result<Findings> {
        Export::read(text.as_bytes(), "x")?.walk([])
    }

    #[test]
    fn an_export_verifies_from_any_entry_on_and_every_changed_byte_is_detected() {
        for since in 1..=4 {
            assert_eq!(walk(&export(since)).unwrap().head.entries, 3, "since {since}");
        }
        let whole = export(1);
        for n in 0..whole.len() {
            let mut changed = whole.clone().into_bytes();
            changed[n] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            // The court's name binds nothing; the signed heads name it.
            if !changed.contains("court-1") {
                continue;
            }
            assert!(walk(&changed).is_err(), "byte {n}: {changed}");
            assert!(walk(&whole[..n]).is_err(), "cut at {n}");
        }
    }

    #[test]
    fn a_malformed_export_is_rejected_with_its_line() {
        let whole = export(1);
        let lines: Vec<&str> = whole.lines().collect();
        let (before, digest) = whole.trim_end().rsplit_once(":\"").unwrap();
        let capital = format!("{before}:\"{}\n", digest.to_uppercase());
        for (line, wrong) in [
            (1, String::new()),
            (1, "{}\n".into()),
            (1, whole.replace("\"ferry-audit\":2", "\"ferry-audit\":3")),
            (2, whole.replacen("{\"salt\"", "{\"extra\":0,\"salt\"", 1)),
            (2, format!("{}\n{{\"head\":\"sent\"}}\n", lines[0])),
            (
                2,
                format!(
                    "{}\n{{\"head\":\"sent\",\"header\":\"\",\"content\":\"\",\"series\":\"\",\"signature\":\"\"}}\n",
                    lines[0]
                ),
            ),
            (4, capital),
            (5, format!("{whole}\n")),
        ] {
            let error = walk(&wrong).unwrap_err();
            assert_eq!(error.code, "FERRY-E0804", "{wrong}");
            assert!(error.message.english().contains(&format!("line {line}:")), "{}: {wrong}", error.message.english());
        }
        let swapped = [lines[0], lines[2], lines[1], lines[3], ""].join("\n");
        assert_eq!(walk(&swapped).unwrap_err().code, "FERRY-E0801");
    }
}
