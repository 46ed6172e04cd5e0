//! Rendered pages of cases, for the session that requested them: valid for the visible generation, until anything is
//! written, and for a few seconds, so that what depends on the date does not outlast it.

use axum::body::Bytes;
use ferry_format::text::Language;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of all kept pages.
const BYTES_MAX: usize = 16 << 20;
/// How long a page is kept.
const MAX_AGE: Duration = Duration::from_secs(10);

/// Whose page it is, of which case, and how it is displayed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CasePageKey {
    /// The session.
    pub session: [u8; 32],
    /// The case.
    pub case_id: String,
    /// Language of the page.
    pub language: Language,
    /// Whether text is large.
    pub large_text: bool,
}

/// The state of the store that a page was made from.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreVersion {
    /// The visible generation.
    pub generation: i64,
    /// Finished writes, counted before the first read.
    pub writes: u64,
}

struct Page {
    body: Bytes,
    made: Instant,
}

#[derive(Default)]
struct Pages {
    version: StoreVersion,
    kept: HashMap<CasePageKey, Page>,
    bytes: usize,
}

/// The pages.
#[derive(Default)]
pub struct CasePageCache(Mutex<Pages>);

impl CasePageCache {
    /// The page, if it was made recently from this version of the store.
    pub fn find(&self, version: StoreVersion, key: &CasePageKey) -> Option<Bytes> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let page = pages.kept.get(key).filter(|page| pages.version == version && page.made.elapsed() < MAX_AGE)?;
        Some(page.body.clone())
    }

    /// Keeps a page; pages of another version are dropped.
    pub fn keep(&self, version: StoreVersion, key: CasePageKey, body: Bytes) {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.version != version || pages.bytes + body.len() > BYTES_MAX {
            *pages = Pages { version, ..Pages::default() };
        }
        pages.bytes += body.len();
        if let Some(old) = pages.kept.insert(key, Page { body, made: Instant::now() }) {
            pages.bytes -= old.body.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_served_only_to_its_own_session_from_its_own_version_of_the_store() {
        let cache = CasePageCache::default();
        let key = CasePageKey { session: [1; 32], case_id: "A".into(), language: Language::Chinese, large_text: false };
        let version = StoreVersion { generation: 3, writes: 7 };
        cache.keep(version, key.clone(), Bytes::from_static(b"page"));
        assert_eq!(cache.find(version, &key).as_deref(), Some(&b"page"[..]));
        for other in [StoreVersion { generation: 4, ..version }, StoreVersion { writes: 8, ..version }] {
            assert!(cache.find(other, &key).is_none());
        }
        for other in [
            CasePageKey { session: [2; 32], ..key.clone() },
            CasePageKey { case_id: "B".into(), ..key.clone() },
            CasePageKey { language: Language::English, ..key.clone() },
            CasePageKey { large_text: true, ..key.clone() },
        ] {
            assert!(cache.find(version, &other).is_none());
        }
        // A newer version replaces the pages of an older one.
        cache.keep(StoreVersion { writes: 8, ..version }, key.clone(), Bytes::from_static(b"newer"));
        assert!(cache.find(version, &key).is_none());
    }
}
