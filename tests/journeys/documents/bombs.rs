//! Documents that are made to hurt their reader: each is refused by name within its budget, and the next is read as if nothing had
//! been.

use ferry_format::reason::ReasonCode;
use ferry_io::reading::answer::{Readability, Reading};
use ferry_io::reading::client::Reader;
use ferry_testkit::made_pdf::{BENIGN, CATALOG, MadePdf, PAGE, text_at};
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

fn open(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn read(reader: &mut Reader, bytes: &[u8]) -> Reading {
    reader.read(&open(bytes), "application/pdf")
}

fn many_pages(count: usize) -> Vec<u8> {
    let mut pdf = MadePdf::new();
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>";
    let kids: String = (0..count).map(|_| format!("{} 0 R ", pdf.add(page))).collect();
    pdf.set(2, &format!("<</Type/Pages/Kids[{kids}]/Count {count}>>"));
    pdf.bytes()
}

/// Forms that draw each the next one ten times.
fn form_of_forms(depth: usize) -> Vec<u8> {
    let mut pdf = MadePdf::new();
    let mut next = pdf.add_stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"0 0 m 9 9 l S");
    for _ in 0..depth {
        let entries = format!("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</N {next} 0 R>>>>");
        next = pdf.add_stream(&entries, "/N Do ".repeat(10).as_bytes());
    }
    pdf.resources(&format!("/XObject<</N {next} 0 R>>"));
    pdf.content("/N Do\n");
    pdf.bytes()
}

/// A form that draws itself.
fn form_in_itself() -> Vec<u8> {
    let mut pdf = MadePdf::new();
    let form = pdf.add_stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</N 6 0 R>>>>", b"/N Do");
    assert_eq!(form, 6);
    pdf.resources("/XObject<</N 6 0 R>>");
    pdf.content(&(text_at(72, 720, BENIGN) + "/N Do\n"));
    pdf.bytes()
}

fn deep_array(depth: usize) -> Vec<u8> {
    let mut pdf = MadePdf::new();
    pdf.extend(CATALOG, &format!("/Deep {}{}", "[".repeat(depth), "]".repeat(depth)));
    pdf.bytes()
}

fn page_tree_in_itself() -> Vec<u8> {
    let mut pdf = MadePdf::new();
    pdf.set(2, "<</Type/Pages/Kids[3 0 R 2 0 R]/Count 2>>");
    pdf.bytes()
}

fn many_curves(count: usize) -> Vec<u8> {
    let mut pdf = MadePdf::new();
    pdf.content(&"0 0 m 1 2 3 4 5 6 c f\n".repeat(count));
    pdf.bytes()
}

fn false_length() -> Vec<u8> {
    let text = String::from_utf8_lossy(&MadePdf::new().bytes()).into_owned();
    text.replace("/Length 6", "/Length 999999999999").into_bytes()
}

#[test]
fn a_document_that_is_made_to_hurt_its_reader_is_not_read_and_changes_no_verdict_of_the_next() {
    let mut reader = Reader::default();
    let control = read(&mut reader, &MadePdf::new().bytes());
    assert_eq!(control.readability(), Readability::Readable);
    for (name, bytes, most_s) in [
        ("pages", many_pages(10_000), 60),
        ("forms of forms", form_of_forms(40), 60),
        ("a form in itself", form_in_itself(), 30),
        ("a deep array", deep_array(200_000), 60),
        ("pages in themselves", page_tree_in_itself(), 30),
        ("curves", many_curves(300_000), 60),
        ("a false length", false_length(), 30),
        ("nothing", Vec::new(), 30),
        ("half", MadePdf::new().bytes()[..200].to_vec(), 30),
    ] {
        let begun = Instant::now();
        let reading = read(&mut reader, &bytes);
        assert!(begun.elapsed() < Duration::from_secs(most_s), "{name} took {:?}", begun.elapsed());
        println!("{name}: {:?} {:?} after {:?}", reading.readability(), reading.causes.first(), begun.elapsed());
        assert!(!reading.is_without_reader(), "{name}: {reading:?}");
        assert_eq!(read(&mut reader, &MadePdf::new().bytes()), control, "after {name}");
    }
    let pages = read(&mut reader, &many_pages(10_000));
    assert_eq!(pages.not_read(), Some(ReasonCode::TooManyPages));
}

#[test]
fn a_recording_is_not_opened_and_a_document_beyond_the_policy_is_not_read() {
    let mut reader = ferry_io::reading::proven::ProvenReader::default();
    let recording = tempfile::tempfile().unwrap();
    recording.set_len(2 << 30).unwrap();
    assert_eq!(reader.read(&recording, "video/mp4", 64).unwrap().not_read(), Some(ReasonCode::TypeWithoutText));
    assert!(reader.proof().is_none(), "no reader was needed");
    let long = reader.read(&recording, "application/pdf", 64).unwrap();
    assert_eq!(long.not_read(), Some(ReasonCode::LongerThanPolicy));
}

#[test]
fn a_file_that_says_another_type_than_it_has_is_read_as_what_it_is_served_as() {
    let mut reader = Reader::default();
    let pdf = MadePdf::new().bytes();
    assert_eq!(reader.read(&open(&pdf), "text/plain; charset=utf-8").readability(), Readability::Unreadable);
    assert_eq!(reader.read(&open("文字".as_bytes()), "application/pdf").readability(), Readability::Unreadable);
    let gb18030 = encoding_rs::GB18030.encode("文字").0.into_owned();
    let wrong = reader.read(&open(&gb18030), "text/plain; charset=utf-8");
    assert_eq!(wrong.not_read(), Some(ReasonCode::CharsetUnknown));
    let mut page = MadePdf::new();
    page.extend(PAGE, "/Rotate 90");
    assert_eq!(read(&mut reader, &page.bytes()).readability(), Readability::Readable);
}
