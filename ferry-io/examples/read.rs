fn main() {
    let mut reader = ferry_io::reading::Reader::default();
    println!("prove {:?}", reader.prove().map_err(|e| e.english().to_owned()));
    for path in std::env::args().skip(1) {
        let t = std::time::Instant::now();
        let kind = if path.ends_with("txt") { "text/plain" } else { "application/pdf" };
        let r = reader.read(&std::fs::File::open(&path).unwrap(), kind);
        println!(
            "{path}: {:?} pages {} {:?} {:?}",
            t.elapsed(),
            r.pages,
            r.readability(),
            r.causes.iter().map(|c| (c.reason.as_str(), c.page)).collect::<Vec<_>>()
        );
        if std::env::var_os("TEXTS").is_some() {
            for t in &r.texts {
                println!("--- {:?}", t.chars().take(400).collect::<String>());
            }
        }
    }
}
