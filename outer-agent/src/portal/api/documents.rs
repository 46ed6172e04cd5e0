//! Documents of the person's cases: read (articles 4 and 5), or served, opened and signed for (articles 6 and 11).

use crate::portal::api::channel::Party;
use crate::portal::api::openapi::File;
use crate::portal::api::page::{Asked, Page, Paged, Paging};
use crate::portal::api::shape::{Item, Receipt, time};
use crate::portal::api::{Answer, BASE};
use crate::portal::state::{App, database};
use crate::portal::content::{document, service, view};
use crate::portal::auth::session;
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// 打开的送达文书。A document that was opened.
#[derive(Serialize, ToSchema)]
pub struct Opening {
    /// 下载地址，只在此会话、此渠道有效。Where its bytes are, for this session through this channel alone.
    #[schema(example = "/api/v1/files/…")]
    link: String,
    /// 下载地址失效的时间。When that ends.
    #[schema(format = DateTime)]
    expires: String,
    /// 送达回证编号。Id of the service receipt.
    receipt: String,
}

/// 向本人电子送达的文书
///
/// The documents that are served to the person, in all cases, newest first.
#[utoipa::path(get, path = "/documents", operation_id = "listServedDocuments", tag = "document", params(Paging),
    responses((status = 200, description = "一页。A page of records.", body = Page<Item>)))]
pub async fn served(
    State(app): State<Arc<App>>,
    Party(caller): Party,
    uri: OriginalUri,
    Asked(paging): Asked<Paging>,
) -> Answer<Paged<Item>> {
    let page = database(&app, move |app, conn| {
        // Off the async threads, though it only reads: a bank has a thousand cases.
        let tx = conn.transaction()?;
        let session = session::find(&tx, app, &caller.reader())?;
        paging.of(view::served(&tx, app, &session)?, &uri, |item| Item::read(&tx, app, item))
    });
    Ok(page.await?)
}

/// 打开送达文书：先形成送达回证
///
/// Opens a document that is served: the service receipt is committed before anything else.
#[utoipa::path(post, path = "/documents/{kind}/{id}/openings", operation_id = "openDocument", tag = "document",
    params(("kind" = String, Path, description = "类别代号。A kind.", example = "service"), ("id" = String, Path, description = "编号。A record.")),
    responses(
        (status = 201, description = "已打开。It was opened.", body = Opening,
         headers(("Location" = String, description = "下载地址。Where its bytes are."))),
        (status = 409, description = "没有有效的电子送达确认书。No consent to electronic service is in force.")))]
pub async fn open(
    State(app): State<Arc<App>>,
    Party(caller): Party,
    Path(which): Path<(String, String)>,
) -> Answer<Response> {
    let opened = service::open(&app, caller.actor(), which, caller.visitor).await?;
    let link = format!("{BASE}/files/{}", opened.token);
    let opening = Opening { link: link.clone(), expires: time(&app, opened.until_s), receipt: opened.receipt };
    Ok((StatusCode::CREATED, [(header::LOCATION, link)], Json(opening)).into_response())
}

/// 下载已打开的送达文书
///
/// The bytes of a document that was opened.
#[utoipa::path(get, path = "/files/{token}", operation_id = "getOpenedFile", tag = "document",
    params(("token" = String, Path, description = "打开时所给。What opening gave.")), responses(File))]
pub async fn follow(
    State(app): State<Arc<App>>,
    Party(caller): Party,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    Ok(service::follow(&app, caller.reader(), token, headers).await?)
}

/// 签收
///
/// Signs for a document that was opened. Signing again changes nothing.
#[utoipa::path(post, path = "/documents/{kind}/{id}/signature", operation_id = "signDocument", tag = "document",
    params(("kind" = String, Path, description = "类别代号。A kind.", example = "service"), ("id" = String, Path, description = "编号。A record.")),
    responses(
        (status = 200, description = "送达回证。The service receipt.", body = Receipt),
        (status = 409, description = "尚未打开，或者没有电子送达确认书。Not opened yet, or no consent.")))]
pub async fn sign(
    State(app): State<Arc<App>>,
    Party(caller): Party,
    Path(which): Path<(String, String)>,
) -> Answer<Json<Receipt>> {
    let receipt = service::sign(&app, caller.actor(), which).await?;
    Ok(Json(Receipt::new(&app, receipt.record)))
}

/// 查阅无需送达的文书、录音录像
///
/// A document or recording that is read without being served.
#[utoipa::path(get, path = "/documents/{kind}/{id}/file", operation_id = "getDocumentFile", tag = "document",
    params(("kind" = String, Path, description = "类别代号。A kind."), ("id" = String, Path, description = "编号。A record.")),
    responses(File))]
pub async fn read(
    State(app): State<Arc<App>>,
    Party(caller): Party,
    Path(which): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    Ok(document::read(&app, caller.reader(), which, headers).await?)
}

/// 送达回证
///
/// A service receipt of the person.
#[utoipa::path(get, path = "/receipts/{id}", operation_id = "getReceipt", tag = "document",
    params(("id" = String, Path, description = "送达回证编号。A receipt.")),
    responses((status = 200, description = "送达回证。The receipt.", body = Receipt)))]
pub async fn receipt(
    State(app): State<Arc<App>>,
    Party(caller): Party,
    Path(id): Path<String>,
) -> Answer<Json<Receipt>> {
    let (_, receipt) = service::receipt(&app, caller.reader(), id)?;
    Ok(Json(Receipt::new(&app, receipt.record)))
}
