//! The frame around every page: the court, the logged-in person, language and text size, and the footer.

pub mod request_context;

use crate::config::portal::{Footer, Link};
use crate::portal::auth::session::{Session, Sessions};
use crate::portal::court::Court;
use crate::portal::i18n::messages::Messages;
use crate::portal::problem::Outcome;
use request_context::RequestContext;
use rusqlite::Connection;
use std::sync::Arc;

/// Lookup of ICP filings.
const ICP_URL: &str = "https://beian.miit.gov.cn/";
/// Lookup of public security filings.
const POLICE_URL: &str = "https://beian.mps.gov.cn/";

/// What all pages share.
pub struct Site {
    /// Who is logged in.
    pub sessions: Arc<Sessions>,
    /// The court.
    pub court: Arc<Court>,
    footer: Footer,
    links: Vec<Link>,
}

impl Site {
    /// Pages with this footer and these links to other sites.
    pub fn new(sessions: Arc<Sessions>, court: Arc<Court>, footer: Footer, links: Vec<Link>) -> Arc<Self> {
        Arc::new(Self { sessions, court, footer, links })
    }

    /// Reads a page for everyone, logged in or not.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn read_for_everyone<T>(
        &self,
        request: &RequestContext,
        work: impl FnOnce(&Connection, Frame) -> Outcome<T>,
    ) -> Outcome<T> {
        self.sessions.database.read(|conn| {
            let session = self.sessions.find(conn, &request.reader()).ok();
            work(conn, self.frame(request, session.as_ref()))
        })
    }

    /// Reads a page for a logged-in person.
    ///
    /// # Errors
    /// [`crate::portal::problem::Problem::LoginRequired`]; those of `work`.
    pub fn read_for_person<T>(
        &self,
        request: &RequestContext,
        work: impl FnOnce(&Connection, &Session) -> Outcome<T>,
    ) -> Outcome<T> {
        self.sessions.read(&request.reader(), work)
    }

    /// The frame of a page.
    pub fn frame(&self, request: &RequestContext, session: Option<&Session>) -> Frame {
        let formatter = request.formatter(&self.court);
        Frame {
            court: self.court.name.clone(),
            name: session.map(|s| s.name.clone()),
            csrf: session.map(|s| s.csrf.clone()).unwrap_or_default(),
            path: request.path.clone(),
            messages: request.messages(),
            large_text: request.large_text,
            links: self.links.iter().map(|l| (formatter.choose(&l.zh, &l.en).to_owned(), l.url.clone())).collect(),
            footer: self.footer_parts(request.messages()),
        }
    }

    fn footer_parts(&self, m: &Messages) -> Vec<FooterPart> {
        let (f, m) = (&self.footer, &m.frame);
        let mark = if f.party_mark.is_empty() { "" } else { m.party_mark_name };
        let parts = [
            (m.organiser, f.organiser.as_str(), ""),
            (m.organiser_address, &f.address, ""),
            (m.hotline, &f.hotline, ""),
            (m.support, &f.support, ""),
            (m.icp, &f.icp, ICP_URL),
            (m.police, &f.police, POLICE_URL),
            (m.site_code, &f.site_code, ""),
            (m.party_mark, mark, &f.party_mark),
        ];
        let shown = parts.into_iter().filter(|(_, text, _)| !text.is_empty());
        shown.map(|(label, text, url)| FooterPart { label, text: text.to_owned(), url: url.to_owned() }).collect()
    }
}

/// The frame of one page.
pub struct Frame {
    /// Name of the court.
    pub court: String,
    /// Name of the logged-in person.
    pub name: Option<String>,
    /// CSRF token of the session's forms; empty without a session.
    pub csrf: String,
    /// Path of the page, to come back to.
    pub path: String,
    /// Texts in the language of the page.
    pub messages: &'static Messages,
    /// Whether text is large.
    pub large_text: bool,
    /// Names and addresses of the national sites.
    pub links: Vec<(String, String)>,
    /// The footer.
    pub footer: Vec<FooterPart>,
}

impl Frame {
    /// The attribute that marks the menu entry of this page.
    pub fn current_attribute(&self, path: &str) -> &'static str {
        if self.path == path { " aria-current=\"page\"" } else { "" }
    }
}

/// A part of the footer.
pub struct FooterPart {
    /// Label.
    pub label: &'static str,
    /// Text.
    pub text: String,
    /// Link, or empty.
    pub url: String,
}
