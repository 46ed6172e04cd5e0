//! A channel beside the pages: it calls the API with a credential of its own.

use ferry_testkit::stage::{Browser, Court, Login, Portal, Response, read_response};
use serde_json::{Value, json};
use ureq::Body;
use ureq::http::{self, Request};

/// A channel, and the session of a person who logged in through it.
pub struct Channel {
    agent: ureq::Agent,
    base: String,
    token: Option<String>,
    session: Option<String>,
}

impl Channel {
    /// A channel with a token.
    pub fn new(portal: &Portal, token: &str) -> Self {
        Self { agent: portal.browser().agent, base: portal.base.clone(), token: Some(token.to_owned()), session: None }
    }

    /// One that connects with whatever `agent` has.
    pub fn with(agent: ureq::Agent, base: &str) -> Self {
        Self { agent, base: base.to_owned(), token: None, session: None }
    }

    /// A browser that sends its cookies to the API.
    pub fn of_browser(browser: &Browser, portal: &Portal) -> Self {
        Self::with(browser.agent.clone(), &portal.base)
    }

    /// The same channel with another person's session, or none.
    pub fn session(&self, session: Option<&str>) -> Self {
        let (agent, base, token) = (self.agent.clone(), self.base.clone(), self.token.clone());
        Self { agent, base, token, session: session.map(str::to_owned) }
    }

    /// The same channel for someone who logs in.
    pub fn log_in(&self, login: &Login) -> Self {
        self.session(self.begin(login)["token"].as_str())
    }

    /// The session of someone who logs in.
    pub fn begin(&self, login: &Login) -> Value {
        let begun = self.post("/sessions", &json!({ "identity": login.identity, "code": login.code }));
        assert_eq!(begun.status, 201, "{}", begun.text());
        begun.json()
    }

    pub fn get(&self, path: &str) -> Response {
        read_response(self.agent.run(self.request("GET", path).body(()).unwrap()))
    }

    pub fn delete(&self, path: &str) -> Response {
        read_response(self.agent.run(self.request("DELETE", path).body(()).unwrap()))
    }

    pub fn post(&self, path: &str, body: &Value) -> Response {
        self.send(&[("content-type", "application/json")], path, &body.to_string())
    }

    pub fn send(&self, headers: &[(&str, &str)], path: &str, body: &str) -> Response {
        read_response(self.run(headers, path, body))
    }

    /// The same; nothing where the connection ends first.
    pub fn try_send(&self, headers: &[(&str, &str)], path: &str, body: &str) -> Option<Response> {
        self.run(headers, path, body).ok().map(|response| read_response(Ok(response)))
    }

    fn run(&self, headers: &[(&str, &str)], path: &str, body: &str) -> Result<http::Response<Body>, ureq::Error> {
        let request = self.request("POST", path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.agent.run(request.body(body.to_owned()).unwrap())
    }

    /// The bytes of a link that opening gave.
    pub fn follow(&self, link: &str) -> Response {
        self.get(link.strip_prefix("/api/v1").unwrap())
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let mut request = Request::builder().method(method).uri(format!("{}/api/v1{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        if let Some(session) = &self.session {
            request = request.header("Ferry-Session", session);
        }
        request
    }
}

/// A court with one channel, and its portal.
pub fn hotline(cases: u64) -> (Court, Portal, Channel) {
    let court = Court::new(cases);
    court.up();
    let token = court.add_channel("hotline");
    let portal = court.portal();
    let channel = Channel::new(&portal, &token);
    (court, portal, channel)
}

/// Asserts that a refusal has the form of all refusals; gives its code.
pub fn problem(answer: &Response, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.headers.get("content-type").unwrap(), "application/problem+json; charset=utf-8");
    let details = answer.json();
    assert_eq!(details["status"], status);
    assert!(!details["title"].as_str().unwrap().is_empty() && !details["detail"].as_str().unwrap().is_empty());
    details["type"].as_str().unwrap().strip_prefix("urn:ferry:problem:").unwrap().to_owned()
}

/// The items of a list.
pub fn items(answer: &Response) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().unwrap().clone()
}

pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {value}"))
}
