//! What a person has to do, each item with the command that shows or does it.

use crate::context::Context;
use crate::status::Status;
use crate::texts::status as texts;
use ferry_channel::monitor::status::todo::{Program, Todo, Urgency};
use ferry_format::text::Text;
use ferry_io::output::language::Show;

/// Code of what waits without harm.
const WAITS: &str = "FERRY-E0699";
/// Shows the clerk's review queue.
const REVIEW_QUEUE: &str = "SELECT * FROM FERRY_HELD WHERE state = 'new'";

/// What a person has to do, most urgent first.
pub fn todo(context: &Context, status: &Status) -> Vec<Todo> {
    let config = &context.config;
    let program = Program { name: "inner-agent", config: &config.path, state: &config.state };
    let mut todo: Vec<Todo> = status.alarms.iter().map(|alarm| program.answer(alarm)).collect();
    for (channel, job) in status.channels.iter().zip(["export", "import"]) {
        todo.extend(program.failed(channel, job));
        todo.extend(program.quarantined(channel, program.command("quarantine list")));
    }
    let mut add = |count: u64, what: fn(u64) -> Text, command: String| {
        let what = what(count).show().to_owned();
        todo.extend((count > 0).then_some(Todo { urgency: Urgency::Later, code: WAITS, what, command }));
    };
    let review = program.command("review list");
    add(status.held, texts::todo_held, program.command("plan"));
    add(status.drafts.len() as u64, texts::todo_drafts, review.clone());
    add(status.post_release.len() as u64, texts::todo_post_release, review);
    add(status.held_outside, texts::todo_held_outside, program.command("status --json"));
    add(status.review_queue.values().sum(), texts::todo_review_queue, REVIEW_QUEUE.into());
    if let Some(counts) = &status.notify {
        let list = program.command("notify --list");
        add(counts.overdue + counts.unconfirmed, texts::todo_services, list.clone());
        add(counts.over_limit, texts::todo_over_limit, list);
    }
    todo.sort();
    todo
}
