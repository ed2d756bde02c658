//! The univariate sets of NIST's Statistical Reference Datasets, all nine, with their certified values.
//!
//! NIST certifies mean, standard deviation and autocorrelation at lag 1 of the decimals that it prints, to 15 digits.
//! Two references, for two errors that must not be mixed up:
//! - the doubles nearest to those decimals, in integer arithmetic without a rounding before the last division: the
//!   library's own error, at most 1e-13;
//! - the certified values: on integers the same 1e-13; where decimals are no doubles, also what their rounding costs,
//!   however exact the arithmetic after it. See [`rounding`].
//!
//! The values are no returns: a drawdown of them has no meaning, and below -1 no value. Mean, deviation and
//! autocorrelation are defined for any number, and are read through the catalogue with one period a year, so that the
//! volatility is the standard deviation; mean and deviation also from both folds of moments.

mod sets;

use highwater_metrics::{
    Convention, HigherMoments, Moments, PeriodsPerYear, Push, Selection, SummaryFold, measure,
};
use sets::{LEW, LOTTERY, MAVRO, MICHELSON};

/// The library's own share of the error, relative.
const OWN: f64 = 1e-13;

/// What rounding decimals of this deviation to doubles may cost: of the mean, of the deviation, of the autocorrelation.
///
/// Each value moves by at most half a unit in the last place of the greatest, `h`. The mean moves by no more. The
/// deviations `d` move by a vector no longer than `h sqrt(n)`, which is `e = h sqrt(n) / |d|` of their length
/// `|d| = s sqrt(n - 1)`; so does `s`. Numerator and denominator of the autocorrelation move by at most `2 e + e^2` of
/// `|d|^2` each, hence the quotient, whose size is at most 1, by `4 e` and a little: 5 covers it.
fn rounding(rows: &[f64], deviation: f64) -> [f64; 3] {
    if rows.iter().all(|row| row.fract() == 0.0) {
        return [0.0; 3];
    }
    let greatest = rows
        .iter()
        .fold(0.0_f64, |greatest, row| greatest.max(row.abs()));
    let n = rows.len() as f64;
    let half = (greatest.next_up() - greatest) / 2.0;
    let turned = half / deviation * (n / (n - 1.0)).sqrt();
    [half, turned * deviation, 5.0 * turned]
}

/// `value` in units of `2^-power`, exactly.
fn in_units(value: f64, power: i32) -> i128 {
    let scaled = libm::ldexp(value, power);
    assert!(scaled.fract() == 0.0 && scaled.abs() < 1e35, "{value}");
    scaled as i128
}

/// Mean, sample deviation and autocorrelation of the very doubles. With `x` the integers less the first,
/// `S = sum x`, `Q = sum x^2`, `P = sum x[t] x[t-1]` and `m = S / n`:
/// ```text
/// n sum (x - m)^2                 = n Q - S^2
/// n sum (x[t] - m)(x[t-1] - m)    = n P - S (2 S - x[0] - x[n-1]) + S^2 - S^2 / n
/// ```
/// The last term is cut to an integer: units of a millionth or less make that less than 1e-15 of the sum.
fn exactly(rows: &[f64]) -> [f64; 3] {
    let power = (20..=60)
        .find(|&power| {
            rows.iter()
                .all(|&row| libm::ldexp(row, power).fract() == 0.0)
        })
        .unwrap();
    let steps: Vec<i128> = rows
        .iter()
        .map(|&row| in_units(row, power) - in_units(rows[0], power))
        .collect();
    let n = steps.len() as i128;
    let sum: i128 = steps.iter().sum();
    let squares: i128 = steps.iter().map(|x| x * x).sum();
    let products: i128 = steps.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let ends = steps[0] + steps[steps.len() - 1];
    let spread = n * squares - sum * sum;
    let along = n * products - sum * (2 * sum - ends) + sum * sum - sum * sum / n;
    let whole = n * in_units(rows[0], power) + sum;
    [
        libm::ldexp(whole as f64 / n as f64, -power),
        libm::ldexp((spread as f64 / (n * (n - 1)) as f64).sqrt(), -power),
        along as f64 / spread as f64,
    ]
}

/// Mean, deviation and autocorrelation by the catalogue; mean and deviation by each fold.
fn found(rows: &[f64]) -> [(&'static str, Vec<f64>); 4] {
    let convention = Convention::empyrical();
    let yearly = PeriodsPerYear::new(1.0).unwrap();
    let names = ["arithmetic_mean", "volatility", "autocorrelation_1"];
    let chosen = Selection::named(names).unwrap();
    let measured = measure(rows, &chosen, &convention, yearly, None);
    let catalogue = names.map(|name| measured.value(name).unwrap().unwrap());

    let mut pushed = Moments::default();
    let mut fold = SummaryFold::new(&convention, yearly);
    for &row in rows {
        pushed.push(row);
        fold.push(row);
    }
    let blocks = fold.stretch().moments;
    let shape = HigherMoments::of(rows);
    let variance = shape.central_sums().unwrap()[0] / (rows.len() - 1) as f64;
    let of = |moments: Moments| vec![moments.mean().unwrap(), moments.deviation(1).unwrap()];
    [
        ("catalogue", catalogue.to_vec()),
        ("moments, row by row", of(pushed)),
        ("moments, by blocks", of(blocks)),
        (
            "higher moments",
            vec![shape.mean().unwrap(), variance.sqrt()],
        ),
    ]
}

/// `certified` are mean, deviation and autocorrelation.
fn check(set: &str, rows: &[f64], certified: [f64; 3]) {
    let exact = exactly(rows);
    let rounding = rounding(rows, certified[1]);
    for (way, found) in found(rows) {
        for (at, found) in found.into_iter().enumerate() {
            let near = |reference: f64, rounding: f64| {
                let (error, bound) = ((found - reference).abs(), OWN * reference.abs() + rounding);
                let what = ["mean", "deviation", "autocorrelation"][at];
                assert!(
                    error <= bound,
                    "{set}: {what} by {way} {found}, not {reference}: error {error:e}, bound {bound:e}"
                );
            };
            near(exact[at], 0.0);
            near(certified[at], rounding[at]);
        }
    }
}

#[test]
fn lottery() {
    check(
        "Lottery",
        LOTTERY,
        [518.958715596330, 291.699727470969, -0.120948622967393],
    );
}

#[test]
fn lew() {
    check("Lew", LEW, [-177.435, 277.332168044316, -0.307304800605679]);
}

#[test]
fn mavro() {
    check(
        "Mavro",
        MAVRO,
        [2.001856, 0.000429123454003053, 0.937989183438248],
    );
}

#[test]
fn michelson() {
    check(
        "Michelso",
        MICHELSON,
        [299.8524, 0.0790105478190518, 0.535199668621283],
    );
}

#[test]
fn numbers_that_differ_in_their_last_digit() {
    check(
        "NumAcc1",
        &[10_000_001.0, 10_000_003.0, 10_000_002.0],
        [10_000_002.0, 1.0, -0.5],
    );
    // A value, and then 500 times one a tenth below and one a tenth above it.
    for (set, first, below, above) in [
        ("NumAcc2", 1.2, 1.1, 1.3),
        ("NumAcc3", 1_000_000.2, 1_000_000.1, 1_000_000.3),
        ("NumAcc4", 10_000_000.2, 10_000_000.1, 10_000_000.3),
    ] {
        let mut rows = vec![first];
        (0..500).for_each(|_| rows.extend([below, above]));
        check(set, &rows, [first, 0.1, -0.999]);
    }
}

#[test]
fn digits_of_pi() {
    let mut digits = digits_of(DIGITS);
    // NIST's file has a 3 where pi has an 8, in "...818577 8 053...", and its values are certified for that.
    assert_eq!(digits[950..960], [8, 1, 8, 5, 7, 7, 8, 0, 5, 3][..]);
    digits[956] = 3;
    let rows: Vec<f64> = digits.into_iter().map(f64::from).collect();
    check(
        "PiDigits",
        &rows,
        [4.5348, 2.86733906028871, -0.00355099287237972],
    );
}

const DIGITS: usize = 5_000;

/// Nine decimal digits a limb.
const LIMB: u64 = 1_000_000_000;

/// The first digits of pi, the 3 among them, by Machin's formula: `pi = 16 atan(1/5) - 4 atan(1/239)`.
fn digits_of(count: usize) -> Vec<u8> {
    // The integer in front, the decimals behind, and two limbs for what is cut off.
    let limbs = count / 9 + 4;
    let mut pi = vec![0_u64; limbs];
    for (factor, divisor, negative) in [(16, 5, false), (4, 239, true)] {
        let mut power = vec![0_u64; limbs];
        power[0] = factor;
        divide(&mut power, divisor);
        for odd in (1..).step_by(2) {
            if power.iter().all(|&limb| limb == 0) {
                break;
            }
            let mut term = power.clone();
            divide(&mut term, odd);
            if (odd % 4 == 3) == negative {
                add(&mut pi, &term);
            } else {
                subtract(&mut pi, &term);
            }
            divide(&mut power, divisor * divisor);
        }
    }
    let decimals: String = pi[1..].iter().map(|limb| format!("{limb:09}")).collect();
    std::iter::once(pi[0] as u8)
        .chain(decimals.bytes().map(|digit| digit - b'0'))
        .take(count)
        .collect()
}

fn divide(number: &mut [u64], divisor: u64) {
    number.iter_mut().fold(0, |rest, limb| {
        let whole = rest * LIMB + *limb;
        *limb = whole / divisor;
        whole % divisor
    });
}

fn add(sum: &mut [u64], term: &[u64]) {
    sum.iter_mut()
        .zip(term)
        .rev()
        .fold(0, |carry, (limb, term)| {
            let whole = *limb + term + carry;
            *limb = whole % LIMB;
            whole / LIMB
        });
}

fn subtract(difference: &mut [u64], term: &[u64]) {
    difference
        .iter_mut()
        .zip(term)
        .rev()
        .fold(0, |borrow, (limb, term)| {
            let less = term + borrow;
            let borrows = u64::from(*limb < less);
            *limb = *limb + borrows * LIMB - less;
            borrows
        });
}
