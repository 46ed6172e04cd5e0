//! The document store: files of real kinds, from a few KB to 50 MB.

use crate::court::MakeOptions;
use crate::court::pdf::Printer;
use crate::court::random::Random;
use ferry_channel::durable::make_folder;
use ferry_channel::failure::{Failure, Result};
use std::path::{Path, PathBuf};

/// Courts of up to this size have documents of their own for each case; larger ones share a pool.
const OWN_DOCUMENTS_CASES_MAX: u64 = 1000;
/// Documents in the pool.
const POOL: u64 = 200;
/// Courts from this size on have the large scans.
const LARGE_CASES_MIN: u64 = 100;
/// The notice itself is the first public guide.
const NOTICE: &str = include_str!("../../data/fafa-2014-18.zh.txt");

/// A document store under construction.
pub struct DocumentStore {
    root: PathBuf,
    printer: Printer,
    own: bool,
    /// Files so far.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Makes the guides, the scans and the pool.
pub fn make(dir: &Path, options: &MakeOptions) -> Result<DocumentStore> {
    let own = options.cases <= OWN_DOCUMENTS_CASES_MAX;
    let root = dir.join("documents");
    let mut store = DocumentStore { root, printer: Printer::new()?, own, files: 0, bytes: 0 };
    store.write("zn/fafa-2014-18.txt", NOTICE.as_bytes())?;
    let guide = store.printer.document("执行流程公开的若干意见", NOTICE)?;
    store.write("zn/fafa-2014-18.pdf", &guide)?;
    if options.cases >= LARGE_CASES_MIN {
        let mut random = Random::new(options.seed, u64::MAX);
        for (name, pages) in [("smj/50.pdf", 8), ("smj/5-1.pdf", 1), ("smj/5-2.pdf", 1), ("smj/5-3.pdf", 1)] {
            let scan = store.printer.scan("正卷扫描件", pages, &mut random)?;
            store.write(name, &scan)?;
        }
    }
    if !own {
        for n in 0..POOL {
            let text = body(&format!("（2024）鲁1502执{n}号"), "当事人", n);
            let pdf = store.printer.document("执行通知书", &text)?;
            store.write(&format!("pool/{n:03}.pdf"), &pdf)?;
        }
    }
    Ok(store)
}

impl DocumentStore {
    /// A document of a case; gives its path in the store.
    pub fn of_case(&mut self, path: &str, title: &str, case_no: &str, name: &str, n: u64) -> Result<String> {
        if !self.own {
            return Ok(format!("pool/{:03}.pdf", n % POOL));
        }
        let pdf = self.printer.document(title, &body(case_no, name, n))?;
        self.write(path, &pdf)?;
        Ok(path.to_owned())
    }

    /// Whether the large scans are here.
    pub fn files_of_scans(&self) -> bool {
        self.root.join("smj").exists()
    }

    /// The store of an existing court, which gets documents of its own.
    pub fn reopen(dir: &Path) -> Result<Self> {
        let own = !dir.join("documents/pool").exists();
        Ok(Self { root: dir.join("documents"), printer: Printer::new()?, own, files: 0, bytes: 0 })
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let target = self.root.join(path);
        make_folder(&ferry_channel::durable::folder_of(&target))?;
        std::fs::write(&target, bytes).map_err(|e| Failure::io(&target, &e, true))?;
        self.files += 1;
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

/// The text of a document; its length varies with `n`.
fn body(case_no: &str, name: &str, n: u64) -> String {
    let mut text =
        format!("{case_no}\n{name}：\n　　本院立案执行的申请执行人与你方合同纠纷一案，执行依据已经发生法律效力。");
    text.push_str("依照《中华人民共和国民事诉讼法》的规定，责令你方自收到本通知书之日起三日内履行义务。\n");
    for line in 0..n % 40 {
        text.push_str(&format!(
            "　　第{}项　自动履行法律文书确定的义务，并报告当前以及收到本通知之日前一年的财产情况。\n",
            line + 1
        ));
    }
    text.push_str("　　逾期不履行的，本院将依法强制执行。\n　　　　　　　　　　　　　　　　东昌区人民法院\n　　　　　　　　　　　　　　　　（院印）\n");
    text
}
