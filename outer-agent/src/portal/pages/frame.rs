//! What stands around every page: the court, who is logged in, the language and the size of text.

use crate::portal::app::App;
use crate::portal::asked::Asked;
use crate::portal::session::Session;
use crate::portal::words::Words;

/// The frame of a page.
pub struct Frame {
    /// Name of the court.
    pub court: String,
    /// Who is logged in.
    pub name: Option<String>,
    /// The token of his session's forms; empty while nobody is logged in.
    pub csrf: String,
    /// The page's own path.
    pub path: String,
    /// Words of the page's language.
    pub words: &'static Words,
    /// Whether text is large.
    pub large: bool,
}

impl Frame {
    /// Of an answer to `asked`.
    pub fn new(app: &App, asked: &Asked, session: Option<&Session>) -> Self {
        Self {
            court: app.court_name.clone(),
            name: session.map(|s| s.name.clone()),
            csrf: session.map(|s| s.csrf.clone()).unwrap_or_default(),
            path: asked.path.clone(),
            words: asked.words(),
            large: asked.large,
        }
    }
}
