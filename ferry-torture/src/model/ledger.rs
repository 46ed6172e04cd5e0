//! A ledger as a value: the rows of the product's own tables, put into a database for one step and read out again.

use ferry_channel::ledger::migrations;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Tables that grow with every step and that no verdict reads. Without them, two ways to one state are one state.
const LEFT_OUT: [&str; 2] = ["ferry_audit", "ferry_peer_audit"];

/// A table with what reads and writes it.
struct Table {
    columns: usize,
    read: String,
    write: String,
    clear: String,
}

/// A database in memory in which steps are made; each thread has one.
struct Bench {
    conn: Connection,
    tables: Vec<Table>,
    /// What is in it now.
    loaded: Vec<Rows>,
}

/// The rows of one table.
type Rows = Arc<Vec<Vec<Cell>>>;

impl Bench {
    fn new() -> Self {
        let conn = migrations::in_memory();
        conn.set_prepared_statement_cache_capacity(512);
        let sql = "SELECT t.name, (SELECT count(*) FROM pragma_table_info(t.name)) FROM sqlite_master t
                   WHERE t.type = 'table' ORDER BY t.name";
        let mut tables: Vec<Table> = Vec::new();
        {
            let mut statement = conn.prepare(sql).unwrap();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let (name, columns): (String, usize) = (row.get(0).unwrap(), row.get(1).unwrap());
                if LEFT_OUT.contains(&name.as_str()) {
                    continue;
                }
                let order = ["1", "1, 2", "1, 2, 3"][columns.min(3) - 1];
                tables.push(Table {
                    columns,
                    read: format!("SELECT * FROM {name} ORDER BY {order}"),
                    write: format!("INSERT INTO {name} VALUES ({})", vec!["?"; columns].join(", ")),
                    clear: format!("DELETE FROM {name}"),
                });
            }
        }
        let loaded = vec![Arc::default(); tables.len()];
        Self { conn, tables, loaded }
    }

    /// Puts a ledger in, where another one is: table by table.
    fn fill(&mut self, ledger: &Ledger) {
        let empty = Rows::default();
        let tx = self.conn.unchecked_transaction().unwrap();
        for (at, table) in self.tables.iter().enumerate() {
            let (rows, loaded) = (ledger.rows.get(at).unwrap_or(&empty), &mut self.loaded[at]);
            if Arc::ptr_eq(rows, loaded) || rows.is_empty() && loaded.is_empty() {
                continue;
            }
            tx.prepare_cached(&table.clear).unwrap().execute([]).unwrap();
            let mut write = tx.prepare_cached(&table.write).unwrap();
            for row in rows.iter() {
                write.execute(params_from_iter(row.iter().map(|cell| &cell.0))).unwrap();
            }
            *loaded = rows.clone();
        }
        tx.commit().unwrap();
    }

    fn read(&mut self) -> Vec<Rows> {
        for (at, table) in self.tables.iter().enumerate() {
            let mut statement = self.conn.prepare_cached(&table.read).unwrap();
            let cells = |row: &rusqlite::Row<'_>| (0..table.columns).map(|n| row.get(n).map(Cell)).collect();
            let rows: Vec<Vec<Cell>> = statement.query_map([], cells).unwrap().collect::<Result<_, _>>().unwrap();
            // What did not change stays the same value, and is not written again.
            if rows != *self.loaded[at] {
                self.loaded[at] = Arc::new(rows);
            }
        }
        self.loaded.clone()
    }
}

thread_local! {
    /// One for each side: most steps of a side begin where another step of it began.
    static BENCH: [RefCell<Bench>; 2] = [RefCell::new(Bench::new()), RefCell::new(Bench::new())];
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
struct Cell(Value);

/// The ledger holds no floating point numbers.
impl Eq for Cell {}

impl Hash for Cell {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Value::Null => 0.hash(state),
            Value::Integer(n) => n.hash(state),
            Value::Real(n) => n.to_bits().hash(state),
            Value::Text(text) => text.hash(state),
            Value::Blob(bytes) => bytes.hash(state),
        }
    }
}

/// The rows of every table, in the order of the tables' names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ledger {
    bench: usize,
    rows: Vec<Rows>,
}

impl Ledger {
    /// The empty ledger of one of two sides.
    pub fn new(side: usize) -> Self {
        Self { bench: side, rows: Vec::new() }
    }

    /// Makes a step with the product's functions, and keeps what they wrote.
    pub fn step<T>(&mut self, act: impl FnOnce(&mut Connection) -> T) -> T {
        BENCH.with(|benches| {
            let mut bench = benches[self.bench].borrow_mut();
            bench.fill(self);
            let result = act(&mut bench.conn);
            self.rows = bench.read();
            result
        })
    }

    /// Asks something with the product's functions.
    pub fn ask<T>(&self, question: impl FnOnce(&Connection) -> T) -> T {
        BENCH.with(|benches| {
            let mut bench = benches[self.bench].borrow_mut();
            bench.fill(self);
            question(&bench.conn)
        })
    }
}
