//! Services without a receipt in time, and cases without required records, as of now.

use crate::court_day;
use crate::notify::deadline::DeadlineRules;
use crate::report::data::{CaseWithout, Completeness, Overdue, Service};
use crate::report::gather::{Gather, NAMED_MAX, count, item};
use ferry_io::error::Result;

impl Gather<'_> {
    /// Documents whose last day to sign is over and that have no receipt. The days count from the confirmed reminder;
    /// without one, from the outer side's confirmation. A receipt counts for the file that was opened, not for another
    /// version of the document.
    pub(super) fn service(&mut self) -> Result<Service> {
        let rules = DeadlineRules::of(&self.context.config, self.zone)?;
        let mut service = Service { days_allowed: i32::from(rules.days), overdue: 0, documents: Vec::new() };
        let today = court_day::of(self.now, self.zone);
        let served = self.context.catalogue.kinds.iter().filter(|(_, k)| k.served).map(|(id, _)| id);
        let sql =
            "SELECT e.kind, e.key, e.case_id, coalesce((SELECT case_number FROM case_step s WHERE s.case_id = e.case_id), ''),
               o.settled_s, coalesce((SELECT n.reminded_s FROM notify_service n WHERE n.kind = e.kind AND n.key = e.key
                 AND n.document = lower(hex(e.document)) AND n.person = e.person), o.settled_s)
             FROM exported e JOIN ferry_sent o
               ON o.channel = ?1 AND o.epoch = e.epoch AND o.sequence = e.sequence AND o.state = 'confirmed'
             WHERE e.kind = ?2 AND e.retracted = 0 AND NOT EXISTS(
               SELECT 1 FROM receipt r WHERE r.kind = e.kind AND r.item = e.id AND r.addressee IN (e.person, '')
                 AND r.sha256 = lower(hex(e.document)))
             ORDER BY o.settled_s, e.key";
        for kind in served {
            let mut overdue = 0;
            self.rows(sql, &[&self.channel, kind], |r| {
                let confirmed_s = r.get(4)?;
                let days = (today - court_day::of(confirmed_s, self.zone)).get_days();
                if today > rules.last_day(r.get(5)?) {
                    overdue += 1;
                    if service.documents.len() < NAMED_MAX {
                        let confirmed = self.time(confirmed_s);
                        service.documents.push(Overdue { item: item(r, 0)?, confirmed, days });
                    }
                }
                Ok(())
            })?;
            self.counts_of(kind).service_overdue = overdue;
            service.overdue += overdue;
        }
        Ok(service)
    }

    /// Cases without a record of a kind that their step requires. A case that is retracted or withheld as a whole has no
    /// step here; a record that is withheld by itself is not missing.
    pub(super) fn completeness(&mut self) -> Result<Vec<Completeness>> {
        let sql = format!(
            "WITH without AS (
               SELECT case_id FROM case_step WHERE step IN (SELECT value FROM json_each(?2))
               EXCEPT SELECT case_id FROM exported WHERE kind = ?1 AND retracted = 0
               EXCEPT SELECT f.case_id FROM withheld w JOIN approval_form f ON f.form = w.form WHERE w.kind = ?1)
             SELECT count(*) OVER (), w.case_id, s.case_number, s.step
             FROM without w JOIN case_step s ON s.case_id = w.case_id ORDER BY w.case_id LIMIT {NAMED_MAX}"
        );
        let mut all = Vec::new();
        for (id, kind) in self.context.catalogue.kinds.iter().filter(|(_, k)| !k.expected_at.is_empty()) {
            let steps: Vec<String> = kind.expected_at.iter().cloned().collect();
            let list = serde_json::Value::from(steps.clone()).to_string();
            let mut cases_without = 0;
            let cases = self.rows(&sql, &[id, &list], |r| {
                cases_without = count(r, 0)?;
                Ok(CaseWithout { case: r.get(1)?, case_number: r.get(2)?, step: r.get(3)? })
            })?;
            self.counts_of(id).cases_without = cases_without;
            all.push(Completeness { kind: id.clone(), steps, cases_without, cases });
        }
        Ok(all)
    }
}
