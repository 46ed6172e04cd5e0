//! From the ledger to a report. Grouped queries; none needs an index that an export would have to keep.

use crate::agent::Agent;
use crate::export::held::Class;
use crate::notify::Rules;
use crate::report::NAMED_MAX;
use crate::report::data::{
    Batch, CaseWithout, ClassCount, Completeness, Correction, Counts, Day, DefectiveForm, Held, HeldItem, Item,
    KindCounts, Late, LateApproval, Overdue, Report, Service, Withheld,
};
use crate::report::period::{self, Period, day_of};
use ferry_channel::runtime::schedule::rfc3339;
use ferry_format::record::catalogue::FieldType;
use ferry_io::error::Result;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{Connection, Row, ToSql, params};
use std::collections::BTreeMap;

/// The report of a period as the ledger knows it now.
pub fn report(agent: &Agent, period: Period, now_s: i64) -> Result<Report> {
    let zone = agent.schedule.zone();
    let mut gather = Gather {
        agent,
        conn: &agent.conn,
        zone,
        now_s,
        channel: &agent.config.export.channel,
        period,
        seconds: period.seconds(zone)?,
        kinds: BTreeMap::new(),
    };
    // One view of the ledger, whatever an export writes meanwhile.
    let view = agent.conn.unchecked_transaction()?;
    let by_day = gather.crossed()?;
    gather.not_confirmed()?;
    let (late, incomplete) = (gather.late()?, gather.incomplete()?);
    let (held, kept_inside, withheld) = (gather.held()?, gather.classes(true)?, gather.withheld()?);
    let (service, completeness) = (gather.service()?, gather.completeness()?);
    let (batches, unconfirmed) = (gather.batches(true)?, gather.batches(false)?);
    let (corrections, defective_forms) = (gather.corrections()?, gather.defective_forms()?);
    let missed_days = gather.missed_days(&by_day)?;
    let (total, kinds, departments) = gather.sums();
    view.commit()?;
    Ok(Report {
        court: agent.config.court.clone(),
        period: period.name(),
        days: period,
        as_of: rfc3339(now_s, zone),
        total,
        kinds,
        departments,
        by_day,
        missed_days,
        batches,
        unconfirmed,
        late,
        corrections,
        incomplete,
        held,
        kept_inside,
        withheld,
        defective_forms,
        service,
        completeness,
        steps: agent.catalogue.steps(),
    })
}

/// A report under way.
struct Gather<'a> {
    agent: &'a Agent,
    conn: &'a Connection,
    zone: &'a TimeZone,
    now_s: i64,
    channel: &'a str,
    period: Period,
    /// First second of the period and first second after it.
    seconds: (i64, i64),
    kinds: BTreeMap<String, Counts>,
}

/// A count as SQLite gives it.
fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|n| n as u64)
}

impl Gather<'_> {
    fn rows<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.conn.prepare(sql)?;
        let rows = statement.query_map(values, row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn at(&mut self, kind: &str) -> &mut Counts {
        self.kinds.entry(kind.to_owned()).or_default()
    }

    fn time(&self, at_s: i64) -> String {
        rfc3339(at_s, self.zone)
    }

    /// What the runs of the period counted. A batch that was refused outside did not cross; it is counted apart.
    fn crossed(&mut self) -> Result<Vec<Day>> {
        let today = day_of(self.now_s, self.zone);
        let day = |day| Day { day, batches: 0, new: 0, changed: 0, retracted: 0 };
        let days = self.period.days().take_while(|d| *d <= today).map(|d| (d, day(d)));
        let mut days: BTreeMap<Date, Day> = days.collect();
        let (from, until) = self.seconds;
        let sql = "SELECT c.kind, c.at_s, o.state = 'refused', c.new, c.changed, c.corrected, c.retracted, c.late,
                     c.late_approved, c.identifiers, c.unscannable
                   FROM export_count c JOIN ferry_sent o
                     ON o.channel = ?1 AND o.epoch = c.epoch AND o.sequence = c.sequence
                   WHERE c.at_s >= ?2 AND c.at_s < ?3";
        let row = |r: &Row<'_>| {
            let counts = Counts {
                new: count(r, 3)?,
                changed: count(r, 4)?,
                corrected: count(r, 5)?,
                retracted: count(r, 6)?,
                late: count(r, 7)?,
                late_approved: count(r, 8)?,
                identifiers: count(r, 9)?,
                unscannable: count(r, 10)?,
                ..Counts::default()
            };
            Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?, r.get::<_, bool>(2)?, counts))
        };
        for (kind, at_s, refused, counts) in self.rows(sql, &[&self.channel, &from, &until], row)? {
            if refused {
                self.at(&kind).refused += counts.crossed();
                continue;
            }
            self.at(&kind).add(&counts);
            if let Some(day) = days.get_mut(&day_of(at_s, self.zone)) {
                day.new += counts.new;
                day.changed += counts.changed;
                day.retracted += counts.retracted;
            }
        }
        let sql = "SELECT created_s FROM ferry_sent WHERE channel = ?1 AND created_s >= ?2 AND created_s < ?3";
        for at_s in self.rows(sql, &[&self.channel, &from, &until], |r| r.get(0))? {
            days.entry(day_of(at_s, self.zone)).and_modify(|d| d.batches += 1);
        }
        Ok(days.into_values().collect())
    }

    fn not_confirmed(&mut self) -> Result<()> {
        let sql = "SELECT c.kind, sum(c.new + c.changed + c.retracted) FROM export_count c JOIN ferry_sent o
                     ON o.channel = ?1 AND o.epoch = c.epoch AND o.sequence = c.sequence
                   WHERE o.state IN ('released', 'dispatched', 'missing') GROUP BY c.kind";
        for (kind, n) in self.rows(sql, &[&self.channel], |r| Ok((r.get::<_, String>(0)?, count(r, 1)?)))? {
            self.at(&kind).unconfirmed = n;
        }
        Ok(())
    }

    fn batches(&self, of_period: bool) -> Result<Vec<Batch>> {
        let which = if of_period {
            "created_s >= ?2 AND created_s < ?3"
        } else {
            "state IN ('released', 'dispatched', 'missing') AND ?2 < ?3"
        };
        let sql = format!(
            "SELECT epoch, sequence, state, reason, records, documents, bytes, created_s, settled_s FROM ferry_sent
             WHERE channel = ?1 AND {which} ORDER BY epoch, sequence"
        );
        self.rows(&sql, &[&self.channel, &self.seconds.0, &self.seconds.1], |r| {
            Ok(Batch {
                epoch: count(r, 0)?,
                sequence: count(r, 1)?,
                state: r.get(2)?,
                reason: r.get(3)?,
                records: count(r, 4)?,
                documents: count(r, 5)?,
                bytes: count(r, 6)?,
                created: self.time(r.get(7)?),
                settled: r.get::<_, Option<i64>>(8)?.map(|s| self.time(s)),
            })
        })
    }

    /// Days since the first batch on which the schedule had a run and no batch was made.
    fn missed_days(&self, by_day: &[Day]) -> Result<Vec<Date>> {
        let sql = "SELECT min(created_s) FROM ferry_sent WHERE channel = ?1";
        let first: Option<i64> = self.conn.query_row(sql, [self.channel], |r| r.get(0))?;
        let Some(first) = first.map(|s| day_of(s, self.zone)) else { return Ok(Vec::new()) };
        let mut missed = Vec::new();
        for day in by_day.iter().filter(|d| d.batches == 0 && d.day >= first).map(|d| d.day) {
            let begin_s = period::begin_s(day, self.zone)?;
            let end_s = period::begin_s(period::after(day)?, self.zone)?;
            let planned = self.agent.schedule.next_after(begin_s - 1);
            if planned.is_some_and(|at_s| at_s < end_s && at_s <= self.now_s) {
                missed.push(day);
            }
        }
        Ok(missed)
    }

    fn late(&self) -> Result<Late> {
        let of_period = "FROM late_entry l JOIN ferry_sent o
                           ON o.channel = ?1 AND o.epoch = l.epoch AND o.sequence = l.sequence AND o.state <> 'refused'
                         WHERE l.at_s >= ?2 AND l.at_s < ?3";
        let values: [&dyn ToSql; 3] = [&self.channel, &self.seconds.0, &self.seconds.1];
        let sql = format!(
            "SELECT l.kind, l.approver, count(*) {of_period} AND l.approver <> '' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
        );
        let approved = self.rows(&sql, &values, |r| {
            Ok(LateApproval { kind: r.get(0)?, approved_by: r.get(1)?, records: count(r, 2)? })
        })?;
        let sql = format!(
            "SELECT l.kind, l.key, l.case_id, coalesce((SELECT number FROM step s WHERE s.case_id = l.case_id), '')
             {of_period} AND l.approver = '' ORDER BY l.at_s DESC, l.kind, l.key LIMIT {NAMED_MAX}"
        );
        Ok(Late { approved, without_approval: self.rows(&sql, &values, |r| item(r, 0))? })
    }

    fn incomplete(&mut self) -> Result<Vec<Item>> {
        let sql = "SELECT kind, count(*) FROM exported WHERE incomplete = 1 AND retracted = 0 GROUP BY kind";
        let mut any = false;
        for (kind, n) in self.rows(sql, &[], |r| Ok((r.get::<_, String>(0)?, count(r, 1)?)))? {
            self.at(&kind).incomplete = n;
            any = true;
        }
        if !any {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT kind, key, case_id, coalesce((SELECT number FROM step s WHERE s.case_id = e.case_id), '')
             FROM exported e WHERE incomplete = 1 AND retracted = 0 LIMIT {NAMED_MAX}"
        );
        self.rows(&sql, &[], |r| item(r, 0))
    }

    fn held(&mut self) -> Result<Held> {
        let sql = format!(
            "SELECT kind, key, case_id, coalesce((SELECT number FROM step s WHERE s.case_id = h.case_id), ''),
               reason, since_s
             FROM held h WHERE rule = 0 ORDER BY since_s, kind, key LIMIT {NAMED_MAX}"
        );
        let records =
            self.rows(&sql, &[], |r| Ok(HeldItem { item: item(r, 0)?, why: r.get(4)?, since: self.time(r.get(5)?) }))?;
        Ok(Held { classes: self.classes(false)?, records })
    }

    /// What is inside by class and kind: by a rule of the notice, or because somebody has to look.
    fn classes(&mut self, by_rule: bool) -> Result<Vec<ClassCount>> {
        let sql = "SELECT class, kind, count(*), min(since_s) FROM held WHERE rule = ?1
                   GROUP BY class, kind ORDER BY min(since_s), class, kind";
        let found = self.rows(sql, &[&by_rule], |r| {
            let class: String = r.get(0)?;
            Ok(ClassCount {
                zh: Class::named(&class).map_or_else(|| class.clone(), |c| c.zh().to_owned()),
                class,
                kind: r.get(1)?,
                records: count(r, 2)?,
                since: Some(self.time(r.get(3)?)),
            })
        })?;
        for c in &found {
            let counts = self.at(&c.kind);
            *(if by_rule { &mut counts.kept_inside } else { &mut counts.held }) += c.records;
        }
        Ok(found)
    }

    fn withheld(&mut self) -> Result<Withheld> {
        let roles = &self.agent.catalogue.roles;
        let table = self.agent.catalogue.kinds.get(&roles.withheld).and_then(|k| k.fields.get("reason"));
        let sql = "SELECT reason, kind, count(*) FROM withheld GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2";
        let now = self.rows(sql, &[], |r| {
            let class: String = r.get(0)?;
            let zh = match table.map(|f| &f.kind) {
                Some(FieldType::Code(codes)) => codes.get(&class).unwrap_or(&class).clone(),
                _ => class.clone(),
            };
            Ok(ClassCount { zh, class, kind: r.get(1)?, records: count(r, 2)?, since: None })
        })?;
        for c in &now {
            self.at(&c.kind).withheld += c.records;
        }
        let sql = "SELECT count(*) FILTER (WHERE act = 'withhold'), count(*) FILTER (WHERE act = 'withhold-end')
                   FROM ferry_audit WHERE at_s >= ?1 AND at_s < ?2";
        let both = |r: &Row<'_>| Ok((count(r, 0)?, count(r, 1)?));
        let (begun, ended) = self.conn.query_row(sql, params![self.seconds.0, self.seconds.1], both)?;
        Ok(Withheld { begun, ended, now })
    }

    fn defective_forms(&self) -> Result<Vec<DefectiveForm>> {
        let sql = "SELECT form, why, since_s FROM defective_form ORDER BY since_s, form";
        let row = |r: &Row<'_>| Ok(DefectiveForm { form: r.get(0)?, why: r.get(1)?, since: self.time(r.get(2)?) });
        self.rows(sql, &[], row)
    }

    fn corrections(&self) -> Result<Vec<Correction>> {
        newest_corrections(self.conn, self.zone, self.seconds, NAMED_MAX)
    }

    /// Documents that a party was reminded of longer ago than he may wait, and nobody signed for. Without a confirmed
    /// reminder the days are counted from the far side's confirmation. A receipt counts for the file that was opened, not
    /// for another version's.
    fn service(&mut self) -> Result<Service> {
        let rules = Rules::of(&self.agent.config)?;
        let rule = rules.with(self.zone);
        let mut service = Service { days_allowed: i32::from(rule.days), overdue: 0, documents: Vec::new() };
        let today = day_of(self.now_s, self.zone);
        let served = self.agent.catalogue.kinds.iter().filter(|(_, k)| k.served).map(|(id, _)| id);
        let sql = "SELECT e.kind, e.key, e.case_id, coalesce((SELECT number FROM step s WHERE s.case_id = e.case_id), ''),
                     o.settled_s, coalesce((SELECT n.reminded_s FROM notify_service n WHERE n.kind = e.kind AND n.key = e.key
                       AND n.document = lower(hex(e.document)) AND n.person = e.person), o.settled_s)
                   FROM exported e JOIN ferry_sent o
                     ON o.channel = ?1 AND o.epoch = e.epoch AND o.sequence = e.sequence AND o.state = 'confirmed'
                   WHERE e.kind = ?2 AND e.retracted = 0 AND NOT EXISTS(
                     SELECT 1 FROM receipt r WHERE r.kind = e.kind AND r.item = e.id AND r.addressee IN (e.person, '') AND r.sha256 = lower(hex(e.document)))
                   ORDER BY o.settled_s, e.key";
        for kind in served {
            let mut overdue = 0;
            self.rows(sql, &[&self.channel, kind], |r| {
                let confirmed_s = r.get(4)?;
                let days = (today - day_of(confirmed_s, self.zone)).get_days();
                if today > rule.last_day(r.get(5)?) {
                    overdue += 1;
                    if service.documents.len() < NAMED_MAX {
                        let confirmed = self.time(confirmed_s);
                        service.documents.push(Overdue { item: item(r, 0)?, confirmed, days });
                    }
                }
                Ok(())
            })?;
            self.at(kind).service_overdue = overdue;
            service.overdue += overdue;
        }
        Ok(service)
    }

    /// Cases at a step that asks for a kind, and without one. A case that is retracted or withheld as a whole has no
    /// step here; a record that is withheld by itself is not missed.
    fn completeness(&mut self) -> Result<Vec<Completeness>> {
        let sql = format!(
            "WITH without AS (
               SELECT case_id FROM step WHERE step IN (SELECT value FROM json_each(?2))
               EXCEPT SELECT case_id FROM exported WHERE kind = ?1 AND retracted = 0
               EXCEPT SELECT f.case_id FROM withheld w JOIN form f ON f.form = w.form WHERE w.kind = ?1)
             SELECT count(*) OVER (), w.case_id, s.number, s.step FROM without w JOIN step s ON s.case_id = w.case_id
             ORDER BY w.case_id LIMIT {NAMED_MAX}"
        );
        let mut all = Vec::new();
        for (id, kind) in self.agent.catalogue.kinds.iter().filter(|(_, k)| !k.expected_at.is_empty()) {
            let steps: Vec<String> = kind.expected_at.iter().cloned().collect();
            let list = serde_json::Value::from(steps.clone()).to_string();
            let mut cases_without = 0;
            let cases = self.rows(&sql, &[id, &list], |r| {
                cases_without = count(r, 0)?;
                Ok(CaseWithout { case: r.get(1)?, case_number: r.get(2)?, step: r.get(3)? })
            })?;
            self.at(id).cases_without = cases_without;
            all.push(Completeness { kind: id.clone(), steps, cases_without, cases });
        }
        Ok(all)
    }

    /// Total, kinds of which there is something to say, and departments.
    fn sums(&self) -> (Counts, Vec<KindCounts>, BTreeMap<String, Counts>) {
        let (mut total, mut departments) = (Counts::default(), BTreeMap::<String, Counts>::new());
        let mut kinds = Vec::new();
        for (id, counts) in self.kinds.iter().filter(|(_, c)| **c != Counts::default()) {
            // A kind that an older catalogue had keeps its numbers under its id.
            let known = self.agent.catalogue.kinds.get(id);
            let department = known.map_or_else(String::new, |k| k.department.clone());
            total.add(counts);
            departments.entry(department.clone()).or_default().add(counts);
            kinds.push(KindCounts {
                kind: id.clone(),
                zh: known.map_or_else(|| id.clone(), |k| k.zh.clone()),
                en: known.map_or_else(|| id.clone(), |k| k.en.clone()),
                article: known.map_or_else(String::new, |k| k.article.clone()),
                department,
                counts: counts.clone(),
            });
        }
        kinds.sort_by(|a, b| (&a.department, &a.kind).cmp(&(&b.department, &b.kind)));
        (total, kinds, departments)
    }
}

/// Kind, key, case and case number, from a column on.
fn item(r: &Row<'_>, from: usize) -> rusqlite::Result<Item> {
    Ok(Item { kind: r.get(from)?, key: r.get(from + 1)?, case: r.get(from + 2)?, case_number: r.get(from + 3)? })
}

/// What was corrected and retracted between two seconds, newest first.
pub fn newest_corrections(
    conn: &Connection,
    zone: &TimeZone,
    (from, until): (i64, i64),
    limit: usize,
) -> Result<Vec<Correction>> {
    let sql = "SELECT act, kind, key, approved_by, why, at_s FROM correction WHERE at_s >= ?1 AND at_s < ?2
               ORDER BY at_s DESC, number DESC LIMIT ?3";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map(params![from, until, limit as i64], |r| {
        Ok(Correction {
            act: r.get(0)?,
            kind: r.get(1)?,
            key: r.get(2)?,
            approved_by: r.get(3)?,
            why: r.get(4)?,
            at: rfc3339(r.get(5)?, zone),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
