//! The document store: files of real kinds, from a few KB to 50 MB.

use crate::court::options::MakeOptions;
use crate::court::pdf::{COURT_NAME, Printer};
use crate::random::Random;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable::make_folder;
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
            let text = body("执行通知书", &format!("（2024）鲁1502执{n}号"), "当事人", "20240311", n);
            let pdf = store.printer.document("执行通知书", &text)?;
            store.write(&format!("pool/{n:03}.pdf"), &pdf)?;
        }
    }
    Ok(store)
}

impl DocumentStore {
    /// A document of a case; gives its path in the store.
    pub fn of_case(
        &mut self,
        path: &str,
        title: &str,
        case_no: &str,
        name: &str,
        issued: &str,
        n: u64,
    ) -> Result<String> {
        if !self.own {
            return Ok(format!("pool/{:03}.pdf", n % POOL));
        }
        let pdf = self.printer.document(title, &body(title, case_no, name, issued, n))?;
        self.write(path, &pdf)?;
        Ok(path.to_owned())
    }

    /// A recording; gives its path in the store.
    pub fn recording(&mut self, n: u64) -> Result<String> {
        let path = format!("lx/{}.mp4", n % 8);
        let mut bytes = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42".to_vec();
        bytes.resize(256 * 1024, 0);
        Random::new(n % 8, u64::MAX - 5).bytes(&mut bytes[24..]);
        self.write(&path, &bytes)?;
        Ok(path)
    }

    /// The guide for those who apply for enforcement.
    pub fn guide(&mut self) -> Result<String> {
        let text = "申请执行应当提交申请执行书、生效法律文书副本和身份证明。\n申请执行的期间为二年。\n收费标准按照诉讼费用交纳办法执行。";
        let pdf = self.printer.document("申请执行须知", text)?;
        self.write("zn/zxzn.pdf", &pdf)?;
        Ok("zn/zxzn.pdf".to_owned())
    }

    /// A judgment in its public version: names as the court's own staff masked them.
    pub fn judgment(&mut self, n: u64, case_no: &str) -> Result<String> {
        let n = n % POOL;
        let text = format!(
            "{case_no}\n异议人张某、被执行人李某：\n　　本院在执行中查明上列事实，依照法律规定，裁定驳回异议请求。\n"
        );
        let pdf = self.printer.document("执行裁定书", &text)?;
        let path = format!("gk/{n:03}.pdf");
        self.write(&path, &pdf)?;
        Ok(path)
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
        make_folder(&ferry_io::fs::durable::folder_of(&target))?;
        std::fs::write(&target, bytes).map_err(|e| Error::io(&target, &e, true))?;
        self.files += 1;
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

/// The text of a document in the manner of its title; its length varies with `n`.
fn body(title: &str, case_no: &str, name: &str, issued: &str, n: u64) -> String {
    let (opening, item, closing) = match title {
        "财产报告令" => (
            "责令你方自收到本令之日起五日内，如实报告当前以及收到执行通知之日前一年的财产情况。",
            "应当报告的财产：收入、银行存款、现金、有价证券、不动产、机动车及其他财产性权利。",
            "　　拒绝报告或者虚假报告的，本院将依法予以罚款、拘留。",
        ),
        "询问笔录" => (
            "询问地点：本院第三审判庭。告知权利义务后，询问人就被执行人的财产状况依次提出下列问题。",
            "问：你方有何财产可供执行？答：以向本院报告的财产为准，没有隐匿和转移。",
            "　　以上笔录已阅，与所述一致。",
        ),
        "执行裁定书" => (
            "本院在执行申请执行人与被执行人合同纠纷一案中，依照《中华人民共和国民事诉讼法》的规定，裁定如下：",
            "冻结、划拨被执行人名下的银行存款；不足部分，查封、扣押其相应价值的财产。",
            "　　本裁定立即执行。",
        ),
        "限制消费决定书" => (
            "因你方未按执行通知书指定的期间履行生效法律文书确定的给付义务，本院决定对你方采取限制消费措施：",
            "不得有乘坐飞机、列车软卧，在星级以上宾馆消费，购买不动产等非生活和工作必需的消费行为。",
            "　　本决定一经作出即生效。",
        ),
        _ => (
            "本院立案执行的合同纠纷一案，执行依据已经发生法律效力，责令你方自收到本通知书之日起三日内履行义务。",
            "自动履行法律文书确定的义务，并报告当前以及收到本通知之日前一年的财产情况。",
            "　　逾期不履行的，本院将依法强制执行。",
        ),
    };
    let mut text = format!("{case_no}\n{name}：\n　　{opening}\n");
    for line in 0..n % 40 {
        text.push_str(&format!("　　第{}项　{item}\n", line + 1));
    }
    let day = |at: std::ops::Range<usize>| issued.get(at).unwrap_or_default().trim_start_matches('0');
    let right = "　".repeat(16);
    text.push_str(&format!("{closing}\n{right}{COURT_NAME}\n{right}{}年{}月{}日\n", day(0..4), day(4..6), day(6..8)));
    text.push_str(&format!("{right}（院印）\n"));
    text
}
