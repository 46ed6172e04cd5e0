//! The portal's process.

use crate::stage::browser::Browser;
use crate::stage::court::Court;
use crate::stage::program::program;
use crate::stage::secrets::Secrets;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

/// The portal of a court, stopped when this is dropped.
pub struct Portal {
    child: Child,
    /// Its address.
    pub base: String,
    /// Address for channels with certificates.
    pub api: Option<String>,
    /// Port of the listener for the operator; 0 where there is none.
    pub private: u16,
    /// The certificate that it shows.
    pub certificate: PathBuf,
    log: PathBuf,
    secrets: Arc<Secrets>,
}

impl Drop for Portal {
    fn drop(&mut self) {
        // It may have been told to stop before.
        let _ = self.child.kill();
        self.child.wait().unwrap();
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        eprint!("{log}");
        if !std::thread::panicking() {
            self.secrets.check_text(&log);
        }
    }
}

impl Portal {
    /// Port of its address.
    pub fn port(&self) -> u16 {
        self.base.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// Sends the process a signal by its name.
    pub fn signal(&self, name: &str) {
        assert!(Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Waits until it ends.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }

    /// What it wrote to stderr.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// A browser of its own: cookies are kept, redirects followed, the court's certificate trusted.
    pub fn browser(&self) -> Browser {
        let certificate = ureq::tls::Certificate::from_pem(&std::fs::read(&self.certificate).unwrap()).unwrap();
        let tls = ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::from([certificate]))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).build();
        Browser { agent: config.into(), base: self.base.clone() }
    }
}

impl Court {
    /// Starts the portal on free ports, and waits until it listens.
    pub fn portal(&self) -> Portal {
        let text = std::fs::read_to_string(self.path("outer.toml")).unwrap();
        let port_free: String = text
            .lines()
            .map(|l| if l.starts_with("listen") { "listen = \"127.0.0.1:0\"\n".into() } else { format!("{l}\n") })
            .collect();
        std::fs::write(self.path("portal.toml"), port_free).unwrap();
        let mut portal = program("outer-agent");
        self.apply_clock("outer", &mut portal);
        let mut child = portal
            .arg("--config")
            .arg(self.path("portal.toml"))
            .arg("portal")
            .stdout(Stdio::piped())
            .stderr(File::create(self.path("portal.log")).unwrap())
            .spawn()
            .unwrap();
        let listens = |section: &str| text.lines().any(|l| l == section);
        let listeners = 1 + usize::from(listens("[portal.api-listen]")) + usize::from(listens("[portal.private]"));
        let addresses: BTreeMap<String, String> = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .take(listeners)
            .map(|line| {
                let line = line.unwrap();
                let (name, port) = (line.split(':').next().unwrap(), line.rsplit(':').next().unwrap());
                (name.to_owned(), port.to_owned())
            })
            .collect();
        let https = |port: &String| format!("https://localhost:{port}");
        let (base, api) = (https(&addresses["portal"]), addresses.get("api").map(https));
        let private = addresses.get("private").map_or(0, |port| port.parse().unwrap());
        let (certificate, log) = (self.path("outer/tls.crt"), self.path("portal.log"));
        Portal { child, base, api, private, certificate, log, secrets: self.secrets.clone() }
    }
}
