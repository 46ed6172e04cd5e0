//! Where the hint of each code is followed: a test provokes it on the programs, does what the hint or the runbook says, and
//! finds the state better afterwards.

use crate::runbook::codes;
use ferry_testkit::source::root;
use ferry_testkit::stage::walk;
use std::collections::{BTreeMap, BTreeSet};

/// A code, and the test that follows its hint; `drill NAME` is a drill, which `ops::drills` plays.
const FOLLOWED: [(&str, &str); 167] = [
    (
        "FERRY-E0101",
        "e01_e02_e03_e04_what_was_refused_is_requested_sent_again_and_published_by_the_commands_of_the_runbook",
    ),
    (
        "FERRY-E0102",
        "e01_e02_e03_e04_what_was_refused_is_requested_sent_again_and_published_by_the_commands_of_the_runbook",
    ),
    (
        "FERRY-E0103",
        "e01_e02_e03_e04_what_was_refused_is_requested_sent_again_and_published_by_the_commands_of_the_runbook",
    ),
    (
        "FERRY-E0104",
        "e01_e02_e03_e04_what_was_refused_is_requested_sent_again_and_published_by_the_commands_of_the_runbook",
    ),
    (
        "FERRY-E0105",
        "e01_e02_e03_e04_what_was_refused_is_requested_sent_again_and_published_by_the_commands_of_the_runbook",
    ),
    (
        "FERRY-E0201",
        "e01_e02_e03_e04_what_was_refused_is_requested_sent_again_and_published_by_the_commands_of_the_runbook",
    ),
    ("FERRY-E0202", "e0202_a_new_key_of_the_court_is_paired_as_the_runbook_says_and_the_quarantined_batch_crosses"),
    ("FERRY-E0203", "the_receiver_refuses_a_batch_with_too_few_approvals_uses_its_number_and_the_item_is_sent_again"),
    (
        "FERRY-E0204",
        "e01_e02_e03_e04_what_was_refused_is_requested_sent_again_and_published_by_the_commands_of_the_runbook",
    ),
    ("FERRY-E0209", "invalid_approvals_are_refused_with_a_code_and_not_stored"),
    ("FERRY-E0210", "invalid_approvals_are_refused_with_a_code_and_not_stored"),
    ("FERRY-E0212", "invalid_approvals_are_named_with_the_reason"),
    ("FERRY-E0213", "invalid_approvals_are_refused_with_a_code_and_not_stored"),
    ("FERRY-E0214", "invalid_approvals_are_refused_with_a_code_and_not_stored"),
    ("FERRY-E0237", "one_evidence_file_proves_a_served_document_its_receipt_and_its_delivery_with_two_programs"),
    ("FERRY-E0238", "one_evidence_file_proves_a_served_document_its_receipt_and_its_delivery_with_two_programs"),
    (
        "FERRY-E0301",
        "e01_e02_e03_e04_what_was_refused_is_requested_sent_again_and_published_by_the_commands_of_the_runbook",
    ),
    ("FERRY-E0401", "a_correction_replaces_a_waiting_draft_and_no_version_has_two_contents"),
    (
        "FERRY-E0402",
        "e01_e02_e03_e04_what_was_refused_is_requested_sent_again_and_published_by_the_commands_of_the_runbook",
    ),
    ("FERRY-E0403", "refused_content_of_the_true_sender_uses_its_number_and_is_collected_again"),
    ("FERRY-E0501", "a_wrong_key_is_named_with_its_remedy_and_check_config_is_well_once_it_is_corrected"),
    ("FERRY-E0502", "a_wrong_key_is_named_with_its_remedy_and_check_config_is_well_once_it_is_corrected"),
    ("FERRY-E0503", "e0503_a_key_of_the_wrong_role_is_named_and_the_other_file_pairs"),
    ("FERRY-E0504", "without_a_sandbox_nothing_for_the_public_crosses_and_both_sides_say_what_is_missing"),
    ("FERRY-E0505", "e0505_where_the_policy_asks_for_a_scanner_nothing_crosses_without_it_and_everything_once_it_runs"),
    ("FERRY-E0506", "e0506_old_signatures_are_named_until_newer_ones_are_there"),
    ("FERRY-E0605", "e0605_a_ledger_of_a_newer_release_is_named_and_the_release_that_wrote_it_goes_on"),
    ("FERRY-E0621", "a_mapping_that_writes_directly_or_through_a_function_is_refused"),
    ("FERRY-E0622", "a_failed_import_leaves_nothing_in_the_platform"),
    ("FERRY-E0630", "a_wrong_key_is_named_with_its_remedy_and_check_config_is_well_once_it_is_corrected"),
    (
        "FERRY-E0631",
        "staging_tables_of_an_earlier_release_get_their_columns_in_postgresql_by_the_import_or_by_the_administrator",
    ),
    ("FERRY-E0641", "the_section_is_optional_as_a_whole_and_its_keys_are_checked"),
    ("FERRY-E0651", "a_wrong_key_is_named_with_its_remedy_and_check_config_is_well_once_it_is_corrected"),
    ("FERRY-E0652", "e0652_a_portal_of_more_connections_than_files_may_be_open_starts_with_fewer"),
    ("FERRY-E0701", "a_file_that_is_no_database_ends_with_78_and_a_world_readable_key_with_77"),
    ("FERRY-E0702", "a_key_without_the_right_to_decide_can_read_and_is_refused_with_the_same_code_everywhere"),
    ("FERRY-E0703", "e0202_a_new_key_of_the_court_is_paired_as_the_runbook_says_and_the_quarantined_batch_crosses"),
    ("FERRY-E0710", "every_command_that_reads_a_secret_key_takes_its_passphrase_and_refuses_a_wrong_one"),
    ("FERRY-E0711", "agents_open_their_keys_with_the_credentials_of_their_service_and_name_a_missing_one"),
    ("FERRY-E0712", "an_export_signed_in_a_token_is_published"),
    ("FERRY-E0713", "two_tokens_with_the_same_label_are_an_error"),
    ("FERRY-E0714", "a_wrong_pin_ends_the_daemon_so_that_it_cannot_lock_the_token"),
    ("FERRY-E0716", "a_token_that_does_not_match_the_key_file_signs_nothing_and_the_error_says_why"),
    ("FERRY-E0719", "at_a_terminal_the_passphrase_is_asked_for_twice_when_it_is_set_and_is_not_echoed"),
    ("FERRY-E0221", "a_list_that_does_not_continue_the_chain_is_refused_by_both_sides"),
    ("FERRY-E0222", "a_list_that_does_not_continue_the_chain_is_refused_by_both_sides"),
    ("FERRY-E0223", "a_list_that_does_not_continue_the_chain_is_refused_by_both_sides"),
    ("FERRY-E0224", "a_list_that_does_not_follow_the_one_in_force_is_rejected"),
    ("FERRY-E0225", "a_list_that_does_not_continue_the_chain_is_refused_by_both_sides"),
    ("FERRY-E0227", "an_expired_list_is_not_installed_and_one_in_force_only_raises_an_alarm"),
    ("FERRY-E0228", "a_list_that_does_not_follow_the_one_in_force_is_rejected"),
    ("FERRY-E0720", "with_root_keys_and_no_list_nothing_is_accepted_or_sent"),
    ("FERRY-E0721", "a_catalogue_that_the_trust_list_does_not_name_is_not_used"),
    ("FERRY-E0722", "an_expired_list_is_not_installed_and_one_in_force_only_raises_an_alarm"),
    ("FERRY-E0723", "after_a_theft_and_a_jump_by_two_the_channel_works_again_within_one_batch"),
    ("FERRY-E0724", "with_root_keys_and_no_list_nothing_is_accepted_or_sent"),
    ("FERRY-E0725", "a_sender_key_is_replaced_by_a_list_in_a_batch_and_the_next_batch_is_signed_with_the_new_key"),
    ("FERRY-E0726", "a_sender_key_is_replaced_by_a_list_in_a_batch_and_the_next_batch_is_signed_with_the_new_key"),
    ("FERRY-E0727", "after_a_theft_and_a_jump_by_two_the_channel_works_again_within_one_batch"),
    ("FERRY-E0728", "a_proposed_list_waits_as_a_draft_and_is_refused_without_two_approvals"),
    ("FERRY-E0750", "an_evidence_pack_needs_a_key_that_opens_the_batch_and_a_batch_with_the_record"),
    ("FERRY-E0751", "an_evidence_pack_needs_a_key_that_opens_the_batch_and_a_batch_with_the_record"),
    ("FERRY-E0752", "one_evidence_file_proves_a_served_document_its_receipt_and_its_delivery_with_two_programs"),
    ("FERRY-E0753", "nobody_who_guesses_every_text_of_a_neighbour_finds_its_digest_in_a_pack"),
    ("FERRY-E0754", "one_evidence_file_proves_a_served_document_its_receipt_and_its_delivery_with_two_programs"),
    ("FERRY-E0602", "e0602_what_is_no_file_is_named_and_the_file_in_it_is_verified"),
    ("FERRY-E0603", "e0603_a_name_that_is_not_utf8_is_renamed_and_sealed"),
    ("FERRY-E0604", "a_damaged_ledger_is_named_with_the_newest_backup_and_restoring_it_heals"),
    ("FERRY-E0606", "e0606_a_batch_that_the_outbox_lost_is_accepted_as_a_gap_and_its_content_crosses_again"),
    ("FERRY-E0607", "e0607_a_file_in_a_batch_s_way_is_moved_away_and_the_next_run_sends_the_batch"),
    ("FERRY-E0608", "e0608_a_folder_that_cannot_be_watched_is_looked_at_in_intervals_as_the_hint_says"),
    ("FERRY-E0609", "a_receipt_with_an_existing_file_name_blocks_no_other_receipt"),
    ("FERRY-E0610", "a_name_that_does_not_exist_is_answered_with_the_command_that_lists_the_ones_that_do"),
    ("FERRY-E0612", "e0612_a_portal_whose_address_is_taken_serves_once_it_is_free"),
    ("FERRY-E0616", "e0616_e0617_volumes_are_joined_once_one_head_and_all_volumes_are_given"),
    ("FERRY-E0617", "e0616_e0617_volumes_are_joined_once_one_head_and_all_volumes_are_given"),
    ("FERRY-E0618", "whatever_fails_of_the_staging_tables_refuses_no_batch_and_the_next_import_settles_it_once"),
    ("FERRY-E0620", "a_query_that_takes_too_long_is_ended_with_75_and_the_next_run_works"),
    ("FERRY-E0644", "a_store_that_is_away_is_one_error_and_no_held_record"),
    ("FERRY-E0645", "drill wrong-mapping"),
    ("FERRY-E0646", "a_person_releases_the_list_that_he_saw_or_keeps_its_records"),
    ("FERRY-E0647", "a_kind_without_a_mapping_is_named_until_somebody_decides_about_it"),
    ("FERRY-E0648", "a_few_rows_that_go_are_retracted_by_themselves_and_forms_consents_and_authorities_are_never_held"),
    ("FERRY-E0649", "a_few_rows_that_go_are_retracted_by_themselves_and_forms_consents_and_authorities_are_never_held"),
    ("FERRY-E0653", "drill wrong-clock"),
    ("FERRY-E0654", "a_receiver_with_a_wrong_clock_accepts_everything_and_alarms_until_a_person_accepts_its_time"),
    ("FERRY-E0655", "a_wal_database_in_a_folder_that_may_only_be_read_is_named_and_may_be_tried_again"),
    ("FERRY-E0650", "a_certificate_is_replaced_without_a_restart_and_a_mismatched_pair_is_ignored"),
    ("FERRY-E0656", "articles_13_15_a_form_whose_table_key_or_case_nothing_has_is_named_until_it_is_corrected"),
    ("FERRY-E0657", "a_missing_folder_for_case_files_refuses_no_batch_and_the_next_import_settles_it"),
    ("FERRY-E0658", "a_ledger_that_is_missing_empty_or_older_is_named_and_nothing_is_sent_by_it"),
    ("FERRY-E0659", "a_ledger_that_is_missing_empty_or_older_is_named_and_nothing_is_sent_by_it"),
    ("FERRY-E0661", "another_database_in_the_platform_s_place_is_named_and_a_restored_one_is_accepted_by_a_person"),
    ("FERRY-E0662", "a_portal_whose_port_is_taken_is_an_alarm_until_it_serves"),
    ("FERRY-E0663", "lost_documents_are_asked_for_and_sent_again_by_the_daily_jobs_alone"),
    ("FERRY-E0664", "a_hidden_item_is_off_the_portal_at_once_stays_off_and_comes_back_by_an_approved_correction"),
    ("FERRY-E0665", "article_2_a_channel_with_a_certificate_needs_no_token_and_another_certificate_is_refused"),
    ("FERRY-E0666", "a_misconfigured_channel_ends_with_78_and_names_are_unique"),
    ("FERRY-E0667", "one_file_that_the_outbox_lost_stops_no_other_and_both_sides_name_it"),
    ("FERRY-E0668", "a_side_that_asks_for_everything_again_and_again_gets_each_batch_twice_a_day"),
    ("FERRY-E0669", "what_a_stolen_side_claims_of_versions_and_numbers_is_believed_within_what_was_sent"),
    ("FERRY-E0801", "e0801_a_broken_audit_is_kept_as_evidence_and_a_restored_backup_verifies"),
    ("FERRY-E0802", "a_batch_whose_audit_is_older_is_accepted_and_raises_an_alarm_until_a_person_settles_it"),
    ("FERRY-E0804", "after_a_whole_journey_both_audits_verify_on_each_side_and_offline"),
    ("FERRY-E0805", "a_name_that_does_not_exist_is_answered_with_the_command_that_lists_the_ones_that_do"),
    ("FERRY-E0806", "a_name_that_does_not_exist_is_answered_with_the_command_that_lists_the_ones_that_do"),
    ("FERRY-E0901", "two_runs_at_once_are_refused_with_75"),
    ("FERRY-E0902", "e0902_a_held_record_crosses_once_it_is_corrected_in_the_platform"),
    ("FERRY-E0640", "too_many_messages_wait_for_a_release"),
    ("FERRY-E0642", "a_gateway_with_another_key_stops_the_pass_and_the_outbox_keeps_everything"),
    ("FERRY-E0643", "a_failing_gateway_is_queried_before_resending_and_nothing_is_lost_or_duplicated"),
    ("FERRY-E0633", "a_day_without_an_import_raises_an_alarm_in_status_and_in_the_daemon_log"),
    ("FERRY-E0634", "a_day_without_an_import_raises_an_alarm_in_status_and_in_the_daemon_log"),
    ("FERRY-E0635", "a_ledger_that_other_accounts_may_read_is_refused_like_a_key_and_fix_makes_it_private"),
    (
        "FERRY-E0636",
        "a_flood_of_hostile_items_takes_a_bounded_part_of_the_platform_and_keeps_no_honest_message_waiting",
    ),
    ("FERRY-E0637", "swapped_folders_at_the_gate_are_named_and_the_batches_stay_for_the_side_that_they_are_for"),
    ("FERRY-E0638", "before_init_pair_and_what_others_bring_each_missing_file_is_named_with_what_to_do"),
    ("FERRY-E0639", "a_ledger_that_other_accounts_may_read_is_refused_like_a_key_and_fix_makes_it_private"),
    ("FERRY-E0660", "a_failed_sync_ends_even_a_daemon_with_71_and_nothing_counts_as_imported"),
    ("FERRY-E0670", "e0606_a_batch_that_the_outbox_lost_is_accepted_as_a_gap_and_its_content_crosses_again"),
    ("FERRY-E0671", "a_name_that_does_not_exist_is_answered_with_the_command_that_lists_the_ones_that_do"),
    ("FERRY-E0672", "a_request_that_can_no_longer_be_met_is_reported_on_both_sides_with_a_remedy"),
    ("FERRY-E0673", "a_name_that_does_not_exist_is_answered_with_the_command_that_lists_the_ones_that_do"),
    ("FERRY-E0674", "a_missing_batch_raises_an_alarm_on_both_sides_and_in_the_daemon_log_until_one_is_accepted"),
    ("FERRY-E0678", "a_request_that_can_no_longer_be_met_is_reported_on_both_sides_with_a_remedy"),
    ("FERRY-E0679", "a_name_that_does_not_exist_is_answered_with_the_command_that_lists_the_ones_that_do"),
    ("FERRY-E0680", "drill two-agents"),
    ("FERRY-E0681", "an_incomplete_or_foreign_backup_is_refused_and_nothing_is_restored"),
    ("FERRY-E0682", "an_incomplete_or_foreign_backup_is_refused_and_nothing_is_restored"),
    ("FERRY-E0683", "an_incomplete_or_foreign_backup_is_refused_and_nothing_is_restored"),
    ("FERRY-E0684", "an_incomplete_or_foreign_backup_is_refused_and_nothing_is_restored"),
    ("FERRY-E0685", "the_outer_machine_is_lost_and_its_backup_is_restored_and_replayed"),
    ("FERRY-E0686", "a_baseline_retracts_what_only_the_far_side_has_and_nothing_that_is_published_inside"),
    ("FERRY-E0687", "drill lost-outer"),
    ("FERRY-E0688", "what_a_stolen_side_claims_of_versions_and_numbers_is_believed_within_what_was_sent"),
    ("FERRY-E0689", "an_incomplete_or_foreign_backup_is_refused_and_nothing_is_restored"),
    ("FERRY-E0690", "a_daemon_sends_heartbeats_only_while_it_makes_progress_and_status_shows_it"),
    ("FERRY-E0629", "a_daemon_that_was_stopped_and_not_started_again_for_an_hour_raises_an_alarm"),
    ("FERRY-E0691", "an_ingest_without_disk_space_pauses_and_the_daemon_publishes_within_a_minute_of_free_space"),
    ("FERRY-E0692", "a_certificate_that_expires_soon_or_has_expired_raises_an_alarm"),
    ("FERRY-E0693", "a_batch_unacknowledged_for_two_days_raises_an_alarm_until_it_is_acknowledged"),
    ("FERRY-E0694", "e0694_the_command_that_status_names_after_a_failed_run_ends_it_once_its_cause_is_gone"),
    ("FERRY-E0695", "a_batch_unacknowledged_for_two_days_raises_an_alarm_until_it_is_acknowledged"),
    ("FERRY-E0696", "drill root-differs"),
    ("FERRY-E0697", "a_return_batch_refused_for_a_wrong_trust_file_is_accepted_once_the_file_is_right"),
    ("FERRY-E0698", "both_agents_write_metrics_after_every_run_that_prometheus_can_read_and_that_name_no_person"),
    ("FERRY-E0699", "e0902_a_held_record_crosses_once_it_is_corrected_in_the_platform"),
    ("FERRY-E0675", "e0675_a_channel_that_stopped_continues_as_its_hint_says"),
    ("FERRY-E0676", "a_name_that_does_not_exist_is_answered_with_the_command_that_lists_the_ones_that_do"),
    ("FERRY-E0677", "a_name_that_does_not_exist_is_answered_with_the_command_that_lists_the_ones_that_do"),
    ("FERRY-E0740", "a_draft_that_is_replaced_while_it_is_open_is_neither_shown_nor_approved"),
    ("FERRY-E0741", "only_this_machine_and_this_page_get_a_response_and_get_requests_change_nothing"),
    ("FERRY-E0742", "invalid_approvals_are_named_with_the_reason"),
    ("FERRY-E0743", "only_this_machine_and_this_page_get_a_response_and_get_requests_change_nothing"),
    ("FERRY-E0744", "control_c_ends_the_review_and_leaves_no_files"),
    ("FERRY-E0745", "only_this_machine_and_this_page_get_a_response_and_get_requests_change_nothing"),
    ("FERRY-E0746", "a_hostile_draft_neither_runs_code_nor_hides_content"),
    ("FERRY-E0730", "without_a_trust_file_a_flagged_draft_cannot_be_released_and_an_error_says_so"),
    ("FERRY-E0731", "invalid_approvals_are_refused_with_a_code_and_not_stored"),
    ("FERRY-E0732", "a_correction_replaces_a_waiting_draft_and_no_version_has_two_contents"),
    ("FERRY-E0733", "a_refusal_uses_no_number_holds_the_named_records_and_drafts_the_rest_again"),
    ("FERRY-E0734", "a_refusal_uses_no_number_holds_the_named_records_and_drafts_the_rest_again"),
    ("FERRY-E0735", "overdue_reviews_raise_alarms_and_a_released_batch_is_reviewed_later"),
    ("FERRY-E0736", "overdue_reviews_raise_alarms_and_a_released_batch_is_reviewed_later"),
    ("FERRY-E0737", "overdue_reviews_raise_alarms_and_a_released_batch_is_reviewed_later"),
    ("FERRY-E0738", "invalid_approvals_are_refused_with_a_code_and_not_stored"),
    ("FERRY-E0739", "clean_records_wait_for_approval_if_the_rules_say_so_and_retractions_do_not"),
];

/// A code that no test provokes on the programs, and why.
const NOT_PROVOKED: [(&str, &str); 27] = [
    ("FERRY-E0205", "only a sender with the key can make it; the remedy is that of E0201"),
    ("FERRY-E0206", "only a sender with the key can make it; the remedy is that of E0202"),
    ("FERRY-E0207", "needs a second trusted key; the remedy is that of E0201"),
    ("FERRY-E0208", "there is one suite so far, so no sender can be brought to a higher one"),
    ("FERRY-E0211", "the same draft and remedy as E0203: a reviewer of that office approves"),
    ("FERRY-E0230", "damage within a bundle; the remedy is another bundle, as in E0752"),
    ("FERRY-E0231", "damage within a bundle; the remedy is another bundle, as in E0752"),
    ("FERRY-E0232", "damage within a bundle; the remedy is another bundle, as in E0752"),
    ("FERRY-E0233", "damage within a bundle; the remedy is another bundle, as in E0752"),
    ("FERRY-E0234", "damage within a bundle; the remedy is another bundle, as in E0752"),
    ("FERRY-E0235", "damage within a bundle; the remedy is another bundle, as in E0752"),
    ("FERRY-E0236", "damage within a bundle; the remedy is another bundle, as in E0752"),
    ("FERRY-E0715", "SoftHSM never locks a PIN"),
    ("FERRY-E0717", "SoftHSM signs with Ed25519"),
    ("FERRY-E0718", "no token here signs wrongly"),
    ("FERRY-E0220", "only a program that makes lists wrongly makes it; the remedy is another file, as in E0225"),
    ("FERRY-E0226", "the remedy is that of E0720: list 1 that all root keys signed"),
    ("FERRY-E0229", "no command takes a channel out of a list; the remedy is the next list, as in E0721"),
    (
        "FERRY-E0601",
        "every fault of the disk has this code: `local` and `faults` of the long programmes give each object back",
    ),
    ("FERRY-E0611", "the kernel must refuse a process; the daemon tries again by itself"),
    ("FERRY-E0615", "a file must change between two reads of one command; the remedy is a copy, as in E0602"),
    ("FERRY-E0619", "the message of the database decides what to do"),
    ("FERRY-E0623", "a thread must end early, which is a defect of the program"),
    ("FERRY-E0624", "the machine must have no memory for a hash"),
    ("FERRY-E0625", "a thread must end early, which is a defect of the program"),
    ("FERRY-E0632", "a font must change between the check and the certificate; the remedy is that of E0630"),
    ("FERRY-E0803", "the remedy is to keep the evidence; a backup is put back as in E0801"),
];

/// The sources of tests and drills, by what is named in them: a test's name, or `drill NAME`.
fn tests() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for folder in ["tests/journeys", "ferry-format/tests", "ferry-io/tests", "ferry-channel/tests"] {
        for path in walk(&root().join(folder)) {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            for rest in text.split("#[test]").skip(1) {
                let name = rest.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
                found.extend(name.map(|(name, _)| (name.to_owned(), text.clone())));
            }
        }
    }
    for path in walk(&root().join("ferry-torture/src/drills")) {
        let name = path.file_stem().unwrap().to_string_lossy().replace('_', "-");
        found.insert(format!("drill {name}"), std::fs::read_to_string(&path).unwrap());
    }
    found
}

#[test]
fn the_hint_of_every_code_is_followed_by_a_test_or_says_why_not() {
    let runbook = std::fs::read_to_string(root().join("ops/runbook.md")).unwrap();
    let headings = runbook.lines().filter(|line| line.starts_with("### ")).collect::<Vec<_>>().join("\n");
    let known: BTreeSet<String> = codes(&headings).collect();
    let tests = tests();
    let mut wrong = Vec::new();
    for code in &known {
        let followed = FOLLOWED.iter().filter(|(c, _)| c == code).count();
        let excused = NOT_PROVOKED.iter().filter(|(c, _)| c == code).count();
        if followed + excused != 1 {
            wrong.push(format!("{code} is followed by {followed} tests and excused {excused} times"));
        }
    }
    for (code, name) in FOLLOWED {
        let short = code.trim_start_matches("FERRY-");
        match tests.get(name) {
            None => wrong.push(format!("{code}: there is no test {name}")),
            Some(text) if !text.contains(short) && !text.contains(&short.to_lowercase()) => {
                wrong.push(format!("{code} does not stand in the source of {name}"));
            }
            Some(_) => {}
        }
    }
    let strange = FOLLOWED.iter().chain(&NOT_PROVOKED).filter(|(code, _)| !known.contains(*code));
    wrong.extend(strange.map(|(code, _)| format!("{code} is not in the runbook")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(NOT_PROVOKED.len() * 5 < known.len(), "too many are excused");
}
