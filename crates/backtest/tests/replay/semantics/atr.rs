//! The average true range.

use highwater_market::Direction::Long;

use super::{FLAT, no_levels};

#[test]
fn the_average_true_range_begins_with_a_mean() {
    // True ranges of days 0 to 3: 8 (its own range, since no close is before it), 4, 16 (from the close of 104 down to 88),
    // and 2.
    let days = [
        (0, [100.0, 104.0, 96.0, 100.0]),
        (1, [100.0, 104.0, 100.0, 104.0]),
        (2, [90.0, 92.0, 88.0, 90.0]),
        (3, [90.0, 91.0, 89.0, 90.0]),
        (4, FLAT),
        (5, FLAT),
    ];
    let stop = |entry: i64, bars: usize| {
        let outcome = no_levels()
            .plan(
                "[exit]\n",
                &format!("[exit]\natr_bars = {bars}\nstop = {{ distance = \"1 atr\" }}\n"),
            )
            .asset_on("A", &days)
            .event(entry, Long)
            .run();
        let first = outcome.trades.first();
        first.map(|trade| trade.entry_price - trade.stop_price.unwrap())
    };
    // Over two: the mean of 8 and 4, then half of the one before and half of the new one.
    assert_eq!(stop(1, 2), None, "one bar is too few");
    assert_eq!(stop(2, 2), Some(6.0));
    assert_eq!(stop(3, 2), Some(11.0));
    assert_eq!(stop(4, 2), Some(6.5));
    // Over four: the mean of all.
    assert_eq!(stop(3, 4), None);
    assert_eq!(stop(4, 4), Some(7.5));
    // Over one: the last true range.
    assert_eq!(stop(1, 1), Some(8.0));
    assert_eq!(stop(4, 1), Some(2.0));
}
