//! How many connections there are, in all and from one network, and which of them gives way to a newcomer.

use crate::portal::server::metrics::{self, Admission};
use crate::portal::server::client_ip::network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
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

/// Who gives way first: the lowest. Those that have not completed a request have the number of their admission.
type Rank = u64;
/// Those that completed one and are silent lie above, with the time since when.
const IDLE: Rank = 1 << 62;
/// A request is being answered: it never gives way.
const BUSY: Rank = Rank::MAX;

/// What the table and the connection both know of it.
struct Place {
    network: Option<IpAddr>,
    rank: AtomicU64,
    close: CancellationToken,
}

/// Requests only store a rank: whoever needs a place looks at all of them, which happens when the server is full.
#[derive(Default)]
struct Table {
    admitted: u64,
    places: HashMap<u64, Arc<Place>>,
    networks: HashMap<IpAddr, usize>,
}

/// All open connections.
pub struct Connections {
    bounds: Bounds,
    clock: AtomicU64,
    table: Mutex<Table>,
}

/// An open connection; dropping it gives its place back.
pub struct Connection {
    id: u64,
    all: Arc<Connections>,
    place: Arc<Place>,
}

/// A request that is being answered.
pub struct Busy(Arc<Connection>);

impl Connections {
    /// None yet.
    pub fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self { bounds, clock: AtomicU64::new(0), table: Mutex::default() })
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
        let own = network.and_then(|n| table.networks.get(&n)).copied().unwrap_or(0);
        let gives_way = if own >= self.bounds.per_network {
            table.first(|place| place.network == network)
        } else if table.places.len() >= self.bounds.total {
            table.first(|_| true)
        } else {
            return Some(self.enter(&mut table, network));
        };
        let Some(id) = gives_way else {
            metrics::admission(Admission::Refused);
            return None;
        };
        if let Some(place) = table.remove(id) {
            metrics::admission(Admission::Evicted);
            place.close.cancel();
        }
        Some(self.enter(&mut table, network))
    }

    fn enter(self: &Arc<Self>, table: &mut Table, network: Option<IpAddr>) -> Arc<Connection> {
        metrics::admission(Admission::Accepted);
        table.admitted += 1;
        let id = table.admitted;
        let place = Arc::new(Place { network, rank: AtomicU64::new(id), close: CancellationToken::new() });
        table.places.insert(id, place.clone());
        if let Some(network) = network {
            *table.networks.entry(network).or_default() += 1;
        }
        metrics::open_connections(table.places.len());
        Arc::new(Connection { id, all: self.clone(), place })
    }

    /// Closes every connection on which nothing is being answered.
    pub fn close_waiting(&self) {
        for place in self.table().places.values().filter(|place| place.rank.load(Ordering::SeqCst) != BUSY) {
            place.close.cancel();
        }
    }
}

impl Table {
    /// The one that gives way first among some; none where all are at work.
    fn first(&self, among: impl Fn(&Place) -> bool) -> Option<u64> {
        let ranks = self.places.iter().filter(|(_, place)| among(place));
        let ranks = ranks.map(|(id, place)| (place.rank.load(Ordering::SeqCst), *id));
        ranks.filter(|(rank, _)| *rank != BUSY).min().map(|(_, id)| id)
    }

    fn remove(&mut self, id: u64) -> Option<Arc<Place>> {
        let place = self.places.remove(&id)?;
        if let Some(address) = place.network
            && let Some(connections) = self.networks.get_mut(&address)
        {
            *connections -= 1;
            if *connections == 0 {
                self.networks.remove(&address);
            }
        }
        metrics::open_connections(self.places.len());
        Some(place)
    }
}

impl Connection {
    /// Cancelled when it must give way.
    pub fn close(&self) -> &CancellationToken {
        &self.place.close
    }

    /// A request begins; it ends when what is given is dropped.
    pub fn begin(self: &Arc<Self>) -> Busy {
        self.place.rank.store(BUSY, Ordering::SeqCst);
        Busy(self.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let since = self.0.all.clock.fetch_add(1, Ordering::SeqCst);
        self.0.place.rank.store(IDLE | since, Ordering::SeqCst);
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
        assert!(old.close().is_cancelled() && !new.close().is_cancelled() && !busy.close().is_cancelled());
        let (_one, _two) = (visitor.begin(), new.begin());
        assert!(all.admit(address(5), false).is_none(), "everyone is at work");
        drop(answer);
        assert!(all.admit(address(5), false).is_some(), "an idle one gives way");
        assert!(busy.close().is_cancelled());
    }

    #[test]
    fn one_address_fills_its_own_places_only() {
        let all = Connections::new(Bounds { total: 4, per_network: 2 });
        let other = all.admit(address(9), false).unwrap();
        let flood: Vec<_> = (0..50).map(|_| all.admit(address(1), false).unwrap()).collect();
        assert_eq!(flood.iter().filter(|c| !c.close().is_cancelled()).count(), 2);
        assert!(!other.close().is_cancelled());
        assert_eq!(all.table().places.len(), 3);
        drop(flood);
        drop(other);
        let table = all.table();
        assert!(table.places.is_empty() && table.networks.is_empty());
    }

    #[test]
    fn a_household_of_ipv6_is_one_network_and_a_proxy_none() {
        let all = Connections::new(Bounds { total: 10, per_network: 1 });
        let first = all.admit("2001:db8::1".parse().unwrap(), false).unwrap();
        let _second = all.admit("2001:db8::2".parse().unwrap(), false).unwrap();
        assert!(first.close().is_cancelled());
        let proxied: Vec<_> = (0..5).map(|_| all.admit(address(1), true).unwrap()).collect();
        assert!(proxied.iter().all(|c| !c.close().is_cancelled()));
    }
}
