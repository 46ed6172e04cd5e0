//! Limits the connections in total and from one network, and decides which one is closed for a new one.

use crate::portal::auth::caller::network;
use crate::portal::metrics::{self, Admission};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// Open connections at once.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// In total.
    pub total: usize,
    /// From one IPv4 address or one /64 of IPv6.
    pub per_network: usize,
}

/// The lowest is closed first. Connections without a completed request have the number of their admission.
type Rank = u64;
/// Idle connections that completed a request rank above them, by the time since when they are idle.
const IDLE: Rank = 1 << 62;
/// A connection with an open response is never closed for another.
const BUSY: Rank = Rank::MAX;

/// What table and connection share.
struct Slot {
    network: Option<IpAddr>,
    rank: AtomicU64,
    close: CancellationToken,
}

/// Requests only store a rank. All ranks are compared only when the server is full.
#[derive(Default)]
struct Table {
    admitted: u64,
    slots: HashMap<u64, Arc<Slot>>,
    networks: HashMap<IpAddr, usize>,
}

/// All open connections.
pub struct Connections {
    limits: ConnectionLimits,
    clock: AtomicU64,
    table: Mutex<Table>,
}

/// An open connection; dropping it frees its slot.
pub struct Connection {
    id: u64,
    all: Arc<Connections>,
    slot: Arc<Slot>,
}

/// Keeps a connection busy while a request is answered.
pub struct BusyGuard(Arc<Connection>);

impl Connections {
    /// No open connections.
    pub fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self { limits, clock: AtomicU64::new(0), table: Mutex::default() })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits a connection. Where its network or the server is full, the oldest one without a completed request is closed,
    /// then the one idle longest: silent connections must not keep visitors out. `None` when every connection is busy. A
    /// proxy has many visitors and no limit per network.
    pub fn admit(self: &Arc<Self>, address: IpAddr, is_proxy: bool) -> Option<Arc<Connection>> {
        let network = (!is_proxy).then(|| network(address));
        let mut table = self.table();
        let own = network.and_then(|n| table.networks.get(&n)).copied().unwrap_or(0);
        let evicted = if own >= self.limits.per_network {
            table.first(|slot| slot.network == network)
        } else if table.slots.len() >= self.limits.total {
            table.first(|_| true)
        } else {
            return Some(self.enter(&mut table, network));
        };
        let Some(id) = evicted else {
            metrics::admission(Admission::Refused);
            return None;
        };
        if let Some(slot) = table.remove(id) {
            metrics::admission(Admission::Evicted);
            slot.close.cancel();
        }
        Some(self.enter(&mut table, network))
    }

    fn enter(self: &Arc<Self>, table: &mut Table, network: Option<IpAddr>) -> Arc<Connection> {
        metrics::admission(Admission::Accepted);
        table.admitted += 1;
        let id = table.admitted;
        let slot = Arc::new(Slot { network, rank: AtomicU64::new(id), close: CancellationToken::new() });
        table.slots.insert(id, slot.clone());
        if let Some(network) = network {
            *table.networks.entry(network).or_default() += 1;
        }
        metrics::open_connections(table.slots.len());
        Arc::new(Connection { id, all: self.clone(), slot })
    }

    /// Closes every connection without an open response.
    pub fn close_idle(&self) {
        for slot in self.table().slots.values().filter(|slot| slot.rank.load(Ordering::SeqCst) != BUSY) {
            slot.close.cancel();
        }
    }
}

impl Table {
    /// The connection to close first among some; `None` where all are busy.
    fn first(&self, among: impl Fn(&Slot) -> bool) -> Option<u64> {
        let ranks = self.slots.iter().filter(|(_, slot)| among(slot));
        let ranks = ranks.map(|(id, slot)| (slot.rank.load(Ordering::SeqCst), *id));
        ranks.filter(|(rank, _)| *rank != BUSY).min().map(|(_, id)| id)
    }

    fn remove(&mut self, id: u64) -> Option<Arc<Slot>> {
        let slot = self.slots.remove(&id)?;
        if let Some(address) = slot.network
            && let Some(connections) = self.networks.get_mut(&address)
        {
            *connections -= 1;
            if *connections == 0 {
                self.networks.remove(&address);
            }
        }
        metrics::open_connections(self.slots.len());
        Some(slot)
    }
}

impl Connection {
    /// Cancelled when the connection is evicted.
    pub fn close(&self) -> &CancellationToken {
        &self.slot.close
    }

    /// A request starts; it ends when the guard is dropped.
    pub fn start_request(self: &Arc<Self>) -> BusyGuard {
        self.slot.rank.store(BUSY, Ordering::SeqCst);
        BusyGuard(self.clone())
    }
}

impl Drop for BusyGuard {
    fn drop(&mut self) {
        let since = self.0.all.clock.fetch_add(1, Ordering::SeqCst);
        self.0.slot.rank.store(IDLE | since, Ordering::SeqCst);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.all.table().remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn the_oldest_silent_connection_is_evicted_and_a_busy_one_never() {
        let all = Connections::new(ConnectionLimits { total: 3, per_network: 3 });
        let busy = all.admit(address(1), false).unwrap();
        let answer = busy.start_request();
        let (old, new) = (all.admit(address(2), false).unwrap(), all.admit(address(3), false).unwrap());
        let visitor = all.admit(address(4), false).unwrap();
        assert!(old.close().is_cancelled() && !new.close().is_cancelled() && !busy.close().is_cancelled());
        let (_one, _two) = (visitor.start_request(), new.start_request());
        assert!(all.admit(address(5), false).is_none(), "all are busy");
        drop(answer);
        assert!(all.admit(address(5), false).is_some(), "an idle one is evicted");
        assert!(busy.close().is_cancelled());
    }

    #[test]
    fn one_address_fills_only_its_own_slots() {
        let all = Connections::new(ConnectionLimits { total: 4, per_network: 2 });
        let other = all.admit(address(9), false).unwrap();
        let flood: Vec<_> = (0..50).map(|_| all.admit(address(1), false).unwrap()).collect();
        assert_eq!(flood.iter().filter(|c| !c.close().is_cancelled()).count(), 2);
        assert!(!other.close().is_cancelled());
        assert_eq!(all.table().slots.len(), 3);
        drop(flood);
        drop(other);
        let table = all.table();
        assert!(table.slots.is_empty() && table.networks.is_empty());
    }

    #[test]
    fn an_ipv6_household_has_one_limit_and_a_proxy_none() {
        let all = Connections::new(ConnectionLimits { total: 10, per_network: 1 });
        let first = all.admit("2001:db8::1".parse().unwrap(), false).unwrap();
        let _second = all.admit("2001:db8::2".parse().unwrap(), false).unwrap();
        assert!(first.close().is_cancelled());
        let proxied: Vec<_> = (0..5).map(|_| all.admit(address(1), true).unwrap()).collect();
        assert!(proxied.iter().all(|c| !c.close().is_cancelled()));
    }
}
