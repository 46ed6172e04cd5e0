//! The three forms of a key file.

use super::*;
use ferry_format::keys::{Cost, EncryptedKey, KeyFile, PinSource, TokenKey, TokenLocation};
use std::time::Instant;

/// Cheap enough for a test of every bit.
const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
const PASSPHRASE: &str = "正确 horse battery staple";
const ROLES: [Role; 4] = [Role::Root, Role::Sender, Role::Recipient, Role::Reviewer];

fn made(role: Role, cost: Cost) -> (SecretKey, EncryptedKey) {
    let key = SecretKey::generate(role, &mut Counting(5)).unwrap();
    let protected = EncryptedKey::seal(&key, PASSPHRASE, cost, &mut Counting(900)).unwrap();
    (key, protected)
}

fn is_refused(text: &str) -> bool {
    match KeyFile::from_text(text) {
        Ok(KeyFile::Encrypted(key)) => matches!(key.open(PASSPHRASE), Err(FormatError::Decrypt(_))),
        Ok(_) => false,
        Err(error) => matches!(error, FormatError::Input { .. }),
    }
}

#[test]
fn a_key_under_a_passphrase_opens_only_with_it() {
    for role in ROLES {
        let (key, protected) = made(role, CHEAP);
        let text = protected.to_text();
        let KeyFile::Encrypted(read) = KeyFile::from_text(&text).unwrap() else { panic!("{text}") };
        assert_eq!(read.to_text(), text);
        assert_eq!(*read.public(), key.public().unwrap());
        assert_eq!(read.open(PASSPHRASE).unwrap().to_text(), key.to_text());
        for wrong in ["", "正确 horse battery stapl", "正确 horse battery staple ", "正确 horse battery staplE"] {
            assert!(matches!(read.open(wrong), Err(FormatError::Decrypt(_))), "{wrong:?}");
        }
        let seed = key.to_text();
        assert!(seed.trim().split(' ').skip(2).all(|half| half == "-" || !text.contains(half)), "{text}");
    }
}

#[test]
fn the_same_key_and_passphrase_never_give_the_same_file_twice() {
    let key = SecretKey::generate(Role::Sender, &mut Counting(5)).unwrap();
    let mut entropy = Counting(1);
    let mut next = || EncryptedKey::seal(&key, PASSPHRASE, CHEAP, &mut entropy).unwrap().to_text();
    let (first, second) = (next(), next());
    let fields = |text: &str| text.trim().split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (first, second) = (fields(&first), fields(&second));
    assert_eq!(first[..8], second[..8]);
    assert_ne!(first[8], second[8], "the salt");
    assert_ne!(first[9], second[9], "the sealed part");
}

/// The bytes of SPEC.md section 19, made by this code and opened by another implementation of Argon2id and AES-256-GCM.
const VECTOR: &str = "ferry-protected-key-1 reviewer 8FenRwC8UMNtoWY0mX2+Ml6orXSmR9RYVpdvU1rF/QY= MrOoOFknDBZ97R1CV2kv8jbyZRCm938GrZSnNVWcVCI= \
    argon2id 64 1 1 JFpEPzh7otuY4zgyfUXwh/zrxfxeEulu53ilNPplDBE= \
    fwzjR0uMzt+UjTPnwf0x82s6+rjx4AZ1k8/Xpv0p6Ctwub2zKKVeLBbBZ2cP2ioKXoNWtuq7Qz3LqwQcO2jK9toB1lgl4MkTv7/WDFrAzVc=\n";

#[test]
fn the_file_of_the_specification_is_made_byte_for_byte() {
    let (key, protected) = made(Role::Reviewer, CHEAP);
    assert_eq!(protected.to_text(), VECTOR);
    let read = EncryptedKey::from_text(VECTOR).unwrap();
    assert_eq!(read.open(PASSPHRASE).unwrap().to_text(), key.to_text());
    assert!(include_str!("../../SPEC.md").contains(VECTOR.trim()), "SPEC.md has another file");
}

#[test]
fn a_changed_encrypted_key_file_is_rejected() {
    for role in [Role::Sender, Role::Reviewer] {
        let text = made(role, CHEAP).1.to_text();
        assert!((0..text.len()).all(|end| is_refused(&text[..end])));
        for more in ["\n", " ", "x", " x\n"] {
            assert!(
                is_refused(&format!("{text}{more}")) && is_refused(&format!("{}{more}\n", text.trim())),
                "{more:?}"
            );
        }
        for at in 0..text.len() {
            // Another character of the same kind, so that the form often stays right; parameters stay cheap.
            let other = match text.as_bytes()[at] {
                b'0'..=b'8' => text.as_bytes()[at] + 1,
                b'A'..=b'Y' | b'a'..=b'y' => text.as_bytes()[at] + 1,
                _ => b'A',
            };
            let mut changed = text.clone().into_bytes();
            changed[at] = other;
            assert!(is_refused(std::str::from_utf8(&changed).unwrap()), "character {at} of {text}");
        }
    }
}

#[test]
fn role_public_half_and_parameters_of_an_encrypted_key_are_bound() {
    let text = made(Role::Sender, CHEAP).1.to_text();
    let other = SecretKey::generate(Role::Sender, &mut Counting(77)).unwrap().public().unwrap().to_text();
    let fields: Vec<&str> = text.trim().split(' ').collect();
    let with = |at: usize, value: &str| {
        let mut fields = fields.clone();
        fields[at] = value;
        format!("{}\n", fields.join(" "))
    };
    assert!(!is_refused(&with(1, "sender")));
    for (at, value) in [
        (1, "root"),
        (1, "reviewer"),
        (1, "recipient"),
        (1, "Sender"),
        (2, other.split(' ').nth(2).unwrap()),
        (2, "-"),
        (3, fields[2]),
        (4, "argon2i"),
        (5, "65"),
        (5, "064"),
        (5, "+64"),
        (5, "7"),
        (5, "0"),
        (5, "-64"),
        (6, "2"),
        (6, "0"),
        (7, "2"),
        (7, "0"),
        (8, "AAAA"),
    ] {
        assert!(is_refused(&with(at, value)), "field {at}: {value}");
    }
}

#[test]
fn a_hostile_key_file_cannot_exceed_the_limits() {
    let text = made(Role::Sender, CHEAP).1.to_text();
    let started = Instant::now();
    for cost in [
        "1048577 1 1",
        "4294967295 1 1",
        "4294967296 1 1",
        "99999999999999999999 1 1",
        "1048576 5 1",
        "64 65 1",
        "64 4294967295 1",
        "1024 1 17",
        "1024 1 16777216",
        "64 1 9",
    ] {
        let hostile = text.replace("argon2id 64 1 1 ", &format!("argon2id {cost} "));
        assert_ne!(hostile, text);
        assert!(matches!(KeyFile::from_text(&hostile), Err(FormatError::Input { .. })), "{cost}");
    }
    assert!(started.elapsed().as_secs() < 5, "something was computed before it was refused");
}

fn location() -> TokenLocation {
    TokenLocation {
        module: "/usr/lib/pkcs11/令牌.so".into(),
        token: Some("法院 ferry".into()),
        serial: Some("00ff;=?&".into()),
        object: Some("sender 100%".into()),
        id: Some(vec![0, 255, b'a']),
        pin: PinSource::File("/etc/ferry/pin of token".into()),
    }
}

fn in_token(role: Role, location: TokenLocation) -> Result<TokenKey> {
    let soft = SecretKey::generate(role, &mut Counting(5)).unwrap();
    let seed = role.opens().then(|| zeroize::Zeroizing::new([7; 32]));
    TokenKey::new(role, soft.public().unwrap().verifying.unwrap_or_default(), seed, location)
}

#[test]
fn a_token_key_file_survives_a_round_trip() {
    let base = location();
    let places = [
        base.clone(),
        TokenLocation { serial: None, id: None, ..base.clone() },
        TokenLocation { token: None, object: None, ..base.clone() },
        TokenLocation { pin: PinSource::Credential("ferry.pin".into()), ..base },
    ];
    for location in places {
        for role in [Role::Root, Role::Sender, Role::Reviewer] {
            let key = in_token(role, location.clone()).unwrap();
            let text = key.to_text();
            let KeyFile::Token(read) = KeyFile::from_text(&text).unwrap() else { panic!("{}", *text) };
            assert_eq!(read.to_text(), text);
            assert_eq!(read.location, location);
            assert_eq!(read.public(), key.public());
            assert_eq!(read.unwrapper().is_ok(), role == Role::Reviewer);
        }
    }
    assert!(matches!(in_token(Role::Recipient, location()), Err(FormatError::Input { .. })));
}

#[test]
fn a_token_key_file_has_one_text_and_errors_do_not_show_it() {
    let text = in_token(Role::Reviewer, location()).unwrap().to_text();
    let head = "ferry-token-key-1 reviewer ";
    assert!(text.starts_with(head), "{}", *text);
    for (from, to) in [
        ("reviewer", "recipient"),
        ("reviewer", "sender"),
        ("reviewer", "clerk"),
        ("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=", "-"),
        ("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=", "BwcH"),
        ("pkcs11:", "PKCS11:"),
        ("pkcs11:token", "pkcs11:serial=1;token"),
        (";object=", ";object=x;object="),
        (";object=", ";model=x;object="),
        ("token=%E6", "token=%e6"),
        ("token=%E6", "token=%FF"),
        ("object=sender", "object=%73ender"),
        ("object=sender%20100%25", "object="),
        ("object=sender%20100%25", "object=sender%20100%2"),
        ("object=sender%20100%25", "object=sender%20100%+5"),
        ("object=sender%20100%25", "object=%0A"),
        ("id=%00%FF%61", "id=%00%FFa"),
        ("id=%00%FF%61", "id="),
        ("module-path=/", "module-path="),
        ("module-path=/usr", "module-path=/%75sr"),
        ("module-path=/", "module-path=/%00"),
        ("pin-source=file:/", "pin-source=file:"),
        ("pin-source=file:", "pin-source="),
        ("pin-source=file:/etc/ferry/pin%20of%20token", "pin-source=%7Cecho"),
        ("pin-source=file:/etc/ferry/pin%20of%20token", "pin-source=credential:..%2Fpin"),
        ("pin-source=file:/etc/ferry/pin%20of%20token", "pin-source=credential:"),
        ("pin-source=file:/etc/ferry/pin%20of%20token", "pin-value=123456"),
        ("of%20token\n", "of%20token"),
        ("of%20token\n", "of%20token\n\n"),
        ("of%20token\n", "of%20token \n"),
        ("of%20token\n", "of%20token&pin-value=1\n"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, *text, "{from}");
        let error = KeyFile::from_text(&changed).err().unwrap_or_else(|| panic!("{to} was taken for {from}"));
        assert!(matches!(error, FormatError::Input { .. }));
        assert!(!error.to_string().contains("BwcHBwcH"), "{error}");
    }
    assert!((0..text.len()).all(|end| KeyFile::from_text(&text[..end]).is_err()));
}

#[test]
fn a_token_location_names_token_and_key() {
    let refused = |location: TokenLocation| assert!(in_token(Role::Sender, location.clone()).is_err(), "{location:?}");
    refused(TokenLocation { token: None, serial: None, ..location() });
    refused(TokenLocation { object: None, id: None, ..location() });
    refused(TokenLocation { module: "libtoken.so".into(), ..location() });
    refused(TokenLocation { token: Some("x".repeat(256)), ..location() });
    refused(TokenLocation { pin: PinSource::Credential(".".into()), ..location() });
}
