//! The cases of a person, and the page of a case with its steps and messages (articles 3 and 10).

use crate::portal::auth::session::Session;
use crate::portal::cache::case_pages::{CasePageCache, CasePageKey, StoreVersion};
use crate::portal::content::case_view::{CaseSummary, CaseView, Cases};
use crate::portal::content::messages::{self, MessageBox, MessageThreads, Submission};
use crate::portal::content::record_view::{DocumentView, RecordView};
use crate::portal::http::percent_encoded;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::site::request_context::RequestContext;
use crate::portal::site::{Frame, Site};
use crate::portal::web::render::{html, render};
use crate::store::visible;
use askama::Template;
use axum::Form;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use rusqlite::Connection;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage {
    frame: Frame,
    cases: Vec<CaseSummary>,
}

pub async fn cases(
    State(site): State<Arc<Site>>,
    State(cases): State<Arc<Cases>>,
    request: RequestContext,
) -> Outcome<Response> {
    let page = site.read_for_person(&request, |conn, session| {
        let cases = cases.list(conn, request.formatter(&site.court), session)?;
        Ok(CasesPage { frame: site.frame(&request, Some(session)), cases })
    });
    render(&page?)
}

/// The steps of one day.
struct Day {
    text: String,
    steps: Vec<RecordView>,
}

/// What was typed and refused, with the reason.
#[derive(Default)]
struct RefusedInput {
    message: String,
    message_error: Option<&'static str>,
    request: String,
    subject: String,
    request_error: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    frame: Frame,
    id: String,
    head: RecordView,
    members: Vec<RecordView>,
    /// Records without a date: the handler, authorities of agents.
    undated: Vec<RecordView>,
    /// Steps by day, newest first.
    days: Vec<Day>,
    /// Documents to be served on this person.
    served: Vec<RecordView>,
    /// Documents and recordings read without service.
    materials: Vec<RecordView>,
    threads: MessageThreads,
    subjects: Vec<(String, String)>,
    characters_max: usize,
    refused: RefusedInput,
}

impl CasePage {
    fn new(frame: Frame, case: CaseView, subjects: Vec<(String, String)>, refused: RefusedInput) -> Self {
        let with_document = |wanted: fn(&DocumentView) -> bool| -> Vec<RecordView> {
            case.steps.iter().filter(|s| s.document.as_ref().is_some_and(wanted)).cloned().collect()
        };
        let mut served = with_document(|document| !document.readable);
        served.sort_by_key(|s| s.document.as_ref().is_some_and(|d| d.signed.is_some()));
        let materials = with_document(|document| document.readable);
        let (mut undated, mut days) = (Vec::new(), Vec::<Day>::new());
        for step in case.steps {
            if step.date.is_empty() {
                undated.push(step);
            } else if let Some(day) = days.last_mut().filter(|day| day.text == step.date_text) {
                day.steps.push(step);
            } else {
                days.push(Day { text: step.date_text.clone(), steps: vec![step] });
            }
        }
        Self {
            frame,
            id: case.id,
            head: case.record,
            members: case.members,
            undated,
            days,
            served,
            materials,
            threads: case.threads,
            subjects,
            characters_max: messages::CHARACTERS_MAX,
            refused,
        }
    }
}

pub async fn case(
    State(site): State<Arc<Site>>,
    State(cases): State<Arc<Cases>>,
    State(pages): State<Arc<CasePageCache>>,
    Path(id): Path<String>,
    request: RequestContext,
) -> Outcome<Response> {
    let writes = site.sessions.database.writes();
    site.read_for_person(&request, |conn, session| {
        let version = StoreVersion { generation: visible::number(conn)?, writes };
        let (language, large_text) = (request.language, request.large_text);
        let key = CasePageKey { session: session.id, case_id: id.clone(), language, large_text };
        let body = match pages.find(version, &key) {
            Some(body) => body,
            None => {
                let page = case_page(&site, &cases, conn, &request, session, &id, RefusedInput::default())?;
                let body = Bytes::from(html(&page)?);
                pages.keep(version, key, body.clone());
                body
            }
        };
        Ok(Html(body).into_response())
    })
}

fn case_page(
    site: &Site,
    cases: &Cases,
    conn: &Connection,
    request: &RequestContext,
    session: &Session,
    id: &str,
    refused: RefusedInput,
) -> Outcome<CasePage> {
    let formatter = request.formatter(&site.court);
    let case = cases.find(conn, formatter, session, id)?;
    let mut frame = site.frame(request, Some(session));
    frame.path = format!("/cases/{}", percent_encoded(id));
    let subjects = messages::subjects(formatter).into_iter().map(|(code, name)| (code.into(), name.into())).collect();
    Ok(CasePage::new(frame, case, subjects, refused))
}

/// A text and, for an access request, its subject.
#[derive(Deserialize)]
pub struct SubmissionForm {
    csrf: String,
    text: String,
    #[serde(default)]
    subject: String,
}

/// What submitting works with.
struct Submitting {
    site: Arc<Site>,
    cases: Arc<Cases>,
    messages: Arc<MessageBox>,
}

pub async fn leave_message(
    State(site): State<Arc<Site>>,
    State(cases): State<Arc<Cases>>,
    State(messages): State<Arc<MessageBox>>,
    Path(case_id): Path<String>,
    request: RequestContext,
    Form(form): Form<SubmissionForm>,
) -> Outcome<Response> {
    let submitting = Submitting { site, cases, messages };
    submitting.submit(case_id, request, Submission::Message, form).await
}

pub async fn request_access(
    State(site): State<Arc<Site>>,
    State(cases): State<Arc<Cases>>,
    State(messages): State<Arc<MessageBox>>,
    Path(case_id): Path<String>,
    request: RequestContext,
    Form(form): Form<SubmissionForm>,
) -> Outcome<Response> {
    let submitting = Submitting { site, cases, messages };
    submitting.submit(case_id, request, Submission::AccessRequest(form.subject.clone()), form).await
}

impl Submitting {
    async fn submit(
        self,
        case_id: String,
        request: RequestContext,
        submission: Submission,
        form: SubmissionForm,
    ) -> Outcome<Response> {
        let is_message = matches!(submission, Submission::Message);
        let section = if is_message { "messages" } else { "requests" };
        let back = format!("/cases/{}#{section}", percent_encoded(&case_id));
        let actor = request.actor(form.csrf);
        let visitor = request.visitor.clone();
        match self.messages.submit(actor, case_id.clone(), submission, form.text.clone(), visitor).await {
            Ok(_) => Ok(Redirect::to(&back).into_response()),
            // What was typed is not lost: the form shows it again, with the reason.
            Err(Problem::Invalid(why)) => {
                let why = Some(why(request.messages()));
                let refused = if is_message {
                    RefusedInput { message: form.text, message_error: why, ..RefusedInput::default() }
                } else {
                    let (request, subject) = (form.text, form.subject);
                    RefusedInput { request, subject, request_error: why, ..RefusedInput::default() }
                };
                let page = self.site.read_for_person(&request, |conn, session| {
                    case_page(&self.site, &self.cases, conn, &request, session, &case_id, refused)
                });
                Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page?)?).into_response())
            }
            Err(other) => Err(other),
        }
    }
}
