//! One's cases, and the case with its steps and messages (articles 3 and 10).

use crate::portal::state::{App, reading};
use crate::portal::web::request_context::Asked;
use crate::portal::web::frame::Frame;
use crate::portal::web::{html, render};
use crate::portal::problem::{Outcome, Problem};
use crate::portal::cache::case_pages::{Key, State};
use crate::portal::auth::session::Session;
use crate::portal::content::view;
use crate::portal::content::view::{Case, CaseLine, Item, Offer, Written};
use crate::portal::i18n::messages::Language;
use crate::portal::content::messages;
use crate::portal::content::messages::Writing;
use crate::portal::content::document;
use crate::portal::auth::session;
use crate::store::visible;
use askama::Template;
use axum::Form;
use axum::body::Bytes;
use axum::extract::{self, Path};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use rusqlite::Connection;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage {
    frame: Frame,
    cases: Vec<CaseLine>,
}

pub async fn cases(extract::State(app): extract::State<Arc<App>>, asked: Asked) -> Outcome<Response> {
    let page = reading(&app, |app, conn| {
        let session = session::find(conn, app, &asked.reader())?;
        let cases = view::cases(conn, asked.voice(app), &session)?;
        Ok(CasesPage { frame: Frame::new(app, &asked, Some(&session)), cases })
    });
    render(&page?)
}

/// The steps of one day.
struct Day {
    text: String,
    steps: Vec<Item>,
}

/// What was typed and not taken, with why.
#[derive(Default)]
struct Typed {
    message: String,
    message_error: Option<&'static str>,
    request: String,
    subject: String,
    request_error: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    frame: Frame,
    id: String,
    head: Item,
    members: Vec<Item>,
    /// What is so on every day: who handles the case, who acts for whom.
    standing: Vec<Item>,
    /// What happened, newest day first.
    days: Vec<Day>,
    /// Documents to be served on this person.
    served: Vec<Item>,
    /// Documents and recordings that are just read.
    materials: Vec<Item>,
    messages: Vec<Written>,
    requests: Vec<Written>,
    subjects: Vec<(String, String)>,
    characters_max: usize,
    typed: Typed,
}

impl CasePage {
    fn new(frame: Frame, case: Case, subjects: Vec<(String, String)>, typed: Typed) -> Self {
        let with = |wanted: fn(&Offer) -> bool| -> Vec<Item> {
            case.steps.iter().filter(|s| s.document.as_ref().is_some_and(wanted)).cloned().collect()
        };
        let mut served = with(|document| !document.may_read);
        served.sort_by_key(|s| s.document.as_ref().is_some_and(|d| d.signed.is_some()));
        let materials = with(|document| document.may_read);
        let (mut standing, mut days) = (Vec::new(), Vec::<Day>::new());
        for step in case.steps {
            if step.day.is_empty() {
                standing.push(step);
            } else if let Some(day) = days.last_mut().filter(|day| day.text == step.day_text) {
                day.steps.push(step);
            } else {
                days.push(Day { text: step.day_text.clone(), steps: vec![step] });
            }
        }
        Self {
            frame,
            id: case.id,
            head: case.head,
            members: case.members,
            standing,
            days,
            served,
            materials,
            messages: case.messages,
            requests: case.requests,
            subjects,
            characters_max: messages::CHARACTERS_MAX,
            typed,
        }
    }
}

pub async fn case(
    extract::State(app): extract::State<Arc<App>>,
    Path(id): Path<String>,
    asked: Asked,
) -> Outcome<Response> {
    let writes = app.writes();
    reading(&app, |app, conn| {
        let session = session::find(conn, app, &asked.reader())?;
        let state = State { generation: visible::generation(conn)?, writes };
        let english = asked.language == Language::English;
        let key = Key { session: session.id, case_id: id.clone(), english, large: asked.large };
        let body = match app.recent.find(state, &key) {
            Some(body) => body,
            None => {
                let page = case_page(app, conn, &asked, &session, &id, Typed::default())?;
                let body = Bytes::from(html(&page)?);
                app.recent.keep(state, key, body.clone());
                body
            }
        };
        Ok(Html(body).into_response())
    })
}

fn case_page(
    app: &App,
    conn: &Connection,
    asked: &Asked,
    session: &Session,
    id: &str,
    typed: Typed,
) -> Outcome<CasePage> {
    let voice = asked.voice(app);
    let case = view::case(conn, voice, session, id)?;
    let mut frame = Frame::new(app, asked, Some(session));
    frame.path = format!("/cases/{}", document::percent_encoded(id));
    let subjects = messages::subjects(voice).into_iter().map(|(code, name)| (code.into(), name.into())).collect();
    Ok(CasePage::new(frame, case, subjects, typed))
}

/// A text and, for a request, what it asks access to.
#[derive(Deserialize)]
pub struct WritingForm {
    csrf: String,
    text: String,
    #[serde(default)]
    subject: String,
}

pub async fn leave_message(
    extract::State(app): extract::State<Arc<App>>,
    Path(case_id): Path<String>,
    asked: Asked,
    Form(form): Form<WritingForm>,
) -> Outcome<Response> {
    submit(&app, case_id, asked, Writing::Message, form).await
}

pub async fn request_access(
    extract::State(app): extract::State<Arc<App>>,
    Path(case_id): Path<String>,
    asked: Asked,
    Form(form): Form<WritingForm>,
) -> Outcome<Response> {
    submit(&app, case_id, asked, Writing::Request(form.subject.clone()), form).await
}

async fn submit(
    app: &Arc<App>,
    case_id: String,
    asked: Asked,
    writing: Writing,
    form: WritingForm,
) -> Outcome<Response> {
    let is_message = matches!(writing, Writing::Message);
    let back =
        format!("/cases/{}#{}", document::percent_encoded(&case_id), if is_message { "messages" } else { "requests" });
    let actor = asked.actor(form.csrf);
    let submitted = messages::submit(app, actor, case_id.clone(), writing, form.text.clone(), asked.visitor.clone());
    match submitted.await {
        Ok(_) => Ok(Redirect::to(&back).into_response()),
        // What was typed is not lost: it stands in the form, with what is wrong.
        Err(Problem::Invalid(why)) => {
            let why = Some(why(asked.words()));
            let typed = if is_message {
                Typed { message: form.text, message_error: why, ..Typed::default() }
            } else {
                Typed { request: form.text, subject: form.subject, request_error: why, ..Typed::default() }
            };
            let page = reading(app, |app, conn| {
                let session = session::find(conn, app, &asked.reader())?;
                case_page(app, conn, &asked, &session, &case_id, typed)
            });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page?)?).into_response())
        }
        Err(other) => Err(other),
    }
}
