//! `[portal]` and its tables.

use crate::config::channels::{ApiListen, Channel, ChannelName};
use crate::texts::errors;
use ferry_format::text::Text;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// The portal, which holds no key of either channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Portal {
    /// Address and port; port 0 chooses a free one and prints it.
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
    /// Connections that may be open at once.
    pub connections_max: usize,
    /// Connections from one IPv4 address or one /64 of IPv6.
    pub connections_per_address_max: usize,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// What login asks for.
    pub login: Login,
    /// Channels that may call the API.
    #[serde(default)]
    pub channels: BTreeMap<ChannelName, Channel>,
    /// Where channels with a client certificate connect.
    pub api_listen: Option<ApiListen>,
    /// Health and metrics; without it they are not served.
    pub private: Option<Private>,
    /// English labels of the values of code tables, which a catalogue has in Chinese only.
    pub english_labels: PathBuf,
    /// The footer of every page.
    pub footer: Footer,
    /// Links to the national sites, in order (article 14).
    #[serde(default)]
    pub links: Vec<Link>,
}

/// The footer of every page; empty values are not shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Footer {
    /// 主办单位: who is responsible for the site.
    pub organiser: String,
    /// Its address.
    pub address: String,
    /// Telephone number for the public.
    pub hotline: String,
    /// 技术支持: who runs it.
    pub support: String,
    /// Number of the ICP filing.
    pub icp: String,
    /// Number of the public-security filing.
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
    /// Makes relative paths start at the folder of the configuration file.
    pub(super) fn resolve(&mut self, base: &Path) {
        let mut paths =
            vec![&mut self.certificate, &mut self.private_key, &mut self.login_key, &mut self.english_labels];
        paths.extend(self.api_listen.as_mut().map(|api| &mut api.client_ca));
        for path in paths {
            *path = base.join(&*path);
        }
    }

    /// Refuses links that are not `https://`.
    pub(super) fn check(&self) -> Result<(), Text> {
        let mark = Some(&self.footer.party_mark).filter(|url| !url.is_empty());
        let mut links = self.links.iter().map(|link| &link.url).chain(mark);
        if links.all(|url| url.starts_with("https://")) { Ok(()) } else { Err(errors::link_not_https()) }
    }
}

/// The listener for the operator's own network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Private {
    /// A loopback or private address, and port.
    pub listen: SocketAddr,
}

/// What login asks for beside the identity or organisation number (article 9), and how many attempts it allows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Login {
    /// All of these must match.
    pub factors: Vec<Factor>,
    /// Failed attempts after which an account is locked.
    pub failures_per_account: u32,
    /// Failed attempts after which an address is refused.
    pub failures_per_address: u32,
    /// Minutes for which either lasts.
    pub lock_minutes: u32,
}

/// A factor of login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Factor {
    /// The name, as the court has it.
    Name,
    /// The telephone number, as the court has it; this side has only its HMAC.
    Phone,
    /// The query code from the court.
    QueryCode,
    /// The password from the court.
    Password,
}
