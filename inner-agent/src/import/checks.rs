//! What came back, against what the ledger knows to have been sent (articles 6, 10 and 11). Whoever owns the outer
//! machine can sign a batch; he cannot make a court believe that a document was served which was not.

use crate::export::served;
use crate::import::misfit::Misfit;
use crate::import::receipt::Receipt;
use crate::source::convert;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::Record;
use ferry_io::error::Result;
use jiff::tz::TimeZone;
use rusqlite::{Connection, params};

/// As whom someone opened a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// As its addressee.
    Addressee,
    /// As the agent of its addressee.
    Agent,
}

impl Capacity {
    /// As it is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Addressee => "addressee",
            Self::Agent => "agent",
        }
    }
}

/// What the ledger adds to a receipt that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// As whom it was opened.
    pub capacity: Capacity,
    /// The newest version of the document that was sent by now.
    pub newest_version: u64,
    /// The case number, as people write it; empty where the case has none.
    pub case_no: String,
}

/// The checks of one import.
pub struct Checks<'a> {
    /// The ledger.
    pub ledger: &'a Connection,
    /// The ↑ channel.
    pub channel: &'a str,
    /// The court's time zone.
    pub zone: &'a TimeZone,
    /// How far the two sides' clocks may differ, seconds.
    pub clock_difference_s: i64,
    /// Now.
    pub now_s: i64,
}

impl Checks<'_> {
    /// A receipt against the version that was sent, its addressee, his agents and consents, and what can have been when.
    pub fn receipt(&self, r: &Receipt) -> Result<std::result::Result<Found, Misfit>> {
        let Some(newest_version) = served::newest_version(self.ledger, &r.kind, &r.item)? else {
            return Ok(Err(Misfit::NeverSent));
        };
        let sent = served::version(self.ledger, self.channel, &r.kind, &r.item, r.item_version)?;
        let Some(sent) = sent.filter(|s| !s.refused) else { return Ok(Err(Misfit::UnknownVersion)) };
        if r.case_id != sent.case_id {
            return Ok(Err(Misfit::OtherCase));
        }
        if r.sha256 != to_hex(&sent.sha256) || !sent.name.is_empty() && r.document != sent.name {
            return Ok(Err(Misfit::OtherBytes));
        }
        // What is printed on a certificate in one line is one line.
        if [&r.recipient, &r.addressee_name, &r.document, &r.address, &r.agent, &r.via].iter().any(|t| t.contains('\n'))
        {
            return Ok(Err(Misfit::Catalogue("a line break where there is none".into())));
        }
        let name = served::name(self.ledger, &r.case_id, &sent.addressee)?;
        if name.is_some_and(|name| name != r.addressee_name) {
            return Ok(Err(Misfit::OtherAddressee));
        }
        if r.addressee != sent.addressee {
            return Ok(Err(Misfit::OtherAddressee));
        }
        if let Err(misfit) = self.times(r, sent.sent_s) {
            return Ok(Err(misfit));
        }
        let day = convert::today(r.opened_s, self.zone);
        let capacity = if r.person == sent.addressee { Capacity::Addressee } else { Capacity::Agent };
        if capacity == Capacity::Agent
            && !served::stood(self.ledger, &r.case_id, &r.person, Some(&sent.addressee), &day)?
        {
            return Ok(Err(Misfit::NotEntitled));
        }
        let sql = "SELECT EXISTS(SELECT 1 FROM consent WHERE case_id = ?1 AND person = ?2 AND since <= ?3
                     AND (until = '' OR until >= ?3))";
        let consents = params![r.case_id, sent.addressee, day];
        if !self.ledger.prepare_cached(sql)?.query_row(consents, |row| row.get(0))? {
            return Ok(Err(Misfit::NoConsent));
        }
        let sql = "SELECT coalesce((SELECT number FROM step WHERE case_id = ?1), '')";
        let case_no = self.ledger.prepare_cached(sql)?.query_row([&r.case_id], |row| row.get(0))?;
        Ok(Ok(Found { capacity, newest_version, case_no }))
    }

    /// Arrived after the batch was made, then opened, then the rest; and nothing later than now.
    fn times(&self, r: &Receipt, sent_s: i64) -> std::result::Result<(), Misfit> {
        // A receipt always says when its document arrived; the catalogue asks for it.
        let arrived_s = r.arrived_s.unwrap_or(i64::MIN);
        let last = [r.downloaded_s, r.signed_s].into_iter().flatten();
        if arrived_s.saturating_add(self.clock_difference_s) < sent_s {
            Err(Misfit::BeforeSent)
        } else if arrived_s > r.opened_s || last.clone().any(|later_s| later_s < r.opened_s) {
            Err(Misfit::TimesOutOfOrder)
        } else if r.newest_s() > self.latest_s() {
            Err(Misfit::InFuture)
        } else {
            Ok(())
        }
    }

    /// A message or a request: from someone who stood in the case on that day, and not before anything was sent.
    pub fn written(&self, record: &Record) -> Result<std::result::Result<(), Misfit>> {
        let written_s = record.integer("written").unwrap_or_default();
        if written_s > self.latest_s() {
            return Ok(Err(Misfit::InFuture));
        }
        let sql = "SELECT EXISTS(SELECT 1 FROM ferry_sent WHERE channel = ?1 AND created_s <= ?2)";
        let after = params![self.channel, written_s.saturating_add(self.clock_difference_s)];
        if !self.ledger.prepare_cached(sql)?.query_row(after, |row| row.get(0))? {
            return Ok(Err(Misfit::BeforeSent));
        }
        let day = convert::today(written_s, self.zone);
        let stood = served::stood(self.ledger, &record.case_id, &record.person, None, &day)?;
        Ok(if stood { Ok(()) } else { Err(Misfit::Stranger) })
    }

    fn latest_s(&self) -> i64 {
        self.now_s.saturating_add(self.clock_difference_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::receipt::tests::opened;
    use ferry_format::record::Value;

    const SENT_S: i64 = 1_763_999_000;

    fn ledger() -> Connection {
        let conn = crate::store::in_memory();
        let sql = "INSERT INTO served VALUES ('service', 'WS1', ?1, ?2, 'AJ1', 'P1', 1, ?1, ?3, '执行通知书.pdf')";
        for (version, byte) in [(2, 0xab_u8), (3, 0xcd)] {
            conn.execute(sql, params![version, [byte; 32].as_slice(), SENT_S]).unwrap();
        }
        conn.execute_batch(
            "INSERT INTO standing VALUES ('party', 'DS1', 'AJ1', 'P1', 'P1', '', '', '张三'),
               ('agent', 'DL1', 'AJ1', 'P2', 'P1', '2025-01-01', '2025-12-31', '李律师');
             INSERT INTO consent VALUES ('QR1', 'AJ1', 'P1', '2025-11-25', '');
             INSERT INTO step VALUES ('AJ1', 'enforcing', '（2025）鲁1502执1号');",
        )
        .unwrap();
        conn
    }

    fn batch(conn: &Connection, sequence: i64, state: &str) {
        let sql = "INSERT INTO ferry_sent VALUES ('up', 1, ?1, x'00', ?2, '', 0, 0, 0, ?3, NULL, NULL, x'00')";
        conn.execute(sql, params![sequence, state, SENT_S]).unwrap();
    }

    fn on<T>(conn: &Connection, ask: impl FnOnce(&Checks<'_>) -> T) -> T {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let (channel, now_s) = ("up", 1_764_100_000);
        ask(&Checks { ledger: conn, channel, zone: &zone, clock_difference_s: 300, now_s })
    }

    #[test]
    fn article_11_a_receipt_for_an_older_version_is_for_that_version_and_says_that_a_newer_one_was_sent() {
        let conn = ledger();
        let found = on(&conn, |c| c.receipt(&opened())).unwrap().unwrap();
        let case_no = "（2025）鲁1502执1号".to_owned();
        assert_eq!(found, Found { capacity: Capacity::Agent, newest_version: 3, case_no });
        let own = Receipt { person: "P1".into(), ..opened() };
        assert_eq!(on(&conn, |c| c.receipt(&own)).unwrap().unwrap().capacity, Capacity::Addressee);
    }

    #[test]
    fn articles_6_11_whatever_does_not_fit_the_ledger_is_named() {
        let conn = ledger();
        let in_time = |r: Receipt| Receipt { arrived_s: Some(SENT_S - 300), ..r };
        assert!(on(&conn, |c| c.receipt(&in_time(opened()))).unwrap().is_ok(), "the clocks may differ by that much");
        for (misfit, wrong) in [
            (Misfit::NeverSent, Receipt { item: "WS9".into(), ..opened() }),
            (Misfit::UnknownVersion, Receipt { item_version: 4, ..opened() }),
            (Misfit::OtherCase, Receipt { case_id: "AJ2".into(), ..opened() }),
            (Misfit::OtherBytes, Receipt { item_version: 3, ..opened() }),
            (Misfit::OtherBytes, Receipt { document: "查封裁定书.pdf".into(), ..opened() }),
            (Misfit::OtherAddressee, Receipt { addressee_name: "李四".into(), ..opened() }),
            (Misfit::OtherAddressee, Receipt { addressee: "P2".into(), ..opened() }),
            (Misfit::NotEntitled, Receipt { person: "P3".into(), ..opened() }),
            (Misfit::BeforeSent, Receipt { arrived_s: Some(SENT_S - 301), ..opened() }),
            (Misfit::TimesOutOfOrder, Receipt { arrived_s: Some(1_764_003_601), ..opened() }),
            (Misfit::TimesOutOfOrder, Receipt { signed_s: Some(1_764_003_599), ..opened() }),
            (Misfit::InFuture, Receipt { signed_s: Some(1_764_100_301), ..opened() }),
            // A second before midnight in the court's time zone the consent was not signed yet.
            (Misfit::NoConsent, Receipt { arrived_s: Some(SENT_S), opened_s: 1_763_999_999, ..opened() }),
        ] {
            assert_eq!(on(&conn, |c| c.receipt(&wrong)).unwrap(), Err(misfit.clone()), "{misfit:?}");
        }
        batch(&conn, 2, "refused");
        assert_eq!(on(&conn, |c| c.receipt(&opened())).unwrap(), Err(Misfit::UnknownVersion), "it never stood there");
    }

    #[test]
    fn article_10_only_who_stands_in_a_case_writes_in_it() {
        let conn = ledger();
        batch(&conn, 1, "confirmed");
        let of = |case: &str, person: &str, written_s: i64| {
            let mut message = Record::new("message", "m1", 1);
            (message.case_id, message.person) = (case.into(), person.into());
            message.fields.insert("written".into(), Value::Integer(written_s));
            on(&conn, |c| c.written(&message)).unwrap()
        };
        assert_eq!((of("AJ1", "P1", SENT_S), of("AJ1", "P2", SENT_S + 9)), (Ok(()), Ok(())));
        assert_eq!(of("AJ1", "P3", SENT_S), Err(Misfit::Stranger));
        assert_eq!(of("AJ2", "P1", SENT_S), Err(Misfit::Stranger));
        assert_eq!(of("AJ1", "P1", SENT_S - 301), Err(Misfit::BeforeSent));
        assert_eq!(of("AJ1", "P1", 1_764_100_301), Err(Misfit::InFuture));
    }
}
