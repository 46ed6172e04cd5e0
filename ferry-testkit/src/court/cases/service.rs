//! Documents of a case: served on a party, ruled, filed and recorded.

use crate::court::cases::values::{dashed, day, plain};
use crate::court::cases::{LOGINS, Writer};
use crate::court::documents::DocumentStore;
use crate::court::people::Person;
use crate::random::Random;
use ferry_io::error::Result;
use jiff::civil::Date;
use rusqlite::params;

/// A case whose documents are written.
pub(super) struct Case<'a> {
    pub n: u64,
    pub id: &'a str,
    pub number: &'a str,
    pub year: u64,
    pub parties: &'a [Person],
}

impl Case<'_> {
    /// To whom its documents are addressed.
    fn addressee(&self) -> &Person {
        &self.parties[(self.n % 2) as usize]
    }

    fn path(&self, title: &str) -> String {
        format!("{}/{}/{title}.pdf", self.year, self.id)
    }
}

impl Writer<'_> {
    /// A document for service, a ruling perhaps, and a recording now and then.
    pub(super) fn documents(&mut self, r: &mut Random, case: &Case, store: &mut DocumentStore) -> Result<()> {
        let title = r.pick(&["执行通知书", "财产报告令", "询问笔录"]);
        let on = day(r, case.year);
        let path = match case.n {
            0 if store.files_of_scans() => "smj/50.pdf".to_owned(),
            3 | 6 | 9 if store.files_of_scans() => format!("smj/5-{}.pdf", case.n / 3),
            _ => {
                let name = &case.addressee().name;
                store.of_case(&case.path(title), title, case.number, name, &plain(on), case.n)?
            }
        };
        let is_served = self.service(r, case, title, on, &path)?;
        if r.chance(40) {
            self.ruling(r, case, store)?;
        }
        if case.n % 90 == 30 {
            let path = store.recording(case.n)?;
            let key = format!("LX{:09}", case.n);
            let row = params![key, case.id, "执行听证录像", path, "执行听证录像.mp4", dashed(on)];
            self.row_about(r, on, "LYLX", row)?;
        }
        if is_served && self.served.len() < LOGINS && (case.n >= 12 || !store.files_of_scans()) {
            self.served.push(self.login(case.addressee(), case.id, case.number, "yes"));
        }
        Ok(())
    }

    /// The document for service. Gives whether it is served electronically.
    fn service(&self, r: &mut Random, case: &Case, title: &str, on: Date, path: &str) -> Result<bool> {
        let (n, to, none) = (case.n, case.addressee(), Option::<&str>::None);
        let is_signed_off = n % 30 != 27;
        // Article 6: one in five is served in another way; of the rest, one in fifteen lacks the consent it needs.
        let is_electronic = !r.chance(20);
        let has_consent = n % 45 != 12;
        if has_consent {
            self.row("QRS", params![format!("QR{n:09}-1"), case.id, to.id, "20160104", none])?;
        }
        let how = if is_electronic { "5" } else { "2" };
        let (key, name) = (format!("WS{n:09}-1"), format!("{title}（{}）.pdf", to.name));
        let signed_off = i64::from(is_signed_off);
        let issued = plain(on);
        let row = params![key, case.id, to.id, "01", title, path, name, signed_off, "1", how, issued, none, none, none];
        self.row_about(r, on, "WS", row)?;
        Ok(is_signed_off && is_electronic && has_consent)
    }

    /// A ruling, in one case of five in the case file too.
    fn ruling(&self, r: &mut Random, case: &Case, store: &mut DocumentStore) -> Result<()> {
        let (n, to, none) = (case.n, case.addressee(), Option::<&str>::None);
        let title = r.pick(&["执行裁定书", "限制消费决定书"]);
        // One in ten lies in the secondary volume, which never crosses (article 5).
        let volume = if r.chance(10) { "2" } else { "1" };
        let on = day(r, case.year);
        let issued = plain(on);
        let path = store.of_case(&case.path(title), title, case.number, &to.name, &issued, n + 7)?;
        let (key, name) = (format!("WS{n:09}-2"), format!("{title}.pdf"));
        let row = params![key, case.id, to.id, "02", title, path, name, 1, volume, "2", issued, none, none, none];
        self.row_about(r, on, "WS", row)?;
        if r.chance(20) {
            let row = params![format!("CL{n:09}"), case.id, title, path, name, volume, dashed(on)];
            self.row("JZCL", row)?;
        }
        Ok(())
    }
}
