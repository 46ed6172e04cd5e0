//! The two forms: nothing is changed but by these.

use crate::review::desk::Desk;
use crate::review::guard::same;
use crate::review::pages::{answered, place};
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::{IntoResponse, Redirect, Response};
use ferry_io::exit_code::NOT_PERMITTED;
use ferry_io::{Error, Result as Outcome};
use std::sync::Arc;

type Fields = Result<Form<Vec<(String, String)>>, FormRejection>;

/// The fields of a form, once its token was found right.
struct Sent(Vec<(String, String)>);

impl Sent {
    fn check(desk: &Desk, fields: Fields) -> Outcome<Self> {
        let fields = fields.map(|Form(fields)| fields).unwrap_or_default();
        let sent = Self(fields);
        if same(sent.first("token"), &desk.secrets.form) {
            return Ok(sent);
        }
        let message = "this form was not sent from this page, or it is too long";
        Err(Error::new(NOT_PERMITTED, "FERRY-E0743", message, "go back to the page and send the form again"))
    }

    fn first(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).unwrap_or_default()
    }
}

/// Approves.
pub async fn approve(State(desk): State<Arc<Desk>>, fields: Fields) -> Response {
    answered(desk, |desk| {
        let sent = Sent::check(desk, fields)?;
        if sent.first("read") != "1" {
            let hint = "tick that you have read what is flagged and compared the words";
            return Err(Error::new(NOT_PERMITTED, "FERRY-E0745", "nothing was approved: the box is not ticked", hint));
        }
        desk.approve()?;
        Ok(Redirect::to(&format!("{}/done", desk.root())).into_response())
    })
    .await
}

/// Refuses.
pub async fn refuse(State(desk): State<Arc<Desk>>, fields: Fields) -> Response {
    answered(desk, |desk| {
        let sent = Sent::check(desk, fields)?;
        let mut items = Vec::new();
        for (_, text) in sent.0.iter().filter(|(name, _)| name == "item") {
            let item = desk.draft()?.item(place(text)?)?;
            let (kind, name) = (item.entry.kind, item.entry.name);
            items.push(item.record.map_or((kind, name), |r| (r.kind, r.id)));
        }
        // A browser sends line ends of its own.
        desk.refuse(&sent.first("reason").replace("\r\n", "\n"), items)?;
        Ok(Redirect::to(&format!("{}/done", desk.root())).into_response())
    })
    .await
}
