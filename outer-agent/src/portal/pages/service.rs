//! Opening a document (article 11).

use crate::portal::app::App;
use crate::portal::asked::Asked;
use crate::portal::document;
use crate::portal::pages::Signed;
use crate::portal::problem::Outcome;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

pub async fn open(
    State(app): State<Arc<App>>,
    Path(which): Path<(String, String)>,
    asked: Asked,
    Form(form): Form<Signed>,
) -> Outcome<Response> {
    document::open(&app, asked.token, Some(form.csrf), which, asked.visitor).await
}
