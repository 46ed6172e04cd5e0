//! What it costs to read documents: printed PDFs of two pages, by poppler alone in its sandbox, then by both readers that must
//! agree. Usage: `read-documents COUNT`.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]

use ferry_io::fs::sandbox::{Limits, Sandbox};
use ferry_io::reading::answer::Readability;
use ferry_io::reading::client::Reader;
use ferry_testkit::court::pdf::Printer;
use std::error::Error;
use std::fs::File;
use std::io::{Seek, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

const TEXT: &str =
    "被执行人经本院合法传唤未到庭，依照《中华人民共和国民事诉讼法》第二百四十二条之规定，裁定冻结、划拨其存款。";
const LIMITS: Limits = Limits { memory: 1 << 30, cpu_s: 30, wall: Duration::from_secs(60), output: 32 << 20 };
/// One way to read a document.
type Read<'a> = dyn FnMut(&File) -> Result<(), Box<dyn Error>> + 'a;

/// Documents that differ: all of them are read, in turns.
const DISTINCT: usize = 40;

fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).ok_or("usage: read-documents COUNT")?.parse()?;
    let printer = Printer::new()?;
    let mut documents = Vec::new();
    for n in 0..DISTINCT {
        let mut file = tempfile::tempfile()?;
        file.write_all(&printer.document(&format!("执行裁定书之{n}"), &TEXT.repeat(28))?)?;
        documents.push(file);
    }
    let each = |n: usize| documents.get(n % DISTINCT).ok_or("no document");
    let timed = |read: &mut Read<'_>| -> Result<f64, Box<dyn Error>> {
        let begun = Instant::now();
        for n in 0..count {
            read(each(n)?)?;
        }
        Ok(begun.elapsed().as_secs_f64() * 1000.0 / count as f64)
    };
    let alone = timed(&mut |mut document| {
        document.rewind()?;
        let command = ["/usr/bin/pdftotext", "-q", "-enc", "UTF-8", "-", "-"];
        Sandbox::default().run(&command, Stdio::from(document.try_clone()?), &LIMITS)?;
        Ok(())
    })?;
    let mut reader = Reader::default();
    let mut pages = 0;
    let both = timed(&mut |document| {
        let reading = reader.read(document, "application/pdf");
        pages += reading.pages;
        if reading.readability() == Readability::Readable { Ok(()) } else { Err("a document was not read".into()) }
    })?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default().trim().to_owned();
    println!(
        "documents {count}, pages {pages}; ms per document: poppler alone {alone:.1}, both readers {both:.1}; ratio {:.2}; peak {peak}",
        both / alone
    );
    Ok(())
}
