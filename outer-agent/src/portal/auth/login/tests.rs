//! One answer after the same work, whatever is wrong.

use super::*;
use crate::config::Config;
use crate::context::Context;
use crate::portal::auth::credentials::{CODE_HASH, PASSWORD_HASH, work};
use crate::portal::state::AppState;
use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use ferry_channel::types::UnixSeconds;
use ferry_format::record::{Record, Value};
use ferry_testkit::court::{MakeOptions, make};
use std::path::Path;

const IDENTITY: &str = "11010519491231002X";
const CODE: &str = "20481632";
const PASSWORD: &str = "春眠不觉晓 7";
const NAME: &str = "张三";
const PHONE: &str = "13800138000";
/// A person to whom the court gave no password.
const ORGANISATION: &str = "M000100Y4";
const CREDIT_CODE: &str = "91350100M000100Y43";
const WITHOUT_PASSWORD: &str = "110105199003070025";
/// Neither the library's own parameters nor expensive, nor the same for both secrets.
const WORK_OF_CODE: &str = "argon2id m=4096,t=3,p=2";
const WORK_OF_PASSWORD: &str = "argon2id m=8192,t=1,p=1";

/// Login to the portal of a court with two people in its store, one of whom has no password.
fn login_of_two(dir: &Path) -> Login {
    make(dir, &MakeOptions { cases: 1, seed: 1, reviewed: false }).unwrap();
    let state =
        AppState::new(&Context::open(Config::load(&dir.join("outer.toml")).unwrap(), UnixSeconds::now()).unwrap())
            .unwrap();
    let login = Arc::into_inner(state.login).unwrap();
    let hash = |secret: &str, memory, passes, lanes| {
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(memory, passes, lanes, None).unwrap());
        argon.hash_password_with_salt(secret.as_bytes(), b"a salt of its own").unwrap().to_string()
    };
    for (person, identity, password) in
        [("P1", IDENTITY, Some(PASSWORD)), ("P2", WITHOUT_PASSWORD, None), ("P3", ORGANISATION, None)]
    {
        let kind = &login.court.catalogue.roles.login;
        let mut record = Record::new(kind, &login.key.identity_id(identity).unwrap(), 1);
        record.person = person.into();
        let mut set = |field: &str, text: String| record.fields.insert(field.into(), Value::Text(text));
        set("name", NAME.into());
        set("phone-hmac", login.key.phone_id(PHONE).unwrap());
        set(CODE_HASH, hash(CODE, 4096, 3, 2));
        password.map(|password| set(PASSWORD_HASH, hash(password, 8192, 1, 1)));
        let shown = "INSERT INTO record VALUES (?1, ?2, 1, 0, 0, '', ?3, x'', ?4)";
        let values = rusqlite::params![record.kind, record.id, record.person, record.encode().unwrap()];
        store(dir).execute(shown, values).unwrap();
    }
    login
}

fn store(dir: &Path) -> Connection {
    Connection::open(dir.join("outer/state/outer.db")).unwrap()
}

/// What someone types instead of the right details.
type Change = fn(&mut Credentials);

/// The answer to a login with these details, and the work that it took.
fn attempt(login: &Login, conn: &Connection, change: impl FnOnce(&mut Credentials)) -> (Outcome<String>, Vec<String>) {
    let [identity, name, phone, code, password] = [IDENTITY, NAME, PHONE, CODE, PASSWORD].map(str::to_owned);
    let mut typed = Credentials { identity, name, phone, code, password };
    change(&mut typed);
    let visitor = Visitor { address: [192, 0, 2, 1].into(), user_agent: String::new() };
    work::take();
    let started = login.attempt(conn, &typed, &Reader::of_page(None), &visitor);
    (started.map(|(_, session)| session.person), work::take())
}

#[test]
fn article_9_an_organisation_of_an_older_code_logs_in_with_its_credit_code_and_an_x_with_an_asterisk() {
    let dir = tempfile::tempdir().unwrap();
    let mut login = login_of_two(dir.path());
    login.rules.factors = vec![Factor::QueryCode];
    let conn = store(dir.path());
    for typed_as in [ORGANISATION, "m000100y-4", CREDIT_CODE, "91350100 M000100Y43"] {
        let (started, _) = attempt(&login, &conn, |typed| typed.identity = typed_as.into());
        assert_eq!(started.unwrap(), "P3", "{typed_as}");
    }
    let (started, _) = attempt(&login, &conn, |typed| typed.identity = "91350100M000100Y44".into());
    assert!(started.is_err(), "its check character is wrong");
    let asterisk = format!("{}*", &IDENTITY[..17]);
    let (started, _) = attempt(&login, &conn, |typed| typed.identity = asterisk);
    assert_eq!(started.unwrap(), "P1");
}

#[test]
fn an_unknown_person_a_wrong_secret_and_a_locked_account_get_one_answer_after_the_same_work() {
    let dir = tempfile::tempdir().unwrap();
    let mut login = login_of_two(dir.path());
    let conn = store(dir.path());
    let all = vec![Factor::Name, Factor::Phone, Factor::QueryCode, Factor::Password];
    for (factors, expected) in
        [(vec![Factor::QueryCode], vec![WORK_OF_CODE]), (all, vec![WORK_OF_CODE, WORK_OF_PASSWORD])]
    {
        login.rules.factors = factors;
        // Nobody has logged in yet whose hash could be known.
        login.dummy_hashes = DummyHashes::default();
        let (started, work) = attempt(&login, &conn, |_| ());
        assert_eq!((started.unwrap().as_str(), work), ("P1", expected.iter().map(|w| (*w).to_owned()).collect()));
        let wrong: [(&str, Change); 7] = [
            ("no password", |typed| (typed.identity, typed.code) = (WITHOUT_PASSWORD.into(), "1".into())),
            ("an unknown person", |typed| typed.identity = "110101190001010000".into()),
            ("not a number", |typed| typed.identity = "nobody".into()),
            ("a wrong code", |typed| typed.code = "1".into()),
            ("no code", |typed| typed.code.clear()),
            ("a very long code", |typed| typed.code = CODE.repeat(100)),
            ("everything wrong", |typed| *typed = Credentials { identity: IDENTITY.into(), ..Credentials::default() }),
        ];
        for (what, change) in wrong {
            let (started, work) = attempt(&login, &conn, change);
            assert!(matches!(started, Err(Problem::WrongLogin)), "{what}: {started:?}");
            assert_eq!(work, expected, "{what}");
            conn.execute("DELETE FROM failed_login", []).unwrap();
        }
        for _ in 0..login.rules.failures_per_account {
            attempt(&login, &conn, |typed| typed.code = "1".into()).0.unwrap_err();
        }
        let (started, work) = attempt(&login, &conn, |_| ());
        assert!(matches!(started, Err(Problem::WrongLogin)), "locked: {started:?}");
        assert_eq!(work, expected, "a locked account");
        // An address with too many failures costs nothing.
        conn.execute("UPDATE failed_login SET failures = 1000", []).unwrap();
        let (started, work) = attempt(&login, &conn, |_| ());
        assert!(matches!(started, Err(Problem::TooManyAttempts { lock_minutes: 15 })), "{started:?}");
        assert_eq!(work, Vec::<String>::new());
        conn.execute("DELETE FROM failed_login", []).unwrap();
    }
}

#[test]
fn rules_without_a_secret_factor_are_refused() {
    let rules = |factors| LoginRules { factors, failures_per_account: 5, failures_per_address: 50, lock_minutes: 15 };
    assert!(check_rules(&rules(vec![Factor::Name, Factor::Phone])).is_err());
    assert!(check_rules(&rules(vec![Factor::Phone, Factor::Password])).is_ok());
}
