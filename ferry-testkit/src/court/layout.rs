//! Folders, keys, certificates and both configurations of a court.

use crate::court::options::MakeOptions;
use crate::random::Random;
use crate::texts::failed;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::header::Direction;
use ferry_format::keys::{PublicKey, Role, SecretKey};
use ferry_format::names::Id;
use ferry_format::trust::trust_file::{KeyConstraints, Trust};
use ferry_io::error::Result;
use ferry_io::fs::durable::{make_folder, write_new};
use std::collections::BTreeMap;
use std::path::Path;

const COURT: &str = "fy-dongchang";
const CATALOGUE: &str = include_str!("../../../config/catalogue.toml");
const POLICY: &str = include_str!("../../../config/policy.toml");
const ENGLISH: &str = include_str!("../../../config/english.toml");
const INNER: &str = include_str!("../../../config/inner.toml");
const OUTER: &str = include_str!("../../../config/outer.toml");

/// Makes everything but data.
pub fn make(dir: &Path, options: &MakeOptions) -> Result<()> {
    for folder in ["documents", "case-files", "inner", "outer"] {
        make_folder(&dir.join(folder))?;
    }
    for folder in ["up/sent", "up/received", "down/sent", "down/received"] {
        make_folder(&dir.join("channel").join(folder))?;
    }
    write_new(&dir.join("seed"), format!("{}\n", options.seed).as_bytes(), 0o644)?;
    write_new(&dir.join("catalogue.toml"), CATALOGUE.as_bytes(), 0o644)?;
    write_new(&dir.join("policy.toml"), POLICY.as_bytes(), 0o644)?;
    write_new(&dir.join("english.toml"), ENGLISH.as_bytes(), 0o644)?;
    let mut random = Random::new(options.seed, u64::MAX - 4);
    let mut key = |folder: &str, name: &str, role| -> Result<PublicKey> {
        let key = SecretKey::generate(role, &mut random)?;
        write_new(&dir.join(folder).join(format!("{name}.key")), key.to_text().as_bytes(), 0o600)?;
        let public = key.public()?;
        write_new(&dir.join(folder).join(format!("{name}.pub")), public.to_text().as_bytes(), 0o644)?;
        Ok(public)
    };
    let inner = (key("inner", "sender", Role::Sender)?, key("inner", "recipient", Role::Recipient)?);
    let outer = (key("outer", "sender", Role::Sender)?, key("outer", "recipient", Role::Recipient)?);
    let mut reviewers = Vec::new();
    if options.reviewed {
        make_folder(&dir.join("reviewers"))?;
        // The third is another key of the first one's: two keys of one person count once.
        for (n, person, office) in [(1, "李建国", "业务审核"), (2, "王芳", "保密审查"), (3, "李建国", "业务审核")]
        {
            let key = key("reviewers", &format!("reviewer-{n}"), Role::Reviewer)?;
            let constraints = KeyConstraints {
                person: Some(person.into()),
                office: Some(office.into()),
                ..KeyConstraints::default()
            };
            reviewers.push((key, constraints));
        }
    }
    let trust = |channel: &str, direction, keys: Vec<PublicKey>, constraints| -> Result<String> {
        let (court, channel) = (Some(Id::new(COURT)?), Some(Id::new(channel)?));
        Ok(Trust { court, channel, direction: Some(direction), keys, constraints, ..Trust::default() }.to_toml()?)
    };
    let mut up_keys = vec![inner.0, outer.1];
    up_keys.extend(reviewers.iter().map(|(key, _)| key.clone()));
    let constraints = reviewers.into_iter().map(|(key, constraints)| (key.fingerprint(), constraints)).collect();
    let up = trust("up", Direction::Export, up_keys, constraints)?;
    let down = trust("down", Direction::Return, vec![outer.0, inner.1], BTreeMap::new())?;
    write_new(&dir.join("outer/trust.toml"), up.as_bytes(), 0o644)?;
    write_new(&dir.join("inner/trust.toml"), down.as_bytes(), 0o644)?;
    if options.reviewed {
        write_new(&dir.join("inner/up-trust.toml"), up.as_bytes(), 0o644)?;
    }
    let mut login = [0; 32];
    random.bytes(&mut login);
    for side in ["inner", "outer"] {
        write_new(&dir.join(side).join("login.key"), format!("{}\n", to_hex(&login)).as_bytes(), 0o600)?;
    }
    let mut sms = [0; 32];
    random.bytes(&mut sms);
    write_new(&dir.join("inner/sms.key"), format!("{}\n", to_hex(&sms)).as_bytes(), 0o600)?;
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).map_err(|e| failed("certificate", e))?;
    write_new(&dir.join("outer/tls.crt"), made.cert.pem().as_bytes(), 0o644)?;
    write_new(&dir.join("outer/tls.key"), made.signing_key.serialize_pem().as_bytes(), 0o600)?;
    let recipients = "recipients = [\"outer/recipient.pub\"]";
    let with_reviewers = "recipients = [\"outer/recipient.pub\", \"reviewers/reviewer-1.pub\", \
                          \"reviewers/reviewer-2.pub\", \"reviewers/reviewer-3.pub\"]\ntrust = \"inner/up-trust.toml\"";
    let inner_config = if options.reviewed { INNER.replace(recipients, with_reviewers) } else { INNER.to_owned() };
    write_new(&dir.join("inner.toml"), inner_config.as_bytes(), 0o644)?;
    write_new(&dir.join("outer.toml"), OUTER.as_bytes(), 0o644)
}
