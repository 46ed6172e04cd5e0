//! A run of changes: the rows of a kind that changed, and those that must be checked again although they did not.

use crate::export::collector::{Collector, identity_problem, order_problem};
use crate::export::row::SourceRow;
use crate::export::scope::Scope;
use crate::source::database::{Database, Rows};
use crate::source::documents::OpenDocument;
use crate::source::mapping::KindMapping;
use crate::store::cursor::Window;
use crate::store::hold::Hold;
use crate::store::{document_files, exported, held, held_retractions};
use ferry_format::reason::ReasonCode;
use ferry_io::error::Result;
use std::collections::{BTreeSet, HashSet};

/// Rows of a window that are visited together.
const PENDING_ROWS: usize = 500;

/// Rows of one run of changes.
#[derive(Default)]
struct Seen {
    /// Keys that were visited.
    keys: HashSet<String>,
    /// Keys that several rows have.
    repeated: HashSet<String>,
}

/// Adds the keys that several of these rows have.
fn repeated_among(rows: &mut [SourceRow], repeated: &mut HashSet<String>) {
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    repeated.extend(rows.windows(2).filter(|pair| pair[0].key == pair[1].key).map(|pair| pair[0].key.clone()));
}

impl Collector<'_> {
    /// Reads the rows of a kind that changed, and those that must be checked again.
    pub(super) fn changed_rows(&mut self, map: &KindMapping) -> Result<()> {
        let Some(changed) = &map.config.changed else { return self.all_rows(map) };
        let (source, conn) = (self.source, self.stage.commit.conn);
        let mut window = Window::open(conn, &map.kind, source.overlap_minutes, &source.zone)?;
        let since = window.since();
        let mut seen = Seen::default();
        let mut pending = Vec::new();
        let wanted = Rows::Changed { changed, since };
        let database = source.database();
        database.rows(&map.config.sql, &map.columns, wanted, &mut |row| {
            let changed = map.changed(row)?;
            if window.is_before(changed.as_deref()) {
                return Ok(());
            }
            window.read(changed.as_deref());
            self.count_row();
            let row = SourceRow::read(map, row, source, self.stage.rules(), false)?;
            if !seen.keys.insert(row.key.clone()) {
                seen.repeated.insert(row.key.clone());
                let problem = order_problem(&row, None).or_else(|| identity_problem(&row));
                return self.hold(map, &row, Hold::identity(problem.unwrap_or(ReasonCode::KeyTaken)));
            }
            pending.push(row);
            if pending.len() == PENDING_ROWS {
                self.visit_pending(&**database, map, &mut pending, &mut seen)
            } else {
                Ok(())
            }
        })?;
        self.visit_pending(&**database, map, &mut pending, &mut seen)?;
        drop(database);
        self.close(window)?;
        let keys: Vec<String> = self.keys_to_recheck(map)?.into_iter().filter(|k| !seen.keys.contains(k)).collect();
        for key in keys {
            self.recheck_key(map, &key, &mut seen)?;
        }
        let Some(column) = &map.config.case else { return Ok(()) };
        let cases: Vec<String> = self.recheck.cases.iter().chain(&self.stage.commit.retracted_cases).cloned().collect();
        for case in cases {
            let mut rows = self.rows_with(map, column, &case)?;
            repeated_among(&mut rows, &mut seen.repeated);
            for row in rows {
                self.visit_once(map, row, &mut seen)?;
            }
        }
        Ok(())
    }

    /// Visits rows of the window. Another row with the key of one of them may lie outside it: only rows that would change
    /// something are worth the question.
    fn visit_pending(
        &mut self,
        database: &dyn Database,
        map: &KindMapping,
        pending: &mut Vec<SourceRow>,
        seen: &mut Seen,
    ) -> Result<()> {
        let conn = self.stage.commit.conn;
        let mut changing = Vec::new();
        for row in pending.iter().filter(|row| row.has_readable_key) {
            let changes = match exported::get(conn, &map.kind, &row.key)? {
                Some(known) => known.fingerprint != row.fingerprint || known.retracted,
                None => row.is_of_kind,
            };
            if changes {
                changing.push(row.key.clone());
            }
        }
        if !changing.is_empty() {
            let key = map.config.key_column();
            seen.repeated.extend(database.repeated_keys(&map.config.sql, &map.columns, key, &changing)?);
        }
        pending.drain(..).try_for_each(|row| self.visit_seen(map, row, seen))
    }

    /// The rows that have a value in a column. A collation of the platform may find others too.
    fn rows_with(&mut self, map: &KindMapping, column: &str, value: &str) -> Result<Vec<SourceRow>> {
        let (source, rules) = (self.source, self.stage.rules());
        let mut rows = Vec::new();
        source.database().rows(&map.config.sql, &map.columns, Rows::With { column, value }, &mut |row| {
            rows.push(SourceRow::read(map, row, source, rules, false)?);
            Ok(())
        })?;
        rows.iter().for_each(|_| self.count_row());
        Ok(rows)
    }

    fn keys_to_recheck(&self, map: &KindMapping) -> Result<BTreeSet<String>> {
        let commit = &self.stage.commit;
        let case_kind = &commit.context.catalogue.roles.case;
        let mut keys = held::keys_to_recheck(commit.conn, &map.kind, case_kind, &commit.consents)?;
        keys.extend(held_retractions::of_kind(commit.conn, &map.kind)?.into_keys());
        if map.kind != *case_kind && !commit.retracted_cases.is_empty() {
            let mut of_cases = self.keys_of_retracted.borrow_mut();
            let of_cases = match &mut *of_cases {
                Some(known) => known,
                none => none.insert(exported::keys_of_cases(commit.conn, commit.retracted_cases.iter())?),
            };
            keys.extend(of_cases.remove(&map.kind).unwrap_or_default());
        }
        let files = if self.compares_files { document_files::published(commit.conn, &map.kind)? } else { Vec::new() };
        for file in files {
            let is_same =
                |opened: OpenDocument| opened.state.length_and_time() == (file.bytes, i128::from(file.modified_ns));
            if !self.source.documents.document(&file.path)?.is_ok_and(is_same) {
                keys.insert(file.key);
            }
        }
        keys.extend(self.hidden_outside.keys().filter(|(kind, _)| *kind == map.kind).map(|(_, key)| key.clone()));
        if let Some(table) = &map.config.table {
            keys.extend(self.recheck.items.iter().filter(|(t, _)| t == table).map(|(_, key)| key.clone()));
        }
        Ok(keys)
    }

    fn recheck_key(&mut self, map: &KindMapping, key: &str, seen: &mut Seen) -> Result<()> {
        let mut rows = self.rows_with(map, map.config.key_column(), key)?;
        let is_there = rows.iter().any(|row| row.key == key);
        repeated_among(&mut rows, &mut seen.repeated);
        for row in rows {
            self.visit_once(map, row, seen)?;
        }
        if is_there {
            return Ok(());
        }
        let conn = self.stage.commit.conn;
        if self.scope == Scope::Everything {
            held::set_aside(conn, &map.kind, key)?;
        }
        self.stage.end_withholding(map, key)?;
        match exported::get(conn, &map.kind, key)? {
            Some(known) => self.remove(map, known, ReasonCode::Gone),
            None => Ok(()),
        }
    }

    /// A row of a run of changes, unless this run has seen it already.
    fn visit_once(&mut self, map: &KindMapping, row: SourceRow, seen: &mut Seen) -> Result<()> {
        if seen.keys.insert(row.key.clone()) { self.visit_seen(map, row, seen) } else { Ok(()) }
    }

    fn visit_seen(&mut self, map: &KindMapping, mut row: SourceRow, seen: &Seen) -> Result<()> {
        row.is_repeated = seen.repeated.contains(&row.key);
        if let Some(code) = order_problem(&row, None).or_else(|| identity_problem(&row)) {
            return self.hold(map, &row, Hold::identity(code));
        }
        if self.scope == Scope::Everything {
            held::set_aside(self.stage.commit.conn, &map.kind, &row.key)?;
        }
        let known = exported::get(self.stage.commit.conn, &map.kind, &row.key)?;
        self.visit(map, row, known)
    }
}
