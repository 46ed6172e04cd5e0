//! The two forms: nothing is changed but by these.

use crate::review::pages::decide::item_number;
use crate::review::respond::respond;
use crate::review::secrets::same;
use crate::review::state::ReviewState;
use crate::texts::errors;
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::{IntoResponse, Redirect, Response};
use ferry_io::Result as Outcome;
use std::sync::Arc;

type FormFields = Result<Form<Vec<(String, String)>>, FormRejection>;

/// The fields of a form whose token is right.
struct CheckedForm(Vec<(String, String)>);

impl CheckedForm {
    fn check(state: &ReviewState, fields: FormFields) -> Outcome<Self> {
        let form = Self(fields.map(|Form(fields)| fields).unwrap_or_default());
        if same(form.first("token"), &state.secrets.form) {
            return Ok(form);
        }
        Err(errors::form_not_ours())
    }

    fn first(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).unwrap_or_default()
    }
}

/// Approves.
pub async fn approve(State(state): State<Arc<ReviewState>>, fields: FormFields) -> Response {
    respond(state, |state| {
        let form = CheckedForm::check(state, fields)?;
        if form.first("read") != "1" {
            return Err(errors::box_not_ticked());
        }
        state.approve()?;
        Ok(Redirect::to(&format!("{}/done", state.root())).into_response())
    })
    .await
}

/// Refuses.
pub async fn refuse(State(state): State<Arc<ReviewState>>, fields: FormFields) -> Response {
    respond(state, |state| {
        let form = CheckedForm::check(state, fields)?;
        let mut items = Vec::new();
        for (_, text) in form.0.iter().filter(|(name, _)| name == "item") {
            let item = state.draft()?.item(item_number(text)?)?;
            let (kind, name) = (item.entry.kind, item.entry.name);
            items.push(item.record.map_or((kind, name), |r| (r.kind, r.id)));
        }
        // A browser sends line ends of its own.
        state.refuse(&form.first("reason").replace("\r\n", "\n"), items)?;
        Ok(Redirect::to(&format!("{}/done", state.root())).into_response())
    })
    .await
}
