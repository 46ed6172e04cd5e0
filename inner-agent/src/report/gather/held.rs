//! Records that are incomplete, held, kept inside or withheld, as of now.

use crate::report::data::{ClassCount, DefectiveForm, HeldItem, HeldRecords, Item, Withheld};
use crate::report::gather::{Gather, NAMED_MAX, count, item};
use crate::store::hold::HoldClass;
use ferry_channel::audit;
use ferry_format::reason::Reason;
use ferry_format::record::catalogue::FieldType;
use ferry_format::text::Text;
use ferry_io::error::Result;
use rusqlite::Row;

impl Gather<'_> {
    pub(super) fn incomplete(&mut self) -> Result<Vec<Item>> {
        let sql = "SELECT kind, count(*) FROM exported WHERE incomplete = 1 AND retracted = 0 GROUP BY kind";
        let mut any = false;
        for (kind, n) in self.rows(sql, &[], |r| Ok((r.get::<_, String>(0)?, count(r, 1)?)))? {
            self.counts_of(&kind).incomplete = n;
            any = true;
        }
        if !any {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT kind, key, case_id, coalesce((SELECT case_number FROM case_step s WHERE s.case_id = e.case_id), '')
             FROM exported e WHERE incomplete = 1 AND retracted = 0 LIMIT {NAMED_MAX}"
        );
        self.rows(&sql, &[], |r| item(r, 0))
    }

    pub(super) fn held(&mut self) -> Result<HeldRecords> {
        let sql = format!(
            "SELECT kind, key, case_id, coalesce((SELECT case_number FROM case_step s WHERE s.case_id = h.case_id), ''),
               reason, since_s
             FROM held h WHERE by_rule = 0 ORDER BY since_s, kind, key LIMIT {NAMED_MAX}"
        );
        let records = self
            .rows(&sql, &[], |r| Ok(HeldItem { item: item(r, 0)?, why: reason(r, 4)?, since: self.time(r.get(5)?) }))?;
        Ok(HeldRecords { classes: self.hold_classes(false)?, records })
    }

    /// Records that are not exported, by class and kind: because of a rule of the notice, or until they are corrected.
    pub(super) fn hold_classes(&mut self, by_rule: bool) -> Result<Vec<ClassCount>> {
        let sql = "SELECT class, kind, count(*), min(since_s) FROM held WHERE by_rule = ?1
                   GROUP BY class, kind ORDER BY min(since_s), class, kind";
        let found = self.rows(sql, &[&by_rule], |r| {
            let class: String = r.get(0)?;
            Ok(ClassCount {
                name: HoldClass::named(&class).map_or_else(|| Text::verbatim(class.clone()), HoldClass::text),
                class,
                kind: r.get(1)?,
                records: count(r, 2)?,
                since: Some(self.time(r.get(3)?)),
            })
        })?;
        for c in &found {
            let counts = self.counts_of(&c.kind);
            *(if by_rule { &mut counts.kept_inside } else { &mut counts.held }) += c.records;
        }
        Ok(found)
    }

    pub(super) fn withheld(&mut self) -> Result<Withheld> {
        let roles = &self.context.catalogue.roles;
        let field = self.context.catalogue.kinds.get(&roles.withheld).and_then(|k| k.fields.get("reason"));
        let name = |class: &str| match field.map(|f| &f.kind) {
            Some(FieldType::Code(codes)) => {
                Text::new(codes.get(class).cloned().unwrap_or_else(|| class.to_owned()), class.to_owned())
            }
            _ => Text::verbatim(class.to_owned()),
        };
        let sql = "SELECT reason, kind, count(*) FROM withheld GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2";
        let now = self.rows(sql, &[], |r| {
            let class: String = r.get(0)?;
            Ok(ClassCount { name: name(&class), class, kind: r.get(1)?, records: count(r, 2)?, since: None })
        })?;
        for c in &now {
            self.counts_of(&c.kind).withheld += c.records;
        }
        let (from_s, until_s) = self.period_s();
        let (begun, _) = audit::count_acts(self.conn, "withhold", from_s, until_s)?;
        let (ended, _) = audit::count_acts(self.conn, "withhold-end", from_s, until_s)?;
        Ok(Withheld { begun, ended, now })
    }

    pub(super) fn defective_forms(&self) -> Result<Vec<DefectiveForm>> {
        let sql = "SELECT form, reason, since_s FROM defective_form ORDER BY since_s, form";
        let row = |r: &Row<'_>| Ok(DefectiveForm { form: r.get(0)?, why: reason(r, 1)?, since: self.time(r.get(2)?) });
        self.rows(sql, &[], row)
    }
}

/// A stored reason code as people read it.
fn reason(r: &Row<'_>, column: usize) -> rusqlite::Result<Text> {
    Ok(Reason::parse(&r.get::<_, String>(column)?).text())
}
