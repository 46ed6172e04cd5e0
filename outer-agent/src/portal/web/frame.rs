//! What stands around every page: the court, who is logged in, the language and the size of text, and the footer.

use crate::portal::state::App;
use crate::portal::web::request_context::Asked;
use crate::portal::auth::session::Session;
use crate::portal::i18n::messages::Words;

/// Where the ICP filings are looked up.
const ICP: &str = "https://beian.miit.gov.cn/";
/// Where the filings with the police are looked up.
const POLICE: &str = "https://beian.mps.gov.cn/";

/// The frame of a page.
pub struct Frame {
    /// Name of the court.
    pub court: String,
    /// Who is logged in.
    pub name: Option<String>,
    /// The token of his session's forms; empty while nobody is logged in.
    pub csrf: String,
    /// The page's own path, to come back to.
    pub path: String,
    /// Words of the page's language.
    pub words: &'static Words,
    /// Whether text is large.
    pub large: bool,
    /// Names and addresses of the national sites.
    pub links: Vec<(String, String)>,
    /// The footer.
    pub footer: Vec<Part>,
}

/// A part of the footer.
pub struct Part {
    /// What it is.
    pub label: &'static str,
    /// What it says.
    pub text: String,
    /// Where it leads, or empty.
    pub url: String,
}

impl Frame {
    /// Of an answer to `asked`.
    pub fn new(app: &App, asked: &Asked, session: Option<&Session>) -> Self {
        let voice = asked.voice(app);
        Self {
            court: app.court_name.clone(),
            name: session.map(|s| s.name.clone()),
            csrf: session.map(|s| s.csrf.clone()).unwrap_or_default(),
            path: asked.path.clone(),
            words: asked.words(),
            large: asked.large,
            links: app.links.iter().map(|l| (voice.choose(&l.zh, &l.en).to_owned(), l.url.clone())).collect(),
            footer: footer(app, asked.words()),
        }
    }

    /// The attribute that says which entry of the menu is this page.
    pub fn here(&self, path: &str) -> &'static str {
        if self.path == path { " aria-current=\"page\"" } else { "" }
    }
}

fn footer(app: &App, w: &'static Words) -> Vec<Part> {
    let f = &app.footer;
    let mark = if f.party_mark.is_empty() { "" } else { w.party_mark_name };
    let parts = [
        (w.organiser, f.organiser.as_str(), ""),
        (w.organiser_address, &f.address, ""),
        (w.hotline, &f.hotline, ""),
        (w.support, &f.support, ""),
        (w.icp, &f.icp, ICP),
        (w.police, &f.police, POLICE),
        (w.site_code, &f.site_code, ""),
        (w.party_mark, mark, &f.party_mark),
    ];
    let shown = parts.into_iter().filter(|(_, text, _)| !text.is_empty());
    shown.map(|(label, text, url)| Part { label, text: text.to_owned(), url: url.to_owned() }).collect()
}
