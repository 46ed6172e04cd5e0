//! One's cases, and the case with its steps and messages (articles 3 and 10).

use crate::portal::app::{App, reading};
use crate::portal::asked::Asked;
use crate::portal::pages::frame::Frame;
use crate::portal::pages::render;
use crate::portal::problem::Outcome;
use crate::portal::view::{self, Case, CaseLine};
use crate::portal::writing::{self, Writing};
use crate::portal::{document, session};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage {
    frame: Frame,
    cases: Vec<CaseLine>,
}

pub async fn cases(State(app): State<Arc<App>>, asked: Asked) -> Outcome<Response> {
    let page = reading(&app, |app, conn| {
        let session = session::find(conn, app, &asked.reader())?;
        let cases = view::cases(conn, app, &session)?;
        Ok(CasesPage { frame: Frame::new(app, &asked, Some(&session)), cases })
    });
    render(&page?)
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    frame: Frame,
    case: Case,
    subjects: Vec<(String, String)>,
    characters_max: usize,
}

pub async fn case(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Outcome<Response> {
    let page = reading(&app, |app, conn| {
        let session = session::find(conn, app, &asked.reader())?;
        let case = view::case(conn, app, &session, &id)?;
        let frame = Frame::new(app, &asked, Some(&session));
        let subjects = writing::subjects(app).into_iter().map(|(code, name)| (code.into(), name.into())).collect();
        Ok(CasePage { frame, case, subjects, characters_max: writing::CHARACTERS_MAX })
    });
    render(&page?)
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
    State(app): State<Arc<App>>,
    Path(case_id): Path<String>,
    asked: Asked,
    Form(form): Form<WritingForm>,
) -> Outcome<Response> {
    submit(&app, case_id, asked, Writing::Message, form).await
}

pub async fn request_access(
    State(app): State<Arc<App>>,
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
    let part = if matches!(writing, Writing::Message) { "messages" } else { "requests" };
    let back = format!("/cases/{}#{part}", document::percent_encoded(&case_id));
    writing::submit(app, asked.actor(form.csrf), case_id, writing, form.text, asked.visitor.clone()).await?;
    Ok(Redirect::to(&back).into_response())
}
