//! The catalogue that ships, and the check that both sides run with it.

use ferry_format::catalogue::{Audience, Catalogue, Way};
use ferry_format::record::{DocumentRef, Record, Value};

fn catalogue() -> Catalogue {
    Catalogue::from_toml(include_str!("../../../config/catalogue.toml")).unwrap()
}

fn measure() -> Record {
    let mut record = Record::new("measure", "m1", 1);
    record.case_id = "AJ1".into();
    for (field, value) in [("type", "freeze"), ("target", "银行存款"), ("done-on", "2026-03-01")] {
        record.fields.insert(field.into(), Value::Text(value.into()));
    }
    record.fields.insert("amount".into(), Value::Integer(100));
    record
}

#[test]
fn article_3_at_least_eight_categories_and_article_7_public_kinds_are_named() {
    let kinds = catalogue().kinds;
    let count = |article: &str| kinds.values().filter(|k| k.article.starts_with(article)).count();
    assert!(count("3(") >= 8);
    assert!(kinds.values().filter(|k| k.article.starts_with("7(")).all(|k| k.audience == Audience::Public));
}

#[test]
fn article_6_rulings_are_never_served_electronically() {
    assert!(!catalogue().kinds["ruling"].served);
    assert!(catalogue().kinds["notice"].served);
}

#[test]
fn a_record_that_fits_passes_and_one_fault_each_is_named() {
    let catalogue = catalogue();
    catalogue.check_record(&measure(), Way::Up).unwrap();
    type Fault = (&'static str, fn(&mut Record));
    let faults: [Fault; 12] = [
        ("crosses the other way", |r| *r = Record::new("message", "x", 1)),
        ("does not name its kind", |r| r.kind = "secret".into()),
        ("its id is empty", |r| r.id.clear()),
        ("version is out of bounds", |r| r.version = 0),
        ("its case is missing", |r| r.case_id.clear()),
        ("its person is missing", |r| r.person = "p".into()),
        ("it is missing", |r| drop(r.fields.remove("target"))),
        ("does not name it", |r| drop(r.fields.insert("judge-note".into(), Value::Text("x".into())))),
        ("not in the code table", |r| drop(r.fields.insert("type".into(), Value::Text("burn".into())))),
        ("an amount is negative", |r| drop(r.fields.insert("amount".into(), Value::Integer(-1)))),
        ("no day of the form", |r| drop(r.fields.insert("done-on".into(), Value::Text("2026-02-30".into())))),
        ("direction or invisible", |r| drop(r.fields.insert("target".into(), Value::Text("a\u{202E}b".into())))),
    ];
    for (why, spoil) in faults {
        let mut record = measure();
        spoil(&mut record);
        let error = catalogue.check_record(&record, Way::Up).unwrap_err().to_string();
        assert!(error.contains(why), "{why}: {error}");
    }
}

#[test]
fn a_document_name_is_never_a_path_and_a_text_never_passes_its_bound() {
    let catalogue = catalogue();
    let mut notice = Record::new("notice", "n1", 1);
    (notice.case_id, notice.person) = ("AJ1".into(), "P1".into());
    notice.fields.insert("title".into(), Value::Text("执行通知书".into()));
    notice.fields.insert("issued-on".into(), Value::Text("2026-03-01".into()));
    for (name, fits) in
        [("执行通知书（张𠮷）.pdf", true), ("../x.pdf", false), ("", false), ("a\u{202E}fdp.exe", false)]
    {
        let document =
            DocumentRef { sha256: [0; 32], bytes: 1, name: name.into(), media_type: "application/pdf".into() };
        notice.fields.insert("document".into(), Value::Document(document));
        assert_eq!(catalogue.check_record(&notice, Way::Up).is_ok(), fits, "{name:?}");
    }
    let mut long = measure();
    for (bytes, fits) in [(399, true), (400, true), (401, false)] {
        long.fields.insert("target".into(), Value::Text("x".repeat(bytes)));
        assert_eq!(catalogue.check_record(&long, Way::Up).is_ok(), fits, "{bytes} bytes");
    }
}

#[test]
fn a_retraction_carries_nothing_but_its_name() {
    let catalogue = catalogue();
    let mut gone = Record::new("measure", "m1", 2);
    (gone.case_id, gone.retracted) = ("AJ1".into(), true);
    catalogue.check_record(&gone, Way::Up).unwrap();
    gone.fields.insert("target".into(), Value::Text("x".into()));
    assert!(catalogue.check_record(&gone, Way::Up).is_err());
}

#[test]
fn a_catalogue_with_unknown_keys_or_a_missing_part_is_refused_by_name() {
    let text = include_str!("../../../config/catalogue.toml");
    let refused = |text: String| Catalogue::from_toml(&text).unwrap_err().to_string();
    assert!(refused(text.replacen("served = true", "serves = true", 1)).contains("serves"));
    assert!(refused(text.replacen("login = \"login\"", "login = \"case\"", 1)).contains("roles.login"));
    assert!(refused(text.replacen("{ text = 120 }", "{ text = 0 }", 1)).contains("case.case-no"));
}

#[test]
fn the_digest_follows_every_change_of_meaning() {
    let text = include_str!("../../../config/catalogue.toml");
    let digest = |text: &str| Catalogue::from_toml(text).unwrap().digest().unwrap();
    assert_eq!(digest(text), digest(&format!("# a comment\n{text}")));
    assert_ne!(digest(text), digest(&text.replacen("{ text = 120 }", "{ text = 121 }", 1)));
    assert_ne!(digest(text), digest(&text.replacen("served = true", "served = false", 1)));
}
