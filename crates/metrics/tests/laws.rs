//! The laws that the numbers obey, and the plain computations that they must equal.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "shared by the property tests"
)]
mod generate;

use generate::{cases, daily, doublings, market};
use highwater_metrics::{
    Convention, Merge, Push, ReturnKind, Stretch, Summary, SummaryFold, Terms, Undefined,
    Underwater, summary,
};
use proptest::prelude::*;

fn summed(returns: &[f64]) -> Summary {
    summary(returns, &Convention::empyrical(), daily())
}

/// Within `bound` relative to the greater of both, or the same reason.
fn close(a: Result<f64, Undefined>, b: Result<f64, Undefined>, bound: f64) -> bool {
    match (a, b) {
        (Ok(a), Ok(b)) => (a - b).abs() <= bound * a.abs().max(b.abs()),
        (a, b) => a == b,
    }
}

/// The value after each row, and 1 before the first.
fn values(returns: &[f64]) -> Vec<f64> {
    let mut values = vec![1.0];
    let mut value = 1.0;
    for row in returns {
        if !row.is_nan() {
            value *= 1.0 + row;
        }
        values.push(value);
    }
    values
}

/// Every pair of an earlier and a later value.
fn naive_max_drawdown(values: &[f64]) -> f64 {
    let mut deepest = 0.0_f64;
    for (at, peak) in values.iter().enumerate() {
        for trough in &values[at..] {
            deepest = deepest.min((trough - peak) / peak);
        }
    }
    deepest
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn any_cut_gives_the_same_numbers(
        returns in market(),
        cut in (0.0..1.0_f64, 0.0..1.0_f64),
    ) {
        let at = |share: f64| (share * returns.len() as f64) as usize;
        let (first, second) = (at(cut.0.min(cut.1)), at(cut.0.max(cut.1)));
        let terms = Terms::new(&Convention::empyrical(), daily());
        let a = Stretch::first(&terms).then(Stretch::of(&returns[..first], &terms));
        let b = Stretch::of(&returns[first..second], &terms);
        let c = Stretch::of(&returns[second..], &terms);
        let (left, right) = (a.then(b).then(c), a.then(b.then(c)));
        let whole = Stretch::first(&terms).then(Stretch::of(&returns, &terms));
        for joined in [left, right] {
            prop_assert_eq!(joined.count(), whole.count());
            prop_assert_eq!(joined.observed, whole.observed);
            prop_assert_eq!(joined.extremes, whole.extremes);
            prop_assert_eq!(joined.wins, whole.wins);
            prop_assert_eq!(joined.downside.below, whole.downside.below);
            for metric in highwater_metrics::CORE {
                let (found, expected) = (joined.value(metric, &terms), whole.value(metric, &terms));
                let (Ok(found), Ok(expected)) = (found, expected) else {
                    prop_assert_eq!(found, expected, "{}", metric.name);
                    continue;
                };
                let depth = whole.drawdown.max_drawdown().unwrap_or(-1.0).abs();
                let bound = match metric.name {
                    // Sums of positive terms.
                    "volatility" | "downside_deviation" => 1e-13 * expected,
                    // A growth cancels against 1, and the rest is divided by what may be a small fall.
                    "calmar" => 1e-12 * (1.0 + expected.abs()) / depth,
                    // A growth cancels against 1, a mean against others of its size.
                    _ => 1e-12 * (1.0 + expected.abs()),
                };
                prop_assert!(
                    (found - expected).abs() <= bound,
                    "{}: {found} is not {expected}", metric.name
                );
            }
        }
    }

    #[test]
    fn the_deepest_drawdown_is_that_of_all_pairs(returns in market()) {
        let found = summed(&returns);
        if found.observations == 0 {
            prop_assert_eq!(found.max_drawdown, Err(Undefined::TooFew { need: 1, have: 0 }));
            return Ok(());
        }
        let values = values(&returns);
        let expected = naive_max_drawdown(&values);
        prop_assert!((found.max_drawdown.unwrap() - expected).abs() < 1e-12);
        let Some(fall) = found.drawdown else {
            prop_assert_eq!(expected, 0.0);
            return Ok(());
        };
        // The rows that are named are rows between which it fell so far. Value `row + 1` follows row `row`.
        let peak = values[fall.peak.map_or(0, |row| row + 1)];
        let trough = values[fall.trough + 1];
        prop_assert!(((trough - peak) / peak - expected).abs() < 1e-12);
    }

    #[test]
    fn rows_of_the_deepest_drawdown_are_exact(returns in doublings()) {
        let found = summed(&returns);
        let values = values(&returns);
        let deepest = naive_max_drawdown(&values);
        let expected = (deepest < 0.0).then(|| {
            let depths: Vec<f64> = values
                .iter()
                .scan(0.0_f64, |peak, &value| {
                    *peak = peak.max(value);
                    Some((value - *peak) / *peak)
                })
                .collect();
            let trough = depths.iter().position(|&depth| depth == deepest).unwrap();
            let peak = (0..trough).rev().find(|&at| depths[at] == 0.0).unwrap();
            let recovery = (trough..values.len()).find(|&at| values[at] >= values[peak]);
            (peak, trough, recovery)
        });
        let row = |at: usize| at.checked_sub(1);
        let found = found.drawdown.map(|fall| (fall.peak, Some(fall.trough), fall.recovery));
        let expected = expected.map(|(peak, trough, recovery)| {
            // A missing row keeps the value; the row named is the observation that reached it.
            let observed = (0..=peak)
                .rev()
                .find(|&at| at == 0 || !returns[at - 1].is_nan())
                .unwrap();
            (row(observed), row(trough), recovery.and_then(row))
        });
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_drawdown_table_holds_the_deepest(returns in doublings()) {
        let mut underwater = Underwater::new(ReturnKind::Simple);
        returns.iter().for_each(|&row| underwater.push(row));
        let found = summed(&returns);
        let Ok(table) = underwater.drawdowns() else {
            prop_assert_eq!(found.observations, 0);
            return Ok(());
        };
        // The first of the deepest: `min_by` keeps the first of equals.
        let deepest = table.iter().copied().min_by(|a, b| a.depth.total_cmp(&b.depth));
        prop_assert_eq!(deepest, found.drawdown);
        // Drawdowns do not overlap, and each is under water from peak to recovery.
        for pair in table.windows(2) {
            prop_assert!(pair[0].recovery.is_some_and(|row| Some(row) <= pair[1].peak));
        }
        let (values, mut peak, mut under) = (values(&returns), 1.0_f64, 0);
        for (row, &value) in returns.iter().zip(&values[1..]) {
            peak = peak.max(value);
            under += usize::from(!row.is_nan() && value < peak);
        }
        prop_assert_eq!(underwater.periods_under_water(), Ok(under));
        // And a table written down goes on.
        let text = serde_json::to_string(&underwater).unwrap();
        prop_assert_eq!(serde_json::from_str::<Underwater>(&text).unwrap(), underwater);
    }

    #[test]
    fn the_drawdown_table_is_as_deep_as_the_summary(returns in market()) {
        let mut underwater = Underwater::new(ReturnKind::Simple);
        returns.iter().for_each(|&row| underwater.push(row));
        if let Ok(table) = underwater.drawdowns() {
            let deepest = table.iter().map(|fall| fall.depth).fold(0.0, f64::min);
            prop_assert!((summed(&returns).max_drawdown.unwrap() - deepest).abs() < 1e-12);
        }
    }

    #[test]
    fn doubling_every_return_doubles_the_deviations(returns in market()) {
        let (once, twice) = (summed(&returns), summed(&returns.iter().map(|row| 2.0 * row).collect::<Vec<_>>()));
        let doubled = |value: Result<f64, Undefined>| value.map(|value| 2.0 * value);
        prop_assert_eq!(twice.volatility, doubled(once.volatility));
        prop_assert_eq!(twice.downside_deviation, doubled(once.downside_deviation));
        prop_assert_eq!(twice.sharpe, once.sharpe);
        prop_assert_eq!(twice.sortino, once.sortino);
        prop_assert_eq!(twice.win_rate, once.win_rate);
        prop_assert_eq!(twice.best, doubled(once.best));
    }

    #[test]
    fn the_mirror_image_has_the_opposite_sharpe(returns in market()) {
        let (found, mirror) = (summed(&returns), summed(&returns.iter().map(|row| -row).collect::<Vec<_>>()));
        prop_assert_eq!(mirror.volatility, found.volatility);
        prop_assert_eq!(mirror.sharpe, found.sharpe.map(|sharpe| -sharpe));
        prop_assert_eq!(mirror.best, found.worst.map(|worst| -worst));
    }

    #[test]
    fn a_constant_added_to_every_return_changes_no_deviation(
        steps in prop::collection::vec(-500..500_i32, 2..600),
        shift in -1_000_000..1_000_000_i32,
    ) {
        // Sixteenths of a thousandth, exact in binary, and so are their differences.
        let rows = |shift: i32| steps.iter().map(|&step| f64::from(step + shift) / 16384.0).collect::<Vec<_>>();
        prop_assert_eq!(summed(&rows(shift)).volatility, summed(&rows(0)).volatility);
    }

    #[test]
    fn later_rows_take_nothing_back(returns in market(), later in market()) {
        let early = summed(&returns);
        let both = summed(&[returns, later].concat());
        if let (Ok(early_depth), Ok(depth)) = (early.max_drawdown, both.max_drawdown) {
            prop_assert!(depth <= early_depth);
            prop_assert!(both.best.unwrap() >= early.best.unwrap());
            prop_assert!(both.worst.unwrap() <= early.worst.unwrap());
        }
        if let (Some(fall), Some(whole)) = (early.drawdown, both.drawdown)
            && whole.depth == fall.depth && fall.recovery.is_some()
        {
            prop_assert_eq!(fall, whole);
        }
    }

    #[test]
    fn log_returns_give_the_value_of_simple_ones(returns in market()) {
        let logs: Vec<f64> = returns.iter().map(|row| libm::log1p(*row)).collect();
        let mut convention = Convention::empyrical();
        let simple = summary(&returns, &convention, daily());
        convention.returns = ReturnKind::Log;
        let log = summary(&logs, &convention, daily());
        let near = |a: Result<f64, Undefined>, b: Result<f64, Undefined>| match (a, b) {
            (Ok(a), Ok(b)) => (a - b).abs() <= 1e-11 * (1.0 + a.abs()),
            (a, b) => a == b,
        };
        prop_assert!(near(simple.total_return, log.total_return));
        prop_assert!(near(simple.max_drawdown, log.max_drawdown));
        prop_assert!(near(simple.cagr, log.cagr));
    }

    #[test]
    fn means_and_deviations_equal_the_textbook(returns in market()) {
        let found = summed(&returns);
        let rows: Vec<f64> = returns.into_iter().filter(|row| !row.is_nan()).collect();
        let n = rows.len() as f64;
        if rows.len() < 2 || rows.iter().all(|&row| row == rows[0]) {
            return Ok(());
        }
        let mean = rows.iter().sum::<f64>() / n;
        let variance = rows.iter().map(|row| (row - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let shortfall = rows.iter().map(|row| row.min(0.0).powi(2)).sum::<f64>() / n;
        prop_assert!(close(found.volatility, Ok((variance * 365.0).sqrt()), 1e-12));
        prop_assert!(close(found.downside_deviation, Ok((shortfall * 365.0).sqrt()), 1e-12));
        let sharpe = mean / variance.sqrt() * 365.0_f64.sqrt();
        prop_assert!((found.sharpe.unwrap() - sharpe).abs() < 1e-11 * (1.0 + sharpe.abs()));
        if shortfall > 0.0 {
            let sortino = mean / shortfall.sqrt() * 365.0_f64.sqrt();
            prop_assert!((found.sortino.unwrap() - sortino).abs() < 1e-11 * (1.0 + sortino.abs()));
        }
    }
}

#[test]
fn the_fold_is_read_at_any_time_without_being_changed() {
    let returns: Vec<f64> = (0..500).map(|i| f64::from(i % 11 - 5) / 64.0).collect();
    let convention = Convention::crypto();
    let mut fold = SummaryFold::new(&convention, daily());
    for (at, &row) in returns.iter().enumerate() {
        fold.push(row);
        assert_eq!(
            fold.summary(),
            summary(&returns[..=at], &convention, daily())
        );
    }
}
