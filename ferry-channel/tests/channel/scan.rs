//! What a scan of the folder of incoming files takes and skips.

use ferry_channel::receive::scan;

#[test]
fn a_scan_skips_links_folders_and_unfinished_names() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["b.ferry", "a 中文.dat", ".hidden", "c.part", "d.tmp", "e.filepart"] {
        std::fs::write(dir.path().join(name), b"x").unwrap();
    }
    std::fs::create_dir(dir.path().join("folder")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", dir.path().join("link.ferry")).unwrap();
    let names: Vec<_> = scan::scan(dir.path()).unwrap().into_iter().map(|c| c.name).collect();
    assert_eq!(names, ["a 中文.dat", "b.ferry"]);
}
