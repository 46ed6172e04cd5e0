//! Small PDFs, each with a number in one place: what a program of people may make of a document, written by hand.

use std::fmt::Write as _;

/// A PDF under construction: objects by number, from 1.
#[derive(Clone)]
pub struct MadePdf {
    objects: Vec<Vec<u8>>,
    /// Of the trailer, beside its root.
    trailer: String,
}

/// The objects that each of these files has.
pub const CATALOG: usize = 1;
pub const PAGE: usize = 3;
pub const CONTENT: usize = 4;
pub const FONT: usize = 5;

pub const BENIGN: &str = "Public notice of the enforcement bureau";

impl Default for MadePdf {
    fn default() -> Self {
        let mut pdf = Self { objects: Vec::new(), trailer: String::new() };
        pdf.add("<</Type/Catalog/Pages 2 0 R>>");
        pdf.add("<</Type/Pages/Kids[3 0 R]/Count 1>>");
        pdf.add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>");
        pdf.add_stream("", text_at(72, 720, BENIGN).as_bytes());
        pdf.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
        pdf
    }
}

impl MadePdf {
    /// A page with a benign line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an object and returns its number.
    pub fn add(&mut self, object: &str) -> usize {
        self.objects.push(object.as_bytes().to_vec());
        self.objects.len()
    }

    /// Adds a stream with entries of its dictionary.
    pub fn add_stream(&mut self, entries: &str, bytes: &[u8]) -> usize {
        self.objects.push(stream(entries, bytes));
        self.objects.len()
    }

    /// Replaces an object.
    pub fn set(&mut self, number: usize, object: &str) {
        self.objects[number - 1] = object.as_bytes().to_vec();
    }

    /// Adds entries to the dictionary of an object.
    pub fn extend(&mut self, number: usize, entries: &str) {
        let object = &mut self.objects[number - 1];
        let text = String::from_utf8(object.clone()).unwrap();
        let at = text.rfind(">>").unwrap();
        *object = [&text[..at], entries, &text[at..]].concat().into_bytes();
    }

    /// Replaces the content of the page.
    pub fn content(&mut self, content: &str) {
        self.objects[CONTENT - 1] = stream("", content.as_bytes());
    }

    /// Adds what the page's resources have beside its font.
    pub fn resources(&mut self, entries: &str) {
        let text = String::from_utf8(self.objects[PAGE - 1].clone()).unwrap();
        self.objects[PAGE - 1] = text.replace("/Font<<", &format!("{entries}/Font<<")).into_bytes();
    }

    /// Adds to the trailer.
    pub fn trailer(&mut self, entries: &str) {
        self.trailer.push_str(entries);
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let all: Vec<usize> = (1..=self.objects.len()).collect();
        self.append(&mut file, &all, 0);
        file
    }

    /// The file with a later revision, in which these objects are others.
    pub fn revised(&self, later: &MadePdf, changed: &[usize]) -> Vec<u8> {
        let mut file = self.bytes();
        let text = String::from_utf8_lossy(&file).into_owned();
        let previous = text.rsplit("startxref\n").next().unwrap().split('\n').next().unwrap().parse().unwrap();
        later.append(&mut file, changed, previous);
        file
    }

    fn append(&self, file: &mut Vec<u8>, numbers: &[usize], previous: usize) {
        let mut table = String::from("xref\n");
        if previous == 0 {
            table.push_str("0 1\n0000000000 65535 f \n");
        }
        for number in numbers {
            write!(table, "{number} 1\n{:010} 00000 n \n", file.len()).unwrap();
            file.extend(format!("{number} 0 obj\n").bytes());
            file.extend(&self.objects[number - 1]);
            file.extend(b"\nendobj\n");
        }
        let at = file.len();
        let before = if previous == 0 { String::new() } else { format!("/Prev {previous}") };
        let size = self.objects.len() + 1;
        let trailer = format!("trailer\n<</Size {size}/Root 1 0 R{}{before}>>\nstartxref\n{at}\n%%EOF\n", self.trailer);
        file.extend(table.bytes().chain(trailer.bytes()));
    }
}

fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("<<{entries}/Length {}>>stream\n", bytes.len());
    [head.as_bytes(), bytes, b"\nendstream"].concat()
}

/// Operators that write a line.
pub fn text_at(x: i32, y: i32, text: &str) -> String {
    format!("BT /F1 12 Tf {x} {y} Td ({text}) Tj ET\n")
}

/// A text string in UTF-16.
pub fn utf16(text: &str) -> String {
    text.encode_utf16().fold(String::from("<FEFF"), |hex, unit| hex + &format!("{unit:04X}")) + ">"
}
