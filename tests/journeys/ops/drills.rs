//! Every drill shows its fault, and its remedy repairs it.

use ferry_format::text::Language;
use ferry_torture::drills::DRILLS;

fn check(name: &str) {
    let drill = DRILLS.iter().find(|d| d.name == name).unwrap();
    let folder = tempfile::tempdir().unwrap();
    drill.play(&folder.path().join("court"), true, Language::English).unwrap();
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
    a_lost_batch_is_reported_requested_and_resent "lost-batch"
    a_torn_batch_is_requested_and_resent "torn-batch"
    a_batch_that_arrives_late_is_published "reordered"
    a_batch_that_arrives_twice_is_published_once "doubled"
    a_batch_past_its_time_limit_is_published_with_the_next_one "stale"
    a_lost_return_batch_is_reported_requested_and_resent "lost-return"
    foreign_files_delay_no_batch "foreign-files"
    a_batch_with_an_untrusted_key_is_quarantined_and_delays_nothing "wrong-key"
    differing_state_roots_are_repaired_in_two_rounds "root-differs"
    without_disk_space_a_batch_waits_until_there_is_space "no-room"
    a_second_daemon_is_refused_and_commands_run_beside_the_first "two-agents"
    a_second_signed_batch_with_the_same_number_stops_the_channel_until_a_person_resumes "forked-number"
    a_destroyed_outer_machine_is_restored_and_what_came_after_its_backup_is_resent "lost-outer"
    a_stolen_key_and_two_planned_ones_are_replaced "rotate-keys"
    one_wrong_word_in_a_mapping_retracts_nothing_until_a_person_decides "wrong-mapping"
    a_clock_that_looks_behind_publishes_nothing_until_a_person_accepts_it "wrong-clock"
    a_batch_that_the_outbox_lost_is_accepted_as_a_gap_and_its_content_crosses_again "lost-outbox"
    a_damaged_ledger_is_found_by_doctor_and_restored "damaged-ledger"
    an_older_copy_of_a_ledger_sends_nothing_until_the_newest_is_back "rolled-back-ledger"
    documents_that_are_gone_are_noticed_and_sent_again "documents-gone"
    a_new_key_is_paired_with_reviewers_and_rules_kept "re-pairing"
    a_flood_of_false_batches_keeps_no_true_one_waiting "junk-flood"
    a_head_that_was_changed_is_asked_for_alone "poisoned-head"
    a_portal_that_does_not_serve_is_named_and_started "portal-down"
}
