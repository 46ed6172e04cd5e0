//! The feed of public judgments (article 14): Atom (RFC 4287), newest first, in pages (RFC 5005), so that a publication site
//! can fetch all of them once and then the new ones. It is in Chinese, the language of the judgments.

use crate::portal::content::public_index::{Page, PublicIndexCache, is_judgment};
use crate::portal::content::record_view::RecordView;
use crate::portal::court::Court;
use crate::portal::database::Database;
use crate::portal::i18n::format::Formatter;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::web::public::ListQuery;
use crate::store::visible;
use crate::texts::portal as texts;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::Record;
use ferry_format::record::catalogue::Kind;
use ferry_format::text::Language;
use ferry_format::texts::list;
use jiff::civil::Date;
use std::sync::Arc;

/// `updated` of a record without a date.
const NO_DATE: &str = "1970-01-01T00:00:00Z";

struct FeedEntry {
    id: String,
    updated: String,
    bytes: u64,
    record: RecordView,
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

pub async fn judgments(
    State(database): State<Arc<Database>>,
    State(court): State<Arc<Court>>,
    State(index): State<Arc<PublicIndexCache>>,
    Query(list): Query<ListQuery>,
) -> Outcome<Response> {
    let feed = database.read(|conn| {
        let index = index.get(conn, &court)?;
        let kinds: Vec<(&String, &Kind)> = court.catalogue.kinds.iter().filter(|(_, kind)| is_judgment(kind)).collect();
        let mut all: Vec<_> = Vec::new();
        for (id, _) in &kinds {
            let entries = index.category(id).into_iter().flat_map(|category| &category.entries);
            all.extend(entries.map(|e| (id.as_str(), e)));
        }
        all.sort_by(|a, b| b.1.date.cmp(&a.1.date));
        let page = Page::of(&all.iter().collect::<Vec<_>>(), &list.page, |(kind, e)| (*kind, e.id.as_str()));
        let mut entries = Vec::new();
        for (kind, id) in page.items {
            // A record may have been hidden since the index was read.
            let Some(record) = visible::record(conn, kind, id)? else { continue };
            entries.push(entry(&court, &record));
        }
        Ok(Feed {
            id: urn(&[&court.name, "judgments"]),
            title: list::items(kinds.iter().map(|(_, kind)| &kind.zh)).get(Language::Chinese).to_owned(),
            updated: entries.iter().map(|e| e.updated.clone()).max().unwrap_or_else(|| NO_DATE.to_owned()),
            court: court.name.clone(),
            number: page.number,
            pages: page.pages,
            entries,
        })
    })?;
    let text = feed.render().map_err(|e| Problem::internal(&texts::page_not_rendered(e)))?;
    Ok(([(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")], text).into_response())
}

fn entry(court: &Court, record: &Record) -> FeedEntry {
    let view = RecordView::new(Formatter::chinese(court), record, None);
    let date = view.date.as_str().max(record.text("correction-approved-on"));
    FeedEntry {
        id: urn(&[&court.name, &record.kind, &record.id]),
        updated: midnight(court, date).unwrap_or_else(|| NO_DATE.to_owned()),
        bytes: record.documents().next().map_or(0, |d| d.bytes),
        record: view,
    }
}

/// Midnight of a date in the court's zone (RFC 3339).
fn midnight(court: &Court, date: &str) -> Option<String> {
    let date: Date = date.parse().ok()?;
    let at = date.to_zoned(court.zone.clone()).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// A stable id: a UUID of version 8 (RFC 9562) from the digest of its parts.
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
    fn an_id_is_a_uuid_of_version_8_and_stays_the_same() {
        let id = urn(&["法院", "judgment", "GK000001"]);
        assert_eq!(id, urn(&["法院", "judgment", "GK000001"]));
        assert_ne!(id, urn(&["法院", "judgment", "GK000002"]));
        assert_eq!((id.len(), &id[..9], &id[23..24]), (45, "urn:uuid:", "8"));
    }
}
