//! Certificates: what they print, in which font, and that the same receipt gives the same bytes.

use super::*;
use crate::import::certificate::font::{Font, GlyphRun};
use crate::import::receipt::Receipt;
use crate::import::staging::receipts::SettledReceipt;
use ferry_channel::types::UnixSeconds;
use jiff::tz::TimeZone;
use std::path::Path;

/// A part of a font with the characters that these tests draw: a machine without Chinese fonts runs them too.
const FONT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/font/serif-subset.otf");

fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

fn settled() -> SettledReceipt {
    let receipt = Receipt {
        version: 2,
        downloaded_s: Some(UnixSeconds(1_764_003_700)),
        signed_s: Some(UnixSeconds(1_764_003_800)),
        agent: "Mozilla/5.0 (Linux; Android 14; HarmonyOS) AppleWebKit/537.36 (KHTML, like Gecko) ".repeat(4),
        ..Receipt::example()
    };
    let (case_no, capacity) = ("（2025）鲁1502执1号".to_owned(), "agent".to_owned());
    SettledReceipt { receipt, batch: "down/1/7".into(), case_no, capacity, newest_version: 3 }
}

fn renderer() -> PdfRenderer {
    PdfRenderer::with(Font::open(Path::new(FONT)).unwrap())
}

#[test]
fn article_11_the_bytes_of_the_pdf_are_the_same_each_time_and_only_its_characters_are_embedded() {
    let certificate = Certificate::of(&settled(), "东昌区人民法院", &zone());
    let pdf = renderer().pdf(&certificate, &zone()).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    assert_eq!(pdf, renderer().pdf(&certificate, &zone()).unwrap());
    let mut other = settled();
    other.receipt.addressee_name = "张".into();
    assert_ne!(pdf, renderer().pdf(&Certificate::of(&other, "东昌区人民法院", &zone()), &zone()).unwrap());
    if let Some(folder) = std::env::var_os("FERRY_CERTIFICATE") {
        std::fs::write(Path::new(&folder).join("certificate.pdf"), &pdf).unwrap();
        std::fs::write(Path::new(&folder).join("certificate.html"), certificate.html().unwrap()).unwrap();
    }
    let fewer = Certificate::of(&other, "", &zone());
    assert!(renderer().pdf(&fewer, &zone()).unwrap().len() < pdf.len(), "fewer characters, fewer bytes");
}

#[test]
fn article_11_the_page_contains_the_same_and_escapes_hostile_values() {
    let mut settled = settled();
    settled.receipt.agent = "<script>alert(1)</script>\"'&".into();
    settled.receipt.recipient = "<b>李</b>".into();
    let certificate = Certificate::of(&settled, "东昌区人民法院", &zone());
    let html = certificate.html().unwrap();
    assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    assert!(html.contains("&#60;script&#62;alert(1)"), "{html}");
    for line in certificate.lines.iter().filter(|l| !l.value.contains(['<', '"', '&'])) {
        assert!(html.contains(&line.value) && html.contains(line.label), "{}", line.value);
    }
    assert!(html.contains("已被取代的文书版本"));
    assert!(!["://", "src=", "href", "@import"].iter().any(|w| html.contains(w)), "it loads nothing");
    let json: serde_json::Value = serde_json::from_str(certificate.json()).unwrap();
    assert_eq!(json["浏览器"], "<script>alert(1)</script>\"'&");
    assert_eq!(json["签收时间"], "2025-11-25T01:03:20+08:00");
    settled.newest_version = 2;
    assert!(!Certificate::of(&settled, "东昌区人民法院", &zone()).html().unwrap().contains("取代"));
}

#[test]
fn a_character_that_the_font_lacks_is_shown_as_its_code_point_and_a_long_word_is_broken() {
    let font = Font::open(Path::new(FONT)).unwrap();
    let text = |lines: Vec<GlyphRun>| lines.into_iter().map(|set| set.text).collect::<Vec<_>>();
    assert_eq!(text(font.lines("张𠮷☃\u{1F600}", 10.0, 400.0)), ["张𠮷☃〔U+1F600〕"]);
    let lines = font.lines(&"ab".repeat(200), 10.0, 200.0);
    assert!(lines.len() > 5 && lines.iter().all(|l| l.width * 10.0 <= 200.0));
    assert_eq!(text(lines).concat(), "ab".repeat(200));
    assert_eq!(text(font.lines("", 10.0, 200.0)), [""]);
    assert_eq!(text(font.lines("one two three", 10.0, 50.0)), ["one two", "three"]);
}

#[test]
fn a_file_that_is_not_a_font_is_refused_with_the_configuration_key() {
    let dir = tempfile::tempdir().unwrap();
    let none = dir.path().join("none.ttf");
    std::fs::write(&none, b"not a font").unwrap();
    for path in [none.as_path(), &dir.path().join("missing.ttc")] {
        let error = Font::open(path).err().unwrap();
        assert_eq!((error.code, error.exit), ("FERRY-E0630", 78));
        assert!(error.message.english().contains("settle.certificate-font"), "{}", error.message.english());
    }
}
