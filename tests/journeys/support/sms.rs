//! Passes of the module that tells the parties.

use ferry_testkit::stage::Court;
use jiff::civil::Date;
use serde_json::Value;

/// A pass that must go well.
pub fn notify(court: &Court) -> Value {
    court.agent("inner", "notify")
}

pub fn list(court: &Court) -> Value {
    let out = court.try_agent("inner", &["notify", "--list", "--json"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

pub fn ledger(court: &Court, sql: &str) -> i64 {
    court.database("inner/state/inner.db").query_row(sql, [], |r| r.get(0)).unwrap()
}

/// A calendar of which no day rests but these.
pub fn calendar(court: &Court, rest: &[Date]) {
    let path = court.path("inner.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest_of_file) = text.split_once("[notify.calendar]").unwrap();
    let (_, after) = rest_of_file.split_once("\n\n").unwrap();
    let mut years = String::new();
    for day in rest {
        years
            .push_str(&format!("[notify.calendar.years.{}]\nrest-days = [\"{day}\"]\nworking-days = []\n", day.year()));
    }
    let none = if rest.is_empty() { "years = {}\n" } else { "" };
    std::fs::write(path, format!("{before}[notify.calendar]\nrest-weekdays = []\n{none}{years}\n\n{after}")).unwrap();
}
