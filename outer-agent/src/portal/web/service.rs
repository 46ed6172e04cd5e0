//! Documents on the page of a case: read, or opened and signed for (articles 4, 5 and 11).

use crate::portal::state::App;
use crate::portal::web::request_context::Asked;
use crate::portal::content::document;
use crate::portal::content::document::percent_encoded;
use crate::portal::web::frame::Frame;
use crate::portal::web::{Signed, render};
use crate::portal::problem::Outcome;
use crate::portal::content::{service, view};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use ferry_format::record::Record;
use std::sync::Arc;

pub async fn read(
    State(app): State<Arc<App>>,
    Path(which): Path<(String, String)>,
    asked: Asked,
    headers: HeaderMap,
) -> Outcome<Response> {
    document::read(&app, asked.reader(), which, headers).await
}

pub async fn open(
    State(app): State<Arc<App>>,
    Path(which): Path<(String, String)>,
    asked: Asked,
    Form(form): Form<Signed>,
) -> Outcome<Response> {
    let opened = service::open(&app, asked.actor(form.csrf), which, asked.visitor.clone()).await?;
    Ok(Redirect::to(&format!("/files/{}", opened.token)).into_response())
}

pub async fn follow(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    asked: Asked,
    headers: HeaderMap,
) -> Outcome<Response> {
    service::follow(&app, asked.reader(), token, headers).await
}

pub async fn sign(
    State(app): State<Arc<App>>,
    Path(which): Path<(String, String)>,
    asked: Asked,
    Form(form): Form<Signed>,
) -> Outcome<Response> {
    let receipt = service::sign(&app, asked.actor(form.csrf), which).await?;
    Ok(Redirect::to(&format!("/receipts/{}", percent_encoded(&receipt.record.id))).into_response())
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    frame: Frame,
    receipt: Record,
    lines: Vec<view::Line>,
}

pub async fn receipt(State(app): State<Arc<App>>, Path(id): Path<String>, asked: Asked) -> Outcome<Response> {
    let (session, receipt) = service::receipt(&app, asked.reader(), id)?;
    let lines = view::receipt(asked.voice(&app), &receipt.record);
    render(&ReceiptPage { frame: Frame::new(&app, &asked, Some(&session)), receipt: receipt.record, lines })
}
