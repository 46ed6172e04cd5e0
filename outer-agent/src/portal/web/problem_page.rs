//! A failed request as a page in the visitor's language.

use crate::portal::problem::Problem;
use crate::portal::site::request_context::RequestContext;
use crate::portal::site::{Frame, Site};
use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::borrow::Cow;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    title: &'static str,
    advice: Cow<'static, str>,
}

/// Renders the [`Problem`] in the extensions of a response, put there by a handler, a limit or a guard.
pub async fn render_problem(
    State(site): State<Arc<Site>>,
    mut context: RequestContext,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    // There is nothing to come back to; and what concerns someone else looks like what does not exist.
    context.path = "/".to_owned();
    let reader = context.token.as_ref().map(|_| context.reader());
    let session = reader.and_then(|reader| site.sessions.read(&reader, |_, session| Ok(session.clone())).ok());
    let (_, title, advice) = problem.text(context.messages());
    let page = ProblemPage { frame: site.frame(&context, session.as_ref()), title, advice };
    *response.body_mut() = Body::from(page.render().unwrap_or_else(|_| title.to_owned()));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}
