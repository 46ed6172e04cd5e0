//! What does not work, as a page in the language of whoever asked.

use crate::portal::state::{App, reading};
use crate::portal::web::request_context::Asked;
use crate::portal::web::frame::Frame;
use crate::portal::problem::Problem;
use crate::portal::auth::session;
use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    title: &'static str,
    advice: &'static str,
}

/// Gives the answers that a handler, a limit or a guard gave up on the text that people can read.
pub async fn say(State(app): State<Arc<App>>, mut asked: Asked, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    // Nobody comes back to what did not work; and what concerns someone else looks like what does not exist.
    asked.path = "/".to_owned();
    let session = asked.token.as_ref().and_then(|_| {
        let found = reading(&app, |app, conn| session::find(conn, app, &asked.reader()));
        found.ok()
    });
    let (_, title, advice) = problem.text(asked.words());
    let page = ProblemPage { frame: Frame::new(&app, &asked, session.as_ref()), title, advice };
    *response.body_mut() = Body::from(page.render().unwrap_or_else(|_| title.to_owned()));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}
