//! The whole catalogue: whatever the rows hold, a finite number or a reason; the core as in a summary.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "shared by the property tests"
)]
mod generate;

use generate::{anything, cases, daily, every_choice, market};
use highwater_metrics::{
    CATALOGUE, CORE, Convention, Dates, Kind, Sample, Selection, Stretch, TailModel, Terms,
    Undefined, Unit, VarBacktest, drawdowns, measure, measure_all, summary, summary_between,
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
        "win_rate" | "decided_win_rate" | "exposure" | "time_under_water" | "stability"
        | "downside_frequency" | "upside_frequency" | "jarque_bera_p" | "risk_of_ruin" => {
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
        | "jarque_bera" => {
            assert!(value >= 0.0, "{name}: {value}");
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn nothing_panics_and_no_nan_leaves(
        returns in anything(),
        convention in every_choice(),
        dated in any::<bool>(),
    ) {
        let dates = dated.then(|| dates(returns.len()));
        let found = measure(&returns, &Selection::all(), &convention, daily(), dates);
        prop_assert_eq!(found.values.len(), CATALOGUE.len());
        for (metric, value) in found.iter() {
            match value {
                Ok(value) => check_range(metric.name, metric.unit, value),
                Err(reason) => prop_assert!(!reason.to_string().is_empty()),
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

#[test]
fn an_infinite_row_leaves_no_metric() {
    let mut rows = vec![0.01; 300];
    rows[150] = f64::INFINITY;
    let found = measure(
        &rows,
        &Selection::all(),
        &Convention::crypto(),
        daily(),
        None,
    );
    for (metric, value) in found.iter() {
        assert_eq!(
            value,
            Err(Undefined::NonFinite { index: 150 }),
            "{}",
            metric.name
        );
    }
}

#[test]
fn nothing_has_no_metrics() {
    for rows in [&[][..], &[f64::NAN; 300]] {
        let found = measure(
            rows,
            &Selection::all(),
            &Convention::crypto(),
            daily(),
            None,
        );
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
fn a_fold_refuses_what_it_cannot_know() {
    let terms = Terms::new(&Convention::crypto(), daily());
    let stretch = Stretch::first(&terms).value(&CATALOGUE[0], &terms);
    assert_eq!(stretch, Err(Undefined::TooFew { need: 1, have: 0 }));
    let sampled = CATALOGUE
        .iter()
        .filter(|metric| metric.kind == Kind::Sample);
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
        let found =
            pool.install(|| measure_all(&series, &all, &Convention::crypto(), daily(), None));
        format!("{found:?}")
    };
    let alone = run(1);
    for threads in [2, 3, 7] {
        assert_eq!(run(threads), alone, "{threads} threads");
    }
}
