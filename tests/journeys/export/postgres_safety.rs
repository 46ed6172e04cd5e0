//! What the agent may not do to a platform in PostgreSQL, and what it says when the platform does not let it.

use crate::support::postgres::{Platform, socket};
use ferry_testkit::stage::Court;

#[test]
fn a_mapping_that_writes_directly_or_through_a_function_is_refused() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    // The role could; the session may not.
    platform.run(
        "CREATE TABLE log(at timestamp);
         CREATE FUNCTION logged() RETURNS SETOF GG LANGUAGE sql AS 'INSERT INTO log VALUES (now()); SELECT * FROM GG';
         GRANT INSERT ON log TO ferry_read; GRANT DELETE ON GG TO ferry_read",
    );
    court.edit("inner.toml", "SELECT * FROM GG\"", "SELECT * FROM logged()\"");
    for command in ["export", "plan", "check-config"] {
        let text = court.refused("inner", command, 78);
        assert!(text.contains("FERRY-E0621") && text.contains("read-only transaction"), "{text}");
    }
    court.edit("inner.toml", "SELECT * FROM logged()\"", "SELECT * FROM GG\"");
    assert!(court.try_agent("inner", &["check-config"]).status.success(), "without the function that writes");
    court.edit("inner.toml", "SELECT * FROM GG\"", "SELECT * FROM logged()\"");
    court.edit(
        "inner.toml",
        "SELECT * FROM logged()\"",
        "SELECT set_config('transaction_read_only', 'off', true), n.* FROM logged() n\"",
    );
    court.refused("inner", "export", 78);
    assert_eq!(platform.number("SELECT count(*) FROM log"), 0);
    let before = platform.number("SELECT count(*) FROM GG");
    for sql in [
        "WITH gone AS (DELETE FROM GG RETURNING *) SELECT * FROM gone",
        "SELECT 1) AS one; DELETE FROM GG; SELECT * FROM (SELECT * FROM GG",
        "DELETE FROM GG RETURNING *",
    ] {
        let config = std::fs::read_to_string(court.path("inner.toml")).unwrap();
        let kind = config.find("[source.kinds.announcement]").unwrap();
        let from = kind + config[kind..].find("sql = ").unwrap();
        let to = from + config[from..].find('\n').unwrap();
        std::fs::write(court.path("inner.toml"), format!("{}sql = \"{sql}\"{}", &config[..from], &config[to..]))
            .unwrap();
        let text = court.refused("inner", "export", 78);
        assert!(text.contains("source.kinds.announcement.sql"), "{text}");
    }
    assert_eq!(platform.number("SELECT count(*) FROM GG"), before);
}

#[test]
fn a_query_that_takes_too_long_is_ended_with_75_and_the_next_run_works() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    court.edit("inner.toml", "statement-timeout-s = 3600", "statement-timeout-s = 1");
    platform.run("CREATE VIEW slow AS SELECT GG.* FROM GG, pg_sleep(30); GRANT SELECT ON slow TO ferry_read");
    court.edit("inner.toml", "SELECT * FROM GG\"", "SELECT * FROM slow\"");
    let began = std::time::Instant::now();
    let text = court.refused("inner", "export", 75);
    assert!(text.contains("FERRY-E0620") && text.contains("statement-timeout-s"), "{text}");
    assert!(began.elapsed().as_secs() < 20);
    platform.run("CREATE OR REPLACE VIEW slow AS SELECT * FROM GG");
    assert_eq!(court.up().0["sequence"], 1);
}

#[test]
fn a_missing_server_and_a_refused_role_end_with_69() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    let good = platform.server("ferry_read");
    for bad in [
        good.replace("user=ferry_read", "user=nobody"),
        good.replace(&*socket().to_string_lossy(), "/nowhere"),
        // The server asks for a password, and none is given.
        good.replace("user=ferry_read", "user=ferry_staging"),
    ] {
        court.edit("inner.toml", &good, &format!("{bad} "));
        for command in ["export", "check-config"] {
            let text = court.refused("inner", command, 69);
            assert!(text.contains("FERRY-E0618"), "{text}");
        }
        court.edit("inner.toml", &format!("{bad} "), &good);
    }
    std::fs::write(court.path("inner/staging.password"), "wrong\n").unwrap();
    assert!(court.refused("inner", "import", 69).contains("FERRY-E0618"));
    assert!(court.refused("inner", "check-config", 69).contains("password"));
}

#[test]
fn a_table_that_the_role_may_not_read_ends_with_77() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    platform.run("REVOKE SELECT ON GG FROM ferry_read");
    let text = court.refused("inner", "export", 77);
    assert!(text.contains("FERRY-E0622") && text.contains("gg"), "{text}");
}

#[test]
fn a_password_in_the_configuration_and_two_databases_at_once_are_refused() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    let good = platform.server("ferry_read");
    court.edit("inner.toml", &good, &format!("{good} password=secret"));
    let text = court.refused("inner", "check-config", 78);
    assert!(
        text.contains("source.postgres") && text.contains("postgres-password") && !text.contains("secret"),
        "{text}"
    );
    court.edit("inner.toml", " password=secret", "");
    court.edit("inner.toml", "[settle]\n", "[settle]\nstaging = \"platform.db\"\n");
    assert!(court.refused("inner", "import", 78).contains("`settle`"));
    court.edit("inner.toml", "[settle]\nstaging = \"platform.db\"\n", "[settle]\n");
    court.edit("inner.toml", "[source]\n", "[source]\nsqlite = \"platform.db\"\n");
    assert!(court.refused("inner", "check-config", 78).contains("`source`"));
}

#[test]
fn check_config_shows_three_masked_rows_of_each_mapping() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    let out = court.try_agent("inner", &["check-config"]);
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let rows_of = |kind: &str| {
        let after = text.lines().skip_while(|l| !l.starts_with(&format!("{kind} "))).skip(1);
        after.take_while(|l| l.starts_with("  ")).filter(|l| l.contains(": ") && l.contains('*')).count()
    };
    assert_eq!((rows_of("case"), rows_of("party"), rows_of("login")), (3, 3, 3), "{text}");
    for secret in
        platform.run("SELECT rtrim(XM) FROM RY UNION SELECT SJHM FROM RY UNION SELECT rtrim(AH) FROM AJXX").lines()
    {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert_eq!(
        platform.number("SELECT count(*) FROM pg_class WHERE relname LIKE 'ferry_%' AND relkind = 'r'"),
        0,
        "it changes nothing"
    );
}

#[test]
fn over_tls_the_server_must_have_the_certificate_that_the_configuration_names() {
    let court = Court::new(12);
    let (_platform, certificate) = Platform::with_tls(&court);
    std::fs::copy(certificate, court.path("inner/database.crt")).unwrap();
    // The role of the source needs its password here as well.
    court.edit("inner.toml", "[source]\n", "[source]\npostgres-password = \"inner/staging.password\"\n");
    assert!(court.refused("inner", "check-config", 69).contains("encryption"), "the server lets nobody in without TLS");
    for table in ["[settle]", "[source]"] {
        court.edit("inner.toml", &format!("{table}\n"), &format!("{table}\npostgres-ca = \"inner/database.crt\"\n"));
    }
    assert!(court.up().0["records"].as_u64().unwrap() > 0);
    assert_eq!(court.down().1["batches"], 1);

    // Another certificate for the same name is not that of the server.
    std::fs::copy(court.path("outer/tls.crt"), court.path("inner/database.crt")).unwrap();
    for command in ["export", "import", "check-config"] {
        assert!(court.refused("inner", command, 69).contains("FERRY-E0618"));
    }
    std::fs::write(court.path("inner/database.crt"), "no certificate\n").unwrap();
    assert!(court.refused("inner", "export", 78).contains("inner/database.crt"));
}
