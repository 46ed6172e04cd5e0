//! The release form of a draft: one page to compare by telephone, to sign and to file.

use crate::output::page_language::PageLanguage;
use crate::output::values;
use crate::review::view::approvals::ApprovalState;
use crate::review::view::summary::DraftSummary;
use crate::texts::review_page as t;
use askama::Template;
use ferry_io::clock;

/// Style of the reviewer's page and of the form.
pub const STYLE: &str = include_str!("../../templates/review/style.css");

/// The form. As a file it contains its style sheet; on the reviewer's page it links to it.
#[derive(Template)]
#[template(path = "review/release_form.html")]
pub struct ReleaseForm {
    lang: PageLanguage,
    /// Where the page's own files are; none for a file.
    root: Option<String>,
    summary: DraftSummary,
    approvals: ApprovalState,
    printed: String,
}

impl ReleaseForm {
    /// Of a draft as it stands now.
    pub fn of(lang: PageLanguage, root: Option<String>, summary: DraftSummary, approvals: ApprovalState) -> Self {
        Self { lang, root, summary, approvals, printed: values::court_time(clock::now_s()) }
    }
}
