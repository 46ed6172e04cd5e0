//! The simulated disk, and what is read of a trace.

use ferry_testkit::stage::program;
use ferry_torture::power::disk::{Disk, Effect, VARIANTS, Variant};
use ferry_torture::power::trace::record;
use std::path::Path;
use std::process::Command;

/// What a shell script does in an empty folder, which it calls `$D`. `sync FILE` is `fsync` of a file or folder.
fn script(text: &str) -> (Disk, Vec<Effect>) {
    let folder = tempfile::tempdir().unwrap();
    let start = Disk::read(folder.path());
    let mut shell = Command::new("sh");
    shell.arg("-euc").arg(format!("D={}; {text}", folder.path().display()));
    let (out, effects) = record(&shell, folder.path(), &start);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    (start, effects)
}

/// What a file holds after a cut at the end.
fn after((start, effects): &(Disk, Vec<Effect>), variant: Variant, name: &str) -> Option<String> {
    let disk = start.after_cut(effects, variant);
    let content = disk.find(Path::new(name)).and_then(|id| disk.content(id));
    content.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
}

#[test]
fn a_file_that_was_renamed_but_not_synced_is_found_empty_zeroed_torn_or_not_at_all() {
    let wrong = script("printf whole! > $D/t; mv $D/t $D/target; sync $D");
    assert_eq!(after(&wrong, Variant::Kept, "target").unwrap(), "whole!");
    for variant in [Variant::Lost, Variant::Missing] {
        assert_eq!(after(&wrong, variant, "target").unwrap(), "", "{variant:?}");
    }
    assert_eq!(after(&wrong, Variant::Zeroed, "target").unwrap(), "\0\0\0\0\0\0");
    assert_eq!(after(&wrong, Variant::Torn, "target").unwrap(), "who");
}

#[test]
fn a_name_in_an_unsynced_folder_is_lost_even_if_the_file_was_synced() {
    let wrong = script("printf whole! > $D/t; sync $D/t; mv $D/t $D/target");
    for variant in VARIANTS {
        let left = after(&wrong, variant, "target");
        assert!(left.as_deref().is_none_or(|left| left == "whole!"), "{variant:?}: {left:?}");
        assert_eq!(left.is_none(), matches!(variant, Variant::Lost | Variant::Nameless | Variant::Odd), "{variant:?}");
    }
    let wrong = script("mkdir $D/f; printf whole! > $D/f/target; sync $D/f/target; sync $D/f");
    assert_eq!(after(&wrong, Variant::Lost, "f/target"), None);
    assert_eq!(after(&wrong, Variant::Kept, "f/target").unwrap(), "whole!");
}

#[test]
fn a_removed_file_reappears_unless_its_folder_was_synced() {
    let removed = "printf whole! > $D/t; sync $D/t; sync $D; rm $D/t";
    assert_eq!(after(&script(removed), Variant::Lost, "t").unwrap(), "whole!");
    assert_eq!(after(&script(removed), Variant::Kept, "t"), None);
    assert_eq!(after(&script(&format!("{removed}; sync $D")), Variant::Lost, "t"), None);
}

#[test]
fn a_file_moved_to_another_folder_is_never_lost() {
    let moved = "mkdir $D/a $D/b; printf whole! > $D/a/t; sync; mv $D/a/t $D/b/t";
    for (synced, from, to) in [("", true, false), ("; sync $D/a", true, false), ("; sync $D/b", true, true)] {
        let moved = script(&format!("{moved}{synced}"));
        let left = ["a/t", "b/t"].map(|name| after(&moved, Variant::Lost, name).is_some());
        assert_eq!(left, [from, to], "{synced}");
    }
    assert_eq!(after(&script(&format!("{moved}; sync $D/b; sync $D/a")), Variant::Lost, "a/t"), None);
}

#[test]
fn a_file_written_in_the_right_order_is_whole_or_absent_at_every_moment() {
    let right = script("printf whole! > $D/t; sync $D/t; mv $D/t $D/target; sync $D");
    is_whole_or_absent(&right, &[Path::new("target")]);

    // The same of our own way to write: a program that writes two files with it.
    let folder = tempfile::tempdir().unwrap();
    let start = Disk::read(folder.path());
    let mut keygen = program("ferry");
    keygen.args(["keygen", "--role", "sender", "-o"]).arg(folder.path().join("name"));
    let (out, effects) = record(&keygen, folder.path(), &start);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    is_whole_or_absent(&(start, effects), &["name.key", "name.pub"].map(Path::new));
}

fn is_whole_or_absent((start, effects): &(Disk, Vec<Effect>), files: &[&Path]) {
    let content = |disk: &Disk, file: &Path| disk.find(file).and_then(|id| disk.content(id).map(<[u8]>::to_vec));
    let end = start.after_cut(effects, Variant::Kept);
    for (step, variant) in (0..=effects.len()).flat_map(|step| VARIANTS.map(|variant| (step, variant))) {
        let disk = start.after_cut(&effects[..step], variant);
        for file in files {
            let (left, whole) = (content(&disk, file), content(&end, file));
            assert!(whole.is_some() && (left.is_none() || left == whole), "{} at {step}, {variant:?}", file.display());
            assert!(step < effects.len() || left == whole, "{} in the end, {variant:?}", file.display());
        }
    }
}

#[test]
fn a_disk_is_written_over_a_copy_of_another_one() {
    let (start, effects) = script("mkdir $D/a; printf one > $D/a/b; printf two > $D/c; rm $D/c");
    let folder = tempfile::tempdir().unwrap();
    start.after_cut(&effects, Variant::Kept).write(&start, folder.path());
    assert_eq!(std::fs::read_to_string(folder.path().join("a/b")).unwrap(), "one");
    assert!(!folder.path().join("c").exists());
    let made = Disk::read(folder.path());
    start.write(&made, folder.path());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
