//! `outer-agent status` on one screen.

use crate::context::Context;
use crate::status::report::Status;
use crate::texts::status as texts;
use ferry_channel::monitor::status::machine::age;
use ferry_channel::monitor::status::screen::Screen;
use ferry_channel::types::UnixSeconds;
use ferry_format::reason;
use ferry_io::output::language::Show;
use ferry_io::output::table::safe;

/// Items of each list that fit on the screen; JSON has more.
const LISTED_MAX: usize = 5;

/// The screen of a status.
pub fn screen(status: &Status, context: &Context, now: UnixSeconds) -> Screen {
    let mut screen = Screen::default();
    screen.todo(&status.alarms, &status.todo);
    let side = texts::side(&context.config.court);
    screen.head(side.show(), &status.operation, now, context.schedule.zone());
    screen.channels(&status.channels);
    screen.machine(&status.operation);
    screen.looked_at(&status.looked_at);
    let p = &status.published;
    let counts = texts::published_counts(p.records, p.documents, p.withheld);
    screen.row(texts::published().show(), counts.show());
    let outgoing = match status.oldest_item_age_s {
        Some(age_s) => texts::outgoing_oldest(status.outgoing, age(age_s)),
        None => texts::outgoing_count(status.outgoing),
    };
    screen.row(texts::outgoing().show(), outgoing.show());
    if status.held_outside > 0 {
        screen.row(texts::hidden().show(), texts::hidden_count(status.held_outside).show());
    }
    screen.list(&status.held_outside_items, status.held_outside, LISTED_MAX, |h| {
        let text = texts::hidden_item(&h.kind, safe(&h.id), h.version, reason::rules_text(&h.rule));
        text.show().to_owned()
    });
    let quarantined = status.channels.iter().map(|c| c.quarantined).sum();
    screen.list(&status.quarantine, quarantined, LISTED_MAX, |q| {
        let text = texts::quarantined(q.id, safe(&q.name), safe(&q.message), &q.code, &q.hint);
        text.show().to_owned()
    });
    screen
}
