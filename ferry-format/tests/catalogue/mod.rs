//! The shipped catalogue, and the check of records.

use ferry_format::reason::ReasonCode;
use ferry_format::record::catalogue::{Audience, CORRECTION, Catalogue, Direction, FieldType, Kind, Requirement};
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

fn of_article(article: &str) -> Vec<Kind> {
    catalogue().kinds.into_values().filter(|k| k.article == article).collect()
}

#[test]
fn article_3_all_eighteen_categories_have_their_audience() {
    for category in 1..=18 {
        let kinds = of_article(&format!("3({category})"));
        assert!(!kinds.is_empty(), "category {category}");
        assert!(kinds.iter().all(|k| k.direction == Direction::Up && k.in_case), "category {category}");
        assert!(
            kinds.iter().all(|k| !matches!(k.audience, Audience::Public | Audience::System)),
            "category {category}"
        );
    }
    let planned = &catalogue().kinds["planned-measure"];
    assert_eq!(planned.audience, Audience::Role("applicant".into()), "the respondent never learns of what is planned");
    assert!(!catalogue().kinds["measure"].fields["done-on"].optional, "and a measure that is not carried out is none");
}

#[test]
fn articles_4_5_recordings_and_the_main_volume_are_named() {
    assert!(matches!(catalogue().kinds["recording"].fields["recording"].kind, FieldType::Document));
    for kind in ["file-document", "notice", "ruling", "service"] {
        assert!(catalogue().kinds[kind].requires.contains(&Requirement::MainVolume), "{kind}");
    }
}

#[test]
fn article_6_service_needs_consent_and_rulings_are_never_served() {
    for (id, kind) in catalogue().kinds {
        assert_eq!(kind.served, kind.requires.contains(&Requirement::Consent), "{id}");
    }
    assert!(!catalogue().kinds["ruling"].served);
    assert!(catalogue().kinds["service"].served);
}

#[test]
fn article_7_all_seven_public_kinds_are_named() {
    for category in 1..=7 {
        let kinds = of_article(&format!("7({category})"));
        assert!(!kinds.is_empty(), "category {category}");
        assert!(kinds.iter().all(|k| k.audience == Audience::Public && !k.in_case), "category {category}");
    }
}

#[test]
fn articles_13_15_a_withheld_entry_says_nothing_of_its_case() {
    let withheld = &catalogue().kinds["withheld"];
    assert!(!withheld.in_case && !withheld.names_person() && withheld.audience == Audience::System);
    assert!(withheld.fields.keys().eq(["class", "reason"]));
}

#[test]
fn article_16_every_kind_that_people_see_can_say_who_approved_its_correction() {
    for (id, kind) in
        catalogue().kinds.iter().filter(|(_, k)| k.direction == Direction::Up && k.audience != Audience::System)
    {
        assert!(CORRECTION.iter().all(|f| kind.fields[*f].optional), "{id}");
    }
}

#[test]
fn article_18_documents_that_a_leader_signs_need_his_signature() {
    for kind in ["notice", "ruling", "service", "judgment"] {
        assert!(catalogue().kinds[kind].requires.contains(&Requirement::SignOff), "{kind}");
    }
}

#[test]
fn article_20_every_kind_has_a_responsible_department() {
    assert!(catalogue().kinds.values().all(|k| !k.department.is_empty() && !k.zh.is_empty() && !k.en.is_empty()));
}

#[test]
fn a_valid_record_passes_and_each_fault_is_named() {
    let catalogue = catalogue();
    catalogue.check_record(&measure(), Direction::Up).unwrap();
    type Fault = (ReasonCode, fn(&mut Record));
    let faults: [Fault; 12] = [
        (ReasonCode::KindOtherDirection, |r| *r = Record::new("message", "x", 1)),
        (ReasonCode::KindUnknown, |r| r.kind = "secret".into()),
        (ReasonCode::RecordId, |r| r.id.clear()),
        (ReasonCode::RecordVersion, |r| r.version = 0),
        (ReasonCode::RecordCase, |r| r.case_id.clear()),
        (ReasonCode::RecordPerson, |r| r.person = "p".into()),
        (ReasonCode::FieldMissing, |r| drop(r.fields.remove("target"))),
        (ReasonCode::FieldUnknown, |r| drop(r.fields.insert("judge-note".into(), Value::Text("x".into())))),
        (ReasonCode::ValueCodeUnknown, |r| drop(r.fields.insert("type".into(), Value::Text("burn".into())))),
        (ReasonCode::AmountNegative, |r| drop(r.fields.insert("amount".into(), Value::Integer(-1)))),
        (ReasonCode::DateForm, |r| drop(r.fields.insert("done-on".into(), Value::Text("2026-02-30".into())))),
        (ReasonCode::ValueCharacters, |r| drop(r.fields.insert("target".into(), Value::Text("a\u{202E}b".into())))),
    ];
    for (why, spoil) in faults {
        let mut record = measure();
        spoil(&mut record);
        let error = catalogue.check_record(&record, Direction::Up).unwrap_err();
        assert_eq!(error.reason().and_then(|reason| reason.code()), Some(why), "{error}");
    }
}

#[test]
fn a_document_name_is_never_a_path_and_a_text_never_exceeds_its_limit() {
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
        assert_eq!(catalogue.check_record(&notice, Direction::Up).is_ok(), fits, "{name:?}");
    }
    let mut long = measure();
    for (bytes, fits) in [(399, true), (400, true), (401, false)] {
        long.fields.insert("target".into(), Value::Text("x".repeat(bytes)));
        assert_eq!(catalogue.check_record(&long, Direction::Up).is_ok(), fits, "{bytes} bytes");
    }
}

#[test]
fn a_retraction_has_no_fields_but_its_approval() {
    let catalogue = catalogue();
    let mut gone = Record::new("measure", "m1", 2);
    (gone.case_id, gone.retracted) = ("AJ1".into(), true);
    catalogue.check_record(&gone, Direction::Up).unwrap();
    for (field, text) in [("why", "录入有误"), ("approved-by", "刘强"), ("approved-on", "2026-11-20")] {
        gone.fields.insert(format!("correction-{field}"), Value::Text(text.into()));
    }
    catalogue.check_record(&gone, Direction::Up).unwrap();
    let mut late = gone.clone();
    late.fields.insert("correction-approved-on".into(), Value::Text("yesterday".into()));
    assert!(catalogue.check_record(&late, Direction::Up).is_err(), "what it carries is typed");
    gone.fields.insert("target".into(), Value::Text("x".into()));
    assert!(catalogue.check_record(&gone, Direction::Up).is_err());
}

#[test]
fn a_case_number_crosses_only_in_its_canonical_form() {
    let catalogue = catalogue();
    let mut objection = Record::new("objection", "o1", 1);
    objection.case_id = "AJ1".into();
    objection.fields.insert("type".into(), Value::Text("review".into()));
    objection.fields.insert("filed-on".into(), Value::Text("2026-03-01".into()));
    for (number, fits) in [("（2024）鲁15执复12号", true), ("(2024)鲁15执复12号", false), ("（2024）鲁15执复号", false)]
    {
        objection.fields.insert("case-no".into(), Value::Text(number.into()));
        assert_eq!(catalogue.check_record(&objection, Direction::Up).is_ok(), fits, "{number}");
    }
}

#[test]
fn a_faulty_catalogue_is_rejected_with_the_kind_or_role() {
    let text = include_str!("../../../config/catalogue.toml");
    let faults = [
        ("served = true", "serves = true", "serves"),
        ("login = \"login\"", "login = \"case\"", "roles.login"),
        ("agent = \"agent\"", "agent = \"consent\"", "lacks a field `principal`"),
        ("{ text = 200 }", "{ text = 0 }", "case.cause"),
        ("served = true", "served = false", "requires consent if and only if"),
        ("role = \"applicant\"", "role = \"judge\"", "a role that no party has"),
        ("expected-at = [\"closed\"]", "expected-at = [\"open\"]", "a step that no case has"),
        ("required-at = [\"closed\"]", "required-at = [\"open\"]", "a step that no case has"),
        ("since = \"filed-on\"", "since = \"cause\"", "not a date or time"),
        ("requires = [\"main-volume\"]", "requires = [\"luck\"]", "luck"),
        ("order = 91, optional = true", "order = 91", "correction"),
        ("correction-why", "correction-because", "correction"),
    ];
    for (from, to, named) in faults {
        assert!(text.contains(from), "{from}");
        let error = Catalogue::from_toml(&text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(named), "{named}: {error}");
    }
}

#[test]
fn the_digest_follows_every_change_of_meaning() {
    let text = include_str!("../../../config/catalogue.toml");
    let digest = |text: &str| Catalogue::from_toml(text).unwrap().digest().unwrap();
    assert_eq!(digest(text), digest(&format!("# a comment\n{text}")));
    for (from, to) in [("{ text = 200 }", "{ text = 201 }"), ("days = 3 }", "days = 4 }"), ("案由", "事由")] {
        assert_ne!(digest(text), digest(&text.replacen(from, to, 1)), "{from}");
    }
}
