//! The text of a document, taken by `pdftotext` in a child process that can do little: no network, no other processes
//! to see, no files to write, bounded memory, time and output. A parser of hostile files is not run in this process.

use std::fs::File;
use std::io::{Read, Seek};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Memory of the child, bytes.
const MEMORY_BYTES: u64 = 1 << 30;
/// Processor seconds of the child.
const CPU_S: u64 = 30;
/// Wall-clock seconds of the child.
const WALL: Duration = Duration::from_secs(60);
/// Longest text that is looked at, bytes; a document with more is unscannable.
const TEXT_BYTES_MAX: u64 = 32 << 20;
/// How often the child is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// The text of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// Its text.
    Text(String),
    /// Why there is none.
    None(&'static str),
}

/// Takes the text of a document that starts at the file's beginning, and leaves the file there.
///
/// # Errors
/// The file itself cannot be read.
pub fn text(file: &mut File, media_type: &str) -> std::io::Result<Text> {
    file.rewind()?;
    let taken = match media_type {
        "application/pdf" => pdf(file)?,
        t if t.starts_with("text/plain") => {
            let mut bytes = Vec::new();
            file.take(TEXT_BYTES_MAX + 1).read_to_end(&mut bytes)?;
            match bytes.len() as u64 > TEXT_BYTES_MAX {
                true => Text::None("it is longer than the scanner reads"),
                false => Text::Text(String::from_utf8_lossy(&bytes).into_owned()),
            }
        }
        _ => Text::None("it is of a type without text"),
    };
    file.rewind()?;
    Ok(taken)
}

fn pdf(file: &File) -> std::io::Result<Text> {
    let limits = [format!("--as={MEMORY_BYTES}"), format!("--cpu={CPU_S}"), "--fsize=0".into(), "--core=0".into()];
    let spawned = Command::new("/usr/bin/unshare")
        .args(["--user", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "/usr/bin/prlimit"])
        .args(limits)
        .args(["/usr/bin/pdftotext", "-q", "-enc", "UTF-8", "-nopgbrk", "-", "-"])
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(file.try_clone()?))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Text::None("unshare is not installed")),
        Err(e) => return Err(e),
    };
    let Some(out) = child.stdout.take() else { return Ok(Text::None("it has no output")) };
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        out.take(TEXT_BYTES_MAX + 1).read_to_end(&mut bytes).map(|_| bytes)
    });
    let began = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if began.elapsed() > WALL => {
                child.kill()?;
                child.wait()?;
                break None;
            }
            None => std::thread::sleep(LOOK),
        }
    };
    let bytes = reader.join().map_err(|_| std::io::Error::other("the reader of a child ended early"))??;
    if bytes.len() as u64 > TEXT_BYTES_MAX {
        return Ok(Text::None("it has more text than the scanner reads"));
    }
    // What it gave before it failed is only a part, and what was not read cannot pass for clean.
    if !status.is_some_and(|s| s.success()) {
        return Ok(Text::None("pdftotext cannot read it"));
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let has_text = text.chars().any(|c| !c.is_whitespace() && c != '\u{c}');
    Ok(if has_text { Text::Text(text) } else { Text::None("it has no text") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn text_of(bytes: &[u8], media_type: &str) -> Text {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        text(&mut file, media_type).unwrap()
    }

    #[test]
    fn what_cannot_be_read_whole_has_no_text() {
        assert_eq!(text_of(b"%PDF-1.7\nno document", "application/pdf"), Text::None("pdftotext cannot read it"));
        assert!(matches!(text_of(&[0; 64], "video/mp4"), Text::None(_)));
        assert_eq!(text_of("机密★".as_bytes(), "text/plain; charset=utf-8"), Text::Text("机密★".into()));
    }
}
