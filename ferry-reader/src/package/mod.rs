//! Documents that are packages of XML: OFD (GB/T 33190), and the OOXML of Word and WPS. Every text and every attribute of every
//! part is read, whatever it is for; what a part draws that is no text, and what the package carries beside its parts, are causes.

mod archive;
pub mod markup;

use archive::Archive;
use ferry_format::reason::ReasonCode;
use ferry_io::reading::answer::{Cause, Reading};
use markup::Markup;
use std::collections::BTreeSet;

/// What kind of package it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// GB/T 33190.
    Ofd,
    /// ISO/IEC 29500, word processing.
    Docx,
}

impl Kind {
    /// The kind of a media type.
    pub fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "application/ofd" => Some(Self::Ofd),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => Some(Self::Docx),
            _ => None,
        }
    }

    /// The part without which it is none.
    fn root(self) -> &'static str {
        match self {
            Self::Ofd => "OFD.xml",
            Self::Docx => "[Content_Types].xml",
        }
    }
}

/// Reads a package.
pub fn read(bytes: &[u8], kind: Kind) -> Reading {
    let mut archive = match Archive::open(bytes) {
        Ok(archive) => archive,
        Err(reason) => return Reading::none(reason),
    };
    if !archive.names().iter().any(|name| name == kind.root()) {
        return Reading::none(ReasonCode::Damaged);
    }
    let mut causes = BTreeSet::new();
    causes.extend(archive.has_foreign_bytes().then_some(ReasonCode::ForeignBytes));
    let mut markup = Markup::default();
    for (index, name) in archive.names().to_vec().iter().enumerate() {
        match part(name, kind) {
            Part::Markup => {
                let read = archive.read(index).and_then(|bytes| markup.read(&bytes, kind));
                causes.extend(read.err());
            }
            Part::Resource => {}
            Part::Attached => drop(causes.insert(ReasonCode::AttachmentInside)),
            Part::Active => drop(causes.insert(ReasonCode::ActiveContent)),
        }
    }
    let names = archive.names().join("\n");
    let comment = archive.comment();
    causes.append(&mut markup.causes);
    if markup.joined.trim().is_empty() {
        causes.insert(ReasonCode::NoText);
    }
    let texts = vec![markup.joined, markup.shown, markup.apart, markup.attributes, names, comment];
    Reading {
        pages: 1,
        causes: causes.into_iter().map(Cause::of_document).collect(),
        texts: texts.into_iter().filter(|text| !text.trim().is_empty()).collect(),
        ..Reading::default()
    }
}

/// What a part is.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// XML.
    Markup,
    /// A font, a picture that a page names, a signature.
    Resource,
    /// A file that the package carries.
    Attached,
    /// Something that runs.
    Active,
}

fn part(name: &str, kind: Kind) -> Part {
    let lower = name.to_ascii_lowercase();
    let extension = lower.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_resource = match kind {
        Kind::Ofd => lower.contains("/res/") || lower.contains("/signs/"),
        Kind::Docx => ["word/media/", "word/fonts/", "docprops/"].iter().any(|folder| lower.starts_with(folder)),
    };
    match extension {
        _ if name.ends_with('/') => Part::Resource,
        "bin" if lower.contains("vbaproject") => Part::Active,
        "js" | "vbs" | "exe" | "dll" | "bat" | "ps1" | "jar" | "swf" => Part::Active,
        _ if lower.contains("/attachs/") || lower.contains("/attachments/") && extension != "xml" => Part::Attached,
        "xml" | "rels" => Part::Markup,
        "png" | "jpg" | "jpeg" | "gif" | "bmp" | "tif" | "tiff" | "jb2" | "gbig2" | "emf" | "wmf" => Part::Resource,
        "ttf" | "otf" | "ttc" | "odttf" | "esl" | "dat" | "asn1" | "p7s" | "cer" if is_resource => Part::Resource,
        _ => Part::Attached,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_what_its_place_and_name_say() {
        for (name, kind, expected) in [
            ("OFD.xml", Kind::Ofd, Part::Markup),
            ("Doc_0/Res/font.ttf", Kind::Ofd, Part::Resource),
            ("Doc_0/Signs/Sign_0/SignedValue.dat", Kind::Ofd, Part::Resource),
            ("Doc_0/Attachs/list.xlsx", Kind::Ofd, Part::Attached),
            ("word/_rels/document.xml.rels", Kind::Docx, Part::Markup),
            ("word/media/image1.png", Kind::Docx, Part::Resource),
            ("word/embeddings/oleObject1.bin", Kind::Docx, Part::Attached),
            ("word/vbaProject.bin", Kind::Docx, Part::Active),
            ("evil.exe", Kind::Docx, Part::Active),
        ] {
            assert_eq!(part(name, kind), expected, "{name}");
        }
    }
}
