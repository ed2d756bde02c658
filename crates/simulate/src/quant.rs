//! The vendor's risk metrics, in the convention that its figures point to: simple daily returns since the start of the
//! data, 252 periods a year and 252 days a year, no risk-free rate, two decimals.
//!
//! Plain loops that share no code with `highwater-metrics`, which is checked against them.

use crate::draws::rounded;

/// The figures of one token on one day, as published. Fractions and ratios.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quant {
    pub(crate) volatility: f64,
    pub(crate) all_time_return: f64,
    pub(crate) cagr: f64,
    pub(crate) sharpe: f64,
    pub(crate) sortino: f64,
    pub(crate) max_drawdown: f64,
    pub(crate) skew: f64,
    pub(crate) tail_ratio: f64,
    pub(crate) risk_reward_ratio: f64,
    pub(crate) profit_factor: f64,
    pub(crate) kurtosis: f64,
    pub(crate) daily_value_at_risk: f64,
    pub(crate) expected_shortfall: f64,
    pub(crate) daily_return_avg: f64,
    pub(crate) daily_return_std: f64,
}

/// Fewer returns than these are too young: the vendor publishes nulls.
pub(crate) const NEEDED: usize = 30;

/// The figures of all closes so far; `None` if the token is too young.
pub(crate) fn quant(closes: &[f64]) -> Option<Quant> {
    let count = closes.len().saturating_sub(1);
    if count < NEEDED {
        return None;
    }
    let returns: Vec<f64> = (1..closes.len())
        .map(|day| closes[day] / closes[day - 1] - 1.0)
        .collect();
    let n = count as f64;
    let mut sum = 0.0;
    for r in &returns {
        sum += r;
    }
    let mean = sum / n;
    let (mut second, mut third, mut fourth) = (0.0, 0.0, 0.0);
    let (mut below, mut gains, mut losses, mut wins, mut losers) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for &r in &returns {
        let d = r - mean;
        second += d * d;
        third += d * d * d;
        fourth += d * d * d * d;
        if r > 0.0 {
            gains += r;
            wins += 1.0;
        } else if r < 0.0 {
            losses -= r;
            losers += 1.0;
            below += r * r;
        }
    }
    let deviation = (second / (n - 1.0)).sqrt();
    let (m2, m3, m4) = (second / n, third / n, fourth / n);
    let skew = m3 / (m2 * m2.sqrt()) * (n * (n - 1.0)).sqrt() / (n - 2.0);
    let excess = m4 / (m2 * m2) - 3.0;
    let kurtosis = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * excess + 6.0);

    let mut peak = closes[0];
    let mut drawdown: f64 = 0.0;
    for &close in closes {
        peak = peak.max(close);
        drawdown = drawdown.min(close / peak - 1.0);
    }
    let total = closes[count] / closes[0] - 1.0;
    // The vendor's year has 252 days, of the calendar too.
    let years = n / 252.0;
    let cagr = libm::pow(1.0 + total, 1.0 / years) - 1.0;

    let mut ordered = returns.clone();
    ordered.sort_unstable_by(f64::total_cmp);
    let tail_ratio = (quantile(&ordered, 0.95) / quantile(&ordered, 0.05)).abs();
    let at_risk = mean - 1.644_853_626_951_472_2 * deviation;
    let (mut worse, mut times) = (0.0, 0.0);
    for &r in &returns {
        if r < at_risk {
            worse += r;
            times += 1.0;
        }
    }
    let year = 252.0_f64.sqrt();
    let two = |value: f64| rounded(value, 2);
    Some(Quant {
        volatility: two(deviation * year),
        all_time_return: two(total),
        cagr: two(cagr),
        sharpe: two(mean / deviation * year),
        sortino: two(mean / (below / n).sqrt() * year),
        max_drawdown: two(drawdown),
        skew: two(skew),
        tail_ratio: two(tail_ratio),
        risk_reward_ratio: two((gains / wins) / (losses / losers)),
        profit_factor: two(gains / losses),
        kurtosis: two(kurtosis),
        daily_value_at_risk: two(at_risk),
        expected_shortfall: two(if times > 0.0 { worse / times } else { at_risk }),
        daily_return_avg: rounded(mean, 4),
        daily_return_std: rounded(deviation, 4),
    })
}

/// Linear between the ordered values.
fn quantile(ordered: &[f64], share: f64) -> f64 {
    let place = share * (ordered.len() - 1) as f64;
    let below = place as usize;
    let above = (below + 1).min(ordered.len() - 1);
    ordered[below] + (ordered[above] - ordered[below]) * (place - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 42 returns of +50 % and -25 % in turn, from 1: figures that a hand can follow.
    #[test]
    fn figures_of_two_returns_in_turn() {
        let mut closes = vec![1.0];
        for day in 0..42 {
            let factor = if day % 2 == 0 { 1.5 } else { 0.75 };
            closes.push(closes[day] * factor);
        }
        let figures = quant(&closes).unwrap();
        // 1.125^21 - 1, and that to the power of 252 / 42, minus 1.
        assert_eq!(figures.all_time_return, 10.86);
        assert_eq!(figures.cagr, rounded(libm::pow(1.125, 21.0 * 6.0) - 1.0, 2));
        assert_eq!(figures.max_drawdown, -0.25);
        assert_eq!(figures.profit_factor, 2.0);
        assert_eq!(figures.risk_reward_ratio, 2.0);
        assert_eq!(figures.tail_ratio, 2.0);
        assert_eq!(figures.skew, 0.0);
        // Mean 0.125, every deviation 0.375: sample deviation 0.375 * sqrt(42 / 41) = 0.379545.
        assert_eq!(figures.daily_return_avg, 0.125);
        assert_eq!(figures.daily_return_std, 0.3795);
        assert_eq!(figures.volatility, 6.03);
        assert_eq!(figures.sharpe, 5.23);
        // Downside deviation 0.25 * sqrt(1 / 2).
        assert_eq!(figures.sortino, 11.22);
        assert_eq!(figures.daily_value_at_risk, -0.5);
        assert_eq!(
            figures.expected_shortfall, -0.5,
            "no return is as bad as the value at risk"
        );
    }

    #[test]
    fn the_young_have_no_figures() {
        assert_eq!(quant(&[]), None);
        assert_eq!(quant(&vec![1.0; NEEDED]), None);
    }
}
