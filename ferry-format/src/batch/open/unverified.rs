//! A batch as it was read: its structure, and the checks of signature and destination (SPEC.md, "Verification").

use crate::crypto::hash::sha256;
use crate::crypto::suite::FileKeys;
use crate::crypto::suite::Suite;
use crate::error::at_most;
use crate::error::{FormatError, Result};
use crate::frame::header::{Header, PRELUDE_BYTES, Prelude, STANZA_BYTES, Stanza};
use crate::frame::manifest::Entry;
use crate::frame::statement::{ContentStatement, SeriesStatement};
use crate::keys::Unwrapper;
use crate::limits::{ENTRIES_MAX, SEGMENT_BYTES, STATEMENT_BYTES_MAX};
use crate::text::Text;
use crate::texts;
use crate::trust::rules::Class;
use crate::trust::trust_file::{Moment, Trust};
use std::io::{Read, Seek, SeekFrom};

/// A batch whose structure parses. Nothing in it is trusted yet.
pub struct UnverifiedBatch<F> {
    file: F,
    pub(super) suite: Suite,
    pub(super) header: Header,
    stanzas: Vec<Stanza>,
    pub(super) content: ContentStatement,
    released: Option<Released>,
    body_offset: u64,
    total_bytes: u64,
    front_digest: [u8; 32],
    segment_digests: Vec<u8>,
}

/// What a sender signed of a batch, kept as evidence when its file is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The header's canonical bytes: court, channel, direction.
    pub header: Vec<u8>,
    /// The content statement's canonical bytes.
    pub content: Vec<u8>,
    /// The series statement's bytes, over which the signature is.
    pub series: Vec<u8>,
    /// The sender's signature.
    pub signature: [u8; 64],
}

struct Released {
    series: SeriesStatement,
    statement: Vec<u8>,
    signature: [u8; 64],
}

impl<F: Read + Seek> UnverifiedBatch<F> {
    /// Reads the beginning and the trailer within all limits, and checks that they fit together exactly.
    pub fn read(mut file: F) -> Result<Self> {
        let actual = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        if actual < PRELUDE_BYTES as u64 {
            return Err(FormatError::NotABatch);
        }
        let mut prelude = [0; PRELUDE_BYTES];
        file.read_exact(&mut prelude)?;
        let prelude = Prelude::decode(&prelude)?;
        if prelude.total_bytes != actual {
            return Err(FormatError::Length { declared: prelude.total_bytes, actual });
        }
        let header_bytes = read_exactly(&mut file, prelude.header_bytes as usize, texts::parts::header())?;
        let header = Header::decode(&header_bytes)?;
        let stanza_bytes = read_exactly(&mut file, header.recipients.len() * STANZA_BYTES, texts::parts::stanzas())?;
        let stanzas = Stanza::decode_all(&stanza_bytes, &header)?;
        let body_offset = (PRELUDE_BYTES + header_bytes.len() + stanza_bytes.len()) as u64;

        file.seek(SeekFrom::Start(prelude.content_offset))?;
        let content = ContentStatement::decode(&read_statement(&mut file)?)?;
        let front_digest = prelude.front_digest(&header_bytes);
        if content.front_digest != front_digest {
            return Err(FormatError::Digest(texts::parts::the_header()));
        }
        if content.stanzas_digest != sha256(&stanza_bytes) {
            return Err(FormatError::Digest(texts::parts::the_stanzas()));
        }
        at_most(texts::parts::number_of_entries(), content.entries.into(), ENTRIES_MAX.into())?;
        let region = content.body_bytes.checked_add(content.manifest_bytes);
        let region = region
            .filter(|r| *r <= prelude.total_bytes)
            .ok_or(FormatError::malformed(texts::parts::content_statement(), texts::wire::lengths_do_not_fit()))?;
        if content.segments != region.div_ceil(SEGMENT_BYTES as u64)
            || body_offset + region + content.segments * 32 != prelude.content_offset
        {
            return Err(FormatError::malformed(texts::parts::content_statement(), texts::wire::lengths_do_not_fit()));
        }
        let after_content = file.stream_position()?;
        let released =
            if after_content == prelude.total_bytes { None } else { Some(read_series(&mut file, &content)?) };
        if file.stream_position()? != prelude.total_bytes {
            return Err(FormatError::malformed(texts::parts::batch(), texts::wire::bytes_after_signature()));
        }
        file.seek(SeekFrom::Start(body_offset + region))?;
        let segment_digests =
            read_exactly(&mut file, (content.segments * 32) as usize, texts::parts::segment_digests())?;
        if content.segment_root != *blake3::hash(&segment_digests).as_bytes() {
            return Err(FormatError::Digest(texts::parts::the_segment_digests()));
        }
        Ok(Self {
            file,
            suite: prelude.suite,
            header,
            stanzas,
            content,
            released,
            body_offset,
            total_bytes: prelude.total_bytes,
            front_digest,
            segment_digests,
        })
    }

    /// The signed statements and their signature, not verified yet; none for a draft.
    pub fn signed(&self) -> Option<Signed> {
        let released = self.released.as_ref()?;
        Some(Signed {
            header: self.header.encode(),
            content: self.content.encode(),
            series: released.statement.clone(),
            signature: released.signature,
        })
    }

    /// Whether this is a draft, which has no number.
    pub fn is_draft(&self) -> bool {
        self.released.is_none()
    }

    /// What the header claims.
    pub fn claimed_header(&self) -> &Header {
        &self.header
    }

    /// What the content statement claims.
    pub fn claimed_content(&self) -> &ContentStatement {
        &self.content
    }

    /// What the series statement claims; none for a draft.
    pub fn claimed_series(&self) -> Option<&SeriesStatement> {
        self.released.as_ref().map(|r| &r.series)
    }

    /// The checks of [`Self::verify`] without the approvals, also for a head without its body.
    pub fn check_sender(&self, trust: &Trust) -> Result<&SeriesStatement> {
        let Some(released) = &self.released else {
            return Err(FormatError::Stage(texts::wire::draft_unsigned()));
        };
        if released.series.sender != self.header.sender {
            return Err(FormatError::SenderDiffers);
        }
        trust.check_sender(&released.series, &released.statement, &released.signature)?;
        trust.check_destination(&self.header)?;
        trust.check_suite(self.suite)?;
        Ok(&released.series)
    }

    /// Rejects a suite below the floor of `trust`.
    pub(crate) fn check_suite(&self, trust: &Trust) -> Result<()> {
        trust.check_suite(self.suite)
    }

    /// The checks of [`Self::verify`] for a head without its body.
    pub fn check(&self, trust: &Trust) -> Result<&SeriesStatement> {
        let series = self.check_sender(trust)?;
        self.check_approvals(trust, Class::of(&self.header, &self.content), series)?;
        Ok(series)
    }

    pub(super) fn check_approvals(&self, trust: &Trust, class: Class, series: &SeriesStatement) -> Result<()> {
        trust.check_approvals(class, &self.content, &series.approvals, &Moment::of(series)).map(|_| ())
    }

    /// Compares every segment with its digest; needs no secret key. `passed` is told the length of each.
    pub fn check_body(&mut self, mut passed: impl FnMut(u64)) -> Result<()> {
        let mut buffer = Vec::new();
        (0..self.content.segments).try_for_each(|n| {
            self.segment(n, &mut buffer)?;
            passed(buffer.len() as u64);
            Ok(())
        })
    }

    /// The keys of the body, from the stanza for `key`.
    pub(crate) fn keys(&self, key: &dyn Unwrapper) -> Result<FileKeys> {
        if key.suite() != self.suite {
            return Err(FormatError::Destination {
                what: texts::parts::key(),
                found: Box::new(texts::wire::another_suite()),
                expected: Box::new(Text::verbatim(key.key_id().to_string())),
            });
        }
        let id = key.key_id();
        let stanza = self.stanzas.iter().find(|s| s.key_id == id).ok_or_else(|| FormatError::Destination {
            what: texts::parts::recipients(),
            found: Box::new(texts::wire::only_others()),
            expected: Box::new(Text::verbatim(id.to_string())),
        })?;
        let file_key = key.unwrap_file_key(&self.front_digest, &stanza.encapsulated, &stanza.wrapped)?;
        let keys = FileKeys::derive(&file_key, &self.header.salt)?;
        if keys.commitment != self.header.commitment {
            return Err(FormatError::Digest(texts::parts::the_key_commitment()));
        }
        Ok(keys)
    }

    /// Where body and manifest are in the file.
    pub(crate) fn region(&self) -> std::ops::Range<u64> {
        self.body_offset..self.body_offset + self.content.body_bytes + self.content.manifest_bytes
    }

    pub(crate) fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    pub(crate) fn file(&mut self) -> &mut F {
        &mut self.file
    }

    /// Epoch, number and digest of a batch that has them.
    ///
    /// # Errors
    /// [`FormatError::Stage`] for a draft.
    pub fn claimed_position(&self) -> Result<(u64, u64, [u8; 32])> {
        let released = self.released.as_ref().ok_or(FormatError::Stage(texts::wire::draft_without_number()))?;
        Ok((released.series.epoch, released.series.sequence, released.series.digest()))
    }

    /// Reads segment `number` (from 0) into memory and compares that memory with its digest.
    pub(crate) fn segment(&mut self, number: u64, into: &mut Vec<u8>) -> Result<()> {
        let region = self.content.body_bytes + self.content.manifest_bytes;
        let start = number * SEGMENT_BYTES as u64;
        let length = region.saturating_sub(start).min(SEGMENT_BYTES as u64) as usize;
        into.resize(length, 0);
        self.file.seek(SeekFrom::Start(self.body_offset + start))?;
        self.file.read_exact(into)?;
        self.compare_segment(number, into)
    }

    pub(crate) fn compare_segment(&self, number: u64, segment: &[u8]) -> Result<()> {
        let at = number as usize * 32;
        let signed = self
            .segment_digests
            .get(at..at + 32)
            .ok_or(FormatError::malformed(texts::parts::batch(), texts::wire::past_segments()))?;
        if blake3::hash(segment).as_bytes() != signed {
            return Err(FormatError::Segment { segment: number + 1, segments: self.content.segments });
        }
        Ok(())
    }
}

/// Receiver of opened entries. Everything it gets is staging until opening has succeeded.
pub trait Sink {
    /// A block of the manifest begins: the number of its first entry, and its position in body and manifest.
    fn block(&mut self, _first: u32, _position: u64) {}
    /// A document begins.
    fn begin(&mut self, entry: &Entry) -> Result<()>;
    /// Its next raw bytes.
    fn bytes(&mut self, bytes: &[u8]) -> Result<()>;
    /// Its digest matched.
    fn end(&mut self, entry: &Entry) -> Result<()>;
    /// One encoded record of a block whose digest matched.
    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<()>;
    /// Salt and digest of the leaf of the record or document that was just given. Evidence of an item shows its salt and no
    /// other.
    fn leaf(&mut self, _salt: &[u8; 32], _digest: &[u8; 32]) -> Result<()> {
        Ok(())
    }
}

fn read_series(file: &mut impl Read, content: &ContentStatement) -> Result<Released> {
    let statement = read_statement(file)?;
    let series = SeriesStatement::decode(&statement)?;
    if series.content != content.digest() {
        return Err(FormatError::Digest(texts::parts::the_content_statement()));
    }
    let signature = read_exactly(file, 64, texts::parts::signature())?;
    let malformed = |_| FormatError::malformed(texts::parts::signature(), texts::wire::ends_too_early());
    Ok(Released { series, statement, signature: signature.as_slice().try_into().map_err(malformed)? })
}

fn read_statement(file: &mut impl Read) -> Result<Vec<u8>> {
    let length = read_exactly(file, 2, texts::parts::statement())?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    at_most(texts::parts::statement_length(), length as u64, STATEMENT_BYTES_MAX as u64)?;
    read_exactly(file, length, texts::parts::statement())
}

/// Reads `n` bytes, growing with the bytes that are there: a false length allocates nothing.
fn read_exactly(file: &mut impl Read, n: usize, what: Text) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    file.take(n as u64).read_to_end(&mut out)?;
    if out.len() != n {
        return Err(FormatError::malformed(what, texts::wire::ends_too_early()));
    }
    Ok(out)
}
