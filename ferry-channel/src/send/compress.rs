//! Packing blocks of records on a second core: compression and digests need no key and no order; sealing needs both.

use crate::ledger::state_root::ended;
use ferry_format::Result as FormatResult;
use ferry_format::record::{PackedBlock, RecordBlock};
use ferry_io::error::Result;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// What a block holds: records of one kind, flagged for one reason or for none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The kind.
    pub kind: String,
    /// Why the scanner flagged them; empty where it did not.
    pub reason: String,
}

/// One packing thread, started with the first block. Blocks come back in the order in which they were given.
#[derive(Default)]
pub struct Packer {
    thread: Option<Thread>,
    under_way: usize,
}

struct Thread {
    give: Sender<(Label, RecordBlock)>,
    take: Receiver<(Label, FormatResult<PackedBlock>)>,
    handle: JoinHandle<()>,
}

impl Packer {
    /// Gives a block.
    pub fn give(&mut self, label: Label, block: RecordBlock) -> Result<()> {
        let thread = self.thread.get_or_insert_with(Thread::start);
        self.under_way += 1;
        thread.give.send((label, block)).map_err(|_| ended())
    }

    /// Takes the oldest block, once more than `most` are under way; waits for it.
    pub fn take(&mut self, most: usize) -> Result<Option<(Label, PackedBlock)>> {
        let Some(thread) = self.thread.as_ref().filter(|_| self.under_way > most) else { return Ok(None) };
        let (label, packed) = thread.take.recv().map_err(|_| ended())?;
        self.under_way -= 1;
        Ok(Some((label, packed?)))
    }
}

impl Drop for Packer {
    fn drop(&mut self) {
        if let Some(Thread { give, take, handle }) = self.thread.take() {
            drop((give, take));
            // It ends with its channel; a panic of it was seen where its block was missing.
            let _ = handle.join();
        }
    }
}

impl Thread {
    fn start() -> Self {
        let (give, blocks) = channel::<(Label, RecordBlock)>();
        let (back, take) = channel();
        let handle = std::thread::spawn(move || {
            for (label, block) in blocks {
                if back.send((label, block.pack())).is_err() {
                    return;
                }
            }
        });
        Self { give, take, handle }
    }
}
