//! What waits in a received folder, for how long, and what clocks have to do with it: nothing.

use crate::channel;
use crate::receiver::{Receiver, Series};
use ferry_channel::config::RuleDigests;
use ferry_channel::ledger::skipped;
use ferry_channel::limits::{BATCHES_PER_PASS_MAX, GAP_MAX, UNSIGNED_PER_PASS_MAX};
use ferry_channel::receive::progress::CopyGrace;
use ferry_channel::types::UnixSeconds;
use ferry_format::batch::volume::VOLUME_MAGIC;
use std::fs::File;
use std::io::Write;

const YEAR_S: i64 = 365 * 86_400;

/// A copy that has come to its middle.
fn half_copied(series: &Series, receiver: &Receiver, batch: usize) -> File {
    let mut file = File::create(receiver.received("slow")).unwrap();
    let bytes = &series.batches[batch];
    file.write_all(&bytes[..bytes.len() / 2]).unwrap();
    file
}

#[test]
fn clock_jumps_neither_refuse_a_half_copied_file_early_nor_keep_it_permanently() {
    let series = Series::new(1);
    let mut receiver = series.receiver();
    let mut file = half_copied(&series, &receiver, 0);
    for jump in [0, 10 * YEAR_S, -10 * YEAR_S, YEAR_S, 20] {
        receiver.now = receiver.now + jump;
        let pass = receiver.pass(CopyGrace::UntilTimeout);
        assert_eq!((pass.waiting, pass.quarantined), (1, 0), "after {jump} s");
    }
    // A set-back clock counts on from where it is: an hour of looks later the file was cut off.
    receiver.now = receiver.now - 20 * YEAR_S;
    let mut looks = 0;
    while receiver.pass(CopyGrace::UntilTimeout).quarantined == 0 {
        receiver.now = receiver.now + 20;
        looks += 1;
        assert!(looks < 400, "it is refused at last");
    }
    assert!(looks > 150, "and not before its time: {looks}");
    // Whoever copied it goes on after all.
    file.write_all(&series.batches[0][series.batches[0].len() / 2..]).unwrap();
    assert_eq!(receiver.pass(CopyGrace::UntilTimeout).published, 1);
}

#[test]
fn a_preallocated_file_is_accepted_once_its_bytes_have_arrived() {
    let series = Series::new(1);
    let mut receiver = series.receiver();
    let mut file = half_copied(&series, &receiver, 0);
    file.set_len(series.batches[0].len() as u64).unwrap();
    assert_eq!(receiver.pass(CopyGrace::UntilTimeout).waiting, 1, "half of such a copy looks like damage");
    receiver.now = receiver.now + 20;
    file.write_all(&series.batches[0][series.batches[0].len() / 2..]).unwrap();
    assert_eq!(receiver.pass(CopyGrace::UntilTimeout).published, 1);
    // What is damaged and lies still is refused within minutes.
    let mut receiver = series.receiver();
    half_copied(&series, &receiver, 0).set_len(series.batches[0].len() as u64).unwrap();
    let mut looks = 0;
    while receiver.pass(CopyGrace::UntilTimeout).quarantined == 0 {
        receiver.now = receiver.now + 20;
        looks += 1;
        assert!(looks < 10);
    }
}

#[test]
fn a_completed_copy_is_accepted_beside_another_file_with_the_same_number() {
    let series = Series::new(2);
    // Under other rules a whole batch waits.
    let mut receiver = series.receiver_by(RuleDigests { catalogue: [9; 32], policy: [2; 32] });
    for batch in 0..2 {
        let mut file = half_copied(&series, &receiver, batch);
        assert_eq!(receiver.pass(CopyGrace::None).quarantined, 1);
        file.write_all(&series.batches[batch][series.batches[batch].len() / 2..]).unwrap();
        assert_eq!(receiver.pass(CopyGrace::None).waiting, batch as u64 + 1);
    }
}

#[test]
fn the_newest_batch_waits_after_its_time_limit_and_one_named_by_a_later_batch_is_accepted_at_any_age() {
    let series = Series::new(2);
    let mut receiver = series.receiver();
    receiver.now = receiver.now + YEAR_S;
    let pass = receiver.take(&[&series.batches[0]]);
    assert_eq!((pass.published, pass.waiting, pass.quarantined), (0, 1, 0), "a freeze is not published");
    // It was this clock that was wrong: what waits is taken when it is right again.
    let after = receiver.now - YEAR_S;
    receiver.now = after;
    assert_eq!(receiver.pass(CopyGrace::UntilTimeout).published, 1);
    // A clock behind by years refuses nothing; nor does one ahead, of a batch that its successor names.
    let mut behind = series.receiver();
    behind.now = UnixSeconds(0);
    assert_eq!(behind.take(&[&series.batches[0]]).published, 1);
    let mut ahead = series.receiver();
    ahead.now = ahead.now + 60 * YEAR_S;
    let pass = ahead.take(&[&series.batches[1], &series.batches[0]]);
    assert_eq!((pass.published, pass.waiting), (1, 1), "the first by name, the newest waits");
}

#[test]
fn a_flood_of_refused_and_foreign_files_is_bounded_and_stops_no_good_batch() {
    let series = Series::new(1);
    let mut receiver = series.receiver();
    let good = &series.batches[0];
    let mut damaged = good.clone();
    damaged[good.len() - 1] ^= 1;
    for n in 0..400 {
        std::fs::write(receiver.received(&format!("a foreign {n}")), format!("file {n}")).unwrap();
    }
    assert_eq!(receiver.pass(CopyGrace::UntilTimeout).quarantined, 100);
    for n in 0..1100 {
        std::fs::write(receiver.received(&format!("b damaged {n}")), &damaged).unwrap();
        // Too short to tell, and growing for all that anybody knows.
        std::fs::write(receiver.received(&format!("c short {n}")), &good[..5]).unwrap();
    }
    std::fs::write(receiver.received("z"), good).unwrap();
    let pass = receiver.pass(CopyGrace::UntilTimeout);
    assert_eq!(pass.published, 1, "in the same pass");
    for _ in 0..3 {
        receiver.pass(CopyGrace::UntilTimeout);
    }
    let count = |sql: &str| receiver.conn.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM ferry_quarantine"), 1000);
    assert!(count("SELECT count(*) FROM ferry_quarantine WHERE code = 'FERRY-E0101'") == 100);
    assert_eq!(count("SELECT count(*) FROM ferry_pending"), 1100, "each of them ages");
    assert!(count("SELECT count(*) FROM ferry_audit") < 1100, "what was dropped is one line for each pass");
    assert_eq!(count("SELECT count(*) FROM ferry_audit WHERE act = 'drop'"), 1);
    let left = skipped::list(&receiver.conn, &channel("up")).unwrap();
    let files: Vec<u64> = left.iter().map(|l| l.files).collect();
    assert_eq!(files, [300], "foreign ones: {left:?}");
    let here = std::fs::read_dir(receiver.received("")).unwrap().count();
    assert_eq!(here, 300 + 1100, "foreign files beyond the evidence stay, and what may grow");
    // Once somebody clears the folder, nothing is said of it any more.
    std::fs::remove_dir_all(receiver.received("")).unwrap();
    std::fs::create_dir(receiver.received("")).unwrap();
    receiver.pass(CopyGrace::UntilTimeout);
    assert_eq!(skipped::list(&receiver.conn, &channel("up")).unwrap(), []);
}

/// As case H3: a front that says how long it will be, and never is.
#[test]
fn more_fronts_of_batches_than_a_pass_takes_keep_no_signed_batch_waiting_in_any_order_of_the_folder() {
    let series = Series::new(2);
    let mut receiver = series.receiver();
    let front = &series.batches[0][..32];
    for n in 0..2 * UNSIGNED_PER_PASS_MAX {
        std::fs::write(receiver.received(&format!("{n}")), front).unwrap();
    }
    for (name, batch) in ["a", "zz"].into_iter().zip(&series.batches) {
        std::fs::write(receiver.received(name), batch).unwrap();
        let pass = receiver.pass(CopyGrace::UntilTimeout);
        assert_eq!((pass.published, pass.waiting), (1, UNSIGNED_PER_PASS_MAX as u64), "{name}");
    }
    let age = "SELECT count(*) FROM ferry_pending WHERE waited_s = 60";
    receiver.now = receiver.now + 60;
    receiver.pass(CopyGrace::UntilTimeout);
    let aged: usize = receiver.conn.query_row(age, [], |r| r.get(0)).unwrap();
    assert_eq!(aged, UNSIGNED_PER_PASS_MAX, "all that a pass takes age");
}

/// A carrier that lays one true batch down again and again does not hide the next one.
#[test]
fn copies_of_a_batch_take_no_room_of_others() {
    let series = Series::new(2);
    let mut receiver = series.receiver();
    for n in 0..BATCHES_PER_PASS_MAX + 10 {
        std::fs::write(receiver.received(&format!("{n}")), &series.batches[0]).unwrap();
    }
    std::fs::write(receiver.received("zz"), &series.batches[1]).unwrap();
    let pass = receiver.pass(CopyGrace::UntilTimeout);
    assert_eq!((pass.published, pass.quarantined), (2, 0));
    receiver.pass(CopyGrace::UntilTimeout);
    assert_eq!(std::fs::read_dir(receiver.received("")).unwrap().count(), 0);
}

#[test]
fn a_flood_of_volumes_without_a_signed_head_displaces_no_batch() {
    let series = Series::new(1);
    let mut receiver = series.receiver();
    for n in 0..12_000 {
        std::fs::write(receiver.received(&format!("a {n}")), [&VOLUME_MAGIC[..], &[0; 8]].concat()).unwrap();
    }
    std::fs::write(receiver.received("z"), &series.batches[0]).unwrap();
    assert_eq!(receiver.pass(CopyGrace::UntilTimeout).published, 1, "in the same pass");
}

#[test]
fn missing_numbers_of_an_epoch_are_bounded_however_many_batches_jump() {
    let series = Series::new(3);
    let mut receiver = series.receiver();
    let come = |receiver: &mut Receiver, n: usize| {
        std::fs::write(receiver.received(&format!("{n}")), &series.batches[n]).unwrap();
        let pass = receiver.pass(CopyGrace::UntilTimeout);
        (pass.published, pass.quarantined)
    };
    assert_eq!(come(&mut receiver, 0), (1, 0));
    // As many as may be missing, below what comes: earlier jumps left them.
    let missing = "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT ?1)
                   INSERT INTO ferry_received(channel, epoch, sequence, verdict, records, documents, at_s)
                   SELECT 'up', 1, -value, 'missing', 0, 0, 0 FROM n";
    receiver.conn.execute(missing, [GAP_MAX as i64]).unwrap();
    assert_eq!(come(&mut receiver, 2), (0, 1), "a jump past number 2");
    assert_eq!(come(&mut receiver, 1), (1, 0), "the next one is no jump");
}
