//! The description of the API (OpenAPI 3.1), made from the handlers' annotations: what is the same everywhere is added
//! here, so that no handler can forget it.

use crate::portal::api::BASE;
use crate::portal::api::channel::{PARTY_ADDRESS, SESSION};
use crate::portal::api::refusal::{Details, PROBLEM_JSON};
use crate::portal::content::download::{OTHER, SHOWN};
use std::collections::BTreeMap;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, KnownFormat, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder};
use utoipa::openapi::{OpenApi, PathItem, Schema, SchemaFormat, Server, Type};
use utoipa::{IntoResponses, OpenApi as _};

/// Names of the ways to show who calls.
const TOKEN: &str = "channel-token";
const CERTIFICATE: &str = "channel-certificate";
const PERSON: &str = "person-session";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "执行案件流程信息公开接口 · Ferry API",
        description = "供门户网页以外的渠道（电话、自助终端、屏幕、应用、小程序）使用，能力与网页相同。\n\n\
            For channels beside the pages: the same abilities. Every channel has a credential of its own; a person \
            who logged in is named by the token of his session. Cookies count for nothing here.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Details)),
    tags(
        (name = "public", description = "向社会公开的内容。Open to everyone (articles 7, 14)."),
        (name = "session", description = "当事人登录。Log-in (article 9)."),
        (name = "case", description = "本人的案件。The person's cases (article 3)."),
        (name = "written", description = "留言和查阅申请。Messages and requests (articles 4, 10)."),
        (name = "document", description = "文书、送达、签收。Documents and service (articles 5, 6, 11).")
    )
)]
struct Head;

/// What stands before the operations.
pub fn head() -> OpenApi {
    let mut api = Head::openapi();
    api.servers = Some(vec![Server::new(BASE)]);
    let components = api.components.get_or_insert_default();
    let described = |text: &str| Some(text.to_owned());
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(described("本院发给渠道的令牌。The channel's token."));
    components.add_security_scheme(TOKEN, SecurityScheme::Http(token.build()));
    components.add_security_scheme(
        CERTIFICATE,
        SecurityScheme::MutualTls {
            description: described("渠道的客户端证书，另有地址。The channel's certificate, at an address of its own."),
            deprecated: None,
            extensions: None,
        },
    );
    let session =
        ApiKeyValue::with_description(header_case(SESSION), "登录所得的会话令牌。The token that log-in gave.".into());
    components.add_security_scheme(PERSON, SecurityScheme::ApiKey(ApiKey::Header(session)));
    api
}

/// The whole description as text, with what every operation has in common, and with the catalogue's codes of what access
/// may be asked to.
pub fn finished(mut api: OpenApi, subjects: &[(&str, &str)]) -> String {
    let request = api.components.get_or_insert_default().schemas.get_mut("AccessRequest");
    if let Some(RefOr::T(Schema::Object(request))) = request
        && let Some(RefOr::T(Schema::Object(subject))) = request.properties.get_mut("subject")
    {
        subject.enum_values = Some(subjects.iter().map(|(code, _)| (*code).into()).collect());
        let named: Vec<_> = subjects.iter().map(|(code, name)| format!("{code} {name}")).collect();
        subject.description = Some(format!("申请查阅什么 Access to what: {}。", named.join("、")));
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

/// Adds who may call, and everything that any call may be refused for.
fn complete(operation: &mut Operation, has_id: bool) {
    let of_person = operation.security.is_none();
    if of_person {
        operation.security =
            Some([TOKEN, CERTIFICATE].map(|by| SecurityRequirement::new(by, NONE).add(PERSON, NONE)).into());
    }
    if operation.tags.as_ref().is_some_and(|tags| tags.iter().any(|tag| tag != "public")) {
        operation.parameters.get_or_insert_default().push(RefOr::T(party_address()));
    }
    let mut refusals = vec![
        ("400", "请求有误。Something of the request is wrong."),
        ("401", "渠道未经认证，或者没有登录。No channel, or nobody is logged in."),
        ("403", "渠道没有权限。The channel may not call this."),
        ("429", "过于频繁。Too often."),
        ("500", "本方故障。Our fault."),
        ("503", "没有及时办完。Not done in time."),
    ];
    if has_id {
        refusals.push(("404", "不存在，或者与此人无关。It does not exist, or does not concern this person."));
    }
    if operation.request_body.is_some() {
        refusals.push(("413", "正文过长。The body is too long."));
        refusals.push(("415", "正文不是 JSON。The body is no JSON."));
        refusals.push(("422", "填写有误。It breaks a rule that can be kept."));
    }
    let responses = &mut operation.responses.responses;
    for (status, description) in refusals {
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
        .description(Some("当事人自己的 IP 地址，记入回证和留言；不写则记渠道的地址。The person's own address, for receipts and messages."))
        .schema(Some(schema))
        .example(Some("192.0.2.7".into()))
        .build()
}

/// `ferry-session` as `Ferry-Session`.
fn header_case(name: &str) -> String {
    let word = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// What a download answers.
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
            let types = SHOWN.into_iter().chain([OTHER]);
            types
                .fold(ResponseBuilder::new().description(description), |r, media_type| r.content(media_type, bytes()))
                .build()
        };
        BTreeMap::from([
            ("200".to_owned(), RefOr::T(file("文件。The bytes."))),
            ("206".to_owned(), RefOr::T(file("所求的部分（Range）。A part of them."))),
            ("416".to_owned(), RefOr::T(Response::new("没有所求的部分。There is no such part."))),
        ])
    }
}

#[cfg(test)]
mod tests {
    use crate::portal::api::openapi::{finished, operations};
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_has_a_name_of_its_own_and_says_who_may_call_and_what_it_refuses() {
        let (_, mut api) = crate::portal::api::operations().split_for_parts();
        let described: serde_json::Value =
            serde_json::from_str(&finished(api.clone(), &[("recording", "录音录像")])).unwrap();
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
}
