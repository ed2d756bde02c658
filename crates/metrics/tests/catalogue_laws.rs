//! Laws of the catalogue: what scale, order, sign and repetition do to each metric.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "shared by the property tests"
)]
mod generate;

use generate::{cases, daily, market};
use highwater_metrics::{
    CATALOGUE, Convention, CornishFisher, Inputs, Kind, Measured, Quantile, Selection, Shape,
    Shortfall, TailModel,
    against::{AnnualAlpha, Capture},
    inference::Trials,
    measure, measure_inputs,
};
use proptest::prelude::*;

/// Beside a benchmark that is half of the series and half of what the series does three rows later.
fn benchmark(rows: &[f64]) -> Vec<f64> {
    let later = rows.iter().cycle().skip(3);
    let pairs = rows.iter().zip(later);
    pairs.map(|(row, later)| 0.5 * row + 0.5 * later).collect()
}

fn measured(rows: &[f64], benchmark: &[f64]) -> Measured {
    let convention = Convention {
        min_days: 0.0,
        cornish_fisher: CornishFisher::Unchecked,
        alpha: AnnualAlpha::TimesYear,
        capture: Capture::Mean,
        ..Convention::empyrical()
    };
    let inputs = Inputs {
        benchmark: Some(benchmark),
        trials: Some(Trials {
            count: 12.0,
            variance: 0.002,
        }),
        ..Inputs::of(rows)
    };
    measure_inputs(&inputs, &Selection::all(), &convention, daily())
}

/// Twice the returns, twice the number.
const LINEAR: &[&str] = &[
    "volatility",
    "downside_deviation",
    "best",
    "worst",
    "arithmetic_mean",
    "annual_return",
    "median",
    "mean_absolute_deviation",
    "semi_deviation",
    "gain_deviation",
    "loss_deviation",
    "gini_mean_difference",
    "upside_deviation",
    "downside_potential",
    "upside_potential",
    "average_win",
    "average_loss",
    "expectancy",
    "var_95",
    "cvar_95",
    "var_99",
    "cvar_99",
    "historical_var_95",
    "historical_cvar_95",
    "gaussian_var_95",
    "gaussian_cvar_95",
    "cornish_fisher_var_95",
    "cornish_fisher_cvar_95",
    "alpha",
    "alpha_per_period",
    "up_alpha",
    "down_alpha",
    "tracking_error",
    "systematic_risk",
    "specific_risk",
    "total_risk",
    "active_return",
    "treynor_ratio",
    "jensen_alpha",
    "modified_jensen_alpha",
    "m2",
    "m2_excess",
    "m2_sortino",
    "net_selectivity",
];

/// Twice the returns, the same number.
const INVARIANT: &[&str] = &[
    "sharpe",
    "sortino",
    "win_rate",
    "downside_frequency",
    "upside_frequency",
    "autocorrelation_1",
    "exposure",
    "decided_win_rate",
    "payoff_ratio",
    "profit_factor",
    "gain_to_pain",
    "sqn",
    "kelly_fraction",
    "longest_winning_run",
    "longest_losing_run",
    "cpc_index",
    "outlier_win_ratio",
    "outlier_loss_ratio",
    "tail_ratio",
    "common_sense_ratio",
    "rachev_ratio",
    "skewness",
    "kurtosis",
    "jarque_bera",
    "jarque_bera_p",
    "omega",
    "omega_sharpe",
    "upside_potential_ratio",
    "bernardo_ledoit",
    "d_ratio",
    "prospect_ratio",
    "volatility_skewness",
    "risk_return_ratio",
    "modified_sharpe",
    "conditional_sharpe",
    "adjusted_sharpe",
    "skewness_kurtosis_ratio",
    "adjusted_sortino",
    "autocorrelation_penalty",
    "smart_sharpe",
    "smart_sortino",
    "psr",
    "dsr",
    "min_track_record_length",
    "sharpe_standard_error",
    "beta",
    "correlation",
    "r_squared",
    "up_beta",
    "down_beta",
    "timing_ratio",
    "henriksson_merton",
    "co_skewness",
    "co_kurtosis",
    "information_ratio",
    "information_ratio_per_period",
    "probabilistic_momentum",
    "modified_treynor_ratio",
    "alternative_jensen_alpha",
    "appraisal_ratio",
    "fama_beta",
    "up_capture",
    "down_capture",
    "total_capture",
    "capture_ratio",
    "batting_average",
    "up_batting_average",
    "down_batting_average",
    "up_number_ratio",
    "down_number_ratio",
    "up_percentage_ratio",
    "down_percentage_ratio",
];

/// Metrics that the order of the returns moves: those of a path, and of neighbours.
fn depends_on_order(name: &str, kind: Kind) -> bool {
    match name {
        "max_drawdown"
        | "calmar"
        | "stability"
        | "autocorrelation_1"
        | "longest_winning_run"
        | "longest_losing_run"
        | "autocorrelation_penalty"
        | "smart_sharpe"
        | "smart_sortino" => true,
        "average_drawdown"
        | "average_drawdown_length"
        | "average_recovery"
        | "longest_drawdown"
        | "time_under_water"
        | "drawdown_count"
        | "current_drawdown"
        | "ulcer_index"
        | "pain_index"
        | "martin_ratio"
        | "pain_ratio"
        | "sterling_ratio"
        | "burke_ratio"
        | "recovery_factor"
        | "cdar_95"
        | "drawdown_deviation"
        | "serenity" => kind == Kind::Sample,
        _ => false,
    }
}

#[test]
fn the_lists_name_metrics_that_there_are() {
    for name in LINEAR.iter().chain(INVARIANT) {
        assert!(
            CATALOGUE.iter().any(|metric| metric.name == *name),
            "{name}"
        );
    }
}

proptest! {
    #![proptest_config(cases(250))]

    #[test]
    fn doubling_returns_doubles_what_is_linear_to_the_bit(rows in market()) {
        let double: Vec<f64> = rows.iter().map(|r| 2.0 * r).collect();
        let (plain, double) = (measured(&rows, &benchmark(&rows)), measured(&double, &benchmark(&double)));
        for (names, factor) in [(LINEAR, 2.0), (INVARIANT, 1.0)] {
            for name in names {
                let (plain, double) = (plain.value(name).unwrap(), double.value(name).unwrap());
                match (plain, double) {
                    (Ok(plain), Ok(double)) => prop_assert_eq!(factor * plain, double, "{}", name),
                    (plain, double) => prop_assert_eq!(plain, double, "{}", name),
                }
            }
        }
    }

    #[test]
    fn the_order_of_returns_moves_paths_alone(rows in market()) {
        let reversed: Vec<f64> = rows.iter().rev().copied().collect();
        let beside = benchmark(&rows);
        let turned: Vec<f64> = beside.iter().rev().copied().collect();
        let (plain, reversed) = (measured(&rows, &beside), measured(&reversed, &turned));
        for ((metric, plain), (_, reversed)) in plain.iter().zip(reversed.iter()) {
            if depends_on_order(metric.name, metric.kind) {
                continue;
            }
            match (plain, reversed) {
                (Ok(plain), Ok(reversed)) => {
                    let apart = (plain - reversed).abs() / (1.0 + plain.abs());
                    // The smallest variances are the roundings of what they were taken from.
                    prop_assert!(apart < 1e-8, "{}: {plain}, {reversed}", metric.name);
                }
                (plain, reversed) => prop_assert_eq!(
                    std::mem::discriminant(&plain), std::mem::discriminant(&reversed), "{}", metric.name
                ),
            }
        }
    }

    #[test]
    fn a_mirror_turns_the_skewness_and_keeps_the_kurtosis(rows in market()) {
        let mirrored: Vec<f64> = rows.iter().map(|r| -r).collect();
        let (plain, mirrored) = (measured(&rows, &benchmark(&rows)), measured(&mirrored, &benchmark(&mirrored)));
        for (name, sign) in [("skewness", -1.0), ("kurtosis", 1.0), ("jarque_bera", 1.0), ("median", -1.0)] {
            if let (Ok(plain), Ok(mirrored)) = (plain.value(name).unwrap(), mirrored.value(name).unwrap()) {
                prop_assert!((plain - sign * mirrored).abs() <= 1e-12 * (1.0 + plain.abs()), "{}", name);
            }
        }
        let (Ok(gained), Ok(lost)) = (plain.value("upside_potential").unwrap(), mirrored.value("downside_potential").unwrap()) else {
            return Ok(());
        };
        prop_assert_eq!(gained, lost);
    }

    #[test]
    fn a_series_twice_over_has_the_same_distribution(rows in market()) {
        let twice: Vec<f64> = rows.iter().chain(&rows).copied().collect();
        let convention = Convention {
            ddof: 0,
            tail_ddof: 0,
            shape: Shape::Moment,
            quantile: Quantile::InverseDistribution,
            shortfall: Shortfall::Weighted,
            tail_model: TailModel::Historical,
            ..Convention::empyrical()
        };
        let of = |rows: &[f64]| measure(rows, &Selection::all(), &convention, daily(), None);
        let (once, twice) = (of(&rows), of(&twice));
        for name in [
            "volatility", "skewness", "kurtosis", "median", "var_95", "omega", "kappa_3",
            "mean_absolute_deviation", "profit_factor", "win_rate", "gaussian_cvar_95", "geometric_mean",
        ] {
            let (once, twice) = (once.value(name).unwrap(), twice.value(name).unwrap());
            match (once, twice) {
                (Ok(once), Ok(twice)) => {
                    prop_assert!((once - twice).abs() <= 1e-10 * (1.0 + once.abs()), "{name}: {once}, {twice}");
                }
                // Two returns have a spread where one has none.
                (once, twice) => prop_assert!(once.is_err() , "{name}: {once:?}, {twice:?}"),
            }
        }
        let losses: Vec<f64> = rows.iter().copied().filter(|r| !r.is_nan()).collect();
        if losses.len() >= 20 {
            let (once, twice) = (once.value("cvar_95").unwrap().unwrap(), twice.value("cvar_95").unwrap().unwrap());
            prop_assert!((once - twice).abs() <= 1e-12, "{once}, {twice}");
        }
    }
}
