//! Logging in and out (article 9).

use crate::portal::app::{App, database};
use crate::portal::asked::Asked;
use crate::portal::login::{self, Credentials};
use crate::portal::pages::frame::Frame;
use crate::portal::pages::{Signed, render};
use crate::portal::problem::{Outcome, Problem};
use crate::portal::session;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "login.html")]
struct LogInPage {
    frame: Frame,
    wrong: bool,
}

pub async fn log_in_page(State(app): State<Arc<App>>, asked: Asked) -> Outcome<Response> {
    render(&LogInPage { frame: Frame::new(&app, &asked, None), wrong: false })
}

pub async fn log_in(State(app): State<Arc<App>>, asked: Asked, Form(typed): Form<Credentials>) -> Outcome<Response> {
    match login::log_in(&app, typed).await {
        Ok((token, _)) => with_cookie(Redirect::to("/cases").into_response(), &token),
        Err(Problem::WrongLogIn) => {
            let page = render(&LogInPage { frame: Frame::new(&app, &asked, None), wrong: true })?;
            Ok((StatusCode::UNAUTHORIZED, page).into_response())
        }
        Err(other) => Err(other),
    }
}

pub async fn log_out(State(app): State<Arc<App>>, asked: Asked, Form(form): Form<Signed>) -> Outcome<Response> {
    database(&app, move |app, conn| {
        session::find(conn, app, asked.token.as_deref())?.check_form(&form.csrf)?;
        session::end(conn, asked.token.as_deref().unwrap_or_default())
    })
    .await?;
    with_cookie(Redirect::to("/").into_response(), "")
}

fn with_cookie(mut response: Response, token: &str) -> Outcome<Response> {
    let cookie = HeaderValue::from_str(&session::cookie(token)).map_err(|_| Problem::Ours("cookie".into()))?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}
