//! The outer agent's configuration file.

pub mod channels;

use channels::{ApiListen, Channel, ChannelName};
use ferry_channel::config::{self, Receiving, Sending, Upkeep};
use ferry_format::text::Language;
use ferry_io::error::{Error, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Court id.
    pub court: String,
    /// Name of the court, as the portal shows it.
    pub court_name: String,
    /// Folder for store, outbox and quarantine.
    pub state: PathBuf,
    /// The court's time zone.
    pub time_zone: String,
    /// The catalogue.
    pub catalogue: PathBuf,
    /// The policy of masking and scanning.
    pub policy: PathBuf,
    /// The ↑ channel.
    pub ingest: Receiving,
    /// The ↓ channel.
    pub reply: Sending,
    /// The portal.
    pub portal: Portal,
    /// Space, retention and metrics.
    #[serde(default)]
    pub upkeep: Upkeep,
    /// Language of what the agent prints; see `--lang`.
    #[serde(default)]
    pub language: Option<Language>,
    /// Where it was read from, for messages and for child processes.
    #[serde(skip)]
    pub path: PathBuf,
}

/// The portal, which holds no key of either channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Portal {
    /// Address and port; port 0 takes a free one and prints it.
    pub listen: SocketAddr,
    /// TLS certificate chain, PEM.
    pub certificate: PathBuf,
    /// TLS private key, PEM.
    pub private_key: PathBuf,
    /// Key under which identity numbers are matched.
    pub login_key: PathBuf,
    /// Minutes until an idle session ends.
    pub session_minutes: u32,
    /// Hours until any session ends.
    pub session_hours: u32,
    /// Days that a message stays readable for its author after it was written.
    pub message_days: u32,
    /// Connections that may be open in all.
    pub connections_max: usize,
    /// Connections from one IPv4 address or one /64 of IPv6.
    pub connections_per_address_max: usize,
    /// Proxies whose word on visitors' addresses is taken.
    pub trusted_proxies: Vec<IpAddr>,
    /// What log-in asks for.
    pub log_in: LogIn,
    /// Channels that may call the API.
    #[serde(default)]
    pub channels: BTreeMap<ChannelName, Channel>,
    /// Where those with a client certificate connect.
    pub api_listen: Option<ApiListen>,
    /// Health and metrics; without it, nothing tells of them.
    pub private: Option<Private>,
    /// English names of the values of code tables, which a catalogue has in Chinese only.
    pub english: PathBuf,
    /// What stands at the foot of every page.
    pub footer: Footer,
    /// Links to the national sites, in order (article 14).
    #[serde(default)]
    pub links: Vec<Link>,
}

/// What stands at the foot of every page; what is empty is not shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Footer {
    /// 主办单位: who answers for the site.
    pub organiser: String,
    /// Its address.
    pub address: String,
    /// Telephone number for people.
    pub hotline: String,
    /// 技术支持: who runs it.
    pub support: String,
    /// Number of the ICP filing.
    pub icp: String,
    /// Number of the filing with the police.
    pub police: String,
    /// 网站标识码.
    pub site_code: String,
    /// Link of the 党政机关网站标识.
    pub party_mark: String,
}

/// A link to another site.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Link {
    /// Its name in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// Where it leads, `https://…`.
    pub url: String,
}

impl Portal {
    /// Refuses links that lead elsewhere than to a site.
    fn check(&self) -> std::result::Result<(), &'static str> {
        let mark = Some(&self.footer.party_mark).filter(|url| !url.is_empty());
        let mut links = self.links.iter().map(|link| &link.url).chain(mark);
        if links.all(|url| url.starts_with("https://")) { Ok(()) } else { Err("links begin with `https://`") }
    }
}

/// The listener for the operator's own network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Private {
    /// A loopback or private address, and port.
    pub listen: SocketAddr,
}

/// What log-in asks for beside the identity or organisation number (article 9), and how often one may try.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogIn {
    /// All of these must match.
    pub factors: Vec<Factor>,
    /// Failed attempts after which an account is locked.
    pub failures_per_account: u32,
    /// Failed attempts after which an address is sent away.
    pub failures_per_address: u32,
    /// Minutes for which either is.
    pub lock_minutes: u32,
}

/// A factor of log-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Factor {
    /// The name, as the court has it.
    Name,
    /// The telephone number that the court has; only its HMAC is here.
    Phone,
    /// The query code that the court gave.
    QueryCode,
    /// The password that the court gave.
    Password,
}

impl Config {
    /// Reads the file; relative paths start at its folder.
    pub fn load(path: &Path) -> Result<Self> {
        let mut c: Self = config::read(path)?;
        let base = config::base_of(path)?;
        c.portal.check().map_err(|why| Error::configuration(path, "portal", why))?;
        c.ingest.resolve(&base);
        c.reply.resolve(&base);
        if c.reply.trust.is_some() || c.reply.review_folder.is_some() {
            let why =
                "return batches need no approvals: `trust` and `review-folder` belong to the inner side's `[export]`";
            return Err(Error::configuration(path, "reply.trust", why));
        }
        c.upkeep.resolve(&base);
        let p = &mut c.portal;
        for p in [
            &mut c.state,
            &mut c.catalogue,
            &mut c.policy,
            &mut p.certificate,
            &mut p.private_key,
            &mut p.login_key,
            &mut p.english,
        ] {
            *p = base.join(&*p);
        }
        if let Some(api) = &mut p.api_listen {
            api.client_ca = base.join(&api.client_ca);
        }
        c.path = path.to_owned();
        Ok(c)
    }
}
