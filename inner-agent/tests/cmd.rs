//! What people read at the command line: every help text and a few errors, in both languages, as files in `tests/cmd/`.
//! `TRYCMD=overwrite cargo test -p inner-agent --test cmd` writes them again; the difference is then read in the diff.
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]

#[test]
fn help_and_errors_read_as_in_the_golden_files() {
    trycmd::TestCases::new().case("tests/cmd/*/*.trycmd");
}
