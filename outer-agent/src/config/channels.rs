//! The channels that may call the portal's API (article 2): telephone, kiosk, screen, app and others beside the pages.

use crate::texts::errors;
use ferry_format::encoding::hex::from_hex;
use ferry_format::names::Id;
use ferry_io::output::language::Show;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// Name of the web pages' own channel; no configured channel may have it.
pub const PAGES: &str = "portal";

/// A channel's name, which is recorded in receipts and messages that come through it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct ChannelName(String);

impl ChannelName {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ChannelName {
    type Error = String;

    fn try_from(raw: String) -> Result<Self, Self::Error> {
        if raw.is_empty() || raw == PAGES || Id::new(&raw).is_err() {
            return Err(errors::channel_name().show().to_owned());
        }
        Ok(Self(raw))
    }
}

impl std::str::FromStr for ChannelName {
    type Err = String;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        raw.to_owned().try_into()
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a channel may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// What is open to everyone.
    Public,
    /// Everything that a person who logged in may do.
    Party,
}

/// How a channel authenticates. The secret itself is not in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Credential {
    /// SHA-256 of the token that it sends.
    Token([u8; 32]),
    /// SHA-256 of the client certificate (DER) with which it connects.
    Certificate([u8; 32]),
}

/// A channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Table")]
pub struct Channel {
    /// Its credential.
    pub credential: Credential,
    /// Its rights.
    pub rights: BTreeSet<Right>,
    /// Requests in a minute; as many may arrive at once.
    pub requests_per_minute: NonZeroU32,
}

/// A channel as written in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    token_digest: Option<String>,
    certificate_digest: Option<String>,
    rights: BTreeSet<Right>,
    requests_per_minute: NonZeroU32,
}

impl TryFrom<Table> for Channel {
    type Error = String;

    fn try_from(table: Table) -> Result<Self, Self::Error> {
        let digest = |text: String| -> Result<[u8; 32], Self::Error> {
            let bytes = from_hex(&text).and_then(|bytes| bytes.try_into().ok());
            bytes.ok_or_else(|| errors::channel_digest().show().to_owned())
        };
        let credential = match (table.token_digest, table.certificate_digest) {
            (Some(token), None) => Credential::Token(digest(token)?),
            (None, Some(certificate)) => Credential::Certificate(digest(certificate)?),
            _ => return Err(errors::channel_credential().show().to_owned()),
        };
        if table.rights.is_empty() {
            return Err(errors::channel_rights().show().to_owned());
        }
        Ok(Self { credential, rights: table.rights, requests_per_minute: table.requests_per_minute })
    }
}

/// Where channels connect with client certificates.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ApiListen {
    /// Address and port; port 0 takes a free one and prints it.
    pub address: SocketAddr,
    /// Certificates of the authorities that issue the channels' certificates, PEM.
    pub client_ca: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(credentials: serde_json::Value, rights: &[&str]) -> Result<Channel, String> {
        let mut table = credentials;
        table["rights"] = rights.into();
        table["requests-per-minute"] = 60.into();
        serde_json::from_value(table).map_err(|e| e.to_string())
    }

    #[test]
    fn a_channel_has_one_credential_and_some_right() {
        let digest = "ab".repeat(32);
        let token = json!({ "token-digest": digest });
        let channel = read(token.clone(), &["public", "party"]).unwrap();
        assert_eq!(channel.credential, Credential::Token([0xab; 32]));
        assert!(read(token.clone(), &[]).unwrap_err().contains("rights"));
        assert!(read(token, &["all"]).is_err());
        let both = json!({ "token-digest": digest, "certificate-digest": digest });
        assert!(read(both, &["public"]).unwrap_err().contains("certificate-digest"));
        assert!(read(json!({}), &["public"]).unwrap_err().contains("certificate-digest"));
        assert!(read(json!({ "token-digest": "abcd" }), &["public"]).unwrap_err().contains("64"));
        assert!(read(json!({ "token": "secret" }), &["public"]).unwrap_err().contains("unknown field"));
    }

    #[test]
    fn no_channel_has_the_name_of_the_pages() {
        let name = |raw: &str| raw.parse::<ChannelName>();
        assert_eq!(name("hotline-12368").unwrap().as_str(), "hotline-12368");
        assert!(name("portal").is_err() && name("").is_err() && name("热线").is_err() && name("A").is_err());
    }
}
