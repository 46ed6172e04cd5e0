//! One's cases, and the case with its steps and messages (articles 3 and 10).

use crate::portal::app::{App, database};
use crate::portal::asked::Asked;
use crate::portal::pages::frame::Frame;
use crate::portal::pages::render;
use crate::portal::problem::Outcome;
use crate::portal::view::{self, Case, CaseLine};
use crate::portal::{document, message, session};
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
    let page = database(&app, move |app, conn| {
        let session = session::find(conn, app, asked.token.as_deref())?;
        let cases = view::cases(conn, app, &session)?;
        Ok(CasesPage { frame: Frame::new(app, &asked, Some(&session)), cases })
    });
    render(&page.await?)
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    frame: Frame,
    case: Case,
    characters_max: usize,
}

pub async fn case(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Outcome<Response> {
    let page = database(&app, move |app, conn| {
        let session = session::find(conn, app, asked.token.as_deref())?;
        let tx = conn.transaction()?;
        let case = view::case(&tx, app, &session, &id)?;
        let frame = Frame::new(app, &asked, Some(&session));
        Ok(CasePage { frame, case, characters_max: message::CHARACTERS_MAX })
    });
    render(&page.await?)
}

#[derive(Deserialize)]
pub struct MessageForm {
    csrf: String,
    text: String,
}

pub async fn leave_message(
    State(app): State<Arc<App>>,
    Path(case_id): Path<String>,
    asked: Asked,
    Form(form): Form<MessageForm>,
) -> Outcome<Response> {
    let back = Redirect::to(&format!("/cases/{}#messages", document::percent_encoded(&case_id)));
    message::leave(&app, asked.token, Some(form.csrf), case_id, form.text, asked.address).await?;
    Ok(back.into_response())
}
