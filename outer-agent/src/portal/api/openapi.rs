//! The description of the API (OpenAPI 3.1), made from the handlers' annotations. What all operations share is added here,
//! so that no handler can forget it.

use crate::portal::api::answer::BASE;
use crate::portal::api::channel::{PARTY_ADDRESS, SESSION};
use crate::portal::api::problem_details::{PROBLEM_JSON, ProblemDetails};
use crate::portal::content::download::{OTHER_TYPE, SHOWN_TYPES};
use std::collections::BTreeMap;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, KnownFormat, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder};
use utoipa::openapi::{OpenApi, PathItem, Schema, SchemaFormat, Server, Type};
use utoipa::{IntoResponses, OpenApi as _};

/// Names of the security schemes.
const TOKEN: &str = "channel-token";
const CERTIFICATE: &str = "channel-certificate";
const PERSON: &str = "person-session";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Ferry API",
        description = "For client channels (telephone, kiosk, screen, app, mini program): what the pages can do. Every \
            channel has its own credential; a logged-in person is identified by the token of the session. Cookies are \
            ignored. Problem details are in Chinese, or in English with `Accept-Language: en`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ProblemDetails)),
    tags(
        (name = "public", description = "Public records (articles 7 and 14)."),
        (name = "session", description = "Login and sessions (article 9)."),
        (name = "case", description = "The person's cases (article 3)."),
        (name = "message", description = "Messages and access requests (articles 4 and 10)."),
        (name = "document", description = "Documents and electronic service (articles 5, 6 and 11).")
    )
)]
struct Head;

/// Everything but the operations.
pub fn head() -> OpenApi {
    let mut api = Head::openapi();
    api.servers = Some(vec![Server::new(BASE)]);
    let components = api.components.get_or_insert_default();
    let described = |text: &str| Some(text.to_owned());
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(described("The channel's access token."));
    components.add_security_scheme(TOKEN, SecurityScheme::Http(token.build()));
    components.add_security_scheme(
        CERTIFICATE,
        SecurityScheme::MutualTls {
            description: described("The channel's client certificate, at a separate address."),
            deprecated: None,
            extensions: None,
        },
    );
    let session = ApiKeyValue::with_description(header_case(SESSION), "The token of the session, from login.".into());
    components.add_security_scheme(PERSON, SecurityScheme::ApiKey(ApiKey::Header(session)));
    api
}

/// The whole description as text, with what all operations share, and with the catalogue's subjects of access requests.
pub fn complete_description(mut api: OpenApi, subjects: &[(&str, &str)]) -> String {
    let request = api.components.get_or_insert_default().schemas.get_mut("AccessRequest");
    if let Some(RefOr::T(Schema::Object(request))) = request
        && let Some(RefOr::T(Schema::Object(subject))) = request.properties.get_mut("subject")
    {
        subject.enum_values = Some(subjects.iter().map(|(code, _)| (*code).into()).collect());
        let named: Vec<_> = subjects.iter().map(|(code, name)| format!("`{code}` ({name})")).collect();
        subject.description = Some(format!("What access is requested to: {}.", named.join(", ")));
    }
    for (path, item) in &mut api.paths.paths {
        let has_id = path.contains('{');
        for operation in operations(item) {
            complete(operation, has_id);
        }
    }
    let mut text = serde_json::to_string_pretty(&api).unwrap_or_default();
    text.push('\n');
    text
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}

/// Adds who may call, and the problems that any call may get.
fn complete(operation: &mut Operation, has_id: bool) {
    let of_person = operation.security.is_none();
    if of_person {
        operation.security =
            Some([TOKEN, CERTIFICATE].map(|by| SecurityRequirement::new(by, NONE).add(PERSON, NONE)).into());
    }
    if operation.tags.as_ref().is_some_and(|tags| tags.iter().any(|tag| tag != "public")) {
        operation.parameters.get_or_insert_default().push(RefOr::T(party_address()));
    }
    let mut problems = vec![
        ("400", "Invalid request."),
        ("401", "Channel not authenticated, or nobody is logged in."),
        ("403", "The channel may not call this operation."),
        ("429", "Too many requests."),
        ("500", "Internal error."),
        ("503", "Timed out."),
    ];
    if has_id {
        problems.push(("404", "It does not exist, or it does not concern this person."));
    }
    if operation.request_body.is_some() {
        problems.push(("413", "The body is too long."));
        problems.push(("415", "The body is not JSON."));
        problems.push(("422", "A value breaks a rule; `detail` names it."));
    }
    let responses = &mut operation.responses.responses;
    for (status, description) in problems {
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(Response::new(description)));
    }
    for (status, response) in responses {
        if let RefOr::T(response) = response
            && status.as_str() >= "400"
        {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content = [(PROBLEM_JSON.to_owned(), RefOr::T(problem))].into_iter().collect();
        }
    }
}

const NONE: [&str; 0] = [];

fn party_address() -> Parameter {
    let address = |version: &str| {
        ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::Custom(version.into())))
    };
    let schema = AnyOfBuilder::new().item(address("ipv4")).item(address("ipv6"));
    ParameterBuilder::new()
        .name(header_case(PARTY_ADDRESS))
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The person's own IP address, for receipts and messages; the channel's address without it."))
        .schema(Some(schema))
        .example(Some("192.0.2.7".into()))
        .build()
}

/// `ferry-session` as `Ferry-Session`.
fn header_case(name: &str) -> String {
    let word = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// The responses of a download.
pub struct File;

impl IntoResponses for File {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let bytes = || {
            let schema = ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
            Content::new(Some(schema))
        };
        let file = |description: &str| {
            let types = SHOWN_TYPES.into_iter().chain([OTHER_TYPE]);
            types
                .fold(ResponseBuilder::new().description(description), |r, media_type| r.content(media_type, bytes()))
                .build()
        };
        BTreeMap::from([
            ("200".to_owned(), RefOr::T(file("The bytes."))),
            ("206".to_owned(), RefOr::T(file("The requested range of the bytes."))),
            ("416".to_owned(), RefOr::T(Response::new("The range is not satisfiable."))),
        ])
    }
}

#[cfg(test)]
mod tests {
    use crate::portal::api::openapi::{complete_description, operations};
    use crate::portal::content::messages;
    use crate::portal::court::Court;
    use crate::portal::i18n::format::Formatter;
    use ferry_channel::runtime::clock_guard::BelievedClock;
    use ferry_format::record::catalogue::Catalogue;
    use ferry_format::text::Language;
    use jiff::tz::TimeZone;
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_has_its_own_id_its_callers_and_its_problems() {
        let (_, mut api) = crate::portal::api::operations().split_for_parts();
        let described: serde_json::Value =
            serde_json::from_str(&complete_description(api.clone(), &[("recording", "Recordings")])).unwrap();
        let mut names = BTreeSet::new();
        for (path, item) in &mut api.paths.paths {
            for operation in operations(item) {
                assert!(names.insert(operation.operation_id.clone()), "{path}");
            }
        }
        for (path, item) in described["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                assert!(operation["security"][0]["channel-token"].is_array(), "{path}");
                for status in ["400", "401", "403", "429", "500", "503"] {
                    let content = &operation["responses"][status]["content"]["application/problem+json"];
                    assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem", "{path} {status}");
                }
            }
        }
        assert_eq!(names.len(), 22);
        let subject = &described["components"]["schemas"]["AccessRequest"]["properties"]["subject"];
        assert_eq!(subject["enum"], serde_json::json!(["recording"]));
    }

    #[test]
    fn the_description_in_docs_is_current() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let court = Court {
            name: String::new(),
            catalogue: Catalogue::from_toml(include_str!("../../../../config/catalogue.toml")).unwrap(),
            english_labels: ferry_channel::config::read(&folder.join("config/english.toml")).unwrap(),
            zone: TimeZone::UTC,
            clock: BelievedClock::new(&folder),
        };
        let english = Formatter { court: &court, language: Language::English };
        let (_, api) = crate::portal::api::operations().split_for_parts();
        let description = complete_description(api, &messages::subjects(english));
        let path = folder.join("docs/openapi.json");
        assert!(
            std::fs::read_to_string(path).unwrap() == description,
            "save /api/v1/openapi.json of the portal in docs"
        );
    }

    #[test]
    fn descriptions_are_in_english() {
        fn check(value: &serde_json::Value, path: &str) {
            match value {
                serde_json::Value::Object(members) => {
                    // Examples are data of a Chinese court.
                    let texts = members.iter().filter(|(key, _)| *key != "example" && *key != "examples");
                    texts.for_each(|(key, value)| check(value, &format!("{path}/{key}")));
                }
                serde_json::Value::Array(items) => items.iter().for_each(|item| check(item, path)),
                serde_json::Value::String(text) => {
                    assert!(!text.chars().any(|c| c >= '\u{2E80}'), "{path}: {text}");
                }
                _ => {}
            }
        }
        let (_, api) = crate::portal::api::operations().split_for_parts();
        check(&serde_json::from_str(&complete_description(api, &[("recording", "Recordings")])).unwrap(), "");
    }
}
