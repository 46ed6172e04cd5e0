//! The feed of public judgments (article 14): Atom (RFC 4287), newest first, in pages (RFC 5005), so that a site for the
//! publication of judgments can fetch all of them and then what is new.

use crate::portal::state::{App, reading};
use crate::portal::web::public::Wanted;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::content::public_index;
use crate::portal::content::public_index::Page;
use crate::portal::content::view;
use crate::portal::content::view::Item;
use crate::portal::i18n::format::Voice;
use crate::store::visible;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::Record;
use ferry_format::record::catalogue::Kind;
use jiff::civil::Date;
use std::sync::Arc;

/// The article that asks for the publication of judgments.
const JUDGMENTS: &str = "14";
/// When a record without a day was last changed, for all that a reader of the feed can know.
const NO_DAY: &str = "1970-01-01T00:00:00Z";

/// Whether the records of a kind are in the feed.
pub fn is_in(kind: &Kind) -> bool {
    public_index::is_public(kind) && kind.article == JUDGMENTS
}

struct FeedEntry {
    id: String,
    updated: String,
    bytes: u64,
    item: Item,
}

#[derive(Template)]
#[template(path = "feed.xml")]
struct Feed {
    id: String,
    court: String,
    title: String,
    updated: String,
    number: usize,
    pages: usize,
    entries: Vec<FeedEntry>,
}

pub async fn judgments(State(app): State<Arc<App>>, Query(wanted): Query<Wanted>) -> Outcome<Response> {
    let feed = reading(&app, |app, conn| {
        let shelves = app.known.shelves(conn, app)?;
        let kinds: Vec<(&String, &Kind)> = app.catalogue.kinds.iter().filter(|(_, kind)| is_in(kind)).collect();
        let mut all: Vec<_> = Vec::new();
        for (id, _) in &kinds {
            all.extend(shelves.of(id).into_iter().flat_map(|s| s.entries.iter().map(|e| (id.as_str(), e))));
        }
        all.sort_by(|a, b| b.1.day.cmp(&a.1.day));
        let page = Page::of(&all.iter().collect::<Vec<_>>(), &wanted.page, |(kind, e)| (*kind, e.id.as_str()));
        let mut entries = Vec::new();
        for (kind, id) in page.items {
            // It may have gone since the lists were made.
            let Some(record) = visible::record(conn, kind, id)? else { continue };
            entries.push(entry(app, &record));
        }
        let court = app.court_name.clone();
        Ok(Feed {
            id: urn(&[&court, "judgments"]),
            title: kinds.iter().map(|(_, kind)| kind.zh.as_str()).collect::<Vec<_>>().join("、"),
            updated: entries.iter().map(|e| e.updated.clone()).max().unwrap_or_else(|| NO_DAY.to_owned()),
            court,
            number: page.number,
            pages: page.pages,
            entries,
        })
    })?;
    let text = feed.render().map_err(|e| Problem::Ours(format!("the feed could not be made: {e}")))?;
    Ok(([(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")], text).into_response())
}

fn entry(app: &App, record: &Record) -> FeedEntry {
    let voice = Voice::from(app);
    let item = view::item(voice, record, None);
    let day = item.day.as_str().max(record.text("correction-approved-on"));
    FeedEntry {
        id: urn(&[&app.court_name, &record.kind, &record.id]),
        updated: midnight(app, day).unwrap_or_else(|| NO_DAY.to_owned()),
        bytes: record.documents().next().map_or(0, |d| d.bytes),
        item,
    }
}

/// Midnight of a day in the court's zone (RFC 3339).
fn midnight(app: &App, day: &str) -> Option<String> {
    let date: Date = day.parse().ok()?;
    let at = date.to_zoned(app.zone.clone()).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// A name that stays the same for the same thing: a UUID of version 8 (RFC 9562) from the digest of its parts.
fn urn(parts: &[&str]) -> String {
    let mut bytes = sha256(parts.join("\n").as_bytes());
    bytes[6] = bytes[6] & 0x0F | 0x80;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let hex = to_hex(&bytes[..16]);
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_uuid_of_version_8_and_stays_the_same() {
        let name = urn(&["法院", "judgment", "GK000001"]);
        assert_eq!(name, urn(&["法院", "judgment", "GK000001"]));
        assert_ne!(name, urn(&["法院", "judgment", "GK000002"]));
        assert_eq!((name.len(), &name[..9], &name[23..24]), (45, "urn:uuid:", "8"));
    }
}
