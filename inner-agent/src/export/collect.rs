//! Collecting: the platform's rows beside what was exported before. A full run walks both in the order of their keys; a
//! run of changes looks at the rows that changed since the last one, at what the log of deletions names, and at what an
//! approval form or a consent that came or went concerns. Its cost follows the change.

use crate::agent::Agent;
use crate::export::books::Books;
use crate::export::carry::{Carried, Carrier, Departures};
use crate::export::counts::{Collected, Counts};
use crate::export::held::{Class, Held};
use crate::export::history::{self, Because};
use crate::export::remember::{self, Before, Exported};
use crate::export::revisit::Revisit;
use crate::export::screen::Screen;
use crate::export::withhold::Withholding;
use crate::export::{cursor, drafts, secrets};
use crate::import::held_outside;
use crate::reconcile::{self, FarOnly};
use crate::source::candidate::{self, Candidate, Content};
use crate::source::mapping::KindMap;
use crate::source::{Row, Rows, Source, convert};
use ferry_format::record::catalogue::Way;
use ferry_format::record::state_root::Buckets;
use ferry_io::error::Result;
use ferry_io::output::progress;
use indicatif::ProgressBar;
use rusqlite::Connection;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Held records that a run names; all of them stand in the `held` table.
const HELD_NAMED_MAX: usize = 100;
/// Why a record goes whose row is no longer there.
const GONE: &str = "平台已无此行 no longer in the platform";

/// What a run collected.
pub struct Run {
    /// Counts by kind.
    pub collected: Collected,
    /// Change of the state root.
    pub change: Buckets,
    /// Whether every row was compared.
    pub full: bool,
    /// Rows that were read.
    pub rows: u64,
    /// Approval forms that withhold nothing, with the reason.
    pub defective_forms: Vec<(String, String)>,
    /// Buckets of the state root whose lists were asked for.
    pub asked_buckets: u64,
}

/// Collects every kind into `carrier`, in the caller's transaction.
pub fn collect(
    agent: &Agent,
    conn: &Connection,
    source: &Source,
    number: (u64, u64),
    carrier: &mut dyn Carrier,
    bar: &ProgressBar,
    (now_s, full): (i64, bool),
) -> Result<Run> {
    let today = convert::today(now_s, agent.schedule.zone());
    let horizon = source.database().horizon()?.unwrap_or_else(|| convert::local(now_s, agent.schedule.zone()));
    source.database().begin()?;
    let full = full || cursor::is_full_due(conn, source, &agent.full, now_s)?;
    let withholding = Withholding::load(conn, source, &today)?;
    let revisit = Revisit::load(conn, source, &withholding, &horizon)?;
    remember::begin(conn)?;
    if full {
        remember::set_aside(conn, None)?;
    }
    let review = agent.review_before()?;
    let mut walk = Walk {
        source,
        horizon: &horizon,
        full,
        out: Departures::new(Books::open(agent, conn, number, now_s, !full), carrier)?,
        hidden: if review.has_reviewers { held_outside::to_show(conn)? } else { HashMap::new() },
        clean_waits: review.clean_waits,
        screen: Screen::new(agent, conn, today),
        far_only: FarOnly::load(conn)?,
        withholding: &withholding,
        revisit: &revisit,
        bar,
        rows: 0,
    };
    let begun = reconcile::begin(agent, conn, number.1, now_s)?;
    for record in begun.records {
        walk.out.program_record(record)?;
    }
    for map in &source.kinds {
        if full { walk.all(map)? } else { walk.changes(map)? }
    }
    if full {
        for record in reconcile::strangers(conn, &agent.catalogue)? {
            walk.out.take_back(&record)?;
        }
    }
    let Walk { out: Departures { books: Books { collected, change, .. }, .. }, rows, .. } = walk;
    let change = change.finish()?;
    withholding.remember(conn)?;
    history::defective_forms(conn, &withholding.in_force.defective, now_s)?;
    drafts::supersede(conn, now_s)?;
    if full {
        cursor::note_full(conn, source, now_s)?;
    }
    source.database().end()?;
    let (defective_forms, asked_buckets) = (withholding.in_force.defective, begun.asked);
    Ok(Run { collected, change, full, rows, defective_forms, asked_buckets })
}

struct Walk<'a> {
    source: &'a Source,
    /// No cursor passes this local time.
    horizon: &'a str,
    full: bool,
    out: Departures<'a>,
    screen: Screen<'a>,
    far_only: FarOnly,
    withholding: &'a Withholding,
    revisit: &'a Revisit,
    /// What is hidden outside as it was exported, by kind and key, with what was found: reviewers may let it be shown.
    hidden: HashMap<(String, String), String>,
    /// Whether clean records wait for approvals too.
    clean_waits: bool,
    bar: &'a ProgressBar,
    rows: u64,
}

impl<'a> Walk<'a> {
    /// Every row of a kind beside everything that was exported of it.
    fn all(&mut self, map: &KindMap) -> Result<()> {
        let (source, rules) = (self.source, self.out.rules());
        remember::set_aside(self.out.books.conn, Some(&map.kind))?;
        let mut before = Before::all(self.out.books.conn, &map.kind);
        let eager = before.is_empty()?;
        let (mut last, mut newest): (Option<String>, Option<String>) = (None, None);
        candidate::all(source, map, rules, eager, &mut |row| {
            self.count_row();
            if row.changed > newest {
                newest.clone_from(&row.changed);
            }
            if let Some(why) = misfit(&row, last.as_deref()) {
                return self.hold(map, &row.key, &row, &Held::new(Class::Identity, why));
            }
            while let Some(gone) = before.below(Some(&row.key))? {
                self.vanish(map, gone, GONE)?;
            }
            last = Some(row.key.clone());
            let known = before.take(&row.key)?;
            self.visit(map, row, known)
        })?;
        while let Some(gone) = before.below(None)? {
            self.vanish(map, gone, GONE)?;
        }
        if self.full {
            self.out.end_uncovered(map)?;
        }
        cursor::set(self.out.books.conn, &map.kind, newest.as_deref(), self.horizon)
    }

    /// The rows of a kind that changed, and those that must be looked at again.
    fn changes(&mut self, map: &KindMap) -> Result<()> {
        let Some(changed) = &map.mapping.changed else { return self.all(map) };
        let source = self.source;
        let mut newest = cursor::get(self.out.books.conn, &map.kind)?;
        let mut seen = HashSet::new();
        let since = cursor::since(newest.as_deref(), source.overlap_minutes);
        let wanted = Rows::Changed { changed, since: since.as_deref() };
        source.database().rows(&map.mapping.sql, &map.columns, wanted, &mut |row| {
            newest = newest.take().max(map.changed(row)?);
            self.one(map, row, &mut seen)
        })?;
        cursor::set(self.out.books.conn, &map.kind, newest.as_deref(), self.horizon)?;
        let mut keys: BTreeSet<String> =
            remember::to_try_again(self.out.books.conn, &map.kind, &self.out.books.consents)?;
        keys.extend(self.hidden.keys().filter(|(kind, _)| *kind == map.kind).map(|(_, key)| key.clone()));
        if let Some(table) = &map.mapping.table {
            keys.extend(self.revisit.items.iter().filter(|(t, _)| t == table).map(|(_, key)| key.clone()));
        }
        for key in keys.into_iter().filter(|k| !seen.contains(k)).collect::<Vec<_>>() {
            let mut met = false;
            let wanted = Rows::With { column: map.mapping.key_column(), value: &key };
            source.database().rows(&map.mapping.sql, &map.columns, wanted, &mut |row| {
                // A collation may find others too.
                met |= map.key(row)? == key;
                self.one(map, row, &mut seen)
            })?;
            if !met {
                remember::no_longer_held(self.out.books.conn, &map.kind, &key)?;
                self.out.no_longer_withheld(map, &key)?;
                if let Some(gone) = remember::exported(self.out.books.conn, &map.kind, &key)? {
                    self.vanish(map, gone, GONE)?;
                }
            }
        }
        for case in &self.revisit.cases {
            let Some(column) = &map.mapping.case else { break };
            let wanted = Rows::With { column, value: case };
            source.database().rows(&map.mapping.sql, &map.columns, wanted, &mut |row| self.one(map, row, &mut seen))?;
        }
        Ok(())
    }

    fn count_row(&mut self) {
        self.rows += 1;
        progress::advance(self.bar, 1);
    }

    /// A row that is looked at by itself, unless it was before in this run.
    fn one(&mut self, map: &KindMap, row: &dyn Row, seen: &mut HashSet<String>) -> Result<()> {
        self.count_row();
        let row = Candidate::of(map, row, self.source, self.out.rules(), false)?;
        if !seen.insert(row.key.clone()) {
            return Ok(());
        }
        if let Some(why) = misfit(&row, None) {
            return self.hold(map, &row.key, &row, &Held::new(Class::Identity, why));
        }
        remember::no_longer_held(self.out.books.conn, &map.kind, &row.key)?;
        let known = remember::exported(self.out.books.conn, &map.kind, &row.key)?;
        self.visit(map, row, known)
    }

    fn visit(&mut self, map: &KindMap, row: Candidate, known: Option<Exported>) -> Result<()> {
        let visible = known.as_ref().is_some_and(|k| !k.retracted || k.goes_again());
        if !row.is_of_kind {
            self.out.no_longer_withheld(map, &row.key)?;
            return known.map_or(Ok(()), |k| self.vanish(map, k, "不再属于此类 no longer of this kind"));
        }
        let key = row.key.as_str();
        let withholding = self.withholding;
        if let Some(form) = withholding.in_force.covers(map.mapping.table.as_deref(), key, row.case.as_deref()) {
            self.counts(map).withheld += 1;
            if let Some(known) = known.filter(|_| visible) {
                self.out.retract(map, known, Because::form(form))?;
            }
            return self.out.withhold(map, key, form);
        }
        self.out.no_longer_withheld(map, key)?;
        if let Some(class) = row.kept_in {
            if let Some(known) = known.filter(|_| visible) {
                self.out.retract(map, known, Because::of(class.zh()))?;
            }
            return self.hold(map, key, &row, &Held::new(class, class.zh()));
        }
        if known.as_ref().is_some_and(|e| e.fingerprint == row.fingerprint)
            && !self.hidden.contains_key(&(map.kind.clone(), row.key.clone()))
            && !self.has_other_bytes(map, &row, known.as_ref())?
        {
            self.counts(map).unchanged += 1;
            return Ok(());
        }
        self.changed(map, row, known)
    }

    /// A row that is new or not what it was.
    fn changed(&mut self, map: &KindMap, mut row: Candidate, mut known: Option<Exported>) -> Result<()> {
        let rules = self.out.rules();
        let made = row.content.take().make(map, self.source, rules)?;
        let (mut found, seen) = match made {
            Ok(made) => made,
            Err(held) => return self.hold(map, &row.key, &row, &held),
        };
        let before = match &known {
            Some(known) => known.version,
            None => self.far_only.version(&map.kind, &found.record.id),
        };
        found.set_version(self.out.version_above(&map.kind, &row.key, before)?);
        let id = found.record.id.clone();
        let conn = self.out.books.conn;
        if !found.secrets.is_empty() {
            secrets::fill(conn, &map.login_key, &row.key, &found.secrets, &mut found.record)?;
            if let Err(e) = rules.catalogue.check_record(&found.record, Way::Up) {
                return self.hold(map, &row.key, &row, &Held::invalid(e.to_string()));
            }
        }
        let screened = self.screen.pass(map, &mut found, seen)?;
        let takes_back = match &screened {
            Ok((_, flagged)) => flagged.as_ref().filter(|h| h.class.takes_back()),
            Err(held) => Some(held).filter(|h| h.class.takes_back()),
        };
        if let Some(held) = takes_back
            && let Some(gone) = known.take_if(|k| !k.retracted || k.goes_again())
        {
            self.out.retract(map, gone, Because::of(&held.why))?;
            known = remember::exported(conn, &map.kind, &row.key)?;
            found.set_version(self.out.version_above(&map.kind, &row.key, found.record.version)?);
        }
        let (quality, flagged) = match screened {
            Ok(passed) => passed,
            Err(held) => return self.hold(map, &row.key, &row, &held),
        };
        let review = flagged.or_else(|| self.review(map, &row, known.as_ref()));
        match self.out.carry(map, &row.key, found, known, &row.fingerprint, (quality, review.as_ref()))? {
            Carried::Sent | Carried::Unchanged => self.far_only.forget(conn, &map.kind, &id),
            Carried::Drafted => review.map_or(Ok(()), |held| self.hold(map, &row.key, &row, &held)),
            Carried::Held(held) => self.hold(map, &row.key, &row, &held),
        }
    }

    /// Why a record that the scanner did not flag waits for reviewers, if it does.
    fn review(&self, map: &KindMap, row: &Candidate, known: Option<&Exported>) -> Option<Held> {
        let hidden = self.hidden.get(&(map.kind.clone(), row.key.clone()));
        if let Some(rule) = hidden
            && known.is_some_and(|k| k.fingerprint == row.fingerprint)
        {
            return Some(Held::new(Class::HiddenOutside, format!("外网暂缓 the second look outside hides it: {rule}")));
        }
        let why = "待审 the release rules want it approved before it leaves";
        self.clean_waits.then(|| Held::new(Class::AwaitingReview, why))
    }

    /// Whether a document has other bytes under the same length, time and inode. Only a full run reads it for that.
    fn has_other_bytes(&mut self, map: &KindMap, row: &Candidate, known: Option<&Exported>) -> Result<bool> {
        match (known.and_then(|k| k.document), &row.content) {
            (Some(sha256), Content::Row(columns)) if self.full => {
                self.out.has_other_bytes(map.document(columns, &self.source.documents)?, &sha256)
            }
            _ => Ok(false),
        }
    }

    /// A row that is no longer there, or no longer of this kind.
    fn vanish(&mut self, map: &KindMap, gone: Exported, why: &str) -> Result<()> {
        let approval = self.revisit.approval(map.mapping.table.as_deref(), &gone.key);
        self.out.vanish(map, gone, Because::deleted(approval, why))
    }

    fn counts(&mut self, map: &KindMap) -> &mut Counts {
        self.out.counts(map)
    }

    fn hold(&mut self, map: &KindMap, key: &str, row: &Candidate, held: &Held) -> Result<()> {
        let who = (row.case.as_deref().unwrap_or_default(), row.person.as_deref().unwrap_or_default());
        remember::held(self.out.books.conn, &map.kind, key, held, who, self.out.books.now_s)?;
        if held.class.is_rule() {
            self.counts(map).kept_in += 1;
            return Ok(());
        }
        self.counts(map).held += 1;
        if self.out.books.collected.1.len() < HELD_NAMED_MAX {
            self.out.books.collected.1.push((map.kind.clone(), key.to_owned(), held.why.clone()));
        }
        Ok(())
    }
}

/// Why a row cannot be told from others by its key, if it cannot. `last` is the key before it, where they are in order.
fn misfit(row: &Candidate, last: Option<&str>) -> Option<&'static str> {
    let key = row.key.as_str();
    if key.is_empty() {
        Some("its key column is empty")
    } else if last == Some(key) {
        Some("another row has the same key")
    } else if last.is_some_and(|l| l > key) {
        Some("its key has control characters")
    } else if !row.is_found_again {
        Some("its key or case ends with spaces, or is binary: the mapping's SQL must trim or cast the column")
    } else {
        None
    }
}
