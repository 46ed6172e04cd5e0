//! `ferry evidence`: the auditor's pack.

use crate::evidence_make::Make;
use crate::evidence_verify::Verify;
use ferry_format::evidence::bundle::Absent;
use ferry_format::evidence::trust::Believed;
use ferry_format::evidence::verify::Kinds;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::trust::trust_file::Trust;
use ferry_io::exit_code::BAD_DATA;
use ferry_io::fs::read;
use ferry_io::keys::load;
use ferry_io::{Error, Result as Outcome};
use std::path::{Path, PathBuf};

/// The proof of one record or document, for an auditor: one file, checked offline and by a second program.
#[derive(clap::Subcommand)]
pub enum Command {
    Make(Make),
    Verify(Verify),
}

impl Command {
    /// Makes or verifies.
    pub fn run(self) -> Outcome<()> {
        match self {
            Self::Make(make) => make.run(),
            Self::Verify(verify) => verify.run(),
        }
    }
}

/// The kinds of reports and receipts: those of a catalogue, or the names of `config/catalogue.toml`.
pub fn kinds(catalogue: Option<&Catalogue>) -> Outcome<Kinds> {
    Ok(match catalogue {
        None => Kinds { report: "batch-report".into(), receipt: "service-receipt".into(), catalogue: None },
        Some(c) => {
            let (report, receipt) = (c.roles.report.clone(), c.roles.receipt.clone());
            Kinds { report, receipt, catalogue: Some(c.digest()?) }
        }
    })
}

/// Reads a catalogue, where one is named.
pub fn catalogue(path: Option<&PathBuf>) -> Outcome<Option<Catalogue>> {
    let refused = |path: &Path, e| Error { exit: BAD_DATA, ..Error::about(path, &e) };
    path.map(|path| Catalogue::from_toml(&read::text(path)?).map_err(|e| refused(path, e))).transpose()
}

/// Reads trust files, with their texts.
pub fn trusts(paths: &[PathBuf]) -> Outcome<(Vec<Trust>, Vec<String>)> {
    let read = |path: &PathBuf| {
        let text = read::text(path)?;
        Ok((Trust::from_toml(&text).map_err(|e| Error::about(path, &e))?, text))
    };
    Ok(paths.iter().map(read).collect::<Outcome<Vec<_>>>()?.into_iter().unzip())
}

/// Trust files, or the lists among `texts` where root keys are given.
pub fn believed(trusts: Vec<Trust>, roots: &[PathBuf], texts: &[String]) -> Outcome<Believed> {
    if roots.is_empty() {
        return Ok(Believed::Files(trusts));
    }
    let keys = roots.iter().map(|path| load::public_key(path)).collect::<Outcome<Vec<_>>>()?;
    Ok(Believed::lists(texts, &keys)?)
}

/// What a pack lacks, in both languages.
pub fn lacks(absent: Absent) -> &'static str {
    match absent {
        Absent::Document => "文书原文 a document that the record names",
        Absent::Report => "交付报告 the delivery report of the batch",
        Absent::Receipt => "送达回证 a receipt",
        Absent::Audit => "审计条目 audit entries",
    }
}
