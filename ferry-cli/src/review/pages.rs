//! The pages. All are made here, none has a script.

use crate::labels::Name;
use crate::review::desk::{Desk, Done, Who, said};
use crate::review::draft::{Draft, Place};
use crate::review::find::{Asked, PAGE};
use crate::review::view::{self, Card, Change, Head, Standing};
use crate::sheet::{STYLE, Sheet};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use ferry_format::FormatError;
use ferry_io::exit_code::{BAD_DATA, CANNOT_CREATE, IO, NO_INPUT, NOT_PERMITTED};
use ferry_io::{Error, Result as Outcome};
use serde::Deserialize;
use std::sync::Arc;

/// Flagged items that the first page and the form for a refusal show.
const FLAGGED_FIRST: usize = 20;

/// What stands around every page.
pub struct Frame {
    /// First part of every address.
    pub root: String,
    /// Court.
    pub court: String,
    /// A draft, or which batch.
    pub place: Name,
    /// How much was flagged.
    pub flagged: u64,
    /// Which page this is.
    pub here: &'static str,
}

impl Frame {
    /// Around a page of the draft.
    pub fn of(desk: &Desk, head: &Head, here: &'static str) -> Self {
        Self { root: desk.root(), court: head.court.clone(), place: head.place.clone(), flagged: head.total[3], here }
    }

    /// The attribute that says which entry of the menu is this page.
    pub fn mark(&self, here: &str) -> &'static str {
        if self.here == here { " aria-current=\"page\"" } else { "" }
    }
}

/// Runs `work` on a thread that may read the disk, and shows what came of it.
pub async fn shown<T, F>(desk: Arc<Desk>, work: F) -> Response
where
    T: Template,
    F: FnOnce(&Desk) -> Outcome<T> + Send + 'static,
{
    answered(desk, move |desk| {
        let page = work(desk)?;
        let text = page.render().map_err(|e| FormatError::Input { what: "page".into(), why: e.to_string() })?;
        Ok(Html(text).into_response())
    })
    .await
}

/// The same for what is no page.
pub async fn answered<F>(desk: Arc<Desk>, work: F) -> Response
where
    F: FnOnce(&Desk) -> Outcome<Response> + Send + 'static,
{
    let root = desk.root();
    let done = tokio::task::spawn_blocking(move || work(&desk)).await;
    let outcome = done.unwrap_or_else(|_| Err(Error::new(IO, "FERRY-E0744", "a page ended early", "ask for it again")));
    outcome.unwrap_or_else(|f| problem(root, &f))
}

#[derive(Template)]
#[template(path = "review/problem.html")]
struct Problem {
    root: String,
    message: String,
    hint: String,
    code: &'static str,
}

/// A failure as a page.
fn problem(root: String, failure: &Error) -> Response {
    let status = match failure.exit {
        NOT_PERMITTED => StatusCode::FORBIDDEN,
        NO_INPUT => StatusCode::NOT_FOUND,
        CANNOT_CREATE => StatusCode::CONFLICT,
        BAD_DATA => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let (message, code) = said(failure);
    let page = Problem { root, message, hint: failure.hint.english().to_owned(), code };
    (status, Html(page.render().unwrap_or_default())).into_response()
}

/// The style sheet of all pages.
pub async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

#[derive(Template)]
#[template(path = "review/overview.html")]
struct Overview {
    frame: Frame,
    head: Head,
    standing: Standing,
    names: Option<Name>,
    flagged: Vec<Card>,
    changed: Option<[usize; 4]>,
}

/// The first page.
pub async fn overview(State(desk): State<Arc<Desk>>) -> Response {
    shown(desk, |desk| {
        let mut draft = desk.draft()?;
        let head = desk.head(&draft);
        let changed = desk.changes.as_ref().map(|c| [c.changed.len(), c.added.len(), c.gone.len(), c.same]);
        let flagged = flagged(desk, &mut draft, FLAGGED_FIRST)?;
        let standing = desk.standing(&draft);
        Ok(Overview {
            frame: Frame::of(desk, &head, "overview"),
            head,
            standing,
            names: desk.names(),
            flagged,
            changed,
        })
    })
    .await
}

fn flagged(desk: &Desk, draft: &mut Draft, most: usize) -> Outcome<Vec<Card>> {
    let asked = Asked { flagged: "1".into(), ..Asked::default() };
    let places: Vec<Place> = draft.page(&asked, 1)?.places.into_iter().take(most).collect();
    cards(desk, draft, &places)
}

fn cards(desk: &Desk, draft: &mut Draft, places: &[Place]) -> Outcome<Vec<Card>> {
    let items = draft.items(places)?;
    items.into_iter().map(|item| Card::of(draft, &desk.labels, item, true)).collect()
}

/// The number of a page in an address.
#[derive(Deserialize)]
pub struct Turned {
    /// From 1.
    pub page: Option<u64>,
}

#[derive(Template)]
#[template(path = "review/items.html")]
struct Items {
    frame: Frame,
    asked: Asked,
    kinds: Vec<(String, Name)>,
    withheld: String,
    cards: Vec<Card>,
    total: u64,
    more: bool,
    number: u64,
    last: u64,
}

impl Items {
    /// The address of another page of the same list.
    fn to(&self, number: &u64) -> String {
        let code = |text: &str| askama::filters::urlencode_strict(text).map(|t| t.to_string()).unwrap_or_default();
        let Asked { kind, case, text, flagged, retracted } = &self.asked;
        let pairs = [("kind", kind), ("case", case), ("text", text), ("flagged", flagged), ("retracted", retracted)];
        let given: String =
            pairs.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| format!("{n}={}&", code(v))).collect();
        format!("{}/items?{given}page={number}", self.frame.root)
    }
}

/// A page of what is asked for.
pub async fn items(
    State(desk): State<Arc<Desk>>,
    Query(asked): Query<Asked>,
    Query(turned): Query<Turned>,
) -> Response {
    shown(desk, move |desk| {
        let mut draft = desk.draft()?;
        let page = draft.page(&asked, turned.page.unwrap_or(1))?;
        let cards = cards(desk, &mut draft, &page.places)?;
        let head = desk.head(&draft);
        let here = if asked.flagged.is_empty() { "items" } else { "flagged" };
        let kinds = head.kinds.iter().map(|k| (k.id.clone(), k.name.clone())).collect();
        let withheld = head.withheld_kind.clone();
        let (frame, total, more) = (Frame::of(desk, &head, here), page.total, page.more);
        Ok(Items { frame, asked, kinds, withheld, cards, total, more, number: page.number, last: page.last })
    })
    .await
}

#[derive(Template)]
#[template(path = "review/item.html")]
struct One {
    frame: Frame,
    card: Card,
}

/// One record or document, with all that it says.
pub async fn item(State(desk): State<Arc<Desk>>, Path((_, entry, number)): Path<(String, u32, u32)>) -> Response {
    shown(desk, move |desk| {
        let mut draft = desk.draft()?;
        let item = draft.item((entry, number))?;
        let card = Card::of(&mut draft, &desk.labels, item, false)?;
        let head = desk.head(&draft);
        Ok(One { frame: Frame::of(desk, &head, "item"), card })
    })
    .await
}

#[derive(Template)]
#[template(path = "review/changes.html")]
struct Changed {
    frame: Frame,
    counts: Option<[usize; 4]>,
    changes: Vec<Change>,
    number: u64,
    last: u64,
}

/// What changed since the batch before.
pub async fn changes(State(desk): State<Arc<Desk>>, Query(turned): Query<Turned>) -> Response {
    shown(desk, move |desk| {
        let draft = desk.draft()?;
        let head = desk.head(&draft);
        let frame = Frame::of(desk, &head, "changes");
        let Some(all) = &desk.changes else {
            return Ok(Changed { frame, counts: None, changes: Vec::new(), number: 1, last: 1 });
        };
        let counts = [all.changed.len(), all.added.len(), all.gone.len(), all.same];
        let total = (counts[0] + counts[1] + counts[2]) as u64;
        let last = total.div_ceil(PAGE).max(1);
        let number = turned.page.unwrap_or(1).clamp(1, last);
        let changes = view::changes(all, &desk.labels, ((number - 1) * PAGE) as usize, PAGE as usize);
        Ok(Changed { frame, counts: Some(counts), changes, number, last })
    })
    .await
}

/// The release sheet.
pub async fn sheet(State(desk): State<Arc<Desk>>) -> Response {
    shown(desk, |desk| {
        let draft = desk.draft()?;
        Ok(Sheet::of(Some(desk.root()), desk.head(&draft), desk.standing(&draft)))
    })
    .await
}

#[derive(Template)]
#[template(path = "review/decide.html")]
struct Decide {
    frame: Frame,
    head: Head,
    standing: Standing,
    who: Who,
    form: String,
    done: Option<Done>,
    flagged: Vec<Card>,
    chosen: Vec<Card>,
}

/// An item that a refusal is to name.
#[derive(Deserialize)]
pub struct Chosen {
    item: Option<String>,
}

/// The forms.
pub async fn decide(State(desk): State<Arc<Desk>>, Query(chosen): Query<Chosen>) -> Response {
    shown(desk, move |desk| {
        let mut draft = desk.draft()?;
        let chosen: Vec<Place> = chosen.item.iter().map(|text| place(text)).collect::<Outcome<_>>()?;
        let chosen = cards(desk, &mut draft, &chosen)?;
        let mut flagged = flagged(desk, &mut draft, FLAGGED_FIRST)?;
        flagged.retain(|card| !chosen.iter().any(|c| c.place == card.place));
        let head = desk.head(&draft);
        let (standing, who, done) = (desk.standing(&draft), desk.who(), desk.done());
        let frame = Frame::of(desk, &head, "decide");
        Ok(Decide { frame, head, standing, who, form: desk.secrets.form.clone(), done, flagged, chosen })
    })
    .await
}

/// Reads `ENTRY/NUMBER`.
pub fn place(text: &str) -> Outcome<Place> {
    let parsed = text.split_once('/').and_then(|(entry, number)| Some((entry.parse().ok()?, number.parse().ok()?)));
    let hint = "choose it again on its page";
    parsed.ok_or_else(|| Error::new(NO_INPUT, "FERRY-E0742", "the draft has no such record or document", hint))
}

#[derive(Template)]
#[template(path = "review/done.html")]
struct Finished {
    frame: Frame,
    head: Head,
    standing: Standing,
    who: Who,
    done: Option<Done>,
}

/// What was decided, and what to do with it.
pub async fn done(State(desk): State<Arc<Desk>>) -> Response {
    shown(desk, |desk| {
        let draft = desk.draft()?;
        let head = desk.head(&draft);
        let (standing, who, done) = (desk.standing(&draft), desk.who(), desk.done());
        Ok(Finished { frame: Frame::of(desk, &head, "decide"), head, standing, who, done })
    })
    .await
}
