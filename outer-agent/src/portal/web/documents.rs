//! Documents on the page of a case: read, or opened and signed for (articles 4, 5 and 11).

use crate::portal::content::document::Documents;
use crate::portal::content::record_view::{FieldLine, receipt_lines};
use crate::portal::content::service::{self, ElectronicService};
use crate::portal::http::percent_encoded;
use crate::portal::problem::Outcome;
use crate::portal::site::request_context::RequestContext;
use crate::portal::site::{Frame, Site};
use crate::portal::web::render::{ConfirmForm, render};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use ferry_format::record::Record;
use std::sync::Arc;

pub async fn read(
    State(documents): State<Arc<Documents>>,
    Path((kind, id)): Path<(String, String)>,
    request: RequestContext,
    headers: HeaderMap,
) -> Outcome<Response> {
    documents.read(&request.reader(), (&kind, &id), &headers)
}

pub async fn open(
    State(service): State<Arc<ElectronicService>>,
    Path(document): Path<(String, String)>,
    request: RequestContext,
    Form(form): Form<ConfirmForm>,
) -> Outcome<Response> {
    let opened = service.open(request.actor(form.csrf), document, request.visitor.clone()).await?;
    Ok(Redirect::to(&format!("/files/{}", opened.token)).into_response())
}

pub async fn follow(
    State(service): State<Arc<ElectronicService>>,
    Path(token): Path<String>,
    request: RequestContext,
    headers: HeaderMap,
) -> Outcome<Response> {
    service.follow(&request.reader(), &token, &headers)
}

pub async fn sign(
    State(service): State<Arc<ElectronicService>>,
    Path(document): Path<(String, String)>,
    request: RequestContext,
    Form(form): Form<ConfirmForm>,
) -> Outcome<Response> {
    let receipt = service.sign(request.actor(form.csrf), document).await?;
    Ok(Redirect::to(&format!("/receipts/{}", percent_encoded(&receipt.record.id))).into_response())
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    frame: Frame,
    receipt: Record,
    fields: Vec<FieldLine>,
}

pub async fn receipt(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: RequestContext,
) -> Outcome<Response> {
    let page = site.read_for_person(&request, |conn, session| {
        let receipt = service::receipt(conn, session, &id)?.record;
        let fields = receipt_lines(request.formatter(&site.court), &receipt);
        Ok(ReceiptPage { frame: site.frame(&request, Some(session)), receipt, fields })
    });
    render(&page?)
}
