//! Whatever the rows hold: a finite number or a reason, and no panic.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "shared by the property tests"
)]
mod generate;

use generate::{anything, cases, convention, daily};
use highwater_metrics::{
    Convention, Dates, PeriodsPerYear, Push, Summary, Undefined, Underwater, Window,
    log_returns_from_prices, returns_from_prices, summary, summary_between,
};
use proptest::prelude::*;

fn crypto(returns: &[f64]) -> Summary {
    summary(returns, &Convention::crypto(), daily())
}

/// One reason for every metric.
fn all(found: &Summary, reason: Undefined) {
    for (metric, value) in found.iter() {
        assert_eq!(value, Err(reason), "{}", metric.name);
    }
    assert_eq!(found.drawdown, None);
}

#[test]
fn nothing_has_no_metrics() {
    for rows in [&[][..], &[f64::NAN; 300]] {
        let found = crypto(rows);
        assert_eq!((found.observations, found.skipped), (0, rows.len()));
        for (metric, value) in found.iter() {
            assert!(
                matches!(value, Err(Undefined::TooFew { have: 0, .. })),
                "{}: {value:?}",
                metric.name
            );
        }
    }
}

#[test]
fn one_return_has_a_total_and_no_spread() {
    let found = crypto(&[0.25]);
    let few = Err(Undefined::TooFew { need: 2, have: 1 });
    assert_eq!(found.total_return, Ok(0.25));
    assert_eq!(
        (found.best, found.worst, found.win_rate),
        (Ok(0.25), Ok(0.25), Ok(1.0))
    );
    assert_eq!(
        (found.volatility, found.sharpe, found.sortino),
        (few, few, few)
    );
    assert_eq!((found.max_drawdown, found.drawdown), (Ok(0.0), None));
    assert_eq!(
        found.cagr,
        Err(Undefined::TooShort {
            need_days: 30.0,
            have_days: 1.0
        }),
        "a day is not compounded to a year"
    );
}

#[test]
fn an_infinite_row_is_named() {
    for infinity in [f64::INFINITY, f64::NEG_INFINITY] {
        let mut rows = vec![0.01; 200];
        rows[0] = f64::NAN;
        rows[150] = infinity;
        rows[170] = infinity;
        all(&crypto(&rows), Undefined::NonFinite { index: 150 });
    }
}

#[test]
fn a_loss_beyond_everything_is_ruin_and_named() {
    let mut rows = vec![0.01; 200];
    rows[140] = -1.25;
    rows[150] = -3.0;
    let found = crypto(&rows);
    let ruin = Err(Undefined::Ruin { index: 140 });
    assert_eq!((found.total_return, found.cagr), (ruin, ruin));
    assert_eq!((found.max_drawdown, found.calmar), (ruin, ruin));
    assert_eq!(found.drawdown, None);
    assert_eq!(
        found.worst,
        Ok(-3.0),
        "the returns themselves have their statistics"
    );
    assert!(found.sharpe.is_ok() && found.volatility.is_ok());
}

#[test]
fn a_loss_of_everything_is_a_drawdown_of_everything() {
    let mut rows = vec![0.5; 200];
    rows[140] = -1.0;
    let found = crypto(&rows);
    assert_eq!(found.total_return, Ok(-1.0));
    assert_eq!((found.cagr, found.calmar), (Ok(-1.0), Ok(-1.0)));
    let fall = found.drawdown.unwrap();
    assert_eq!((fall.depth, fall.peak, fall.trough), (-1.0, Some(139), 140));
    assert_eq!(fall.recovery, None, "nothing recovers from nothing");
}

#[test]
fn a_flat_series_does_not_vary() {
    for value in [0.0, 0.01, 1.0 / 3.0, -0.1, 1e-300] {
        let found = crypto(&[value; 1000]);
        assert_eq!(found.volatility, Ok(0.0), "{value}");
        assert_eq!(found.sharpe, Err(Undefined::ZeroVariance), "{value}");
    }
    assert_eq!(crypto(&[0.01; 100]).sortino, Err(Undefined::NoDownside));
    assert_eq!(crypto(&[0.01; 100]).calmar, Err(Undefined::NoDrawdown));
    assert_eq!(crypto(&[0.0; 100]).calmar, Err(Undefined::NoDrawdown));
}

#[test]
fn squares_too_small_for_a_double_are_not_called_flat() {
    let rows: Vec<f64> = (0..50).map(|i| f64::from(i % 3 - 1) * 1e-200).collect();
    let found = crypto(&rows);
    assert_eq!(found.sharpe, Err(Undefined::OutOfRange));
    assert_eq!(found.sortino, Err(Undefined::OutOfRange));
    assert_eq!(found.downside_deviation, Err(Undefined::OutOfRange));
}

#[test]
fn sums_too_great_for_a_double_are_out_of_range() {
    let found = crypto(&[1e300, 0.0, -0.5, 1e300, 2e300]);
    assert_eq!(found.volatility, Err(Undefined::OutOfRange));
    assert_eq!(found.total_return, Err(Undefined::OutOfRange));
    assert_eq!(found.best, Ok(2e300));
}

#[test]
fn growth_beyond_a_double_keeps_its_drawdown() {
    // 10,000 days of +10 % and a fall of a half near their end.
    let mut rows = vec![0.1; 10_000];
    rows[9_000] = -0.5;
    let found = crypto(&rows);
    assert_eq!(found.total_return, Err(Undefined::OutOfRange));
    let fall = found.drawdown.unwrap();
    assert!((fall.depth + 0.5).abs() < 1e-12);
    assert_eq!(
        (fall.peak, fall.trough, fall.recovery),
        (Some(8_999), 9_000, Some(9_008))
    );
    let expected = libm::expm1((9_999.0 * libm::log(1.1) - libm::log(2.0)) * 365.0 / 10_000.0);
    assert!((found.cagr.unwrap() / expected - 1.0).abs() < 1e-10);
}

#[test]
fn calendar_days_need_dates() {
    let ffn = Convention {
        years: highwater_metrics::Years::CalendarDays { per_year: 365.25 },
        min_days: 0.0,
        ..Convention::crypto()
    };
    let rows = [0.25; 4];
    assert_eq!(summary(&rows, &ffn, daily()).cagr, Err(Undefined::NoDates));
    let day = 86_400_000_000_i64;
    let dates = Dates {
        from: 0,
        until: 1461 * day,
    };
    let four_years = summary_between(&rows, dates, &ffn, daily()).cagr.unwrap();
    assert!((four_years - 0.25).abs() < 1e-15);
    let backwards = Dates {
        from: i64::MAX,
        until: i64::MIN,
    };
    assert_eq!(
        summary_between(&rows, backwards, &ffn, daily()).cagr,
        Err(Undefined::OutOfRange)
    );

    let mut fold = highwater_metrics::SummaryFold::new(&ffn, daily()).since(0);
    for row in 1..=4 {
        fold.push_at(row * 365 * day + day * i64::from(row == 4), 0.25);
    }
    assert_eq!(fold.summary().cagr, Ok(four_years));
}

#[test]
fn thirty_days_are_enough_for_a_year_at_every_timeframe() {
    let crypto = Convention::crypto();
    for per_day in [1.0, 24.0, 1440.0, 1.0 / 7.0, 1.0 / 3.0] {
        let per_year = crypto.periods_per_year(per_day).unwrap();
        let rows = vec![0.001; (30.0 * per_day).ceil() as usize];
        assert!(summary(&rows, &crypto, per_year).cagr.is_ok(), "{per_day}");
        let rows = &rows[..rows.len() - 1];
        let found = summary(rows, &crypto, per_year).cagr;
        assert!(
            matches!(found, Err(Undefined::TooShort { .. })),
            "{per_day}: {found:?}"
        );
    }
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn every_metric_is_finite_or_has_a_reason(
        returns in anything(),
        convention in convention(),
        per_year in prop_oneof![Just(1e-300), Just(1e300), Just(365.0), 0.1..1e6_f64],
        dates in any::<(i64, i64)>(),
    ) {
        let per_year = PeriodsPerYear::new(per_year).unwrap();
        let dates = Dates { from: dates.0, until: dates.1 };
        for found in [
            summary(&returns, &convention, per_year),
            summary_between(&returns, dates, &convention, per_year),
        ] {
            prop_assert!(found.observations + found.skipped <= returns.len());
            for (metric, value) in found.iter() {
                if let Ok(value) = value {
                    prop_assert!(value.is_finite(), "{} is {value}", metric.name);
                }
            }
            if let Ok(depth) = found.max_drawdown {
                prop_assert!((-1.0..=0.0).contains(&depth), "{depth}");
                prop_assert_eq!(found.drawdown.map_or(0.0, |fall| fall.depth), depth);
            }
            if let Some(fall) = found.drawdown {
                prop_assert!(fall.peak.is_none_or(|peak| peak < fall.trough));
                prop_assert!(fall.recovery.is_none_or(|row| row > fall.trough));
                prop_assert!(fall.fall_periods() >= 1);
            }
        }
    }

    #[test]
    fn the_table_and_the_returns_take_anything(
        rows in anything(),
        days in any::<u32>(),
        times in prop::collection::vec(any::<i64>(), 0..20),
        log in any::<bool>(),
    ) {
        let kind = if log { highwater_metrics::ReturnKind::Log } else { highwater_metrics::ReturnKind::Simple };
        let mut underwater = Underwater::new(kind);
        rows.iter().for_each(|&row| underwater.push(row));
        if let Ok(table) = underwater.drawdowns() {
            prop_assert!(table.iter().all(|fall| (-1.0..0.0).contains(&fall.depth)));
            prop_assert!((-1.0..=0.0).contains(&underwater.depth().unwrap()));
        }
        prop_assert_eq!(returns_from_prices(&rows).len(), rows.len().saturating_sub(1));
        prop_assert_eq!(log_returns_from_prices(&rows).len(), rows.len().saturating_sub(1));
        // Times out of order have no meaning, and no panic either.
        let range = Window::Days(days).returns(&times);
        prop_assert!(range.end <= times.len());
    }
}
