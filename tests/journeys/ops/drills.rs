//! Every drill shows its fault, and what it says to type mends it.

use ferry_torture::drills::DRILLS;

fn check(name: &str) {
    let drill = DRILLS.iter().find(|d| d.name == name).unwrap();
    let folder = tempfile::tempdir().unwrap();
    drill.play(&folder.path().join("court"), true).unwrap();
}

macro_rules! drills {
    ($($test:ident $name:literal)*) => {
        $(#[test] fn $test() { check($name); })*
        #[test]
        fn each_drill_is_a_test() {
            assert_eq!(DRILLS.iter().map(|d| d.name).collect::<Vec<_>>(), [$($name),*]);
        }
    };
}

drills! {
    a_lost_batch_is_named_asked_for_and_sent_again "lost-batch"
    a_torn_batch_is_asked_for_and_sent_again "torn-batch"
    a_batch_that_was_overtaken_is_published_when_it_comes "reordered"
    a_batch_that_comes_twice_is_published_once "doubled"
    a_batch_past_its_time_waits_and_a_newer_one_brings_it_in "stale"
    a_lost_return_batch_is_named_asked_for_and_sent_again "lost-return"
    foreign_files_hold_no_batch_up "foreign-files"
    a_strangers_batch_is_kept_as_evidence_and_holds_nothing_up "wrong-key"
    where_the_roots_differ_two_crossings_repair_it "root-differs"
    without_room_a_batch_waits_untouched_until_there_is_room "no-room"
    a_second_daemon_is_refused_and_commands_run_beside_the_first "two-agents"
    a_second_signed_batch_under_a_number_stops_the_channel_until_a_named_person_resumes "forked-number"
    an_outer_machine_that_burnt_is_restored_and_what_came_after_its_backup_is_sent_again "lost-outer"
    a_stolen_key_and_both_planned_changes_are_rehearsed "rotate-keys"
}
