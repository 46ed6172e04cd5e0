//! How many connections there are, in all and from one network, and which of them gives way to a newcomer.

use crate::portal::server::metrics::{self, Admission};
use crate::portal::server::peer::network;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// How many connections may be open.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// In all.
    pub total: usize,
    /// From one IPv4 address or one /64 of IPv6.
    pub per_network: usize,
}

/// What a connection is at, in the order in which they give way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// It has not completed a request yet.
    New,
    /// It completed one and is silent.
    Idle,
    /// A request is being answered: it never gives way.
    Busy,
}

/// Who gives way first: lower stages, then those that have been there for longer.
type Rank = (Stage, u64);

struct Entry {
    network: Option<IpAddr>,
    rank: Rank,
    close: CancellationToken,
}

#[derive(Default)]
struct Network {
    connections: usize,
    waiting: BTreeSet<(Rank, u64)>,
}

#[derive(Default)]
struct Table {
    clock: u64,
    entries: HashMap<u64, Entry>,
    waiting: BTreeSet<(Rank, u64)>,
    networks: HashMap<IpAddr, Network>,
}

/// All open connections.
pub struct Connections {
    bounds: Bounds,
    table: Mutex<Table>,
}

/// An open connection; dropping it gives its place back.
pub struct Connection {
    id: u64,
    all: Arc<Connections>,
    /// Cancelled when it must give way.
    pub close: CancellationToken,
}

/// A request that is being answered.
pub struct Busy(Arc<Connection>);

impl Connections {
    /// None yet.
    pub fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self { bounds, table: Mutex::default() })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a connection in. Where its network or the server is full, the one that has waited longest without a
    /// completed request gives way, then the one that has been idle longest: silence must not keep a visitor out.
    /// `None` when every connection is at work. A proxy speaks for many and has no bound of its own.
    pub fn admit(self: &Arc<Self>, address: IpAddr, is_proxy: bool) -> Option<Arc<Connection>> {
        let network = (!is_proxy).then(|| network(address));
        let mut table = self.table();
        let own = network.and_then(|n| table.networks.get(&n));
        let gives_way = if own.is_some_and(|own| own.connections >= self.bounds.per_network) {
            own.and_then(|own| own.waiting.first())
        } else if table.entries.len() >= self.bounds.total {
            table.waiting.first()
        } else {
            return Some(self.enter(&mut table, network));
        };
        let Some((_, id)) = gives_way.copied() else {
            metrics::admission(Admission::Refused);
            return None;
        };
        if let Some(entry) = table.remove(id) {
            metrics::admission(Admission::Evicted);
            entry.close.cancel();
        }
        Some(self.enter(&mut table, network))
    }

    fn enter(self: &Arc<Self>, table: &mut Table, network: Option<IpAddr>) -> Arc<Connection> {
        metrics::admission(Admission::Accepted);
        table.clock += 1;
        let (id, close) = (table.clock, CancellationToken::new());
        let rank = (Stage::New, id);
        table.entries.insert(id, Entry { network, rank, close: close.clone() });
        table.waiting.insert((rank, id));
        if let Some(network) = network {
            let network = table.networks.entry(network).or_default();
            network.connections += 1;
            network.waiting.insert((rank, id));
        }
        metrics::open_connections(table.entries.len());
        Arc::new(Connection { id, all: self.clone(), close })
    }

    /// Closes every connection on which nothing is being answered.
    pub fn close_waiting(&self) {
        let mut table = self.table();
        while let Some((_, id)) = table.waiting.first().copied() {
            match table.remove(id) {
                Some(entry) => entry.close.cancel(),
                None => break,
            }
        }
    }
}

impl Table {
    fn remove(&mut self, id: u64) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        self.waiting.remove(&(entry.rank, id));
        if let Some(address) = entry.network
            && let Some(network) = self.networks.get_mut(&address)
        {
            network.waiting.remove(&(entry.rank, id));
            network.connections -= 1;
            if network.connections == 0 {
                self.networks.remove(&address);
            }
        }
        metrics::open_connections(self.entries.len());
        Some(entry)
    }

    fn move_to(&mut self, id: u64, stage: Stage) {
        self.clock += 1;
        let rank = (stage, self.clock);
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let old = std::mem::replace(&mut entry.rank, rank);
        let network = entry.network.and_then(|n| self.networks.get_mut(&n));
        for waiting in std::iter::once(&mut self.waiting).chain(network.map(|n| &mut n.waiting)) {
            waiting.remove(&(old, id));
            if stage != Stage::Busy {
                waiting.insert((rank, id));
            }
        }
    }
}

impl Connection {
    /// A request begins; it ends when what is given is dropped.
    pub fn begin(self: &Arc<Self>) -> Busy {
        self.all.table().move_to(self.id, Stage::Busy);
        Busy(self.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.all.table().move_to(self.0.id, Stage::Idle);
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
    fn the_oldest_silent_connection_gives_way_and_a_busy_one_never() {
        let all = Connections::new(Bounds { total: 3, per_network: 3 });
        let busy = all.admit(address(1), false).unwrap();
        let answer = busy.begin();
        let (old, new) = (all.admit(address(2), false).unwrap(), all.admit(address(3), false).unwrap());
        let visitor = all.admit(address(4), false).unwrap();
        assert!(old.close.is_cancelled() && !new.close.is_cancelled() && !busy.close.is_cancelled());
        let (_one, _two) = (visitor.begin(), new.begin());
        assert!(all.admit(address(5), false).is_none(), "everyone is at work");
        drop(answer);
        assert!(all.admit(address(5), false).is_some(), "an idle one gives way");
        assert!(busy.close.is_cancelled());
    }

    #[test]
    fn one_address_fills_its_own_places_only() {
        let all = Connections::new(Bounds { total: 4, per_network: 2 });
        let other = all.admit(address(9), false).unwrap();
        let flood: Vec<_> = (0..50).map(|_| all.admit(address(1), false).unwrap()).collect();
        assert_eq!(flood.iter().filter(|c| !c.close.is_cancelled()).count(), 2);
        assert!(!other.close.is_cancelled());
        assert_eq!(all.table().entries.len(), 3);
        drop(flood);
        drop(other);
        let table = all.table();
        assert!(table.entries.is_empty() && table.waiting.is_empty() && table.networks.is_empty());
    }

    #[test]
    fn a_household_of_ipv6_is_one_network_and_a_proxy_none() {
        let all = Connections::new(Bounds { total: 10, per_network: 1 });
        let first = all.admit("2001:db8::1".parse().unwrap(), false).unwrap();
        let _second = all.admit("2001:db8::2".parse().unwrap(), false).unwrap();
        assert!(first.close.is_cancelled());
        let proxied: Vec<_> = (0..5).map(|_| all.admit(address(1), true).unwrap()).collect();
        assert!(proxied.iter().all(|c| !c.close.is_cancelled()));
    }
}
