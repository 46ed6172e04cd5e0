//! A channel that does what it likes: short parts of the long programmes `orders`, `subsets` and `days`.

use ferry_torture::channel::{Days, days, orders, subsets};

#[test]
fn some_orders_of_six_batches_end_alike_over_the_real_agents() {
    let outcome = orders(Some(6), 11);
    assert_eq!((outcome.tried, outcome.violations), (6, vec![]));
}

#[test]
fn some_subsets_of_ten_lost_batches_are_named_exactly_by_the_real_agents_and_closed() {
    let outcome = subsets(Some(8), 11);
    assert_eq!((outcome.tried, outcome.violations), (8, vec![]));
}

#[test]
fn after_days_of_a_bad_channel_nothing_is_lost_or_duplicated_and_every_receipt_is_settled_once() {
    let outcome = days(Days { bad: 8, honest: 4, courts: 2, cases: 5 }, 1, 1);
    assert_eq!((outcome.tried, outcome.violations), (1, vec![]));
}
