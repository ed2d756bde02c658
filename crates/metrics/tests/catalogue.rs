//! The whole catalogue: whatever the rows hold, a finite number or a reason; the core as in a summary.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "shared by the property tests"
)]
mod generate;

use generate::{anything, beside, cases, daily, every_choice, market, trials};
use highwater_metrics::{
    AnnualMean, CATALOGUE, CORE, CashEvent, Convention, Dates, Every, Inputs, Kind, Measured,
    PeriodsPerYear, ReturnKind, Sample, Selection, Stamp, Stretch, TailModel, Terms, Trailing,
    Undefined, Unit, Valuation, VarBacktest, drawdowns, inference::Trials, log_from_simple,
    measure, measure_all, measure_all_inputs, measure_inputs, modified_dietz, month_table,
    nav_from_returns, resample, resample_between, returns_from_prices, returns_from_trades,
    simple_from_log, summary, summary_between, time_weighted_returns, trailing,
};
use proptest::prelude::*;

const DAY: i64 = 86_400_000_000;

fn dates(rows: usize) -> Dates {
    Dates {
        from: 0,
        until: rows as i64 * DAY,
    }
}

/// What must hold of any value: finite, and in the range that its unit and name promise.
fn check_range(name: &str, unit: Unit, value: f64) {
    assert!(value.is_finite(), "{name}: {value}");
    if unit == Unit::Periods {
        assert!(value >= 0.0, "{name}: {value}");
    }
    match name {
        "win_rate"
        | "decided_win_rate"
        | "exposure"
        | "time_under_water"
        | "stability"
        | "downside_frequency"
        | "upside_frequency"
        | "jarque_bera_p"
        | "risk_of_ruin"
        | "psr"
        | "dsr"
        | "probabilistic_momentum"
        | "r_squared"
        | "batting_average"
        | "up_batting_average"
        | "down_batting_average"
        | "up_number_ratio"
        | "down_number_ratio"
        | "up_percentage_ratio"
        | "down_percentage_ratio" => {
            assert!((0.0..=1.0).contains(&value), "{name}: {value}");
        }
        "max_drawdown" | "average_drawdown" | "current_drawdown" | "cdar_95" => {
            assert!((-1.0..=0.0).contains(&value), "{name}: {value}");
        }
        "ulcer_index"
        | "pain_index"
        | "volatility"
        | "mean_absolute_deviation"
        | "semi_deviation"
        | "upside_deviation"
        | "downside_deviation"
        | "downside_potential"
        | "upside_potential"
        | "omega"
        | "profit_factor"
        | "payoff_ratio"
        | "jarque_bera"
        | "tracking_error"
        | "systematic_risk"
        | "specific_risk"
        | "total_risk"
        | "fama_beta"
        | "sharpe_standard_error" => {
            assert!(value >= 0.0, "{name}: {value}");
        }
        "correlation" => assert!((-1.0..=1.0).contains(&value), "{name}: {value}"),
        _ => {}
    }
}

fn check_all(found: &Measured) {
    assert_eq!(found.values.len(), CATALOGUE.len());
    for (metric, value) in found.iter() {
        match value {
            Ok(value) => check_range(metric.name, metric.unit, value),
            Err(reason) => assert!(!reason.to_string().is_empty()),
        }
    }
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn nothing_panics_and_no_nan_leaves(
        returns in anything(),
        convention in every_choice(),
        dated in any::<bool>(),
        per_year in prop_oneof![Just(1e-300), Just(1e300), Just(365.0), 0.1..1e6_f64],
    ) {
        let dates = dated.then(|| dates(returns.len()));
        let per_year = PeriodsPerYear::new(per_year).unwrap();
        let found = measure(&returns, &Selection::all(), &convention, per_year, dates);
        check_all(&found);
        for (metric, value) in found.iter() {
            if metric.kind == Kind::Pairs {
                prop_assert_eq!(value, Err(Undefined::NoBenchmark), "{}", metric.name);
            }
        }
    }

    #[test]
    fn nothing_panics_beside_a_benchmark(
        (returns, benchmark) in anything().prop_flat_map(beside),
        convention in every_choice(),
        trials in trials(),
        dated in any::<bool>(),
        per_year in prop_oneof![Just(1e-300), Just(1e300), Just(365.0), 0.1..1e6_f64],
    ) {
        let per_year = PeriodsPerYear::new(per_year).unwrap();
        let inputs = Inputs {
            dates: dated.then(|| dates(returns.len())),
            benchmark: Some(&benchmark),
            trials,
            ..Inputs::of(&returns)
        };
        let found = measure_inputs(&inputs, &Selection::all(), &convention, per_year);
        check_all(&found);
        let alone = measure(&returns, &Selection::all(), &convention, per_year, inputs.dates);
        for ((metric, value), (_, alone)) in found.iter().zip(alone.iter()) {
            match metric.kind {
                Kind::Pairs if returns.len() != benchmark.len() => prop_assert_eq!(
                    value,
                    Err(Undefined::UnequalLengths { first: returns.len(), second: benchmark.len() })
                ),
                Kind::Pairs => {}
                _ if metric.name == "dsr" => prop_assert_eq!(trials.is_none(), value == Err(Undefined::NoTrials)),
                // What stands beside a series does not change the series.
                _ => prop_assert_eq!(format!("{value:?}"), format!("{alone:?}"), "{}", metric.name),
            }
        }
    }

    #[test]
    fn the_core_has_the_bytes_of_the_summary(
        returns in anything(),
        convention in every_choice(),
    ) {
        let plain = summary(&returns, &convention, daily());
        let dated = summary_between(&returns, dates(returns.len()), &convention, daily());
        for (summary, dates) in [(plain, None), (dated, Some(dates(returns.len())))] {
            for selection in [Selection::core(), Selection::all()] {
                let found = measure(&returns, &selection, &convention, daily(), dates);
                prop_assert_eq!(found.observations, summary.observations);
                prop_assert_eq!(found.skipped, summary.skipped);
                for ((metric, value), (of_summary, expected)) in found.iter().zip(summary.iter()) {
                    prop_assert_eq!(metric, of_summary);
                    prop_assert_eq!(format!("{value:?}"), format!("{expected:?}"));
                }
            }
        }
    }

    /// However a convention counts time, a series beside a benchmark has the growth rate that it has alone.
    #[test]
    fn growth_beside_money_under_the_mattress_is_growth(
        returns in anything(),
        convention in every_choice(),
        dated in any::<bool>(),
    ) {
        let convention = Convention { annual_mean: AnnualMean::Growth, ..convention };
        let mattress: Vec<f64> = returns.iter().map(|r| if r.is_nan() { *r } else { 0.0 }).collect();
        let inputs = Inputs {
            dates: dated.then(|| dates(returns.len())),
            benchmark: Some(&mattress),
            ..Inputs::of(&returns)
        };
        let names = Selection::named(["cagr", "active_return"]).unwrap();
        let found = measure_inputs(&inputs, &names, &convention, daily());
        match (found.values[0], found.values[1]) {
            (Ok(alone), Ok(beside)) => {
                prop_assert!((alone - beside).abs() <= 1e-9 * (1.0 + alone.abs()), "{alone}, {beside}");
            }
            // A block whose growth is beyond a double has no rate for the fold; pairs are taken row by row.
            (Err(Undefined::OutOfRange), _) => {}
            (alone, beside) => prop_assert_eq!(format!("{alone:?}"), format!("{beside:?}")),
        }
    }

    #[test]
    fn a_selection_has_the_values_of_the_whole(
        returns in market(),
        convention in every_choice(),
        picks in prop::collection::vec(0..CATALOGUE.len(), 0..8),
    ) {
        let all = measure(&returns, &Selection::all(), &convention, daily(), None);
        let names: Vec<&str> = picks.iter().map(|&at| CATALOGUE[at].name).collect();
        let chosen = Selection::named(&names).unwrap();
        let found = measure_all(&[&returns, &[], &returns], &chosen, &convention, daily(), None);
        prop_assert_eq!(format!("{:?}", found[0]), format!("{:?}", found[2]));
        for (&at, value) in picks.iter().zip(&found[0].values) {
            prop_assert_eq!(format!("{value:?}"), format!("{:?}", all.values[at]));
        }
    }

    #[test]
    fn tails_and_tables_stand_hostile_rows(
        returns in anything(),
        convention in every_choice(),
        p in prop_oneof![0.0..1.0_f64, Just(0.0), Just(1.0), Just(f64::NAN), Just(-1.0)],
        order in prop_oneof![0.0..6.0_f64, Just(f64::NAN), Just(-1.0), Just(f64::INFINITY)],
    ) {
        let terms = Terms::new(&convention, daily());
        let sample = Sample::new(&returns, &terms, None);
        let mut found = vec![
            sample.quantile(p),
            sample.expected_gain(p),
            sample.kappa(order),
            sample.lower_partial_moment(p, order),
            sample.upper_partial_moment(p, order),
            sample.autocorrelation(3),
        ];
        for model in [TailModel::Historical, TailModel::Gaussian, TailModel::CornishFisher] {
            found.push(sample.value_at_risk(p, model));
            found.push(sample.expected_shortfall(p, model));
        }
        if let Ok(tail) = sample.pareto_tail(p) {
            found.push(tail.value_at_risk(0.01));
            found.push(tail.expected_shortfall(0.01));
        }
        prop_assert!(found.iter().flatten().all(|value| value.is_finite()), "{found:?}");
        if let Ok(test) = VarBacktest::of(&returns, &returns, p) {
            prop_assert!((0.0..=1.0).contains(&test.christoffersen().p_value));
        }
        let table = drawdowns(&returns, convention.returns);
        for spell in table.iter().flatten() {
            prop_assert!((-1.0..0.0).contains(&spell.depth));
            prop_assert!(spell.periods(returns.len()) >= spell.fall_periods());
        }
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn calendars_stand_any_times_and_rows(
        returns in anything(),
        start in any::<i64>(),
        steps in prop::collection::vec(0..100 * DAY, 0..64),
        from in any::<i64>(),
        log in any::<bool>(),
        day in any::<bool>(),
    ) {
        let kind = if log { ReturnKind::Log } else { ReturnKind::Simple };
        let stamp = if day { Stamp::Day } else { Stamp::End };
        let times: Vec<i64> = steps
            .iter()
            .scan(start, |time, step| {
                *time = time.saturating_add(*step);
                Some(*time)
            })
            .collect();
        let rows = returns.len().min(times.len());
        let (returns, times) = (&returns[..rows], &times[..rows]);
        for every in [Every::Week, Every::Month, Every::Quarter, Every::Year] {
            let periods = resample(returns, times, stamp, every, kind).unwrap();
            prop_assert!(periods.windows(2).all(|pair| pair[0].first_day < pair[1].first_day));
            prop_assert_eq!(periods.iter().map(|period| period.rows.len()).sum::<usize>(), rows);
            let values = periods.iter().filter_map(|period| period.value.ok());
            prop_assert!(values.into_iter().all(f64::is_finite));
        }
        let table = month_table(returns, times, stamp, kind).unwrap();
        prop_assert!(table.windows(2).all(|pair| pair[0].year < pair[1].year));
        let windows = [Trailing::QuarterToDate, Trailing::Months(u32::MAX), Trailing::Months(0)];
        for windows in [&windows[..], &Trailing::TABLE] {
            let found = trailing(returns, times, from, stamp, kind, windows).unwrap();
            prop_assert!(found.iter().flatten().all(|value| value.is_finite()), "{found:?}");
        }
        let whole = resample_between(returns, times, &[i64::MIN, i64::MAX], kind).unwrap();
        prop_assert_eq!(whole.len(), 1);
        // Resampled and compounded again, the whole is the same.
        let years = resample(returns, times, stamp, Every::Year, kind).unwrap();
        let years: Vec<f64> = years.iter().map(|year| year.value.unwrap_or(f64::NAN)).collect();
        let (first, last) = (times.first().copied().unwrap_or(0), times.last().copied().unwrap_or(0));
        let ordinary = returns.iter().all(|r| r.is_nan() || r.abs() < 10.0);
        if let (Ok(whole), true) = (whole[0], ordinary && first > i64::MIN) {
            let again = resample_between(&years, &vec![last; years.len()], &[i64::MIN, last], kind).unwrap();
            if let Ok(again) = again[0] {
                prop_assert!((again - whole).abs() <= 1e-9 * (1.0 + whole.abs()), "{again} {whole}");
            }
        }
    }

    #[test]
    fn money_stands_anything(rows in anything(), capital in any::<f64>()) {
        let account: Vec<Valuation> = rows
            .chunks_exact(2)
            .map(|pair| Valuation { value: pair[0], flow: pair[1] })
            .collect();
        prop_assert_eq!(time_weighted_returns(&account).len(), account.len().saturating_sub(1));
        let events: Vec<CashEvent> = rows
            .iter()
            .map(|&row| if row > 0.0 { CashEvent::Flow { amount: row } } else { CashEvent::Trade { profit: row } })
            .collect();
        prop_assert!(returns_from_trades(capital, &events).len() <= rows.len());
        let flows: Vec<(f64, f64)> = rows.iter().map(|&row| (row.abs().min(1.0), row)).collect();
        if let Ok(value) = modified_dietz(capital, 1.0, &flows) {
            prop_assert!(value.is_finite());
        }
        prop_assert_eq!(nav_from_returns(&rows, ReturnKind::Simple).len(), rows.len());
        prop_assert_eq!(simple_from_log(&log_from_simple(&rows)).len(), rows.len());
    }

    #[test]
    fn returns_survive_the_way_through_nav_and_logs(rows in market()) {
        let nav = nav_from_returns(&rows, ReturnKind::Simple);
        let prices: Vec<f64> = std::iter::once(1.0)
            .chain(nav.iter().zip(&rows).map(|(&value, r)| if r.is_nan() { f64::NAN } else { value }))
            .collect();
        prop_assume!(nav.iter().all(|value| *value > 1e-200 && *value < 1e200));
        let again = returns_from_prices(&prices);
        let through_logs = simple_from_log(&log_from_simple(&rows));
        for ((r, again), log) in rows.iter().zip(again).zip(through_logs) {
            prop_assert_eq!(r.is_nan(), again.is_nan());
            prop_assert!(r.is_nan() || (r - again).abs() < 1e-15 * (2.0 + r.abs()) * 2.0);
            prop_assert!(r.is_nan() || (r - log).abs() < 1e-15 * (1.0 + r.abs()));
        }
    }
}

/// Every metric, of a series with a benchmark and trials.
fn all_of(returns: &[f64], benchmark: &[f64]) -> Measured {
    let inputs = Inputs {
        benchmark: Some(benchmark),
        trials: Some(Trials {
            count: 10.0,
            variance: 0.01,
        }),
        ..Inputs::of(returns)
    };
    measure_inputs(&inputs, &Selection::all(), &Convention::crypto(), daily())
}

#[test]
fn an_infinite_row_leaves_no_metric() {
    let (mut rows, calm) = (vec![0.01; 300], vec![0.01; 300]);
    rows[150] = f64::INFINITY;
    let infinite = Err(Undefined::NonFinite { index: 150 });
    for (metric, value) in all_of(&rows, &calm).iter() {
        assert_eq!(value, infinite, "{}", metric.name);
    }
    for (metric, value) in all_of(&calm, &rows).iter() {
        assert_eq!(
            value == infinite,
            metric.kind == Kind::Pairs,
            "{}",
            metric.name
        );
    }
}

#[test]
fn nothing_has_no_metrics() {
    for rows in [&[][..], &[f64::NAN; 300]] {
        for (metric, value) in all_of(rows, rows).iter() {
            assert!(
                matches!(value, Err(Undefined::TooFew { have: 0, .. })),
                "{}: {value:?}",
                metric.name
            );
        }
    }
}

#[test]
fn the_dates_of_all_are_those_of_each() {
    let rows = [0.01, -0.02, 0.03, 0.01];
    let chosen = Selection::named(["cagr", "calmar"]).unwrap();
    // Two days a row, where a convention by rows would see one.
    let dates = Some(dates(2 * rows.len()));
    let ffn = Convention::ffn();
    let alone = measure(&rows, &chosen, &ffn, daily(), dates);
    assert!(alone.values.iter().all(Result::is_ok));
    for found in measure_all(&[&rows, &rows], &chosen, &ffn, daily(), dates) {
        assert_eq!(found.values, alone.values);
    }
}

#[test]
fn a_benchmark_and_trials_are_asked_for_by_name() {
    let rows = [0.01, -0.02, 0.03, 0.01];
    let alone = measure(
        &rows,
        &Selection::all(),
        &Convention::crypto(),
        daily(),
        None,
    );
    for (metric, value) in alone.iter() {
        let missing = value == Err(Undefined::NoBenchmark);
        assert_eq!(missing, metric.kind == Kind::Pairs, "{}", metric.name);
        assert_eq!(
            value == Err(Undefined::NoTrials),
            metric.name == "dsr",
            "{}",
            metric.name
        );
    }
    let beside = all_of(&rows, &rows[1..]);
    let unequal = Err(Undefined::UnequalLengths {
        first: 4,
        second: 3,
    });
    assert_eq!(beside.value("alpha"), Some(unequal));
    assert!(beside.value("dsr").unwrap().is_ok());
    assert_eq!(all_of(&rows, &rows).value("beta"), Some(Ok(1.0)));
}

#[test]
fn a_fold_refuses_what_it_cannot_know() {
    let terms = Terms::new(&Convention::crypto(), daily());
    let stretch = Stretch::first(&terms).value(&CATALOGUE[0], &terms);
    assert_eq!(stretch, Err(Undefined::TooFew { need: 1, have: 0 }));
    let sampled = CATALOGUE
        .iter()
        .filter(|metric| matches!(metric.kind, Kind::Sample | Kind::Pairs));
    let refused = sampled.map(|metric| Stretch::nothing(&terms).value(metric, &terms));
    assert!(
        refused
            .into_iter()
            .all(|value| value == Err(Undefined::NeedsSample))
    );
}

#[test]
fn a_selection_keeps_its_order_and_suggests() {
    let chosen = Selection::named(["sharpe", "omega", "cagr"]).unwrap();
    let names: Vec<&str> = chosen.metrics().iter().map(|metric| metric.name).collect();
    assert_eq!(names, ["sharpe", "omega", "cagr"]);
    let error = Selection::named(["sharpe", "ulcer"]).unwrap_err();
    assert_eq!(
        (error.name.as_str(), error.near.as_slice()),
        ("ulcer", &["ulcer_index"][..])
    );
    assert_eq!(Selection::core().metrics().len(), CORE.len());
    assert_eq!(Selection::all().metrics().len(), CATALOGUE.len());
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    let series: Vec<Vec<f64>> = (0..40)
        .map(|of| {
            let day = |day: u32| libm::sin(f64::from(day * (of + 3))) / 30.0 + 0.0005;
            (0..400 + 37 * of).map(day).collect()
        })
        .collect();
    let series: Vec<&[f64]> = series.iter().map(Vec::as_slice).collect();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let all = Selection::all();
        let inputs: Vec<Inputs<'_>> = series
            .iter()
            .zip(series.iter().rev())
            .map(|(returns, benchmark)| Inputs {
                benchmark: Some(&benchmark[..returns.len().min(benchmark.len())]),
                ..Inputs::of(&returns[..returns.len().min(benchmark.len())])
            })
            .collect();
        pool.install(|| {
            let alone = measure_all(&series, &all, &Convention::crypto(), daily(), None);
            let beside = measure_all_inputs(&inputs, &all, &Convention::crypto(), daily());
            format!("{alone:?} {beside:?}")
        })
    };
    let alone = run(1);
    for threads in [2, 3, 7] {
        assert_eq!(run(threads), alone, "{threads} threads");
    }
}
