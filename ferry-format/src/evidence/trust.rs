//! The trust of a verifier of bundles: trust files, or root keys and the trust lists of the bundle.

use crate::error::Result;
use crate::error::evidence_fault::EvidenceFault;
use crate::evidence::verify::choose;
use crate::frame::header::Header;
use crate::frame::statement::SeriesStatement;
use crate::keys::PublicKey;
use crate::trust::chain::Chain;
use crate::trust::list::{SignedList, TrustList};
use crate::trust::trust_file::Trust;

/// What the verifier trusts.
#[derive(Clone, Debug)]
pub enum TrustSource {
    /// Trust files, each of a channel or of any.
    Files(Vec<Trust>),
    /// Lists that follow one another from list 1, which the given root keys signed.
    Lists(Vec<TrustList>),
}

impl TrustSource {
    /// Follows the signed lists among `texts`, in their order, from the given root keys.
    ///
    /// # Errors
    /// As [`Chain`]; [`EvidenceFault::Untrusted`] where no list is among them.
    pub fn lists(texts: &[String], roots: &[PublicKey]) -> Result<Self> {
        let mut signed = texts.iter().filter(|text| SignedList::is_one(text)).map(|text| SignedList::from_text(text));
        let first = signed.next().ok_or(EvidenceFault::Untrusted)??;
        let mut lists = vec![first.list.clone()];
        let mut chain = Chain::begin(first, roots)?;
        for next in signed {
            let next = next?;
            lists.push(next.list.clone());
            chain.follow(next)?;
        }
        Ok(Self::Lists(lists))
    }

    /// The newest list, if there are lists: a bundle with later lists removed hides what they revoke.
    pub fn newest_list(&self) -> Option<&TrustList> {
        match self {
            Self::Files(_) => None,
            Self::Lists(lists) => lists.last(),
        }
    }

    /// The trust for a batch: of lists, the newest made no later than the release of the batch (else the first). Revocations
    /// of all later lists count, because a stolen key can claim any date.
    ///
    /// # Errors
    /// [`EvidenceFault::Untrusted`] where nothing covers its court, channel and direction.
    pub fn of(&self, header: &Header, series: &SeriesStatement) -> Result<Trust> {
        let lists = match self {
            Self::Files(trusts) => return choose(trusts, header).cloned(),
            Self::Lists(lists) => lists,
        };
        let at = lists.iter().rposition(|list| list.created_s <= series.created_s).unwrap_or_default();
        let list = lists.get(at).filter(|list| list.court == header.court).ok_or(EvidenceFault::Untrusted)?;
        let said = |list: &TrustList| list.trust(&header.channel, header.direction).ok();
        let mut trust = said(list).ok_or(EvidenceFault::Untrusted)?;
        for later in lists[at + 1..].iter().filter_map(said) {
            for (fingerprint, constraints) in &later.constraints {
                let Some(from) = constraints.revoked_from else { continue };
                let own = trust.constraints.entry(*fingerprint).or_default();
                own.revoked_from = Some(own.revoked_from.map_or(from, |earlier| earlier.min(from)));
            }
        }
        Ok(trust)
    }
}
