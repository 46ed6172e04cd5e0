//! `FERRY_RECEIPT`: receipts with what the ledger adds to them, and whether their newest version is filed.

use crate::import::receipt::Receipt;
use crate::import::staging::Staging;
use crate::import::staging::database::Value;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// A settled receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledReceipt {
    /// The receipt.
    pub receipt: Receipt,
    /// The batch that brought this version.
    pub batch: String,
    /// The case number; empty if it is not known.
    pub case_no: String,
    /// In which capacity it was opened, `addressee` or `agent`; empty in rows of earlier releases.
    pub capacity: String,
    /// The newest version of the document that had been sent; 0 in rows of earlier releases.
    pub newest_version: u64,
}

impl Staging {
    /// The receipt with this id, in the version that was settled.
    pub fn receipt(&self, id: &str) -> Result<Option<SettledReceipt>> {
        let sql = "SELECT id, case_id, person, recipient, addressee, addressee_name, kind, item, document, sha256,
                     address, agent, via, batch, case_no, capacity, version, item_version, newest_version, arrived_s,
                     opened_s, downloaded_s, signed_s
                   FROM FERRY_RECEIPT WHERE id = $1";
        Ok(self.0.query(sql, &[id.into()])?.into_iter().next().map(settled))
    }

    /// Receipts that are not filed yet.
    pub fn unfiled(&self, limit: usize) -> Result<Vec<SettledReceipt>> {
        let sql = "SELECT id, case_id, person, recipient, addressee, addressee_name, kind, item, document, sha256,
                     address, agent, via, batch, case_no, capacity, version, item_version, newest_version, arrived_s,
                     opened_s, downloaded_s, signed_s
                   FROM FERRY_RECEIPT WHERE filed = 0 ORDER BY id LIMIT $1";
        Ok(self.0.query(sql, &[(limit as u64).into()])?.into_iter().map(settled).collect())
    }

    /// Marks versions as filed, all or none.
    pub fn mark_filed(&self, filed: &[SettledReceipt]) -> Result<()> {
        self.begin()?;
        for s in filed {
            let sql = "UPDATE FERRY_RECEIPT SET filed = 1 WHERE id = $1 AND version = $2";
            self.0.execute(sql, &[s.receipt.id.as_str().into(), s.receipt.version.into()])?;
        }
        self.commit()
    }

    /// Inserts the first version of a receipt that arrived.
    pub fn add_receipt(&self, s: &SettledReceipt) -> Result<()> {
        let sql = "INSERT INTO FERRY_RECEIPT(id, case_id, person, recipient, addressee, addressee_name, kind, item,
                     document, sha256, address, agent, via, batch, case_no, capacity, version, item_version,
                     newest_version, arrived_s, opened_s, downloaded_s, signed_s)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                     $21, $22, $23)";
        let r = &s.receipt;
        let texts = [&r.id, &r.case_id, &r.person, &r.recipient, &r.addressee, &r.addressee_name, &r.kind, &r.item];
        let more = [&r.document, &r.sha256, &r.address, &r.agent, &r.via, &s.batch, &s.case_no, &s.capacity];
        let texts = texts.into_iter().chain(more).map(|text| Value::from(text.as_str()));
        let versions = [r.version, r.item_version, s.newest_version].map(Value::from);
        let times = [r.arrived_s, Some(r.opened_s), r.downloaded_s, r.signed_s].map(Value::from);
        self.0.execute(sql, &texts.chain(versions).chain(times).collect::<Vec<_>>())?;
        Ok(())
    }

    /// Updates a receipt with another version of it. It is filed again.
    pub fn update_receipt(&self, s: &SettledReceipt) -> Result<()> {
        let sql = "UPDATE FERRY_RECEIPT SET addressee = $1, addressee_name = $2, via = $3, batch = $4, case_no = $5,
                     capacity = $6, version = $7, newest_version = $8, arrived_s = $9, downloaded_s = $10,
                     signed_s = $11, filed = 0
                   WHERE id = $12";
        let r = &s.receipt;
        let texts = [&r.addressee, &r.addressee_name, &r.via, &s.batch, &s.case_no, &s.capacity];
        let texts = texts.into_iter().map(|text| Value::from(text.as_str()));
        let versions = [r.version, s.newest_version].map(Value::from);
        let times = [r.arrived_s, r.downloaded_s, r.signed_s].map(Value::from);
        let which = [Value::from(r.id.as_str())];
        self.0.execute(sql, &texts.chain(versions).chain(times).chain(which).collect::<Vec<_>>())?;
        Ok(())
    }
}

/// Reads a row; its columns are in the order of both queries.
fn settled(row: Vec<Value>) -> SettledReceipt {
    let mut values = row.into_iter();
    let mut next = || values.next().unwrap_or(Value::Null);
    let mut text = || next().into_text();
    let (id, case_id, person, recipient, addressee, addressee_name) = (text(), text(), text(), text(), text(), text());
    let (kind, item, document, sha256, address, agent, via) = (text(), text(), text(), text(), text(), text(), text());
    let (batch, case_no, capacity) = (text(), text(), text());
    let mut number = || next().number();
    let mut version = || number().unwrap_or_default() as u64;
    let (version, item_version, newest_version) = (version(), version(), version());
    let (arrived_s, opened_s, downloaded_s, signed_s) = (number(), number().unwrap_or_default(), number(), number());
    let receipt = Receipt {
        id,
        version,
        case_id,
        person,
        recipient,
        addressee,
        addressee_name,
        kind,
        item,
        item_version,
        document,
        sha256,
        arrived_s: arrived_s.map(UnixSeconds),
        opened_s: UnixSeconds(opened_s),
        downloaded_s: downloaded_s.map(UnixSeconds),
        signed_s: signed_s.map(UnixSeconds),
        address,
        agent,
        via,
    };
    SettledReceipt { receipt, batch, case_no, capacity, newest_version }
}
