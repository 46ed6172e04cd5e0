//! What is read of a document and what becomes of it, by its audience.

use ferry_testkit::made_pdf::{MadePdf, text_at};
use ferry_testkit::stage::Court;
use serde_json::Value;

fn guide(court: &Court, id: &str, name: &str, bytes: &[u8]) {
    let folder = court.path("documents/made");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), bytes).unwrap();
    let sql = "INSERT INTO ZN(ZNBH, LX, BT, LJ, WJM, FBRQ, GXSJ)
               VALUES (?1, '1', '公开指南', ?2, ?3, '2026-01-05', '2026-11-30 09:00:00')";
    court.platform().execute(sql, [id, &format!("made/{name}"), name]).unwrap();
}

fn held(court: &Court, id: &str) -> String {
    let status: Value = court.agent("inner", "status");
    let items = status["held_records"].as_array().unwrap();
    let item = items.iter().find(|item| item["key"].as_str() == Some(id));
    item.map(|item| item["reason"].as_str().unwrap().to_owned()).unwrap_or_default()
}

fn looked_at(court: &Court, side: &str) -> Value {
    let status = court.agent(side, "status");
    status["looked_at"].as_array().unwrap().iter().find(|look| look["what"] == "reader").unwrap().clone()
}

/// A page whose only picture shows what nobody could read.
fn scanned() -> Vec<u8> {
    let mut pdf = MadePdf::new();
    let picture = pdf.add_stream(
        "/Type/XObject/Subtype/Image/Width 64/Height 8/ColorSpace/DeviceGray/BitsPerComponent 8",
        &[0x55; 512],
    );
    pdf.resources(&format!("/XObject<</I1 {picture} 0 R>>"));
    pdf.content(&(text_at(300, 20, "- 1 -") + "q 612 0 0 792 0 0 cm /I1 Do Q\n"));
    pdf.bytes()
}

#[test]
fn what_was_not_read_is_held_from_the_public_with_its_reason_and_reviewers_get_it_only_where_the_policy_says_so() {
    let court = Court::new(5);
    guide(&court, "ZN-SCAN", "scan.pdf", &scanned());
    court.up();
    assert!(held(&court, "ZN-SCAN").contains("an image without text over it"), "{}", held(&court, "ZN-SCAN"));
    assert_eq!(court.agent("inner", "status")["drafts"].as_array().unwrap().len(), 0, "nobody can release it");
    court.edit("policy.toml", "unreadable = \"hold\"", "unreadable = \"review\"");
    court.platform().execute("UPDATE ZN SET GXSJ = '2026-11-30 10:00:00' WHERE ZNBH = 'ZN-SCAN'", []).unwrap();
    court.up();
    let drafts = court.agent("inner", "status")["drafts"].clone();
    assert_eq!(drafts.as_array().unwrap().len(), 1, "{drafts}");
}

#[test]
fn active_content_and_attachments_cross_to_nobody_and_the_reason_names_them() {
    let court = Court::new(5);
    let mut script = MadePdf::new();
    script.extend(1, "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>");
    guide(&court, "ZN-JS", "js.pdf", &script.bytes());
    guide(&court, "ZN-EXE", "two.pdf", &[MadePdf::new().bytes(), b"PK\x03\x04zip".to_vec()].concat());
    court.up();
    assert!(held(&court, "ZN-JS").contains("active content"), "{}", held(&court, "ZN-JS"));
    assert!(held(&court, "ZN-EXE").contains("other data before or after"), "{}", held(&court, "ZN-EXE"));
}

/// As case D7.
#[test]
fn without_a_sandbox_nothing_for_the_public_crosses_and_both_sides_say_what_is_missing() {
    let court = Court::new(5);
    guide(&court, "ZN-TEXT", "text.pdf", &MadePdf::new().bytes());
    assert!(court.without_namespaces("inner", &["export"]).status.success(), "the rest goes");
    assert!(held(&court, "ZN-TEXT").contains("PDF reader is not available"), "{}", held(&court, "ZN-TEXT"));
    let status = court.agent("inner", "status");
    let alarm =
        status["alarms"].as_array().unwrap().iter().find(|alarm| alarm["code"] == "FERRY-E0504").unwrap().clone();
    assert!(alarm["message"].as_str().unwrap().contains("bwrap"), "{alarm}");
    assert_eq!(looked_at(&court, "inner")["raised"][0], "FERRY-E0504");

    court.up();
    assert_eq!(held(&court, "ZN-TEXT"), "", "the next run reads it");
    assert!(looked_at(&court, "inner")["raised"].as_array().unwrap().is_empty());

    guide(&court, "ZN-LATER", "later.pdf", &MadePdf::new().bytes());
    court.agent("inner", "export");
    court.carry("up");
    let out = court.without_namespaces("outer", &["ingest"]);
    assert_eq!(out.status.code(), Some(75), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(String::from_utf8_lossy(&out.stderr).contains("FERRY-E0504"));
    assert_eq!(looked_at(&court, "outer")["raised"][0], "FERRY-E0504");
    assert_eq!(court.agent("outer", "ingest")["batches"], 1, "a fault of this machine refused nothing");
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    assert!(looked_at(&court, "outer")["raised"].as_array().unwrap().is_empty());
}

/// As case D10.
#[test]
fn a_pdf_behind_a_byte_order_mark_is_one() {
    let court = Court::new(5);
    guide(&court, "ZN-BOM", "bom.pdf", &[b"\xef\xbb\xbf\r\n".to_vec(), MadePdf::new().bytes()].concat());
    court.up();
    assert_eq!(held(&court, "ZN-BOM"), "");
}

#[test]
fn what_crossed_under_weaker_rules_is_read_again_by_the_next_comparison_of_all_rows() {
    let court = Court::new(5);
    guide(&court, "ZN-OLD", "old.pdf", &MadePdf::new().bytes());
    court.up();
    let compare_without_reader = || {
        assert!(court.without_namespaces("inner", &["export", "--full"]).status.success());
        held(&court, "ZN-OLD")
    };
    assert_eq!(compare_without_reader(), "", "what was screened by these rules is not read again");
    court.database("inner/state/inner.db").execute("UPDATE screening_rules SET version = 1", []).unwrap();
    assert!(compare_without_reader().contains("PDF reader is not available"), "it was to be read again");
    court.database("inner/state/inner.db").execute("UPDATE screening_rules SET version = 1", []).unwrap();
    let exported = court.agent("inner", "export");
    assert_eq!((&exported["retracted"], held(&court, "ZN-OLD").as_str()), (&0.into(), ""), "{exported}");
}
