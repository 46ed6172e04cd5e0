//! What people read at the command line: every help text, the main tables and a few errors, in both languages, as files in `tests/cmd/`.
//! `TRYCMD=overwrite cargo test -p ferry-cli --test cmd` writes them again; the difference is then read in the diff.
#![allow(clippy::disallowed_methods, reason = "tests set the stage themselves")]
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

#[test]
fn help_tables_and_errors_read_as_in_the_golden_files() {
    // A checkout gives every file the mode of the umask, and a key that others may read is refused.
    let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ferry-format/testdata/vectors/recipient.key");
    std::fs::set_permissions(key, PermissionsExt::from_mode(0o600)).unwrap();
    trycmd::TestCases::new().case("tests/cmd/*/*.trycmd");
}
