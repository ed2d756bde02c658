//! Student's t distribution, as far as [`Against::probabilistic_momentum`](super::Against::probabilistic_momentum)
//! needs it.
//!
//! ```text
//! P(T <= t) = 1 - I(v / (v + t^2); v / 2, 1 / 2) / 2      t >= 0
//! ```
//! `I`, the regularised incomplete beta function, by its continued fraction, evaluated from the front (Lentz).
//! Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.5.8 and 26.7.1.

/// The probability of a value up to `t`, with `freedom >= 1` degrees of freedom.
pub(crate) fn student_probability(t: f64, freedom: f64) -> f64 {
    let tail = 0.5 * incomplete_beta(t, freedom);
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// `I(x; a, b)` at `x = v / (v + t^2)`, `a = v / 2`, `b = 1 / 2`.
fn incomplete_beta(t: f64, freedom: f64) -> f64 {
    let (a, b) = (0.5 * freedom, 0.5);
    let square = t * t;
    let (x, rest) = (freedom / (freedom + square), square / (freedom + square));
    if rest == 0.0 {
        return 1.0;
    }
    if x == 0.0 || square.is_infinite() {
        return 0.0;
    }
    let log_beta = 0.5 * libm::log(std::f64::consts::PI) - log_gamma_step(a);
    // log(x) from its complement where that is the smaller, or x near 1 would lose its last digits.
    let log_x = if rest < 0.5 {
        libm::log1p(-rest)
    } else {
        libm::log(x)
    };
    let front = libm::exp(a * log_x + b * libm::log(rest) - log_beta);
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(rest, b, a) / b
    }
}

/// `ln(gamma(a + 1/2) / gamma(a))`. The difference of two logarithms loses their common digits where they are large,
/// so there it is its asymptotic series (A&S 6.1.47, in logarithms); the first term left out is below 4e-15.
fn log_gamma_step(a: f64) -> f64 {
    if a < 20.0 {
        return libm::lgamma(a + 0.5) - libm::lgamma(a);
    }
    let square = 1.0 / (a * a);
    let series =
        -1.0 / 8.0 + square * (1.0 / 192.0 + square * (-1.0 / 640.0 + square * (17.0 / 14_336.0)));
    0.5 * libm::log(a) + series / a
}

/// The continued fraction of `I(x; a, b)`; converges fast for `x` below `(a + 1) / (a + b + 2)`.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut found = d;
    for step in 1..1000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        found *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        found *= d * c;
        if (d * c - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64, why: &str) {
        assert!(
            (found - expected).abs() < 4e-14,
            "{why}: {found} is not {expected}"
        );
    }

    #[test]
    fn closed_forms() {
        for t in [
            -40.0_f64, -3.0, -1.0, -0.25, 0.0, 1e-8, 0.5, 1.0, 2.0, 7.0, 1e6,
        ] {
            let one = 0.5 + t.atan() / std::f64::consts::PI;
            near(student_probability(t, 1.0), one, "Cauchy");
            let two = 0.5 + t / (2.0 * (2.0 + t * t).sqrt());
            near(student_probability(t, 2.0), two, "two degrees of freedom");
            let q = t / (4.0 + t * t).sqrt();
            near(
                student_probability(t, 4.0),
                0.5 + 0.75 * q - 0.25 * q * q * q,
                "four",
            );
        }
    }

    #[test]
    fn tables() {
        // One-sided critical values, Abramowitz and Stegun, table 26.10, to the digits printed.
        for (freedom, t, probability) in [
            (10.0, 1.812, 0.95),
            (10.0, 2.764, 0.99),
            (30.0, 2.042, 0.975),
            (120.0, 1.658, 0.95),
        ] {
            assert!(
                (student_probability(t, freedom) - probability).abs() < 5e-5,
                "{freedom}"
            );
        }
        // Beyond any table the normal distribution takes over.
        let normal = student_probability(1.96, 1e9);
        assert!((normal - 0.975_002_104_85).abs() < 1e-9, "{normal}");
    }

    #[test]
    fn the_series_continues_the_logarithms() {
        for a in [20.0, 35.5, 120.0] {
            let plain = libm::lgamma(a + 0.5) - libm::lgamma(a);
            near(log_gamma_step(a), plain, "gamma");
        }
    }

    #[test]
    fn nothing_leaves_zero_to_one() {
        for freedom in [1.0, 3.0, 252.0, 1e7] {
            for t in [0.0, 1e-300, 1e-9, 1.0, 38.0, 1e9, 1e200, f64::MAX] {
                let (above, below) = (
                    student_probability(t, freedom),
                    student_probability(-t, freedom),
                );
                assert!((0.0..=1.0).contains(&above), "{t} {freedom}");
                near(above + below, 1.0, "symmetric");
            }
        }
    }
}
