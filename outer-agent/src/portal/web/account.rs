//! Login, logout, and the person's sessions (article 9).

use crate::config::portal::Factor;
use crate::portal::auth::Credentials;
use crate::portal::auth::login::Login;
use crate::portal::auth::session::{self, ListedSession, Sessions};
use crate::portal::problem::{Outcome, Problem};
use crate::portal::site::request_context::RequestContext;
use crate::portal::site::{Frame, Site};
use crate::portal::web::render::{ConfirmForm, render};
use crate::texts::portal as texts;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
    wrong: bool,
    name: bool,
    phone: bool,
    code: bool,
    password: bool,
}

fn login_form(site: &Site, login: &Login, request: &RequestContext, wrong: bool) -> Outcome<Response> {
    render(&LoginPage {
        frame: site.frame(request, None),
        wrong,
        name: login.asks_for(Factor::Name),
        phone: login.asks_for(Factor::Phone),
        code: login.asks_for(Factor::QueryCode),
        password: login.asks_for(Factor::Password),
    })
}

pub async fn login_page(
    State(site): State<Arc<Site>>,
    State(login): State<Arc<Login>>,
    request: RequestContext,
) -> Outcome<Response> {
    login_form(&site, &login, &request, false)
}

pub async fn log_in(
    State(site): State<Arc<Site>>,
    State(login): State<Arc<Login>>,
    request: RequestContext,
    Form(typed): Form<Credentials>,
) -> Outcome<Response> {
    match login.log_in(typed, request.reader(), request.visitor.clone()).await {
        Ok((token, _)) => with_session_cookie(Redirect::to("/cases").into_response(), &token),
        Err(Problem::WrongLogin) => {
            Ok((StatusCode::UNAUTHORIZED, login_form(&site, &login, &request, true)?).into_response())
        }
        Err(other) => Err(other),
    }
}

pub async fn log_out(
    State(sessions): State<Arc<Sessions>>,
    request: RequestContext,
    Form(form): Form<ConfirmForm>,
) -> Outcome<Response> {
    sessions.write(request.actor(form.csrf), |_, conn, session| session::end_this(conn, session)).await?;
    with_session_cookie(Redirect::to("/").into_response(), "")
}

fn with_session_cookie(mut response: Response, token: &str) -> Outcome<Response> {
    let cookie = HeaderValue::from_str(&session::set_cookie(token));
    let cookie = cookie.map_err(|_| Problem::internal(&texts::invalid_header()))?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// A session with its times for people.
struct SessionLine {
    session: ListedSession,
    started: String,
    last_used: String,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    frame: Frame,
    sessions: Vec<SessionLine>,
}

pub async fn sessions(State(site): State<Arc<Site>>, request: RequestContext) -> Outcome<Response> {
    let page = site.read_for_person(&request, |conn, session| {
        let formatter = request.formatter(&site.court);
        let line = |listed: ListedSession| SessionLine {
            started: formatter.time(listed.started_s),
            last_used: formatter.time(listed.seen_s),
            session: listed,
        };
        let sessions = site.sessions.list(conn, session)?.into_iter().map(line).collect();
        Ok(SessionsPage { frame: site.frame(&request, Some(session)), sessions })
    });
    render(&page?)
}

pub async fn end_session(
    State(sessions): State<Arc<Sessions>>,
    Path(handle): Path<String>,
    request: RequestContext,
    Form(form): Form<ConfirmForm>,
) -> Outcome<Response> {
    let actor = request.actor(form.csrf);
    sessions.write(actor, move |sessions, conn, session| sessions.end(conn, session, &handle)).await?;
    Ok(Redirect::to("/sessions").into_response())
}

pub async fn end_other_sessions(
    State(sessions): State<Arc<Sessions>>,
    request: RequestContext,
    Form(form): Form<ConfirmForm>,
) -> Outcome<Response> {
    sessions.write(request.actor(form.csrf), |_, conn, session| session::end_others(conn, session)).await?;
    Ok(Redirect::to("/sessions").into_response())
}
