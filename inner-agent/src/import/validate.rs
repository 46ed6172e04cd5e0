//! Checks imported items against what the ledger knows to have been sent (articles 6, 10 and 11). An attacker who controls
//! the outer machine can sign a batch, but cannot make the court believe that a document was served which was not.

use crate::import::receipt::Receipt;
use crate::import::rejection::Rejection;
use crate::source::value;
use crate::store::{case_access, case_steps, consents, served_versions};
use crate::texts::import as texts;
use ferry_channel::ledger::sent;
use ferry_channel::types::{ChannelId, UnixSeconds};
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::Record;
use ferry_io::error::Result;
use jiff::tz::TimeZone;
use rusqlite::Connection;

/// In which capacity a person opened a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// As the addressee.
    Addressee,
    /// As an agent of the addressee.
    Agent,
}

impl Capacity {
    /// `FERRY_RECEIPT.capacity`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Addressee => "addressee",
            Self::Agent => "agent",
        }
    }
}

/// What the ledger adds to a valid receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validated {
    /// In which capacity it was opened.
    pub capacity: Capacity,
    /// The newest version of the document that has been sent.
    pub newest_version: u64,
    /// The case number; empty if the case has none.
    pub case_no: String,
}

/// Validates the items of one import.
pub struct Validator<'a> {
    /// The ledger.
    pub ledger: &'a Connection,
    /// The ↑ channel.
    pub channel: &'a ChannelId,
    /// The court's time zone.
    pub zone: &'a TimeZone,
    /// Allowed difference between the clocks of both sides, seconds.
    pub clock_difference_s: i64,
    /// The time of this import.
    pub now: UnixSeconds,
}

impl Validator<'_> {
    /// Checks a receipt against the version that was sent, its addressee, the addressee's agents and consents, and the
    /// possible order of times.
    pub fn receipt(&self, r: &Receipt) -> Result<std::result::Result<Validated, Rejection>> {
        let Some(newest_version) = served_versions::newest(self.ledger, &r.kind, &r.item)? else {
            return Ok(Err(Rejection::NeverSent));
        };
        let sent = served_versions::get(self.ledger, self.channel, &r.kind, &r.item, r.item_version)?;
        let Some(sent) = sent.filter(|s| !s.rejected) else { return Ok(Err(Rejection::UnknownVersion)) };
        if r.case_id != sent.case_id {
            return Ok(Err(Rejection::OtherCase));
        }
        if r.sha256 != to_hex(&sent.sha256) || !sent.name.is_empty() && r.document != sent.name {
            return Ok(Err(Rejection::OtherBytes));
        }
        // Each of these is one line of a certificate.
        if [&r.recipient, &r.addressee_name, &r.document, &r.address, &r.agent, &r.via].iter().any(|t| t.contains('\n'))
        {
            return Ok(Err(Rejection::Catalogue(texts::line_break())));
        }
        let name = case_access::party_name(self.ledger, &r.case_id, &sent.addressee)?;
        if name.is_some_and(|name| name != r.addressee_name) {
            return Ok(Err(Rejection::OtherAddressee));
        }
        if r.addressee != sent.addressee {
            return Ok(Err(Rejection::OtherAddressee));
        }
        if let Err(rejection) = self.times(r, sent.sent_s) {
            return Ok(Err(rejection));
        }
        let day = value::today(r.opened_s, self.zone);
        let capacity = if r.person == sent.addressee { Capacity::Addressee } else { Capacity::Agent };
        if capacity == Capacity::Agent
            && !case_access::had_access(self.ledger, &r.case_id, &r.person, Some(&sent.addressee), &day)?
        {
            return Ok(Err(Rejection::NotEntitled));
        }
        if !consents::exists(self.ledger, &r.case_id, &sent.addressee, &day)? {
            return Ok(Err(Rejection::NoConsent));
        }
        let case_no = case_steps::case_number(self.ledger, &r.case_id)?;
        Ok(Ok(Validated { capacity, newest_version, case_no }))
    }

    /// Sent, arrived, opened, downloaded or signed for, in this order; nothing in the future.
    fn times(&self, r: &Receipt, sent_s: UnixSeconds) -> std::result::Result<(), Rejection> {
        // The catalogue requires the time of arrival.
        let arrived_s = r.arrived_s.unwrap_or(UnixSeconds(i64::MIN));
        let last = [r.downloaded_s, r.signed_s].into_iter().flatten();
        if arrived_s + self.clock_difference_s < sent_s {
            Err(Rejection::BeforeSent)
        } else if arrived_s > r.opened_s || last.clone().any(|later_s| later_s < r.opened_s) {
            Err(Rejection::TimesOutOfOrder)
        } else if r.newest_s() > self.latest_s() {
            Err(Rejection::InFuture)
        } else {
            Ok(())
        }
    }

    /// Checks a message or a request: its author was a party or agent in the case on that day, and something had been sent.
    pub fn written(&self, record: &Record) -> Result<std::result::Result<(), Rejection>> {
        let written_s = UnixSeconds(record.integer("written").unwrap_or_default());
        if written_s > self.latest_s() {
            return Ok(Err(Rejection::InFuture));
        }
        let at_s = written_s + self.clock_difference_s;
        if !sent::any_released_by(self.ledger, self.channel, at_s)? {
            return Ok(Err(Rejection::BeforeSent));
        }
        let day = value::today(written_s, self.zone);
        let had_access = case_access::had_access(self.ledger, &record.case_id, &record.person, None, &day)?;
        Ok(if had_access { Ok(()) } else { Err(Rejection::AuthorNotInCase) })
    }

    fn latest_s(&self) -> UnixSeconds {
        self.now + self.clock_difference_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::record::Value;
    use rusqlite::params;

    const SENT_S: i64 = 1_763_999_000;

    fn ledger() -> Connection {
        let conn = crate::store::in_memory();
        let sql =
            "INSERT INTO served_version VALUES ('service', 'WS1', ?1, ?2, 'AJ1', 'P1', 1, ?1, ?3, '执行通知书.pdf')";
        for (version, byte) in [(2, 0xab_u8), (3, 0xcd)] {
            conn.execute(sql, params![version, [byte; 32].as_slice(), SENT_S]).unwrap();
        }
        conn.execute_batch(
            "INSERT INTO case_access VALUES ('party', 'DS1', 'AJ1', 'P1', 'P1', '', '', '张三'),
               ('agent', 'DL1', 'AJ1', 'P2', 'P1', '2025-01-01', '2025-12-31', '李律师');
             INSERT INTO consent VALUES ('QR1', 'AJ1', 'P1', '2025-11-25', '');
             INSERT INTO case_step VALUES ('AJ1', 'enforcing', '（2025）鲁1502执1号');",
        )
        .unwrap();
        conn
    }

    fn batch(conn: &Connection, sequence: i64, state: &str) {
        let sql = "INSERT INTO ferry_sent VALUES ('up', 1, ?1, x'00', ?2, '', 0, 0, 0, ?3, NULL, NULL, x'00')";
        conn.execute(sql, params![sequence, state, SENT_S]).unwrap();
    }

    fn on<T>(conn: &Connection, ask: impl FnOnce(&Validator<'_>) -> T) -> T {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let (channel, now) = (ChannelId::new("up").unwrap(), 1_764_100_000);
        ask(&Validator { ledger: conn, channel: &channel, zone: &zone, clock_difference_s: 300, now: UnixSeconds(now) })
    }

    #[test]
    fn article_11_a_receipt_for_an_older_version_is_accepted_and_names_the_newest_version() {
        let conn = ledger();
        let found = on(&conn, |c| c.receipt(&Receipt::example())).unwrap().unwrap();
        let case_no = "（2025）鲁1502执1号".to_owned();
        assert_eq!(found, Validated { capacity: Capacity::Agent, newest_version: 3, case_no });
        let own = Receipt { person: "P1".into(), ..Receipt::example() };
        assert_eq!(on(&conn, |c| c.receipt(&own)).unwrap().unwrap().capacity, Capacity::Addressee);
    }

    #[test]
    fn articles_6_11_each_contradiction_to_the_ledger_has_its_own_rejection() {
        let conn = ledger();
        let in_time = |r: Receipt| Receipt { arrived_s: Some(UnixSeconds(SENT_S - 300)), ..r };
        assert!(
            on(&conn, |c| c.receipt(&in_time(Receipt::example()))).unwrap().is_ok(),
            "within the allowed clock difference"
        );
        for (rejection, wrong) in [
            (Rejection::NeverSent, Receipt { item: "WS9".into(), ..Receipt::example() }),
            (Rejection::UnknownVersion, Receipt { item_version: 4, ..Receipt::example() }),
            (Rejection::OtherCase, Receipt { case_id: "AJ2".into(), ..Receipt::example() }),
            (Rejection::OtherBytes, Receipt { item_version: 3, ..Receipt::example() }),
            (Rejection::OtherBytes, Receipt { document: "查封裁定书.pdf".into(), ..Receipt::example() }),
            (Rejection::OtherAddressee, Receipt { addressee_name: "李四".into(), ..Receipt::example() }),
            (Rejection::OtherAddressee, Receipt { addressee: "P2".into(), ..Receipt::example() }),
            (Rejection::NotEntitled, Receipt { person: "P3".into(), ..Receipt::example() }),
            (Rejection::BeforeSent, Receipt { arrived_s: Some(UnixSeconds(SENT_S - 301)), ..Receipt::example() }),
            (Rejection::TimesOutOfOrder, Receipt { arrived_s: Some(UnixSeconds(1_764_003_601)), ..Receipt::example() }),
            (Rejection::TimesOutOfOrder, Receipt { signed_s: Some(UnixSeconds(1_764_003_599)), ..Receipt::example() }),
            (Rejection::InFuture, Receipt { signed_s: Some(UnixSeconds(1_764_100_301)), ..Receipt::example() }),
            // One second before midnight in the court's time zone the consent was not signed yet.
            (
                Rejection::NoConsent,
                Receipt {
                    arrived_s: Some(UnixSeconds(SENT_S)),
                    opened_s: UnixSeconds(1_763_999_999),
                    ..Receipt::example()
                },
            ),
        ] {
            assert_eq!(on(&conn, |c| c.receipt(&wrong)).unwrap(), Err(rejection.clone()), "{rejection:?}");
        }
        batch(&conn, 2, "refused");
        assert_eq!(
            on(&conn, |c| c.receipt(&Receipt::example())).unwrap(),
            Err(Rejection::UnknownVersion),
            "a refused batch was never published"
        );
    }

    #[test]
    fn article_10_only_parties_and_agents_of_a_case_may_write_in_it() {
        let conn = ledger();
        batch(&conn, 1, "confirmed");
        let of = |case: &str, person: &str, written_s: UnixSeconds| {
            let mut message = Record::new("message", "m1", 1);
            (message.case_id, message.person) = (case.into(), person.into());
            message.fields.insert("written".into(), Value::Integer(written_s.get()));
            on(&conn, |c| c.written(&message)).unwrap()
        };
        assert_eq!((of("AJ1", "P1", UnixSeconds(SENT_S)), of("AJ1", "P2", UnixSeconds(SENT_S + 9))), (Ok(()), Ok(())));
        assert_eq!(of("AJ1", "P3", UnixSeconds(SENT_S)), Err(Rejection::AuthorNotInCase));
        assert_eq!(of("AJ2", "P1", UnixSeconds(SENT_S)), Err(Rejection::AuthorNotInCase));
        assert_eq!(of("AJ1", "P1", UnixSeconds(SENT_S - 301)), Err(Rejection::BeforeSent));
        assert_eq!(of("AJ1", "P1", UnixSeconds(1_764_100_301)), Err(Rejection::InFuture));
    }
}
