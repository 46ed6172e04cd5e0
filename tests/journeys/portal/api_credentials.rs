//! Who may call the API (article 2): each channel with a credential of its own, and nobody else.

use crate::support::api_client::{Channel, hotline, problem};
use ferry_testkit::stage::Court;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

#[test]
fn article_2_each_channel_works_only_with_its_own_credential_until_it_is_withdrawn() {
    let court = Court::new(5);
    court.up();
    let (kiosk, hotline) = (court.add_channel("kiosk"), court.add_channel("hotline"));
    // The screen in the hall shows what is public, and has no business with parties.
    let screen = court.add_channel("screen");
    let at = std::fs::read_to_string(court.path("outer.toml")).unwrap().rfind("[\"public\", \"party\"]").unwrap();
    let text = std::fs::read_to_string(court.path("outer.toml")).unwrap();
    std::fs::write(court.path("outer.toml"), format!("{}{}", &text[..at], text[at..].replacen(", \"party\"", "", 1)))
        .unwrap();
    let login = court.logins().remove(0);
    let wrong = "0".repeat(64);
    {
        let portal = court.portal();
        for token in [&kiosk, &hotline, &screen] {
            assert_eq!(Channel::new(&portal, token).get("/public").status, 200);
        }
        for token in [wrong.as_str(), "x", &kiosk[..63]] {
            let refused = Channel::new(&portal, token).get("/public");
            assert_eq!(problem(&refused, 401), "no-channel");
            assert_eq!(refused.headers.get("www-authenticate").unwrap(), "Bearer realm=\"ferry\"");
        }
        let refused = Channel::new(&portal, &screen)
            .post("/sessions", &json!({ "identity": login.identity, "code": login.code }));
        assert_eq!(problem(&refused, 403), "no-right");
        // A session that began at the kiosk is none at the telephone.
        let session = Channel::new(&portal, &kiosk).begin(&login);
        let session = session["token"].as_str();
        assert_eq!(Channel::new(&portal, &kiosk).session(session).get("/cases").status, 200);
        assert_eq!(problem(&Channel::new(&portal, &hotline).session(session).get("/cases"), 401), "log-in-first");
    }
    let text = std::fs::read_to_string(court.path("outer.toml")).unwrap();
    let (before, table) = text.split_once("[portal.channels.\"kiosk\"]").unwrap();
    let after = &table[table.find("[portal.channels").unwrap()..];
    std::fs::write(court.path("outer.toml"), format!("{before}{after}")).unwrap();
    let portal = court.portal();
    assert_eq!(problem(&Channel::new(&portal, &kiosk).get("/public"), 401), "no-channel");
    assert_eq!(Channel::new(&portal, &hotline).get("/public").status, 200);
}

#[test]
fn neither_a_cookie_nor_a_session_replaces_the_credential_of_a_channel() {
    let (court, portal, hotline) = hotline(5);
    let login = court.logins().remove(0);
    let browser = portal.browser();
    browser.log_in(&login);
    let cookies: Vec<String> = browser.agent.cookie_jar_lock().iter().map(|cookie| cookie.value().to_owned()).collect();
    let cookie = cookies.iter().find(|value| value.len() == 64).expect("the browser is logged in").clone();
    let with_cookies = Channel::of_browser(&browser, &portal);
    assert_eq!(problem(&with_cookies.get("/cases"), 401), "no-channel");
    assert_eq!(problem(&Channel::new(&portal, &cookie).get("/public"), 401), "no-channel");
    // A channel does not take over a session of the pages, nor the pages one of a channel.
    assert_eq!(problem(&hotline.session(Some(&cookie)).get("/cases"), 401), "log-in-first");
    let begun = hotline.begin(&login);
    assert_eq!(problem(&Channel::new(&portal, begun["token"].as_str().unwrap()).get("/public"), 401), "no-channel");
    let stranger = portal.browser();
    let request = stranger.agent.get(format!("{}/cases", portal.base));
    let page = request.header("Cookie", format!("__Host-ferry={}", begun["token"].as_str().unwrap())).call().unwrap();
    assert!(page.into_body().read_to_string().unwrap().contains("name=\"identity\""), "the pages ask for a log-in");
}

#[test]
fn a_channel_that_calls_too_often_waits_and_the_others_do_not() {
    let court = Court::new(5);
    court.up();
    let (kiosk, hotline) = (court.add_channel("kiosk"), court.add_channel("hotline"));
    court.edit(
        "outer.toml",
        "requests-per-minute = 600\n\n[portal.channels.\"hotline\"]",
        "requests-per-minute = 5\n\n[portal.channels.\"hotline\"]",
    );
    let portal = court.portal();
    let (kiosk, hotline) = (Channel::new(&portal, &kiosk), Channel::new(&portal, &hotline));
    for _ in 0..5 {
        assert_eq!(kiosk.get("/public").status, 200);
    }
    let refused = kiosk.get("/public");
    assert_eq!(problem(&refused, 429), "too-fast");
    let wait_s: u64 = refused.headers.get("retry-after").unwrap().to_str().unwrap().parse().unwrap();
    assert!((1..=12).contains(&wait_s));
    assert_eq!(hotline.get("/public").status, 200);
}

/// A channel with a client certificate of `issuer`, and the digest that names it.
fn certified(court: &Court, issuer: &CertifiedIssuer<'_, KeyPair>, name: &str) -> (ureq::Agent, PathBuf) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, issuer).unwrap();
    let path = court.path(&format!("outer/{name}.crt"));
    std::fs::write(&path, certificate.pem()).unwrap();
    let chain = [Certificate::from_pem(certificate.pem().as_bytes()).unwrap()];
    let key = PrivateKey::from_pem(key.serialize_pem().as_bytes()).unwrap();
    let court_certificate = Certificate::from_pem(&std::fs::read(court.path("outer/tls.crt")).unwrap()).unwrap();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::from([court_certificate]))
        .client_cert(Some(ClientCert::new_with_certs(&chain, key)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    (ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).build().into(), path)
}

#[test]
fn article_2_a_channel_with_a_certificate_needs_no_token_and_another_certificate_is_refused() {
    let court = Court::new(5);
    court.up();
    let authority = || {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    };
    let (trusted, foreign) = (authority(), authority());
    std::fs::write(court.path("outer/client-ca.crt"), trusted.pem()).unwrap();
    let token = court.add_channel("hotline");
    let (kiosk, certificate) = certified(&court, &trusted, "kiosk");
    let (unknown, _) = certified(&court, &trusted, "unknown");
    let (stranger, _) = certified(&court, &foreign, "stranger");
    let out = court.try_agent("outer", &["channel", "kiosk", "--certificate", certificate.to_str().unwrap()]);
    let printed = String::from_utf8(out.stdout).unwrap();
    let table = &printed[printed.find("[portal.channels").unwrap()..];
    court.configure(table);
    assert!(court.refused("outer", "check-config", 78).contains("api-listen"), "a certificate that nobody asks for");
    court.configure("[portal.api-listen]\naddress = \"127.0.0.1:0\"\nclient-ca = \"outer/client-ca.crt\"\n");
    assert!(court.try_agent("outer", &["check-config"]).status.success());
    let portal = court.portal();
    let base = portal.api.clone().expect("the portal names the address of the API");
    let kiosk = Channel::with(kiosk, &base);
    assert_eq!(kiosk.get("/public").status, 200);
    assert_eq!(kiosk.log_in(&court.logins()[0]).get("/cases").status, 200);
    assert_eq!(problem(&Channel::with(unknown.clone(), &base).get("/public"), 401), "no-channel");
    let with_token = unknown.get(format!("{base}/api/v1/public")).header("Authorization", format!("Bearer {token}"));
    assert_eq!(with_token.call().unwrap().status(), 401, "here a certificate alone counts");
    assert_eq!(unknown.get(format!("{base}/login")).call().unwrap().status(), 404, "there are no pages here");
    assert!(stranger.get(format!("{base}/api/v1/public")).call().is_err(), "TLS refuses another authority");
    assert!(portal.browser().agent.get(format!("{base}/api/v1/public")).call().is_err(), "and no certificate");
    let occupied = base.rsplit(':').next().unwrap();
    court.edit("outer.toml", "listen = \"127.0.0.1:8443\"", "listen = \"127.0.0.1:0\"");
    court.edit("outer.toml", "\naddress = \"127.0.0.1:0\"", &format!("\naddress = \"127.0.0.1:{occupied}\""));
    assert!(court.refused("outer", "portal", 74).contains("FERRY-E0665"));
    drop(portal);
    let again = court.portal();
    assert!(again.api.as_deref().is_some_and(|api| api.ends_with(occupied)), "once the address is free");
}

#[test]
fn a_misconfigured_channel_ends_with_78_and_names_are_unique() {
    let court = Court::new(5);
    let kiosk = court.add_channel("kiosk");
    let text = court.try_agent("outer", &["channel", "kiosk"]);
    assert_eq!(text.status.code(), Some(73));
    assert!(String::from_utf8_lossy(&text.stderr).contains("FERRY-E0666"));
    let table = std::fs::read_to_string(court.path("outer.toml")).unwrap();
    let without = &table[..table.rfind("[portal.channels").unwrap()];
    std::fs::write(court.path("outer.toml"), without).unwrap();
    let kiosk_again = court.add_channel("kiosk");
    assert_ne!(kiosk, kiosk_again, "another token, once the table is gone");
    let kiosk = kiosk_again;
    let good = std::fs::read_to_string(court.path("outer.toml")).unwrap();
    assert!(!good.contains(&kiosk), "the token itself stands nowhere");
    let digest = good.rsplit("token-digest = ").next().unwrap().lines().next().unwrap().to_owned();
    for (table, named) in [
        (
            format!("[portal.channels.app]\ntoken-digest = {digest}\nrights = [\"party\"]\nrequests-per-minute = 1"),
            "same credential",
        ),
        ("[portal.channels.app]\nrights = [\"party\"]\nrequests-per-minute = 1".into(), "either"),
        (format!("[portal.channels.app]\ntoken-digest = {digest}\nrights = []\nrequests-per-minute = 1"), "rights"),
        (
            format!("[portal.channels.portal]\ntoken-digest = {digest}\nrights = [\"party\"]\nrequests-per-minute = 1"),
            "portal",
        ),
        ("[portal.api-listen]\naddress = \"127.0.0.1:0\"\nclient-ca = \"outer/nowhere.crt\"".into(), "nowhere.crt"),
    ] {
        std::fs::write(court.path("outer.toml"), format!("{good}\n{table}\n")).unwrap();
        let out = court.try_agent("outer", &["check-config"]);
        let text = String::from_utf8(out.stderr).unwrap();
        assert!(!out.status.success() && text.contains(named) && text.contains("hint: "), "{named}: {text}");
    }
}
