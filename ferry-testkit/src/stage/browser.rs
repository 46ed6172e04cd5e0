//! A client of the portal that keeps cookies and follows redirects.

use crate::stage::court::Login;
use crate::stage::portal::Portal;

/// A session of one visitor.
pub struct Browser {
    pub agent: ureq::Agent,
    pub(super) base: String,
}

pub struct Response {
    pub status: u16,
    pub bytes: Vec<u8>,
    pub headers: ureq::http::HeaderMap,
}

impl Response {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// The session's token in the forms of a page.
    pub fn csrf(&self) -> String {
        let text = self.text();
        let at = text.find("name=\"csrf\" value=\"").expect("the page has no form") + 19;
        text[at..at + 64].to_owned()
    }

    /// Where the first document for service that may be opened is opened.
    pub fn service(&self) -> Option<String> {
        let text = self.text();
        let at = text.find("/documents/service/")?;
        text[at..].split('"').next().filter(|action| action.ends_with("/open")).map(str::to_owned)
    }
}

pub fn read_response(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Response {
    try_read(response).unwrap()
}

fn try_read(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Response, ureq::Error> {
    let mut response = response?;
    let bytes = response.body_mut().with_config().limit(200 << 20).read_to_vec()?;
    Ok(Response { status: response.status().as_u16(), bytes, headers: response.headers().clone() })
}

impl Browser {
    /// The same, with its cookies, after the portal was started again.
    pub fn at(self, portal: &Portal) -> Self {
        Self { base: portal.base.clone(), ..self }
    }

    pub fn try_get(&self, path: &str) -> Result<Response, ureq::Error> {
        try_read(self.agent.get(format!("{}{path}", self.base)).call())
    }

    pub fn try_post(&self, path: &str, form: &[(&str, &str)]) -> Result<Response, ureq::Error> {
        try_read(self.agent.post(format!("{}{path}", self.base)).send_form(form.iter().copied()))
    }

    pub fn get(&self, path: &str) -> Response {
        self.try_get(path).unwrap()
    }

    /// Gets a page with this cookie too.
    pub fn get_with_cookie(&self, cookie: &str, path: &str) -> Response {
        read_response(self.agent.get(format!("{}{path}", self.base)).header("Cookie", cookie).call())
    }

    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        self.try_post(path, form).unwrap()
    }

    /// Posts a form and follows no redirect.
    pub fn post_without_redirect(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let request = self.agent.post(format!("{}{path}", self.base)).config().max_redirects(0);
        read_response(request.max_redirects_will_error(false).build().send_form(form.iter().copied()))
    }

    /// Posts a form with this `Origin`.
    pub fn post_from(&self, origin: &str, path: &str, form: &[(&str, &str)]) -> Response {
        let request = self.agent.post(format!("{}{path}", self.base)).header("Origin", origin);
        read_response(request.send_form(form.iter().copied()))
    }

    pub fn log_in(&self, login: &Login) -> Response {
        self.post("/login", &[("identity", &login.identity), ("code", &login.code)])
    }
}
