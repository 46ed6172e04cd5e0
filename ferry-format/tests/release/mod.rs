//! Release rules (SPEC.md section 10): one function decides for release, receiver, page and commands.

use super::*;
use ferry_format::limits::APPROVALS_MAX;
use ferry_format::trust::approval::RefusalFile;
use ferry_format::trust::release::{Decision, check_approval, decide};
use ferry_format::trust::rules::{ApprovalRequirement, Class, ReleaseRules};
use ferry_format::trust::trust_file::{KeyConstraints, Moment};

/// A draft that the scanner flagged, or did not.
fn flagged_draft(stage: &Stage, reason: &str) -> (Cursor<Vec<u8>>, ContentStatement) {
    let nothing = || Cursor::new(Vec::new());
    let keys = [stage.recipient.public().unwrap()];
    let mut sealer = Sealer::new(nothing(), nothing(), &address(), &keys, &mut Counting(4)).unwrap();
    let document = Document {
        kind: "judgment".into(),
        name: "文书.pdf".into(),
        version: 1,
        media_type: "application/pdf".into(),
        reason: reason.into(),
    };
    sealer.document(document, &mut &b"decision"[..]).unwrap();
    sealer.finish_draft().unwrap()
}

fn with_terms(stage: &mut Stage, reviewer: usize, constraints: KeyConstraints) {
    let key = stage.reviewers[reviewer].public().unwrap();
    stage.trust.constraints.insert(key.fingerprint(), constraints);
}

fn approve(stage: &Stage, reviewer: usize, content: &ContentStatement) -> ApprovalFile {
    ApprovalFile::sign(content, &stage.reviewers[reviewer].signer().unwrap()).unwrap()
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn by_default_clean_content_needs_no_approval_and_flagged_content_needs_two() {
    let stage = stage();
    let (file, clean) = flagged_draft(&stage, "");
    verify(&number(&stage, file, &clean, vec![]), &stage.trust).unwrap();
    let (file, flagged) = flagged_draft(&stage, "公民身份号码");
    let mut both: Vec<_> = (0..2).map(|n| approve(&stage, n, &flagged).approval).collect();
    both.sort_by_key(|a| a.reviewer);
    assert_eq!(code(verify(&number(&stage, file.clone(), &flagged, vec![]), &stage.trust)), "FERRY-E0203");
    assert_eq!(code(verify(&number(&stage, file.clone(), &flagged, both[1..].to_vec()), &stage.trust)), "FERRY-E0203");
    verify(&number(&stage, file, &flagged, both), &stage.trust).unwrap();
}

#[test]
fn a_class_follows_from_signed_bytes_alone() {
    let stage = stage();
    let (file, clean) = flagged_draft(&stage, "");
    let (_, flagged) = flagged_draft(&stage, "x");
    let (_, empty) = draft(&stage, &address(), &[]);
    let mut header = UnverifiedBatch::read(file).unwrap().claimed_header().clone();
    let class = |header: &ferry_format::frame::header::Header, content| Class::of(header, content).as_str();
    assert_eq!([&empty, &clean, &flagged].map(|c| class(&header, c)), ["heartbeat", "clean", "flagged"]);
    header.batch_type = BatchType::Trust;
    assert_eq!([&empty, &clean, &flagged].map(|c| class(&header, c)), ["trust"; 3]);
}

#[test]
fn two_keys_of_one_person_are_rejected_even_with_enough_other_approvals() {
    let mut stage = stage();
    for n in 0..2 {
        with_terms(&mut stage, n, KeyConstraints { person: Some("王建华".into()), ..KeyConstraints::default() });
    }
    let (file, content) = flagged_draft(&stage, "x");
    let files: Vec<_> = (0..2).map(|n| approve(&stage, n, &content)).collect();
    let mut given: Vec<_> = files.iter().map(|f| f.approval.clone()).collect();
    given.sort_by_key(|a| a.reviewer);
    assert_eq!(code(verify(&number(&stage, file, &content, given), &stage.trust)), "FERRY-E0210");
    let now = Moment::now(0);
    assert_eq!(code(decide(&stage.trust, Class::Flagged, &content, &files, &[], &now)), "FERRY-E0210");
    assert_eq!(code(check_approval(&stage.trust, &content, &files[..1], &[], &files[1], &now)), "FERRY-E0210");
}

#[test]
fn a_missing_office_is_named() {
    let mut stage = stage();
    let offices = ["业务审核", "保密审查"];
    for (n, office) in offices.into_iter().enumerate() {
        with_terms(&mut stage, n, KeyConstraints { office: Some(office.into()), ..KeyConstraints::default() });
    }
    let offices = offices.map(str::to_owned).into();
    stage.trust.release =
        ReleaseRules { flagged: ApprovalRequirement { approvals: 1, offices }, ..ReleaseRules::default() };
    let (_, content) = flagged_draft(&stage, "x");
    let (first, second) = (approve(&stage, 0, &content), approve(&stage, 1, &content));
    let now = Moment::now(0);
    let judged = |files: &[&ApprovalFile]| {
        let given: Vec<_> = files.iter().map(|f| f.approval.clone()).collect();
        stage.trust.check_approvals(Class::Flagged, &content, &given, &now)
    };
    assert!(matches!(judged(&[&first]), Err(FormatError::Office { office }) if office == "保密审查"));
    assert_eq!(judged(&[&first, &second]).unwrap(), 2);
    let one = decide(&stage.trust, Class::Flagged, &content, &[second], &[], &now).unwrap();
    let Decision::Waiting { found: 1, needed: 1, offices } = one else { panic!("{one:?}") };
    assert_eq!(offices, ["业务审核".to_owned()].into());
}

#[test]
fn the_needed_approvals_are_kept_when_there_are_too_many_for_a_statement() {
    let mut stage = stage();
    let (_, content) = flagged_draft(&stage, "x");
    let keys: Vec<SecretKey> = (1..APPROVALS_MAX as u64 + 3)
        .map(|n| SecretKey::generate(Role::Reviewer, &mut Counting(1000 * n)).unwrap())
        .collect();
    let mut files: Vec<_> =
        keys.iter().map(|key| ApprovalFile::sign(&content, &key.signer().unwrap()).unwrap()).collect();
    stage.trust.keys.extend(keys.iter().map(|key| key.public().unwrap()));
    files.sort_by_key(|file| file.approval.reviewer);
    let last = files.last().unwrap().approval.reviewer;
    let of_office = stage.trust.keys.iter().find(|key| key.verifying == Some(last)).unwrap().fingerprint();
    stage
        .trust
        .constraints
        .insert(of_office, KeyConstraints { office: Some("保密审查".into()), ..KeyConstraints::default() });
    let offices = ["保密审查".to_owned()].into();
    stage.trust.release =
        ReleaseRules { flagged: ApprovalRequirement { approvals: 2, offices }, ..ReleaseRules::default() };
    let decided = decide(&stage.trust, Class::Flagged, &content, &files, &[], &Moment::now(0)).unwrap();
    let Decision::Ready(approvals) = decided else { panic!("{decided:?}") };
    assert_eq!((approvals.len(), approvals.last().unwrap().reviewer), (APPROVALS_MAX, last));
}

#[test]
fn a_key_is_valid_within_its_dates_and_until_it_is_revoked() {
    let mut stage = stage();
    let constraints = KeyConstraints {
        not_before_s: Some(100),
        not_after_s: Some(200),
        revoked_from: Some((1, 7)),
        ..KeyConstraints::default()
    };
    with_terms(&mut stage, 0, constraints);
    let (_, content) = flagged_draft(&stage, "");
    let given = [approve(&stage, 0, &content).approval];
    let at = |at_s, batch| stage.trust.check_approvals(Class::Clean, &content, &given, &Moment { at_s, batch });
    for (at_s, place, stands) in [
        (99, Some((1, 6)), false),
        (100, Some((1, 6)), true),
        (200, Some((1, 6)), true),
        (201, Some((1, 6)), false),
        (150, Some((1, 7)), false),
        (150, Some((2, 1)), false),
        (150, Some((0, 9)), true),
        (150, None, false),
    ] {
        assert_eq!(at(at_s, place).is_ok(), stands, "{at_s} {place:?}");
    }
    assert_eq!(code(at(99, Some((1, 6)))), "FERRY-E0209");
}

#[test]
fn a_sender_with_an_expired_or_revoked_key_is_rejected_with_the_reason() {
    let mut stage = stage();
    let bytes = sealed(&stage, &[]);
    let created_s =
        UnverifiedBatch::read(Cursor::new(&bytes)).unwrap().verify(&stage.trust).unwrap().series().created_s;
    let sender = stage.sender.public().unwrap().fingerprint();
    let with =
        |constraints: KeyConstraints| Trust { constraints: [(sender, constraints)].into(), ..stage.trust.clone() };
    let expired = with(KeyConstraints { not_after_s: Some(created_s - 1), ..KeyConstraints::default() });
    let revoked = with(KeyConstraints { revoked_from: Some((1, 1)), ..KeyConstraints::default() });
    let later =
        with(KeyConstraints { revoked_from: Some((1, 2)), not_after_s: Some(created_s), ..KeyConstraints::default() });
    assert_eq!(code(verify(&bytes, &expired)), "FERRY-E0209");
    assert_eq!(code(verify(&bytes, &revoked)), "FERRY-E0209");
    verify(&bytes, &later).unwrap();
    stage.trust = later;
    let text = stage.trust.to_toml().unwrap();
    assert_eq!(Trust::from_toml(&text).unwrap().to_toml().unwrap(), text);
}

#[test]
fn an_invalid_approval_is_rejected_when_it_is_submitted() {
    let stage = stage();
    let (_, content) = flagged_draft(&stage, "x");
    let (_, other) = flagged_draft(&stage, "y");
    let now = Moment::now(0);
    let first = approve(&stage, 0, &content);
    let stranger = SecretKey::generate(Role::Reviewer, &mut Counting(900)).unwrap();
    let by = |key: &SecretKey| ApprovalFile::sign(&content, &key.signer().unwrap()).unwrap();
    let mut cut = first.clone();
    cut.approval.signature[0] ^= 1;
    let refusal =
        RefusalFile::sign(&content, 5, "含当事人住址", vec![], &stage.reviewers[1].signer().unwrap()).unwrap();
    let cases: [(&str, &[ApprovalFile], &[RefusalFile], ApprovalFile); 6] = [
        ("FERRY-E0212", &[], &[], approve(&stage, 0, &other)),
        ("FERRY-E0202", &[], &[], by(&stranger)),
        ("FERRY-E0202", &[], &[], by(&stage.sender)),
        ("FERRY-E0201", &[], &[], cut),
        ("FERRY-E0214", std::slice::from_ref(&first), &[], first.clone()),
        ("FERRY-E0213", &[], std::slice::from_ref(&refusal), first.clone()),
    ];
    for (expected, approvals, refusals, next) in cases {
        assert_eq!(code(check_approval(&stage.trust, &content, approvals, refusals, &next, &now)), expected);
    }
    check_approval(&stage.trust, &content, &[], &[], &first, &now).unwrap();
    let refused = decide(&stage.trust, Class::Flagged, &content, &[first], &[refusal], &now).unwrap();
    assert!(matches!(refused, Decision::Refused { reason, .. } if reason == "含当事人住址"));
}

#[test]
fn a_refusal_is_bound_to_its_content_reason_and_records() {
    let stage = stage();
    let (_, content) = flagged_draft(&stage, "x");
    let items = vec![("judgment".to_owned(), "P1".to_owned()), ("judgment".to_owned(), "P2".to_owned())];
    let signer = stage.reviewers[0].signer().unwrap();
    let file = RefusalFile::sign(&content, 5, "含当事人住址", items, &signer).unwrap();
    let bytes = file.encode();
    assert_eq!(RefusalFile::decode(&bytes).unwrap(), file);
    let check = |bytes: &[u8]| RefusalFile::decode(bytes)?.check(&stage.trust, &content, &Moment::now(0));
    check(&bytes).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(check(&changed).is_err(), "byte {at}");
        assert!(check(&bytes[..at]).is_err(), "cut to {at}");
    }
    assert!(check(&[&bytes[..], &[0]].concat()).is_err());
    assert!(RefusalFile::sign(&content, 5, " ", vec![], &signer).is_err());
}
