//! The description of the API, and the real portal held against it.

use crate::support::api_client::{Channel, items, text};
use ferry_testkit::stage::{Court, Login};
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;

#[test]
fn the_description_that_is_served_is_the_one_that_is_documented() {
    let court = Court::new(5);
    court.up();
    let portal = court.portal();
    let served = portal.browser().get("/api/v1/openapi.json");
    assert_eq!(served.headers.get("content-type").unwrap(), "application/json");
    let documented = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    assert!(
        served.text() == std::fs::read_to_string(documented).unwrap(),
        "docs/openapi.json is not what is served: `curl --cacert outer/tls.crt {}/api/v1/openapi.json`",
        portal.base
    );
}

/// A document that is read without being served, of any party: who, kind and id.
fn readable(court: &Court, hotline: &Channel) -> (Login, String, String) {
    let found = court.logins().into_iter().find_map(|login| {
        let path = format!("/cases/{}/items?per-page=200", login.case_id);
        let party = hotline.log_in(&login);
        let item = items(&party.get(&path)).into_iter().find(|i| i["document"]["served"] == false)?;
        let served = items(&party.get("/documents"));
        (!served.is_empty()).then(|| (login, text(&item, "kind").to_owned(), text(&item, "id").to_owned()))
    });
    found.expect("no party has a document to read and one to be served")
}

#[test]
fn schemathesis_finds_no_response_outside_the_description() {
    let bin = match std::env::var("FERRY_SCHEMATHESIS") {
        Ok(path) => PathBuf::from(path),
        Err(_) => std::env::current_exe().unwrap().ancestors().nth(3).unwrap().join("schemathesis/bin/schemathesis"),
    };
    assert!(bin.exists(), "{} is not there: run ops/schemathesis", bin.display());
    let court = Court::new(40);
    court.up();
    let token = court.add_channel("tester");
    for limit in ["failures-per-account = 5 ", "failures-per-address = 100 "] {
        court.edit("outer.toml", limit, &limit.replace(" = ", " = 1000"));
    }
    court.edit("outer.toml", "\nrequests-per-minute = 600\n", "\nrequests-per-minute = 1000000\n");
    let portal = court.portal();
    let tester = Channel::new(&portal, &token);
    let (login, read_kind, read_id) = readable(&court, &tester);
    let session = tester.begin(&login);
    let party = tester.session(session["token"].as_str());
    let other = tester.begin(&login);
    let notice = items(&party.get("/documents")).remove(0);
    let opening = party.post(&format!("/documents/service/{}/openings", text(&notice, "id")), &json!({})).json();
    let guide = items(&tester.get("/public/guide")).remove(0);
    let folder = tempfile::tempdir().unwrap();
    let out = Command::new(bin)
        .arg("--config-file")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/api/schemathesis.toml"))
        .args(["run", &format!("{}/api/v1/openapi.json", portal.base), "--checks", "all"])
        .args(["--phases", "examples,coverage,fuzzing,stateful", "--no-color"])
        .env("FERRY_CA", court.path("outer/tls.crt"))
        .env("FERRY_CHANNEL", &token)
        .env("FERRY_SESSION", text(&session, "token"))
        .env("FERRY_OTHER_SESSION", text(&other, "handle"))
        .env("FERRY_IDENTITY", &login.identity)
        .env("FERRY_CODE", &login.code)
        .env("FERRY_CASE", &login.case_id)
        .env("FERRY_GUIDE", text(&guide, "id"))
        .env("FERRY_NOTICE", text(&notice, "id"))
        .env("FERRY_FILE", text(&opening, "link").rsplit('/').next().unwrap())
        .env("FERRY_RECEIPT", text(&opening, "receipt"))
        .env("FERRY_READ_KIND", read_kind)
        .env("FERRY_READ_ID", read_id)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&out.stdout);
    println!("{report}");
    assert!(out.status.success(), "{report}{}", String::from_utf8_lossy(&out.stderr));
    assert!(report.contains("Tested: 22"), "{report}");
    assert_eq!(party.get("/cases").status, 200, "the session lasted: {report}");
}
