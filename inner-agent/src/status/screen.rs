//! `status` for people, on one screen.

use crate::context::Context;
use crate::report::Correction;
use crate::review::pending::PendingDraft;
use crate::status::{HeldRecord, Status};
use crate::store::held_outside::HiddenOutside;
use crate::store::hold::HoldClass;
use crate::texts::holds::held_record;
use crate::texts::status as texts;
use ferry_channel::monitor::status::screen::{Screen, to_second};
use ferry_channel::types::UnixSeconds;
use ferry_format::reason;
use ferry_format::text::Text;
use ferry_io::output::language::Show;
use ferry_io::output::table::safe;

/// Items of each list.
const SHOWN_MAX: usize = 5;

impl Status {
    /// The screen.
    pub fn screen(&self, context: &Context, now: UnixSeconds) -> Screen {
        let mut screen = Screen::default();
        screen.todo(&self.alarms, &self.todo);
        let side = texts::side(&context.config.court);
        screen.head(side.show(), &self.machine, now, context.schedule.zone());
        screen.channels(&self.channels);
        screen.machine(&self.machine);
        screen.looked_at(&self.looked_at);
        self.records(&mut screen);
        self.lists(&mut screen);
        if let Some(counts) = &self.notify {
            counts.show(&mut screen);
        }
        screen
    }

    fn records(&self, screen: &mut Screen) {
        let p = &self.published;
        screen.row(texts::exported().show(), texts::exported_counts(p.records, p.documents).show());
        screen.row(texts::held().show(), texts::held_counts(self.held, p.withheld).show());
        for (name, count) in &self.kept_in {
            let class = HoldClass::named(name).map_or_else(|| Text::verbatim(name.clone()), HoldClass::text);
            screen.row(texts::kept_inside().show(), texts::class_count(class, count).show());
        }
        if !self.kept_published.is_empty() {
            let count: u64 = self.kept_published.values().sum();
            screen.row(texts::kept_published().show(), texts::kept_published_count(count).show());
        }
        if self.remarks > 0 {
            screen.row(texts::remarks().show(), texts::remarks_count(self.remarks).show());
        }
        let of = |readability: &str| self.document_readings.documents.get(readability).copied().unwrap_or_default();
        let (whole, partly, unread) = (of("readable"), of("partly"), of("unreadable"));
        if whole + partly + unread > 0 {
            screen.row(texts::documents_read().show(), texts::documents_read_counts(whole, partly, unread).show());
        }
        let compared = |at: &Option<String>| at.as_deref().map_or_else(|| texts::never().show().to_owned(), to_second);
        let c = &self.compared;
        let times = texts::compared_at(compared(&c.rows), compared(&c.files), c.file_count);
        screen.row(texts::compared().show(), times.show());
        let r = &self.reconcile;
        if r.reported_buckets + r.asked_buckets + r.only_outside > 0 {
            screen.wrapped(texts::state_differs().show(), 2);
            for (kind, buckets) in &r.differing {
                let buckets: Vec<String> = buckets.iter().map(u8::to_string).collect();
                screen.wrapped(texts::differing_buckets(kind, buckets.join(", ")).show(), 4);
            }
        }
    }

    fn lists(&self, screen: &mut Screen) {
        for draft in &self.drafts {
            screen.wrapped(&draft_line(draft), 4);
        }
        screen.list(&self.held_records, self.held, SHOWN_MAX, held_line);
        screen.list(&self.remark_items, self.remarks, SHOWN_MAX, remark_line);
        screen.list(&self.held_outside_items, self.held_outside, SHOWN_MAX, hidden_line);
        for (class, items) in &self.review_queue {
            screen.line(texts::review_queue(items, class).show());
        }
        let corrected = texts::corrected_count(self.corrections.last_7_days);
        screen.row(texts::corrected().show(), corrected.show());
        let newest = &self.corrections.newest;
        screen.list(newest, newest.len() as u64, SHOWN_MAX, correction_line);
    }
}

fn draft_line(draft: &PendingDraft) -> String {
    let approvals = texts::draft_approvals(draft.approved_by.len(), draft.needed, &draft.due);
    let counts = texts::draft_counts(draft.records, draft.documents);
    texts::draft(&draft.class_text, counts, approvals, draft.file.display()).show().to_owned()
}

fn held_line(held: &HeldRecord) -> String {
    held_record(&held.kind, safe(&held.key), held.reason.text()).show().to_owned()
}

fn remark_line(remark: &HeldRecord) -> String {
    texts::remark(&remark.kind, safe(&remark.key), remark.reason.text()).show().to_owned()
}

fn hidden_line(item: &HiddenOutside) -> String {
    let rules = reason::rules_text(&item.rule);
    texts::held_outside_item(&item.kind, safe(&item.key), item.version, rules).show().to_owned()
}

fn correction_line(correction: &Correction) -> String {
    let c = correction;
    let day = c.at.get(..10).unwrap_or(&c.at);
    let act = if c.act == "corrected" { texts::act_corrected() } else { texts::act_retracted() };
    let line = match c.approved_by.as_str() {
        "" => texts::correction(day, act, &c.kind, safe(&c.key), &c.why),
        by => texts::correction_approved(day, act, &c.kind, safe(&c.key), safe(by), &c.why),
    };
    line.show().to_owned()
}
