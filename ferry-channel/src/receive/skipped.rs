//! What a pass leaves where it lies, and why: said in `status`, in few lines however many files there are.

use ferry_io::errln;
use ferry_io::error::Result;
use rusqlite::{Connection, params};
use serde::Serialize;
use std::collections::BTreeMap;

/// Why a file stays in the received folder. The texts are those of `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A link, folder, pipe, socket or device.
    NoFile,
    /// Its name says that a transfer tool still writes it.
    Unfinished,
    /// It cannot be read.
    Unreadable,
    /// It may not be moved away.
    Fixed,
    /// No batch, and too long or one too many to be kept as evidence.
    Foreign,
    /// Not looked at, because there are too many; the next pass goes on.
    Later,
}

impl Reason {
    fn text(self) -> &'static str {
        match self {
            Self::NoFile => "不是普通文件 no regular file",
            Self::Unfinished => "名称表明尚未传完 unfinished by its name",
            Self::Unreadable => "无法读取 unreadable",
            Self::Fixed => "被拒收但无法移走 refused, and this folder is read-only",
            Self::Foreign => "不是批次，请清理该目录 no batch; clear the folder",
            Self::Later => "数量过多，下一轮处理 too many for one pass",
        }
    }
}

/// Files that were left for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Why.
    pub reason: String,
    /// How many.
    pub files: u64,
    /// The name of one of them, made printable.
    pub example: String,
}

/// Counts of one pass.
#[derive(Clone, Debug, Default)]
pub struct Tally(BTreeMap<Reason, (u64, String)>);

impl Tally {
    /// One more file.
    pub fn add(&mut self, reason: Reason, name: &str) {
        let (files, _) = self.0.entry(reason).or_insert_with(|| (0, name.to_owned()));
        *files += 1;
    }

    /// Keeps the counts in place of those of the pass before. A pass that finds the same writes nothing.
    pub fn keep(&self, conn: &Connection, channel: &str) -> Result<()> {
        let now: Vec<Left> = self
            .0
            .iter()
            .map(|(reason, (files, example))| Left {
                reason: reason.text().to_owned(),
                files: *files,
                example: example.clone(),
            })
            .collect();
        let before = of(conn, channel)?;
        if before.len() == now.len() && now.iter().all(|left| before.contains(left)) {
            return Ok(());
        }
        let tx = conn.unchecked_transaction()?;
        tx.execute("DELETE FROM ferry_skipped WHERE channel = ?1", [channel])?;
        for left in now {
            let row = params![channel, left.reason, left.files as i64, left.example];
            tx.execute("INSERT INTO ferry_skipped VALUES (?1, ?2, ?3, ?4)", row)?;
            errln!("left alone: {} files, such as {}: {}", left.files, left.example, left.reason);
        }
        Ok(tx.commit()?)
    }
}

/// What the newest pass left on a channel.
pub fn of(conn: &Connection, channel: &str) -> Result<Vec<Left>> {
    let sql = "SELECT reason, files, example FROM ferry_skipped WHERE channel = ?1 ORDER BY files DESC, reason";
    let mut statement = conn.prepare_cached(sql)?;
    let row =
        |r: &rusqlite::Row<'_>| Ok(Left { reason: r.get(0)?, files: r.get::<_, i64>(1)? as u64, example: r.get(2)? });
    Ok(statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?)
}
