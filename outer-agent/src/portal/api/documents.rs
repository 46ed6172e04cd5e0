//! Documents of the person's cases: read (articles 4 and 5), or opened and signed for (articles 6 and 11).

use crate::portal::api::answer::{Answer, BASE};
use crate::portal::api::channel::Party;
use crate::portal::api::openapi::File;
use crate::portal::api::paging::{Page, Paged, Paging, StrictQuery};
use crate::portal::api::schema::{Item, Receipt};
use crate::portal::auth::session::Sessions;
use crate::portal::content::case_view::Cases;
use crate::portal::content::document::Documents;
use crate::portal::content::service::{self, ElectronicService};
use crate::portal::court::Court;
use crate::portal::i18n::format::Formatter;
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A document that was opened.
#[derive(Serialize, ToSchema)]
pub struct Opening {
    /// Link to its bytes, valid for this session in this channel only.
    #[schema(example = "/api/v1/files/…")]
    link: String,
    /// When the link expires.
    #[schema(format = DateTime)]
    expires: String,
    /// Id of the service receipt.
    receipt: String,
}

/// List documents served on the person
///
/// Documents of all cases that are served electronically on the person, newest first.
#[utoipa::path(get, path = "/documents", operation_id = "listServedDocuments", tag = "document", params(Paging),
    responses((status = 200, description = "A page of records.", body = Page<Item>)))]
pub async fn served(
    State(sessions): State<Arc<Sessions>>,
    State(cases): State<Arc<Cases>>,
    Party(caller): Party,
    uri: OriginalUri,
    StrictQuery(paging): StrictQuery<Paging>,
) -> Answer<Paged<Item>> {
    let finder = sessions.clone();
    let page = sessions.database.write(move |conn| {
        // On a blocking thread, although it only reads: a bank has a thousand cases.
        let tx = conn.transaction()?;
        let session = finder.find(&tx, &caller.reader())?;
        let served = cases.served(&tx, Formatter::chinese(&cases.court), &session)?;
        paging.cut(served, &uri, |item| Item::read(&tx, &cases.court, item))
    });
    Ok(page.await?)
}

/// Open a document for service
///
/// The service receipt is committed before anything else.
#[utoipa::path(post, path = "/documents/{kind}/{id}/openings", operation_id = "openDocument", tag = "document",
    params(("kind" = String, Path, description = "Kind id.", example = "service"), ("id" = String, Path, description = "Record id.")),
    responses(
        (status = 201, description = "Opened.", body = Opening,
         headers(("Location" = String, description = "Link to the bytes."))),
        (status = 409, description = "No valid consent to electronic service.")))]
pub async fn open(
    State(service): State<Arc<ElectronicService>>,
    State(court): State<Arc<Court>>,
    Party(caller): Party,
    Path(document): Path<(String, String)>,
) -> Answer<Response> {
    let opened = service.open(caller.actor(), document, caller.visitor).await?;
    let link = format!("{BASE}/files/{}", opened.token);
    let opening = Opening { link: link.clone(), expires: court.rfc3339(opened.until_s), receipt: opened.receipt };
    Ok((StatusCode::CREATED, [(header::LOCATION, link)], Json(opening)).into_response())
}

/// Download an opened document
///
/// The bytes of a document that was opened.
#[utoipa::path(get, path = "/files/{token}", operation_id = "getOpenedFile", tag = "document",
    params(("token" = String, Path, description = "Token of the link.")), responses(File))]
pub async fn follow(
    State(service): State<Arc<ElectronicService>>,
    Party(caller): Party,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    Ok(service.follow(&caller.reader(), &token, &headers)?)
}

/// Sign for a document
///
/// For a document that was opened. Signing again changes nothing.
#[utoipa::path(post, path = "/documents/{kind}/{id}/signature", operation_id = "signDocument", tag = "document",
    params(("kind" = String, Path, description = "Kind id.", example = "service"), ("id" = String, Path, description = "Record id.")),
    responses(
        (status = 200, description = "The service receipt.", body = Receipt),
        (status = 409, description = "Not opened yet, or no consent to electronic service.")))]
pub async fn sign(
    State(service): State<Arc<ElectronicService>>,
    State(court): State<Arc<Court>>,
    Party(caller): Party,
    Path(document): Path<(String, String)>,
) -> Answer<Json<Receipt>> {
    let receipt = service.sign(caller.actor(), document).await?;
    Ok(Json(Receipt::new(&court, receipt.record)))
}

/// Read a document
///
/// A document or recording that is read without service.
#[utoipa::path(get, path = "/documents/{kind}/{id}/file", operation_id = "getDocumentFile", tag = "document",
    params(("kind" = String, Path, description = "Kind id."), ("id" = String, Path, description = "Record id.")),
    responses(File))]
pub async fn read(
    State(documents): State<Arc<Documents>>,
    Party(caller): Party,
    Path((kind, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    Ok(documents.read(&caller.reader(), (&kind, &id), &headers)?)
}

/// Read a service receipt
///
/// A service receipt of the person.
#[utoipa::path(get, path = "/receipts/{id}", operation_id = "getReceipt", tag = "document",
    params(("id" = String, Path, description = "Receipt id.")),
    responses((status = 200, description = "The receipt.", body = Receipt)))]
pub async fn receipt(
    State(sessions): State<Arc<Sessions>>,
    State(court): State<Arc<Court>>,
    Party(caller): Party,
    Path(id): Path<String>,
) -> Answer<Json<Receipt>> {
    let receipt = sessions.read(&caller.reader(), |conn, session| service::receipt(conn, session, &id))?;
    Ok(Json(Receipt::new(&court, receipt.record)))
}
