//! A court whose batch is too long for one file.

use ferry_testkit::made_pdf::MadePdf;
use ferry_testkit::stage::Court;

/// A court whose first batch has seven volumes of 1 MiB each way of cutting.
pub fn court_with_a_large_document() -> Court {
    let court = Court::new(20);
    court.edit("inner.toml", "volume-mib = 4096", "volume-mib = 1");
    let mut pdf = MadePdf::new();
    let bytes: Vec<u8> = (0..1_600_000_u32).flat_map(u32::to_be_bytes).collect();
    pdf.add_stream("/Type/XObject/Subtype/Image", &bytes);
    std::fs::write(court.path("documents/zn/fafa-2014-18.pdf"), pdf.bytes()).unwrap();
    court
}
