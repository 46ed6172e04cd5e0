//! Trust files, lists and the catalogue that evidence is made and verified with.

use ferry_format::evidence::trust::TrustSource;
use ferry_format::evidence::verify::Kinds;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::trust::trust_file::Trust;
use ferry_io::exit_code::BAD_DATA;
use ferry_io::fs::read;
use ferry_io::keys::load;
use ferry_io::{Error, Result as Outcome};
use std::path::{Path, PathBuf};

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

/// Reads a catalogue, if one is named.
pub fn catalogue(path: Option<&PathBuf>) -> Outcome<Option<Catalogue>> {
    let bad_data = |path: &Path, e| Error { exit: BAD_DATA, ..Error::about(path, &e) };
    path.map(|path| Catalogue::from_toml(&read::text(path)?).map_err(|e| bad_data(path, e))).transpose()
}

/// Reads trust files, with their texts.
pub fn trust_files(paths: &[PathBuf]) -> Outcome<(Vec<Trust>, Vec<String>)> {
    let read = |path: &PathBuf| {
        let text = read::text(path)?;
        Ok((Trust::from_toml(&text).map_err(|e| Error::about(path, &e))?, text))
    };
    Ok(paths.iter().map(read).collect::<Outcome<Vec<_>>>()?.into_iter().unzip())
}

/// Trust files, or the lists among `texts` if root keys are given.
pub fn trusted(files: Vec<Trust>, roots: &[PathBuf], texts: &[String]) -> Outcome<TrustSource> {
    if roots.is_empty() {
        return Ok(TrustSource::Files(files));
    }
    let keys = roots.iter().map(|path| load::public_key(path)).collect::<Outcome<Vec<_>>>()?;
    Ok(TrustSource::lists(texts, &keys)?)
}
