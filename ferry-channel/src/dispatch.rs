//! Copies released batches to the folder that the diode reads. Doing it twice is harmless.

use crate::audit;
use crate::durable;
use crate::failure::{CANNOT_CREATE, Failure, NO_INPUT, Result};
use crate::files;
use crate::outbox::Outlet;
use rusqlite::{Connection, params};
use std::path::Path;

/// Dispatches everything that is released, oldest first. Returns how many.
pub fn dispatch(conn: &Connection, outlet: &Outlet, now_s: i64) -> Result<u64> {
    durable::remove_unfinished(&outlet.sent)?;
    let sql =
        "SELECT epoch, sequence FROM ferry_out WHERE channel = ?1 AND state = 'released' ORDER BY epoch, sequence";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?));
    let due: Vec<_> = statement.query_map([outlet.channel.as_str()], row)?.collect::<rusqlite::Result<_>>()?;
    for (epoch, sequence) in &due {
        send(conn, outlet, *epoch, *sequence, "dispatch", now_s)?;
    }
    Ok(due.len() as u64)
}

/// Sends kept batches once more, the same bytes. Returns how many of `ranges` were still kept.
pub fn resend(conn: &Connection, outlet: &Outlet, ranges: &[(u64, u64)], now_s: i64) -> Result<u64> {
    let sql = "SELECT epoch, sequence FROM ferry_out WHERE channel = ?1 AND sequence BETWEEN ?2 AND ?3 AND file <> ''
                 AND epoch = (SELECT max(epoch) FROM ferry_out WHERE channel = ?1) AND state <> 'confirmed'";
    let mut sent = 0;
    for (from, to) in ranges {
        let mut statement = conn.prepare_cached(sql)?;
        let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?));
        let range = params![outlet.channel.as_str(), *from as i64, *to as i64];
        let due: Vec<_> = statement.query_map(range, row)?.collect::<rusqlite::Result<_>>()?;
        for (epoch, sequence) in &due {
            // A new file, so that a diode that remembers what it carried carries it again.
            let sent_before = outlet.sent.join(name_of(conn, outlet, *epoch, *sequence)?);
            match std::fs::remove_file(&sent_before) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(Failure::io(&sent_before, &e, true)),
                _ => send(conn, outlet, *epoch, *sequence, "resend", now_s)?,
            }
        }
        sent += due.len() as u64;
    }
    Ok(sent)
}

fn send(conn: &Connection, outlet: &Outlet, epoch: i64, sequence: i64, act: &str, now_s: i64) -> Result<()> {
    let channel = outlet.channel.as_str();
    let key = params![channel, epoch, sequence];
    let name = name_of(conn, outlet, epoch, sequence)?;
    let source = outlet.outbox.join(&name);
    if !source.exists() {
        let message = format!("{}: the outbox lost this batch", source.display());
        return Err(Failure::new(NO_INPUT, "FERRY-E0606", message, "restore the outbox from its backup"));
    }
    let target = outlet.sent.join(&name);
    match durable::copy_new(&source, &target, 0o644) {
        Err(f) if f.exit == CANNOT_CREATE && target.exists() => same_bytes(&source, &target)?,
        other => other?,
    }
    let sql = "UPDATE ferry_out SET state = 'dispatched' WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3
               AND state = 'released'";
    conn.execute(sql, key)?;
    audit::note(conn, now_s, "agent", act, &format!("{channel}/{epoch}/{sequence}"), &name)
}

fn name_of(conn: &Connection, outlet: &Outlet, epoch: i64, sequence: i64) -> Result<String> {
    let sql = "SELECT file FROM ferry_out WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    Ok(conn.query_row(sql, params![outlet.channel.as_str(), epoch, sequence], |r| r.get(0))?)
}

/// A copy that an interrupted run made is as good as a new one.
fn same_bytes(source: &Path, target: &Path) -> Result<()> {
    let digest = |path: &Path| {
        let mut hasher = blake3::Hasher::new();
        let file = files::open_regular(path)?;
        hasher.update_reader(file).map_err(|e| Failure::io(path, &e, false))?;
        Ok::<_, Failure>(hasher.finalize())
    };
    if digest(source)? == digest(target)? {
        return Ok(());
    }
    let message = format!("{}: another file stands in the way of this batch", target.display());
    Err(Failure::new(CANNOT_CREATE, "FERRY-E0607", message, "move that file away and run again"))
}
