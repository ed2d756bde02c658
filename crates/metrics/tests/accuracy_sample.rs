//! Metrics of the whole sample on series made to be hard, against exact integer arithmetic.
//!
//! Every value is a whole number of a power of two beside an offset that a double holds exactly, so that sums and
//! powers of deviations are integers until the last division.

use highwater_metrics::{Convention, Metric, PeriodsPerYear, Sample, Shape, Terms};

struct Case {
    name: &'static str,
    offset: f64,
    unit: f64,
    steps: Vec<i64>,
}

fn cases() -> Vec<Case> {
    let mut state = 12_345_u64;
    let mut random = |range: i64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i64 % range
    };
    let ordinary: Vec<i64> = (0..997).map(|_| random(2001) - 900).collect();
    let mut outlier = ordinary.clone();
    outlier[0] = -90_000;
    outlier[500] = 200_000;
    let alternating = (0..1000)
        .map(|at| if at % 2 == 0 { 1001 } else { -1000 })
        .collect();
    vec![
        Case {
            name: "returns",
            offset: 0.0,
            unit: libm::ldexp(1.0, -16),
            steps: ordinary.clone(),
        },
        Case {
            name: "prices near 60,000",
            offset: 60_000.0,
            unit: libm::ldexp(1.0, -20),
            steps: ordinary.clone(),
        },
        Case {
            name: "mean 1e8 deviations",
            offset: 1e11,
            unit: 1.0,
            steps: ordinary.clone(),
        },
        Case {
            name: "outliers, one first",
            offset: 0.0,
            unit: libm::ldexp(1.0, -18),
            steps: outlier,
        },
        Case {
            name: "alternating signs",
            offset: 0.0,
            unit: libm::ldexp(1.0, -12),
            steps: alternating,
        },
        Case {
            name: "denormals",
            offset: 0.0,
            unit: libm::ldexp(1.0, -1070),
            steps: ordinary.clone(),
        },
        Case {
            name: "huge",
            offset: 0.0,
            unit: libm::ldexp(1.0, 1000),
            steps: ordinary,
        },
    ]
}

impl Case {
    fn rows(&self) -> Vec<f64> {
        self.steps
            .iter()
            .map(|&step| self.offset + step as f64 * self.unit)
            .collect()
    }

    /// Deviations from the mean, times the number of rows: integers.
    fn deviations(&self) -> Vec<i128> {
        let n = self.steps.len() as i128;
        let sum: i128 = self.steps.iter().map(|&step| i128::from(step)).sum();
        self.steps
            .iter()
            .map(|&step| n * i128::from(step) - sum)
            .collect()
    }

    fn power_sum(&self, order: u32) -> f64 {
        self.deviations()
            .iter()
            .map(|deviation| deviation.pow(order))
            .sum::<i128>() as f64
    }
}

fn check(case: &Case, metric: &str, expected: f64, scale: f64) {
    let convention = Convention {
        shape: Shape::Moment,
        ..Convention::empyrical()
    };
    let terms = Terms::new(&convention, PeriodsPerYear::new(252.0).unwrap());
    let rows = case.rows();
    let found = Sample::new(&rows, &terms, None).value(Metric::named(metric).unwrap());
    let found = found.unwrap_or_else(|reason| panic!("{metric} of {}: {reason}", case.name));
    let apart = (found - expected).abs() / expected.abs().max(scale);
    assert!(
        apart <= 1e-13,
        "{metric} of {}: {found} is not {expected} ({apart:e})",
        case.name
    );
}

#[test]
fn shapes_are_exact_to_1e_13() {
    for case in cases() {
        if case.unit < 1e-200 || case.unit > 1e200 {
            // The square of such a deviation is no double, so the library does not call it a spread.
            continue;
        }
        let n = case.steps.len() as f64;
        let (two, three, four) = (case.power_sum(2), case.power_sum(3), case.power_sum(4));
        check(&case, "skewness", three / two / two.sqrt() * n.sqrt(), 1.0);
        check(&case, "kurtosis", four / two / two * n - 3.0, 1.0);
    }
}

#[test]
fn deviations_and_differences_are_exact_to_1e_13() {
    for case in cases() {
        let n = case.steps.len() as f64;
        let total = case
            .deviations()
            .iter()
            .map(|deviation| deviation.abs())
            .sum::<i128>() as f64;
        check(
            &case,
            "mean_absolute_deviation",
            total / n / n * case.unit,
            f64::MIN_POSITIVE / 1e-10,
        );
        let mut sorted = case.steps.clone();
        sorted.sort_unstable();
        let weighted: i128 = sorted
            .iter()
            .zip(0..)
            .map(|(&step, at)| i128::from(step) * (2 * at + 1 - sorted.len() as i128))
            .sum();
        let pairs = n * (n - 1.0) / 2.0;
        check(
            &case,
            "gini_mean_difference",
            weighted as f64 / pairs * case.unit,
            f64::MIN_POSITIVE / 1e-10,
        );
    }
}

#[test]
fn ratios_of_gains_and_losses_are_exact_to_1e_13() {
    for case in cases().into_iter().filter(|case| case.offset == 0.0) {
        let side = |sign: i64| {
            let of = |step: &i64| i128::from((step * sign).max(0));
            (
                case.steps.iter().map(of).sum::<i128>() as f64,
                case.steps.iter().filter(|&&step| step * sign > 0).count() as f64,
            )
        };
        let ((gained, wins), (lost, losses)) = (side(1), side(-1));
        check(&case, "profit_factor", gained / lost, 0.0);
        check(&case, "payoff_ratio", gained / wins / (lost / losses), 0.0);
        check(&case, "gain_to_pain", (gained - lost) / lost, 0.1);
        check(&case, "omega", gained / lost, 0.0);
        check(&case, "d_ratio", lost * losses / (gained * wins), 0.0);
    }
}
