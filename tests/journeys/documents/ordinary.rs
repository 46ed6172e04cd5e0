//! What courts publish every day crosses without a person: printed by several programs, sealed, signed, joined and converted.

use ferry_io::reading::answer::Readability;
use ferry_io::reading::client::Reader;
use ferry_testkit::court::pdf::Printer;
use ferry_testkit::made_pdf::{CATALOG, MadePdf, PAGE, text_at};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TEXT: &str =
    "被执行人经本院合法传唤未到庭。依照《中华人民共和国民事诉讼法》第二百四十二条之规定，裁定冻结、划拨其银行存款。";

fn run(program: &str, arguments: &[&str]) {
    let out = Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(out.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
}

/// Rulings of one page each, every other one with a seal over the name of the court and the date.
fn html(count: usize) -> String {
    let mut html = String::from(
        "<meta charset=utf-8><style>body{font-family:'Noto Serif CJK SC';font-size:14pt}section{page-break-after:always;\
         position:relative}table{border-collapse:collapse;width:100%}td{border:1px solid}canvas{position:absolute;right:1cm;\
         bottom:-1cm}</style>",
    );
    for n in 0..count {
        let seal = if n % 2 == 0 { "<canvas width=160 height=160></canvas>" } else { "" };
        let rows: String =
            (0..n % 5).map(|r| format!("<tr><td>{}</td><td>{}元</td></tr>", r + 1, 1000 * (n + r))).collect();
        write!(
            html,
            "<section><h2 style='text-align:center'>东昌区人民法院<br>执行裁定书</h2><p>（2024）鲁1502执{n}号</p>\
             <table>{rows}</table><p>{}</p><p style='text-align:right'>审判员　李强<br>东昌区人民法院<br>\
             二〇二六年十一月三十日</p>{seal}</section>",
            TEXT.repeat(1 + n % 6)
        )
        .unwrap();
    }
    html + "<script>for(const c of document.querySelectorAll('canvas')){const g=c.getContext('2d');g.strokeStyle='red';\
            g.lineWidth=6;g.beginPath();g.arc(80,80,70,0,7);g.stroke()}</script>"
}

/// A page with a signature that was appended to it, whose appearance is a seal over the last line.
fn signed(n: usize) -> Vec<u8> {
    let mut page = MadePdf::new();
    page.content(
        &(0..12).map(|line| text_at(72, 720 - 20 * line, &format!("Line {line} of ruling {n}"))).collect::<String>(),
    );
    let picture = page
        .add_stream("/Type/XObject/Subtype/Image/Width 8/Height 8/ColorSpace/DeviceGray/BitsPerComponent 8", &[9; 64]);
    let shown = page.add_stream(
        &format!("/Type/XObject/Subtype/Form/BBox[0 0 120 120]/Resources<</XObject<</I {picture} 0 R>>>>"),
        b"q 120 0 0 120 0 0 cm /I Do Q",
    );
    let unsigned = page.clone();
    let contents = "00".repeat(2000);
    let signature = page.add(&format!(
        "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached/ByteRange[0 100 4200 300]/Contents<{contents}>\
         /M(D:20261130103000+08'00')/Reason(approved)>>"
    ));
    let widget = page.add(&format!(
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature1)/F 132/Rect[60 460 180 580]/V {signature} 0 R/P 3 0 R\
         /AP<</N {shown} 0 R>>>>"
    ));
    page.extend(PAGE, &format!("/Annots[{widget} 0 R]"));
    page.extend(CATALOG, &format!("/AcroForm<</SigFlags 3/Fields[{widget} 0 R]>>"));
    unsigned.revised(&page, &[CATALOG, PAGE, signature, widget])
}

/// Two hundred of them below a folder.
fn ordinary(folder: &Path) -> Vec<PathBuf> {
    let (mut files, printer) = (Vec::new(), Printer::new().unwrap());
    let path = |name: &str| folder.join(format!("{name}.pdf"));
    let text_of = |path: &Path| path.to_str().unwrap().to_owned();
    for n in 0..30 {
        let file = path(&format!("krilla-{n}"));
        fs::write(&file, printer.document(&format!("执行裁定书 {n}"), &TEXT.repeat(1 + n % 30)).unwrap()).unwrap();
        files.push(file);
    }
    let (page, printed) = (folder.join("rulings.html"), path("rulings"));
    fs::write(&page, html(60)).unwrap();
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let (to, from) = (format!("--print-to-pdf={}", printed.display()), format!("file://{}", page.display()));
    let quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
    let chromium = [&quiet[..], &["--no-pdf-header-footer", &profile, &to, &from]].concat();
    run("chromium", &chromium);
    run("pdfseparate", &[&text_of(&printed), &text_of(&path("chromium-%d"))]);
    let separate: Vec<PathBuf> = (1..=60).map(|n| path(&format!("chromium-{n}"))).collect();
    for (n, from) in separate.iter().take(30).enumerate() {
        let file = path(&format!("cairo-{n}"));
        run("pdftocairo", &["-pdf", &text_of(from), &text_of(&file)]);
        files.push(file);
    }
    let printed_by_krilla = files[..30].to_vec();
    for (n, pair) in printed_by_krilla.iter().zip(&separate).enumerate() {
        let file = path(&format!("joined-{n}"));
        run("pdfunite", &[&text_of(pair.0), &text_of(pair.1), &text_of(&file)]);
        files.push(file);
    }
    files.extend(separate);
    for n in 0..40 {
        let file = path(&format!("signed-{n}"));
        fs::write(&file, signed(n)).unwrap();
        files.push(file);
    }
    for n in 0..10 {
        let file = path(&format!("plain-{n}"));
        fs::write(&file, MadePdf::new().bytes()).unwrap();
        files.push(file);
    }
    files
}

#[test]
fn ninety_nine_of_a_hundred_ordinary_documents_are_read_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let files = ordinary(folder.path());
    assert_eq!(files.len(), 200);
    let mut reader = Reader::default();
    let mut unread = Vec::new();
    for file in &files {
        let reading = reader.read(&File::open(file).unwrap(), "application/pdf");
        if reading.readability() != Readability::Readable || reading.forbidden().is_some() {
            unread.push((file.file_name().unwrap().to_owned(), reading.causes));
        }
    }
    assert!(unread.len() <= 2, "{} not read: {unread:#?}", unread.len());
}
