//! Every order of some batches, and every subset of them lost: the end is the same, and a gap is named exactly.

use crate::receiver::Series;

/// All orders of `items`, each once (Heap's algorithm).
fn orders(items: &mut [usize], count: usize, each: &mut dyn FnMut(&[usize])) {
    if count <= 1 {
        return each(items);
    }
    for n in 0..count {
        orders(items, count - 1, each);
        items.swap(if count.is_multiple_of(2) { n } else { 0 }, count - 1);
    }
}

#[test]
fn all_720_orders_of_six_batches_end_alike_and_every_gap_is_named_exactly() {
    let series = Series::new(6);
    let mut whole = series.receiver();
    whole.take(&series.batches.iter().collect::<Vec<_>>());
    let expected = whole.end();
    assert_eq!((expected.shelf.len(), &expected.gaps), (7, &vec![]));
    let mut tried = 0;
    orders(&mut [0, 1, 2, 3, 4, 5], 6, &mut |order| {
        let mut receiver = series.receiver();
        for (n, batch) in order.iter().enumerate() {
            let pass = receiver.take(&[&series.batches[*batch]]);
            assert_eq!((pass.published, pass.quarantined), (1, 0), "{order:?}");
            let (here, newest) = (&order[..=n], order[..=n].iter().max().unwrap());
            let lacking: Vec<u64> = (0..*newest).filter(|b| !here.contains(b)).map(|b| b as u64 + 1).collect();
            assert_eq!(receiver.gaps(), lacking, "{order:?} after {n}");
        }
        assert_eq!(receiver.end(), expected, "{order:?}");
        tried += 1;
    });
    assert_eq!(tried, 720);
}

#[test]
fn all_1024_subsets_of_ten_lost_batches_are_named_exactly_and_closed_on_arrival() {
    let series = Series::new(11);
    let mut whole = series.receiver();
    whole.take(&series.batches.iter().collect::<Vec<_>>());
    let expected = whole.end();
    let (mut missed, mut false_gaps) = (0, 0);
    for subset in 0..1024_u32 {
        let is_dropped = |n: usize| n < 10 && subset & (1 << n) != 0;
        let (dropped, kept): (Vec<_>, Vec<_>) = (0..11).partition(|n| is_dropped(*n));
        let mut receiver = series.receiver();
        receiver.take(&kept.iter().map(|n| &series.batches[*n]).collect::<Vec<_>>());
        let (named, lost) = (receiver.gaps(), dropped.iter().map(|n| *n as u64 + 1).collect::<Vec<_>>());
        missed += lost.iter().filter(|n| !named.contains(n)).count();
        false_gaps += named.iter().filter(|n| !lost.contains(n)).count();
        // A second copy of what is here changes nothing of it.
        let doubled = receiver.take(&[&series.batches[10]]);
        assert_eq!((doubled.known, receiver.gaps()), (1, lost));
        receiver.take(&dropped.iter().map(|n| &series.batches[*n]).collect::<Vec<_>>());
        assert_eq!(receiver.end(), expected, "subset {subset:010b}");
    }
    assert_eq!((missed, false_gaps), (0, 0));
}
