//! Metrics without a counterpart elsewhere, against their formulas written out plainly.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "shared by the property tests"
)]
mod generate;

use generate::{cases, daily, market};
use highwater_metrics::{
    Convention, CornishFisher, Kelly, Metric, RuinModel, Sample, Shortfall, TailModel, Terms,
    Undefined, distribution::normal_quantile,
};
use proptest::prelude::*;

/// A convention of nothing but plain choices.
fn plain() -> Convention {
    Convention {
        min_days: 0.0,
        cornish_fisher: CornishFisher::Unchecked,
        ..Convention::empyrical()
    }
}

/// Values and running peaks after each finite return.
fn depths(returns: &[f64]) -> Vec<f64> {
    let (mut value, mut peak) = (1.0_f64, 1.0_f64);
    returns
        .iter()
        .map(|r| {
            value *= 1.0 + r;
            peak = peak.max(value);
            value / peak - 1.0
        })
        .collect()
}

struct Plain {
    returns: Vec<f64>,
    n: f64,
    mean: f64,
    variance: f64,
}

impl Plain {
    fn of(rows: &[f64]) -> Self {
        let returns: Vec<f64> = rows.iter().copied().filter(|r| !r.is_nan()).collect();
        let n = returns.len() as f64;
        let mean = returns.iter().sum::<f64>() / n;
        let variance = returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / n;
        Self {
            returns,
            n,
            mean,
            variance,
        }
    }

    fn moment(&self, order: i32) -> f64 {
        self.returns
            .iter()
            .map(|r| (r - self.mean).powi(order))
            .sum::<f64>()
            / self.n
    }

    fn skewness(&self) -> f64 {
        self.moment(3) / self.variance.powf(1.5)
    }

    fn kurtosis(&self) -> f64 {
        self.moment(4) / self.variance.powi(2) - 3.0
    }

    fn sum(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.returns.iter().map(|&r| of(r)).sum()
    }

    fn sample_deviation(&self) -> f64 {
        (self.variance * self.n / (self.n - 1.0)).sqrt()
    }
}

fn value(rows: &[f64], convention: &Convention, name: &str) -> Result<f64, Undefined> {
    let terms = Terms::new(convention, daily());
    Sample::new(rows, &terms, None).value(Metric::named(name).unwrap())
}

/// Within `bound`, relative to the greater of the expected value and `scale`.
fn check(name: &str, found: Result<f64, Undefined>, expected: f64, scale: f64, bound: f64) {
    let found = found.unwrap_or_else(|reason| panic!("{name}: {reason}, expected {expected}"));
    let apart = (found - expected).abs();
    assert!(
        apart <= bound * expected.abs().max(scale),
        "{name}: {found} is not {expected}"
    );
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn wins_and_risks(rows in market()) {
        let plain = Plain::of(&rows);
        let convention = self::plain();
        prop_assume!(plain.n >= 4.0 && plain.variance > 1e-14);
        let wins = plain.sum(|r| f64::from(r > 0.0));
        let losses = plain.sum(|r| f64::from(r < 0.0));
        let gained = plain.sum(|r| r.max(0.0));
        let lost = plain.sum(|r| (-r).max(0.0));
        if wins + losses > 0.0 {
            check("decided", value(&rows, &convention, "decided_win_rate"), wins / (wins + losses), 0.0, 1e-15);
            check("expectancy", value(&rows, &convention, "expectancy"), (gained - lost) / (wins + losses), 1e-3, 1e-12);
        }
        let sharpe = plain.mean / plain.sample_deviation();
        check("sqn", value(&rows, &convention, "sqn"), sharpe * plain.n.sqrt(), 1.0, 1e-11);
        let continuous = Convention { kelly: Kelly::Continuous, ..convention.clone() };
        let kelly = plain.mean / plain.sample_deviation().powi(2);
        check("kelly", value(&rows, &continuous, "kelly_fraction"), kelly, 1.0, 1e-10);
        let logs = Plain::of(&plain.returns.iter().map(|r| (1.0 + r).ln()).collect::<Vec<_>>());
        let ruin = if logs.mean > 0.0 {
            0.5_f64.powf(2.0 * logs.mean / logs.sample_deviation().powi(2))
        } else {
            1.0
        };
        // Near a mean of zero the sign itself is rounding.
        if logs.mean.abs() > 1e-9 {
            check("ruin", value(&rows, &convention, "risk_of_ruin"), ruin, 1e-3, 1e-6);
        }
        let by_rate = Convention { ruin: RuinModel::WinRate, ..convention };
        let rate = wins / plain.n;
        let expected = ((1.0 - rate) / (1.0 + rate)).powf(plain.n);
        check("ruin by rate", value(&rows, &by_rate, "risk_of_ruin"), expected, 1e-300, 1e-9);
    }

    #[test]
    fn the_mean_difference_of_all_pairs(rows in prop::collection::vec(-0.5..0.5_f64, 2..60)) {
        let pairs = rows.iter().flat_map(|a| rows.iter().map(move |b| (a - b).abs()));
        let n = rows.len() as f64;
        let expected = pairs.sum::<f64>() / (n * (n - 1.0));
        check("gini", value(&rows, &plain(), "gini_mean_difference"), expected, 1e-300, 1e-13);
    }

    #[test]
    fn drawdown_family(rows in market()) {
        let plain = Plain::of(&rows);
        prop_assume!(plain.n >= 2.0);
        let convention = self::plain();
        let of = |name: &str| value(&rows, &convention, name);
        let depths = depths(&plain.returns);
        check("current", of("current_drawdown"), *depths.last().unwrap(), 1.0, 1e-12);
        let squares = depths.iter().map(|d| d * d).sum::<f64>();
        check("ulcer", of("ulcer_index"), (squares / plain.n).sqrt(), 1.0, 1e-12);
        let pain = depths.iter().map(|d| -d).sum::<f64>() / plain.n;
        check("pain", of("pain_index"), pain, 1.0, 1e-12);
        let mut sorted = depths.clone();
        sorted.sort_by(f64::total_cmp);
        let weight = plain.n / 20.0;
        let total: f64 = sorted
            .iter()
            .enumerate()
            .map(|(at, depth)| depth * (weight - at as f64).clamp(0.0, 1.0))
            .sum();
        check("cdar", of("cdar_95"), total / weight, 1.0, 1e-12);
        // Spells of values that differ by more than rounding.
        let terms = Terms::new(&convention, daily());
        let sample = Sample::new(&rows, &terms, None);
        let spells = sample.drawdowns().unwrap();
        check("count", of("drawdown_count"), spells.len() as f64, 0.0, 0.0);
        let squares: f64 = spells.iter().map(|spell| spell.depth.powi(2)).sum();
        check("deviation", of("drawdown_deviation"), (squares / plain.n).sqrt(), 0.0, 1e-14);
        let longest = spells.iter().map(|spell| spell.periods(rows.len())).max().unwrap_or(0);
        check("longest", of("longest_drawdown"), longest as f64, 0.0, 0.0);
        let under = depths.iter().filter(|&&depth| depth < -1e-12).count() as f64;
        let nearly = depths.iter().filter(|&&depth| (-1e-12..0.0).contains(&depth)).count() as f64;
        let share = of("time_under_water").unwrap() * plain.n;
        prop_assert!(share >= under - 1e-9 && share <= under + nearly + 1.0, "{share}, {under}");
        let recoveries: Vec<f64> = spells
            .iter()
            .filter_map(|spell| Some((spell.recovery? - spell.trough) as f64))
            .collect();
        if recoveries.is_empty() {
            prop_assert_eq!(of("average_recovery"), Err(Undefined::NoDrawdown));
        } else {
            let mean = recoveries.iter().sum::<f64>() / recoveries.len() as f64;
            check("recovery", of("average_recovery"), mean, 0.0, 1e-14);
        }
        if pain > 1e-9 {
            let growth = of("cagr").unwrap();
            let spread = plain.sample_deviation() * 365.0_f64.sqrt();
            let ulcer = of("ulcer_index").unwrap();
            check("martin", of("martin_ratio"), growth / ulcer, 1e-9, 1e-12);
            if plain.variance > 1e-14 {
                let risk = ulcer * -of("cdar_95").unwrap() / spread;
                check("serenity", of("serenity"), growth / risk, 1e-9, 1e-9);
            }
            check("burke", of("burke_ratio"), growth / squares.sqrt(), 1e-9, 1e-12);
        }
    }

    #[test]
    fn tails_and_shape(rows in market()) {
        let plain = Plain::of(&rows);
        let convention = self::plain();
        let of = |name: &str| value(&rows, &convention, name);
        prop_assume!(plain.n >= 8.0 && plain.variance > 1e-14);
        let (s, k) = (plain.skewness(), plain.kurtosis());
        let bera = plain.n / 6.0 * (s * s + k * k / 4.0);
        check("jarque_bera", of("jarque_bera"), bera, 1.0, 1e-8);
        check("jarque_bera_p", of("jarque_bera_p"), (-bera / 2.0).exp(), 1.0, 1e-8);
        let z = normal_quantile(0.05).unwrap();
        let h = z + (z * z - 1.0) / 6.0 * s + (z.powi(3) - 3.0 * z) / 24.0 * k
            - (2.0 * z.powi(3) - 5.0 * z) / 36.0 * s * s;
        let deviation = plain.sample_deviation();
        check("cornish", of("cornish_fisher_var_95"), plain.mean + h * deviation, deviation, 1e-8);
        let shortfall = of("cornish_fisher_cvar_95").unwrap();
        prop_assert!(shortfall <= of("cornish_fisher_var_95").unwrap());
        let mut sorted = plain.returns.clone();
        sorted.sort_by(f64::total_cmp);
        let count = ((plain.n - 1.0) * 0.05) as usize + 1;
        let worst = sorted[..count].iter().sum::<f64>() / count as f64;
        let best = sorted.iter().rev().take(count).sum::<f64>() / count as f64;
        if worst < -1e-9 {
            check("rachev", of("rachev_ratio"), best / -worst, 1.0, 1e-12);
        }
        for how in [Shortfall::AtOrBelow, Shortfall::Below, Shortfall::Worst, Shortfall::Weighted] {
            let convention = Convention { shortfall: how, ..convention.clone() };
            let terms = Terms::new(&convention, daily());
            let sample = Sample::new(&rows, &terms, None);
            let bound = sample.value_at_risk(0.1, TailModel::Historical).unwrap();
            let shortfall = sample.expected_shortfall(0.1, TailModel::Historical).unwrap();
            if how != Shortfall::Worst && how != Shortfall::Weighted {
                prop_assert!(shortfall <= bound, "{how:?}");
            }
            prop_assert!(shortfall >= sorted[0]);
        }
        for order in [1, 2, 3, 4] {
            let lower = plain.sum(|r| (0.001 - r).max(0.0).powi(order)) / plain.n;
            let upper = plain.sum(|r| (r - 0.001).max(0.0).powi(order)) / plain.n;
            let terms = Terms::new(&convention, daily());
            let sample = Sample::new(&rows, &terms, None);
            let order = f64::from(order);
            check("lower", sample.lower_partial_moment(0.001, order), lower, 1e-300, 1e-12);
            check("upper", sample.upper_partial_moment(0.001, order), upper, 1e-300, 1e-12);
        }
        let cubes = plain.sum(|r| (-r).max(0.0).powi(3)) / plain.n;
        if cubes > 0.0 {
            check("kappa", of("kappa_3"), plain.mean / cubes.cbrt(), 1.0, 1e-11);
        }
    }

    #[test]
    fn the_pareto_tail(rows in prop::collection::vec(-0.2..0.2_f64, 100..600)) {
        let mut losses: Vec<f64> = rows.iter().map(|r| -r).collect();
        losses.sort_by(|a, b| b.total_cmp(a));
        let count = rows.len() / 10;
        let threshold = losses[count];
        // From the greatest: the weight of the j-th excess is (j - 1) / (k - 1).
        let excesses: Vec<f64> = losses[..count].iter().map(|loss| loss - threshold).collect();
        let k = count as f64;
        let a0 = excesses.iter().sum::<f64>() / k;
        let a1 = excesses
            .iter()
            .enumerate()
            .map(|(at, y)| at as f64 / (k - 1.0) * y)
            .sum::<f64>()
            / k;
        let shape = 2.0 - a0 / (a0 - 2.0 * a1);
        let scale = 2.0 * a0 * a1 / (a0 - 2.0 * a1);
        prop_assume!((a0 - 2.0 * a1).abs() > 1e-6 && shape.abs() > 1e-3 && scale > 0.0);
        let ratio = rows.len() as f64 * 0.01 / k;
        let var = threshold + scale / shape * (ratio.powf(-shape) - 1.0);
        check("pareto_var_99", value(&rows, &plain(), "pareto_var_99"), -var, 0.1, 1e-9);
        if shape < 0.9 {
            let shortfall = (var + scale - shape * threshold) / (1.0 - shape);
            check("pareto_cvar_99", value(&rows, &plain(), "pareto_cvar_99"), -shortfall, 0.1, 1e-9);
        }
    }
}
