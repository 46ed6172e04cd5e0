//! A name in any width, rules that are none, and one answer for one work.

use crate::portal::auth::login::*;
use crate::context::Agent;
use crate::config::Config;
use argon2::password_hash::PasswordHasher;
use ferry_format::record::Value;
use ferry_testkit::court::{MakeOptions, make};
use std::cell::RefCell;
use std::path::Path;

thread_local! {
    static WORK: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Notes algorithm and parameters of a hash that is verified.
pub fn note_work(hash: &PasswordHash) {
    WORK.with_borrow_mut(|work| work.push(format!("{} {}", hash.algorithm, hash.params)));
}

const IDENTITY: &str = "11010519491231002X";
const CODE: &str = "20481632";
const PASSWORD: &str = "春眠不觉晓 7";
const NAME: &str = "张三";
const PHONE: &str = "13800138000";
/// Someone to whom the court gave no password.
const WITHOUT: &str = "110105199003070025";
/// Neither the library's own parameters nor dear, nor the same for both secrets.
const WORK_OF_CODE: &str = "argon2id m=4096,t=3,p=2";
const WORK_OF_PASSWORD: &str = "argon2id m=8192,t=1,p=1";

/// The portal of a court with two people in its store, one of whom has no password.
fn app_of_two(dir: &Path) -> App {
    make(dir, &MakeOptions { cases: 1, seed: 1, reviewed: false }).unwrap();
    let app = App::new(Agent::open(Config::load(&dir.join("outer.toml")).unwrap()).unwrap()).unwrap();
    let hash = |secret: &str, memory, passes, lanes| {
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(memory, passes, lanes, None).unwrap());
        argon.hash_password_with_salt(secret.as_bytes(), b"a salt of its own").unwrap().to_string()
    };
    for (person, identity, password) in [("P1", IDENTITY, Some(PASSWORD)), ("P2", WITHOUT, None)] {
        let mut login = Record::new(&app.catalogue.roles.login, &app.login_key.identity_id(identity).unwrap(), 1);
        login.person = person.into();
        let mut say = |field: &str, text: String| login.fields.insert(field.into(), Value::Text(text));
        say("name", NAME.into());
        say("phone-hmac", app.login_key.phone_id(PHONE).unwrap());
        say(CODE_HASH, hash(CODE, 4096, 3, 2));
        password.map(|password| say(PASSWORD_HASH, hash(password, 8192, 1, 1)));
        let shown = "INSERT INTO record VALUES (?1, ?2, 1, 0, 0, '', ?3, x'', ?4)";
        let values = rusqlite::params![login.kind, login.id, login.person, login.encode().unwrap()];
        store(dir).execute(shown, values).unwrap();
    }
    app
}

fn store(dir: &Path) -> Connection {
    Connection::open(dir.join("outer/state/outer.db")).unwrap()
}

/// What someone types instead of what is right.
type Change = fn(&mut Credentials);

/// What a log-in with these is answered, and the work that it took.
fn tried(app: &App, conn: &Connection, change: impl FnOnce(&mut Credentials)) -> (Outcome<String>, Vec<String>) {
    let [identity, name, phone, code, password] = [IDENTITY, NAME, PHONE, CODE, PASSWORD].map(str::to_owned);
    let mut typed = Credentials { identity, name, phone, code, password };
    change(&mut typed);
    let visitor = Visitor { address: [192, 0, 2, 1].into(), agent: String::new() };
    WORK.take();
    let begun = attempt(app, conn, &typed, &Reader::of_page(None), &visitor);
    (begun.map(|(_, session)| session.person), WORK.take())
}

#[test]
fn a_stranger_a_wrong_secret_and_a_locked_account_get_one_answer_for_the_work_of_the_right_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut app = app_of_two(dir.path());
    let conn = store(dir.path());
    let all = vec![Factor::Name, Factor::Phone, Factor::QueryCode, Factor::Password];
    for (factors, work) in [(vec![Factor::QueryCode], vec![WORK_OF_CODE]), (all, vec![WORK_OF_CODE, WORK_OF_PASSWORD])]
    {
        app.log_in.factors = factors;
        // Nobody has come yet from whose work anything could be known.
        app.decoys = Decoys::default();
        let (begun, took) = tried(&app, &conn, |_| ());
        assert_eq!((begun.unwrap().as_str(), took), ("P1", work.iter().map(|w| (*w).to_owned()).collect()));
        let wrong: [(&str, Change); 7] = [
            ("one without a password", |typed| (typed.identity, typed.code) = (WITHOUT.into(), "1".into())),
            ("a stranger", |typed| typed.identity = "110101190001010000".into()),
            ("what is no number", |typed| typed.identity = "nobody".into()),
            ("a wrong code", |typed| typed.code = "1".into()),
            ("no code", |typed| typed.code.clear()),
            ("a code without end", |typed| typed.code = CODE.repeat(100)),
            ("everything wrong", |typed| *typed = Credentials { identity: IDENTITY.into(), ..Credentials::default() }),
        ];
        for (who, change) in wrong {
            let (begun, took) = tried(&app, &conn, change);
            assert!(matches!(begun, Err(Problem::WrongLogIn)), "{who}: {begun:?}");
            assert_eq!(took, work, "{who}");
            conn.execute("DELETE FROM failed_login", []).unwrap();
        }
        for _ in 0..app.log_in.failures_per_account {
            tried(&app, &conn, |typed| typed.code = "1".into()).0.unwrap_err();
        }
        let (begun, took) = tried(&app, &conn, |_| ());
        assert!(matches!(begun, Err(Problem::WrongLogIn)), "it is locked: {begun:?}");
        assert_eq!(took, work, "a locked account");
        // Who is sent away for his address costs nothing.
        conn.execute("UPDATE failed_login SET failures = 1000", []).unwrap();
        let (begun, took) = tried(&app, &conn, |_| ());
        assert!(matches!(begun, Err(Problem::TooManyAttempts)), "{begun:?}");
        assert_eq!(took, Vec::<String>::new());
        conn.execute("DELETE FROM failed_login", []).unwrap();
    }
}

#[test]
fn a_name_is_the_same_in_any_width_and_with_any_dot() {
    assert!(same_name("阿依古丽•买买提", "阿依古丽·买买提"));
    assert!(same_name(" 张 三", "张三"));
    assert!(same_name("ＡＢＣ有限公司", "abc有限公司"));
    assert!(!same_name("张三", "张四"));
    assert!(!same_name("", ""));
}

#[test]
fn log_in_without_a_secret_is_no_log_in() {
    let rules = |factors| Login { factors, failures_per_account: 5, failures_per_address: 50, lock_minutes: 15 };
    assert!(check(&rules(vec![Factor::Name, Factor::Phone])).is_err());
    assert!(check(&rules(vec![Factor::Phone, Factor::Password])).is_ok());
}
