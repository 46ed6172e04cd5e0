//! Logging in and out, and one's sessions (article 9).

use crate::config::portal::Factor;
use crate::portal::state::{App, database, reading};
use crate::portal::web::request_context::Asked;
use crate::portal::auth::login;
use crate::portal::auth::login::Credentials;
use crate::portal::web::frame::Frame;
use crate::portal::web::{Signed, render};
use crate::portal::problem::{Outcome, Problem};
use crate::portal::auth::session;
use crate::portal::auth::session::Listed;
use crate::store::sessions;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "login.html")]
struct LogInPage {
    frame: Frame,
    wrong: bool,
    name: bool,
    phone: bool,
    code: bool,
    password: bool,
}

fn log_in_form(app: &App, asked: &Asked, wrong: bool) -> Outcome<Response> {
    let asks = |factor| app.log_in.factors.contains(&factor);
    render(&LogInPage {
        frame: Frame::new(app, asked, None),
        wrong,
        name: asks(Factor::Name),
        phone: asks(Factor::Phone),
        code: asks(Factor::QueryCode),
        password: asks(Factor::Password),
    })
}

pub async fn log_in_page(State(app): State<Arc<App>>, asked: Asked) -> Outcome<Response> {
    log_in_form(&app, &asked, false)
}

pub async fn log_in(State(app): State<Arc<App>>, asked: Asked, Form(typed): Form<Credentials>) -> Outcome<Response> {
    match login::log_in(&app, typed, asked.reader(), asked.visitor.clone()).await {
        Ok((token, _)) => with_cookie(Redirect::to("/cases").into_response(), &token),
        Err(Problem::WrongLogIn) => Ok((StatusCode::UNAUTHORIZED, log_in_form(&app, &asked, true)?).into_response()),
        Err(other) => Err(other),
    }
}

pub async fn log_out(State(app): State<Arc<App>>, asked: Asked, Form(form): Form<Signed>) -> Outcome<Response> {
    let who = asked.actor(form.csrf);
    database(&app, move |app, conn| {
        let session = session::act(conn, app, &who)?;
        Ok(sessions::end(conn, &session.id)?)
    })
    .await?;
    with_cookie(Redirect::to("/").into_response(), "")
}

fn with_cookie(mut response: Response, token: &str) -> Outcome<Response> {
    let cookie = HeaderValue::from_str(&session::cookie(token)).map_err(|_| Problem::Ours("cookie".into()))?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// A session with its times written out.
struct Line {
    session: Listed,
    started: String,
    seen: String,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    frame: Frame,
    sessions: Vec<Line>,
}

pub async fn sessions(State(app): State<Arc<App>>, asked: Asked) -> Outcome<Response> {
    let page = reading(&app, |app, conn| {
        let session = session::find(conn, app, &asked.reader())?;
        let voice = asked.voice(app);
        let line = |listed: Listed| Line {
            started: voice.moment(listed.started_s),
            seen: voice.moment(listed.seen_s),
            session: listed,
        };
        let sessions = session::list(conn, app, &session)?.into_iter().map(line).collect();
        Ok(SessionsPage { frame: Frame::new(app, &asked, Some(&session)), sessions })
    });
    render(&page?)
}

pub async fn end_session(
    State(app): State<Arc<App>>,
    Path(handle): Path<String>,
    asked: Asked,
    Form(form): Form<Signed>,
) -> Outcome<Response> {
    let who = asked.actor(form.csrf);
    database(&app, move |app, conn| {
        let session = session::act(conn, app, &who)?;
        session::end(conn, app, &session, &handle)
    })
    .await?;
    Ok(Redirect::to("/sessions").into_response())
}

pub async fn end_other_sessions(
    State(app): State<Arc<App>>,
    asked: Asked,
    Form(form): Form<Signed>,
) -> Outcome<Response> {
    let who = asked.actor(form.csrf);
    database(&app, move |app, conn| {
        let session = session::act(conn, app, &who)?;
        session::end_others(conn, &session)
    })
    .await?;
    Ok(Redirect::to("/sessions").into_response())
}
