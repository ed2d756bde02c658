//! The lines of the table: which metric stands against which function, and what is to be expected.

use highwater_metrics::{
    AnnualMean, Convention, DownsideOver, Metric, PeriodsPerYear, Rate, Sample, Terms, Undefined,
};

use self::Agreement::{Differs, Same, SameBut, ScaledBut};
use super::published::{BACON, CONVERTIBLE, CTA, HAM1, HAM4, MACRO};

/// What is to be expected of a line.
#[derive(Clone, Copy)]
pub(crate) enum Agreement {
    /// The definition is the same.
    Same,
    /// The definition is the same, except for what the golden series of that name shows.
    SameBut(&'static str, &'static str),
    /// The same in another unit (ours, times this, is theirs), except for one series.
    ScaledBut(f64, &'static str, &'static str),
    /// The definition differs, and why.
    Differs(&'static str),
}

impl Agreement {
    pub(crate) fn scale(self) -> f64 {
        match self {
            Self::ScaledBut(scale, ..) => scale,
            _ => 1.0,
        }
    }

    /// The series that the line is not expected to agree on.
    pub(crate) fn exception(self) -> Option<&'static str> {
        match self {
            Self::SameBut(series, _) | Self::ScaledBut(_, series, _) => Some(series),
            _ => None,
        }
    }

    pub(crate) fn note(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::SameBut(_, why) | Self::ScaledBut(_, _, why) | Self::Differs(why) => why,
        }
    }
}

/// A metric of ours and a function of a system's.
pub(crate) struct Line {
    pub(crate) metric: &'static str,
    pub(crate) system: &'static str,
    pub(crate) function: &'static str,
    pub(crate) agreement: Agreement,
    /// What the call chose beside the preset.
    pub(crate) choices: fn(&mut Convention),
}

fn plain(_: &mut Convention) {}

fn a_basis_point(convention: &mut Convention) {
    convention.risk_free = Rate::Period { value: 0.0001 };
    convention.minimum_acceptable = Rate::Period { value: 0.0001 };
}

fn two_per_cent(convention: &mut Convention) {
    convention.risk_free = Rate::YearCompound { value: 0.02 };
}

fn five_per_cent(convention: &mut Convention) {
    convention.minimum_acceptable = Rate::YearCompound { value: 0.05 };
}

#[rustfmt::skip]
pub(crate) const LINES: &[Line] = &[
    Line { metric: "total_return", system: "empyrical", function: "cum_returns_final", agreement: Same, choices: plain },
    Line { metric: "cagr", system: "empyrical", function: "annual_return", agreement: Same, choices: plain },
    Line { metric: "volatility", system: "empyrical", function: "annual_volatility", agreement: Same, choices: plain },
    Line { metric: "downside_deviation", system: "empyrical", function: "downside_risk", agreement: Same, choices: plain },
    Line { metric: "sharpe", system: "empyrical", function: "sharpe_ratio", agreement: Same, choices: plain },
    Line { metric: "sortino", system: "empyrical", function: "sortino_ratio", agreement: Same, choices: plain },
    Line { metric: "calmar", system: "empyrical", function: "calmar_ratio", agreement: Same, choices: plain },
    Line { metric: "max_drawdown", system: "empyrical", function: "max_drawdown", agreement: Same, choices: plain },
    Line { metric: "omega", system: "empyrical", function: "omega_ratio", agreement: Same, choices: plain },
    Line { metric: "stability", system: "empyrical", function: "stability_of_timeseries", agreement: Same, choices: plain },
    Line { metric: "tail_ratio", system: "empyrical", function: "tail_ratio", agreement: Same, choices: plain },
    Line { metric: "var_95", system: "empyrical", function: "value_at_risk_0.05", agreement: Same, choices: plain },
    Line { metric: "cvar_95", system: "empyrical", function: "conditional_value_at_risk_0.05", agreement: Same, choices: plain },
    Line { metric: "sharpe", system: "empyrical", function: "sharpe_ratio_rf_per_period_0.0001", agreement: Same, choices: a_basis_point },
    Line { metric: "sortino", system: "empyrical", function: "sortino_ratio_required_0.0001", agreement: Same, choices: a_basis_point },
    Line { metric: "omega", system: "empyrical", function: "omega_ratio_required_annual_0.05", agreement: Same, choices: five_per_cent },
    Line { metric: "total_return", system: "quantstats", function: "comp", agreement: Same, choices: plain },
    Line { metric: "cagr", system: "quantstats", function: "cagr", agreement: Same, choices: plain },
    Line { metric: "volatility", system: "quantstats", function: "volatility", agreement: Same, choices: plain },
    Line { metric: "sharpe", system: "quantstats", function: "sharpe", agreement: Same, choices: plain },
    Line { metric: "sortino", system: "quantstats", function: "sortino", agreement: Same, choices: plain },
    Line { metric: "calmar", system: "quantstats", function: "calmar", agreement: Same, choices: plain },
    Line { metric: "max_drawdown", system: "quantstats", function: "max_drawdown", agreement: Same, choices: plain },
    Line { metric: "best", system: "quantstats", function: "best", agreement: Same, choices: plain },
    Line { metric: "worst", system: "quantstats", function: "worst", agreement: Same, choices: plain },
    Line { metric: "win_rate", system: "quantstats", function: "win_rate", agreement: Same, choices: plain },
    Line { metric: "arithmetic_mean", system: "quantstats", function: "avg_return", agreement: Same, choices: plain },
    Line { metric: "geometric_mean", system: "quantstats", function: "geometric_mean", agreement: Same, choices: plain },
    Line { metric: "exposure", system: "quantstats", function: "exposure", agreement: Same, choices: plain },
    Line { metric: "average_win", system: "quantstats", function: "avg_win", agreement: Same, choices: plain },
    Line { metric: "average_loss", system: "quantstats", function: "avg_loss", agreement: Same, choices: plain },
    Line { metric: "payoff_ratio", system: "quantstats", function: "payoff_ratio", agreement: Same, choices: plain },
    Line { metric: "profit_factor", system: "quantstats", function: "profit_factor", agreement: Same, choices: plain },
    Line { metric: "gain_to_pain", system: "quantstats", function: "gain_to_pain_ratio", agreement: Same, choices: plain },
    Line { metric: "kelly_fraction", system: "quantstats", function: "kelly_criterion", agreement: Same, choices: plain },
    Line { metric: "risk_of_ruin", system: "quantstats", function: "risk_of_ruin", agreement: Same, choices: plain },
    Line { metric: "longest_winning_run", system: "quantstats", function: "consecutive_wins", agreement: Same, choices: plain },
    Line { metric: "longest_losing_run", system: "quantstats", function: "consecutive_losses", agreement: Same, choices: plain },
    Line { metric: "cpc_index", system: "quantstats", function: "cpc_index", agreement: Same, choices: plain },
    Line { metric: "outlier_win_ratio", system: "quantstats", function: "outlier_win_ratio", agreement: Same, choices: plain },
    Line { metric: "outlier_loss_ratio", system: "quantstats", function: "outlier_loss_ratio", agreement: Same, choices: plain },
    Line { metric: "ulcer_index", system: "quantstats", function: "ulcer_index", agreement: SameBut("with_nan", "same, but a missing row repeats the depth before it and counts as a period"), choices: plain },
    Line { metric: "martin_ratio", system: "quantstats", function: "upi", agreement: Differs("divides the total return, which grows with the length of the series, in place of the yearly growth"), choices: plain },
    Line { metric: "recovery_factor", system: "quantstats", function: "recovery_factor", agreement: Differs("adds the returns up instead of compounding them, and drops the sign"), choices: plain },
    Line { metric: "serenity", system: "quantstats", function: "serenity_index", agreement: Differs("adds the returns up, takes a Gaussian shortfall of the drawdowns and a deviation per period"), choices: plain },
    Line { metric: "var_95", system: "quantstats", function: "value_at_risk", agreement: Same, choices: plain },
    Line { metric: "cvar_95", system: "quantstats", function: "conditional_value_at_risk", agreement: Same, choices: plain },
    Line { metric: "historical_cvar_95", system: "quantstats", function: "cvar_historical", agreement: Same, choices: plain },
    Line { metric: "tail_ratio", system: "quantstats", function: "tail_ratio", agreement: Same, choices: plain },
    Line { metric: "common_sense_ratio", system: "quantstats", function: "common_sense_ratio", agreement: Same, choices: plain },
    Line { metric: "skewness", system: "quantstats", function: "skew", agreement: Same, choices: plain },
    Line { metric: "kurtosis", system: "quantstats", function: "kurtosis", agreement: Same, choices: plain },
    Line { metric: "omega", system: "quantstats", function: "omega", agreement: Same, choices: plain },
    Line { metric: "risk_return_ratio", system: "quantstats", function: "risk_return_ratio", agreement: Same, choices: plain },
    Line { metric: "adjusted_sortino", system: "quantstats", function: "adjusted_sortino", agreement: Same, choices: plain },
    Line { metric: "autocorrelation_penalty", system: "quantstats", function: "autocorr_penalty", agreement: Same, choices: plain },
    Line { metric: "smart_sharpe", system: "quantstats", function: "smart_sharpe", agreement: Same, choices: plain },
    Line { metric: "smart_sortino", system: "quantstats", function: "smart_sortino", agreement: Same, choices: plain },
    Line { metric: "sharpe", system: "quantstats", function: "sharpe_rf_annual_0.02", agreement: Same, choices: two_per_cent },
    Line { metric: "omega", system: "quantstats", function: "omega_required_annual_0.05", agreement: Same, choices: five_per_cent },
    Line { metric: "total_return", system: "ffn", function: "total_return", agreement: Same, choices: plain },
    Line { metric: "cagr", system: "ffn", function: "cagr", agreement: Same, choices: plain },
    Line { metric: "annual_return", system: "ffn", function: "daily_mean (monthly_mean)", agreement: Same, choices: plain },
    Line { metric: "volatility", system: "ffn", function: "daily_vol (monthly_vol)", agreement: Same, choices: plain },
    Line { metric: "sharpe", system: "ffn", function: "fn_calc_sharpe", agreement: Same, choices: plain },
    Line { metric: "sortino", system: "ffn", function: "fn_calc_sortino_ratio", agreement: Same, choices: plain },
    Line { metric: "calmar", system: "ffn", function: "calmar", agreement: Same, choices: plain },
    Line { metric: "max_drawdown", system: "ffn", function: "max_drawdown", agreement: Same, choices: plain },
    Line { metric: "best", system: "ffn", function: "best_day (best_month)", agreement: Same, choices: plain },
    Line { metric: "worst", system: "ffn", function: "worst_day (worst_month)", agreement: Same, choices: plain },
    Line { metric: "skewness", system: "ffn", function: "daily_skew (monthly_skew)", agreement: Same, choices: plain },
    Line { metric: "kurtosis", system: "ffn", function: "daily_kurt (monthly_kurt)", agreement: Same, choices: plain },
    Line { metric: "average_drawdown", system: "ffn", function: "avg_drawdown", agreement: Same, choices: plain },
    Line { metric: "average_drawdown_length", system: "ffn", function: "avg_drawdown_days", agreement: Differs("counts calendar days, ours periods"), choices: plain },
    Line { metric: "ulcer_index", system: "ffn", function: "fn_ulcer_index", agreement: ScaledBut(100.0, "with_nan", "same in per cents, but a missing row repeats the depth before it and counts as a period"), choices: plain },
    Line { metric: "martin_ratio", system: "ffn", function: "fn_upi", agreement: SameBut("with_nan", "same, but a missing row repeats the depth before it and counts as a period"), choices: plain },
    Line { metric: "sharpe", system: "ffn", function: "fn_risk_return_ratio", agreement: Same, choices: plain },
];

/// A value that PerformanceAnalytics printed or documents.
pub(crate) struct Printed {
    pub(crate) metric: &'static str,
    pub(crate) call: &'static str,
    pub(crate) returns: fn() -> Vec<f64>,
    pub(crate) choices: fn(&mut Convention),
    /// What their function makes of our metric.
    pub(crate) theirs: fn(f64) -> f64,
    pub(crate) expected: f64,
    pub(crate) tolerance: f64,
    pub(crate) differs: Option<&'static str>,
}

impl Printed {
    pub(crate) fn ours(&self) -> Result<f64, Undefined> {
        let mut convention = Convention::performance_analytics();
        (self.choices)(&mut convention);
        let terms = Terms::new(&convention, PeriodsPerYear::new(12.0).unwrap());
        let returns = (self.returns)();
        let sample = Sample::new(&returns, &terms, None);
        sample
            .value(Metric::named(self.metric).unwrap())
            .map(self.theirs)
    }
}

fn year(of: &[f64]) -> Vec<f64> {
    of[..12].to_vec()
}

/// Returns above 4 % a year.
fn above_rf4(of: &[f64]) -> Vec<f64> {
    of.iter().map(|r| r - 0.04 / 12.0).collect()
}

fn as_it_is(value: f64) -> f64 {
    value
}

fn negated(value: f64) -> f64 {
    -value
}

/// Ours is per year, theirs per month.
fn per_month(value: f64) -> f64 {
    value / 12.0_f64.sqrt()
}

fn subset(convention: &mut Convention) {
    convention.downside = DownsideOver::Losers;
}

fn population(convention: &mut Convention) {
    convention.ddof = 0;
}

fn rf35(convention: &mut Convention) {
    convention.risk_free = Rate::Period {
        value: 0.035 / 12.0,
    };
}

fn rf4(convention: &mut Convention) {
    convention.risk_free = Rate::Period { value: 0.04 / 12.0 };
}

fn arithmetic(convention: &mut Convention) {
    convention.annual_mean = AnnualMean::Arithmetic;
}

fn arithmetic_rf4(convention: &mut Convention) {
    arithmetic(convention);
    rf4(convention);
}

fn mar5(convention: &mut Convention) {
    convention.minimum_acceptable = Rate::Period { value: 0.05 / 12.0 };
}

fn mar_half(convention: &mut Convention) {
    convention.minimum_acceptable = Rate::Period { value: 0.005 };
}

fn mar_five(convention: &mut Convention) {
    convention.minimum_acceptable = Rate::Period { value: 0.05 };
}

#[rustfmt::skip]
pub(crate) const PUBLISHED: &[Printed] = &[
    Printed { metric: "total_return", call: "Return.cumulative(managers)", returns: || HAM1.to_vec(), choices: plain, theirs: as_it_is, expected: 3.1266, tolerance: 1e-4, differs: None },
    Printed { metric: "total_return", call: "Return.cumulative(managers)", returns: || HAM4.to_vec(), choices: plain, theirs: as_it_is, expected: 2.5294, tolerance: 1e-4, differs: None },
    Printed { metric: "cagr", call: "Return.annualized(managers)", returns: || HAM1.to_vec(), choices: plain, theirs: as_it_is, expected: 0.1375, tolerance: 1e-4, differs: None },
    Printed { metric: "cagr", call: "Return.annualized(managers)", returns: || HAM4.to_vec(), choices: plain, theirs: as_it_is, expected: 0.1215, tolerance: 1e-4, differs: None },
    Printed { metric: "volatility", call: "table.AnnualizedReturns(managers)", returns: || HAM1.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0888, tolerance: 1e-4, differs: None },
    Printed { metric: "volatility", call: "table.AnnualizedReturns(managers)", returns: || HAM4.to_vec(), choices: plain, theirs: as_it_is, expected: 0.1843, tolerance: 1e-4, differs: None },
    Printed { metric: "volatility", call: "sd.annualized(edhec)", returns: || CONVERTIBLE.to_vec(), choices: population, theirs: as_it_is, expected: 0.058, tolerance: 1e-4, differs: None },
    Printed { metric: "volatility", call: "sd.annualized(edhec)", returns: || CTA.to_vec(), choices: population, theirs: as_it_is, expected: 0.0789, tolerance: 1e-4, differs: None },
    Printed { metric: "volatility", call: "sd.annualized(edhec)", returns: || MACRO.to_vec(), choices: population, theirs: as_it_is, expected: 0.0506, tolerance: 1e-4, differs: None },
    Printed { metric: "sharpe", call: "SharpeRatio.annualized(managers)", returns: || HAM1.to_vec(), choices: plain, theirs: as_it_is, expected: 1.5491, tolerance: 1e-4, differs: None },
    Printed { metric: "sharpe", call: "SharpeRatio.annualized(managers)", returns: || HAM4.to_vec(), choices: plain, theirs: as_it_is, expected: 0.6592, tolerance: 1e-4, differs: None },
    Printed { metric: "sharpe", call: "SharpeRatio.annualized(managers, Rf = 0.035/12)", returns: || HAM1.to_vec(), choices: rf35, theirs: as_it_is, expected: 1.1091, tolerance: 1e-4, differs: Some("compounds the excess returns; ours subtracts the yearly risk-free return from the growth") },
    Printed { metric: "sharpe", call: "SharpeRatio.annualized(managers, Rf = 0.035/12)", returns: || HAM4.to_vec(), choices: rf35, theirs: as_it_is, expected: 0.5274, tolerance: 1e-4, differs: Some("compounds the excess returns; ours subtracts the yearly risk-free return from the growth") },
    Printed { metric: "sharpe", call: "SharpeRatio(edhec, Rf = 0.04/12, FUN = \"StdDev\")", returns: || CONVERTIBLE.to_vec(), choices: arithmetic_rf4, theirs: per_month, expected: 0.1466, tolerance: 1e-4, differs: None },
    Printed { metric: "sharpe", call: "SharpeRatio(edhec, Rf = 0.04/12, FUN = \"StdDev\")", returns: || CTA.to_vec(), choices: arithmetic_rf4, theirs: per_month, expected: 0.0431, tolerance: 1e-4, differs: None },
    Printed { metric: "sharpe", call: "SharpeRatio(edhec, Rf = 0.04/12, FUN = \"StdDev\")", returns: || MACRO.to_vec(), choices: arithmetic_rf4, theirs: per_month, expected: 0.1548, tolerance: 1e-4, differs: None },
    Printed { metric: "sortino", call: "SortinoRatio(managers)", returns: || HAM1.to_vec(), choices: arithmetic, theirs: per_month, expected: 0.7649, tolerance: 1e-4, differs: None },
    Printed { metric: "sortino", call: "SortinoRatio(managers)", returns: || HAM4.to_vec(), choices: arithmetic, theirs: per_month, expected: 0.3234, tolerance: 1e-4, differs: None },
    Printed { metric: "downside_deviation", call: "DownsideDeviation(managers)", returns: || HAM1.to_vec(), choices: plain, theirs: per_month, expected: 0.0145, tolerance: 1e-4, differs: None },
    Printed { metric: "downside_deviation", call: "DownsideDeviation(managers)", returns: || HAM4.to_vec(), choices: plain, theirs: per_month, expected: 0.034, tolerance: 1e-4, differs: None },
    Printed { metric: "downside_deviation", call: "DownsideDeviation(edhec, MAR = 0.05/12)", returns: || CONVERTIBLE.to_vec(), choices: mar5, theirs: per_month, expected: 0.0131, tolerance: 1e-4, differs: None },
    Printed { metric: "downside_deviation", call: "DownsideDeviation(edhec, MAR = 0.05/12)", returns: || CTA.to_vec(), choices: mar5, theirs: per_month, expected: 0.0156, tolerance: 1e-4, differs: None },
    Printed { metric: "downside_deviation", call: "DownsideDeviation(edhec, MAR = 0.05/12)", returns: || MACRO.to_vec(), choices: mar5, theirs: per_month, expected: 0.0085, tolerance: 1e-4, differs: None },
    Printed { metric: "calmar", call: "CalmarRatio(managers)", returns: || HAM1.to_vec(), choices: plain, theirs: as_it_is, expected: 0.9061, tolerance: 1e-4, differs: None },
    Printed { metric: "calmar", call: "CalmarRatio(managers)", returns: || HAM4.to_vec(), choices: plain, theirs: as_it_is, expected: 0.4227, tolerance: 1e-4, differs: None },
    Printed { metric: "max_drawdown", call: "maxDrawdown(edhec)", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: negated, expected: 0.2927, tolerance: 1e-4, differs: None },
    Printed { metric: "max_drawdown", call: "maxDrawdown(edhec)", returns: || CTA.to_vec(), choices: plain, theirs: negated, expected: 0.1256, tolerance: 1e-4, differs: None },
    Printed { metric: "max_drawdown", call: "maxDrawdown(edhec)", returns: || MACRO.to_vec(), choices: plain, theirs: negated, expected: 0.0792, tolerance: 1e-4, differs: None },
    Printed { metric: "best", call: "table.Stats(edhec): Maximum", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0611, tolerance: 1e-4, differs: None },
    Printed { metric: "best", call: "table.Stats(edhec): Maximum", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0691, tolerance: 1e-4, differs: None },
    Printed { metric: "worst", call: "table.Stats(edhec): Minimum", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: -0.1237, tolerance: 1e-4, differs: None },
    Printed { metric: "worst", call: "table.Stats(edhec): Minimum", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0568, tolerance: 1e-4, differs: None },
    Printed { metric: "arithmetic_mean", call: "table.Stats(edhec): Arithmetic Mean", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0058, tolerance: 1e-4, differs: None },
    Printed { metric: "arithmetic_mean", call: "table.Stats(edhec): Arithmetic Mean", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0043, tolerance: 1e-4, differs: None },
    Printed { metric: "geometric_mean", call: "table.Stats(edhec): Geometric Mean", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0056, tolerance: 1e-4, differs: None },
    Printed { metric: "geometric_mean", call: "table.Stats(edhec): Geometric Mean", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0041, tolerance: 1e-4, differs: None },
    Printed { metric: "median", call: "table.Stats(edhec): Median", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0065, tolerance: 1e-4, differs: None },
    Printed { metric: "median", call: "table.Stats(edhec): Median", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: 0.002, tolerance: 1e-4, differs: None },
    Printed { metric: "mean_absolute_deviation", call: "MeanAbsoluteDeviation", returns: || BACON.to_vec(), choices: plain, theirs: as_it_is, expected: 0.031, tolerance: 1e-4, differs: None },
    Printed { metric: "mean_absolute_deviation", call: "MeanAbsoluteDeviation", returns: || year(HAM1), choices: plain, theirs: as_it_is, expected: 0.0125, tolerance: 1e-4, differs: None },
    Printed { metric: "semi_deviation", call: "SemiDeviation", returns: || HAM1.to_vec(), choices: plain, theirs: as_it_is, expected: 0.019, tolerance: 1e-4, differs: None },
    Printed { metric: "semi_deviation", call: "SemiDeviation", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0136, tolerance: 1e-4, differs: None },
    Printed { metric: "semi_deviation", call: "SemiDeviation", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0156, tolerance: 1e-4, differs: None },
    Printed { metric: "semi_deviation", call: "SemiDeviation", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0093, tolerance: 1e-4, differs: None },
    Printed { metric: "upside_deviation", call: "UpsideRisk(stat = \"risk\", MAR = 0.005)", returns: || BACON.to_vec(), choices: mar_half, theirs: per_month, expected: 0.0293, tolerance: 1e-4, differs: None },
    Printed { metric: "upside_deviation", call: "UpsideRisk(stat = \"risk\")", returns: || year(HAM1), choices: plain, theirs: per_month, expected: 0.0179, tolerance: 1e-4, differs: None },
    Printed { metric: "downside_potential", call: "DownsidePotential(MAR = 0.005)", returns: || BACON.to_vec(), choices: mar_half, theirs: as_it_is, expected: 0.0137, tolerance: 1e-4, differs: None },
    Printed { metric: "upside_potential", call: "UpsideRisk(stat = \"potential\", MAR = 0.005)", returns: || BACON.to_vec(), choices: mar_half, theirs: as_it_is, expected: 0.0177, tolerance: 1e-4, differs: None },
    Printed { metric: "downside_frequency", call: "DownsideFrequency(MAR = 0.005)", returns: || BACON.to_vec(), choices: mar_half, theirs: as_it_is, expected: 0.4583, tolerance: 1e-4, differs: None },
    Printed { metric: "downside_frequency", call: "DownsideFrequency", returns: || year(HAM1), choices: plain, theirs: as_it_is, expected: 0.25, tolerance: 1e-4, differs: None },
    Printed { metric: "upside_frequency", call: "UpsideFrequency(MAR = 0.005)", returns: || BACON.to_vec(), choices: mar_half, theirs: as_it_is, expected: 0.5416, tolerance: 1e-4, differs: None },
    Printed { metric: "upside_frequency", call: "UpsideFrequency", returns: || year(HAM1), choices: plain, theirs: as_it_is, expected: 0.75, tolerance: 1e-4, differs: None },
    Printed { metric: "autocorrelation_1", call: "table.Autocorrelation(managers)", returns: || HAM1.to_vec(), choices: plain, theirs: as_it_is, expected: 0.189, tolerance: 1e-4, differs: None },
    Printed { metric: "autocorrelation_1", call: "table.Autocorrelation(managers)", returns: || HAM4.to_vec(), choices: plain, theirs: as_it_is, expected: 0.1954, tolerance: 1e-4, differs: None },
    Printed { metric: "kelly_fraction", call: "KellyRatio(managers, Rf = 0.04/12)", returns: || HAM1.to_vec(), choices: rf4, theirs: as_it_is, expected: 5.9294, tolerance: 1e-4, differs: None },
    Printed { metric: "martin_ratio", call: "MartinRatio(managers)", returns: || year(HAM1), choices: plain, theirs: as_it_is, expected: 15.5212, tolerance: 1e-4, differs: None },
    Printed { metric: "martin_ratio", call: "MartinRatio(managers)", returns: || year(HAM4), choices: plain, theirs: as_it_is, expected: 13.5996, tolerance: 1e-4, differs: None },
    Printed { metric: "pain_ratio", call: "PainRatio", returns: || BACON.to_vec(), choices: plain, theirs: as_it_is, expected: 2.5926, tolerance: 1e-4, differs: None },
    Printed { metric: "pain_ratio", call: "PainRatio", returns: || year(HAM1), choices: plain, theirs: as_it_is, expected: 36.6663, tolerance: 1e-4, differs: None },
    Printed { metric: "sterling_ratio", call: "SterlingRatio(managers)", returns: || HAM1.to_vec(), choices: plain, theirs: as_it_is, expected: 0.5462, tolerance: 1e-4, differs: None },
    Printed { metric: "sterling_ratio", call: "SterlingRatio(managers)", returns: || HAM4.to_vec(), choices: plain, theirs: as_it_is, expected: 0.3136, tolerance: 1e-4, differs: None },
    Printed { metric: "burke_ratio", call: "BurkeRatio", returns: || BACON.to_vec(), choices: plain, theirs: as_it_is, expected: 0.7447, tolerance: 1e-4, differs: Some("sums over runs of losing periods, ours over drawdowns from a peak") },
    Printed { metric: "burke_ratio", call: "BurkeRatio", returns: || year(HAM1), choices: plain, theirs: as_it_is, expected: 4.7797, tolerance: 1e-4, differs: Some("sums over runs of losing periods, ours over drawdowns from a peak") },
    Printed { metric: "burke_ratio", call: "BurkeRatio", returns: || year(HAM4), choices: plain, theirs: as_it_is, expected: 4.0481, tolerance: 1e-4, differs: Some("sums over runs of losing periods, ours over drawdowns from a peak") },
    Printed { metric: "cdar_95", call: "CDD(edhec)", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: negated, expected: 0.1487, tolerance: 1e-4, differs: Some("averages the depths of drawdowns, ours the depth after every period, as the paper does") },
    Printed { metric: "cdar_95", call: "CDD(edhec)", returns: || CTA.to_vec(), choices: plain, theirs: negated, expected: 0.1087, tolerance: 1e-4, differs: Some("averages the depths of drawdowns, ours the depth after every period, as the paper does") },
    Printed { metric: "cdar_95", call: "CDD(edhec)", returns: || MACRO.to_vec(), choices: plain, theirs: negated, expected: 0.0528, tolerance: 1e-4, differs: Some("averages the depths of drawdowns, ours the depth after every period, as the paper does") },
    Printed { metric: "gaussian_var_95", call: "VaR(edhec, p = 0.95, method = \"gaussian\")", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0217, tolerance: 1e-4, differs: None },
    Printed { metric: "gaussian_var_95", call: "VaR(edhec, p = 0.95, method = \"gaussian\")", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0331, tolerance: 1e-4, differs: None },
    Printed { metric: "gaussian_var_95", call: "VaR(edhec, p = 0.95, method = \"gaussian\")", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0184, tolerance: 1e-4, differs: None },
    Printed { metric: "gaussian_cvar_95", call: "ES(edhec, p = 0.95, method = \"gaussian\")", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0287, tolerance: 1e-4, differs: None },
    Printed { metric: "gaussian_cvar_95", call: "ES(edhec, p = 0.95, method = \"gaussian\")", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0426, tolerance: 1e-4, differs: None },
    Printed { metric: "gaussian_cvar_95", call: "ES(edhec, p = 0.95, method = \"gaussian\")", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0245, tolerance: 1e-4, differs: None },
    Printed { metric: "var_95", call: "table.DownsideRisk(edhec): Modified VaR", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0257, tolerance: 1e-4, differs: None },
    Printed { metric: "var_95", call: "table.DownsideRisk(edhec): Modified VaR", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: -0.032, tolerance: 1e-4, differs: None },
    Printed { metric: "var_95", call: "table.DownsideRisk(edhec): Modified VaR", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0138, tolerance: 1e-4, differs: None },
    Printed { metric: "cvar_95", call: "table.DownsideRisk(edhec): Modified ES", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0894, tolerance: 1e-4, differs: None },
    Printed { metric: "cvar_95", call: "table.DownsideRisk(edhec): Modified ES", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0404, tolerance: 1e-4, differs: None },
    Printed { metric: "cvar_95", call: "table.DownsideRisk(edhec): Modified ES", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: -0.017, tolerance: 1e-4, differs: None },
    Printed { metric: "var_99", call: "VaR(edhec, p = 0.99)", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0953, tolerance: 1e-4, differs: None },
    Printed { metric: "var_99", call: "VaR(edhec, p = 0.99)", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0456, tolerance: 1e-4, differs: None },
    Printed { metric: "var_99", call: "VaR(edhec, p = 0.99)", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: -0.023, tolerance: 1e-4, differs: None },
    Printed { metric: "cvar_99", call: "ES(edhec, p = 0.99)", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0953, tolerance: 1e-4, differs: None },
    Printed { metric: "cvar_99", call: "ES(edhec, p = 0.99)", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: -0.052, tolerance: 1e-4, differs: None },
    Printed { metric: "cvar_99", call: "ES(edhec, p = 0.99)", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: -0.023, tolerance: 1e-4, differs: None },
    Printed { metric: "historical_var_95", call: "table.DownsideRisk(edhec): Historical VaR", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0151, tolerance: 1e-4, differs: None },
    Printed { metric: "historical_var_95", call: "table.DownsideRisk(edhec): Historical VaR", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0315, tolerance: 1e-4, differs: None },
    Printed { metric: "historical_var_95", call: "table.DownsideRisk(edhec): Historical VaR", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0149, tolerance: 1e-4, differs: None },
    Printed { metric: "historical_cvar_95", call: "table.DownsideRisk(edhec): Historical ES", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0388, tolerance: 1e-4, differs: None },
    Printed { metric: "historical_cvar_95", call: "table.DownsideRisk(edhec): Historical ES", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0406, tolerance: 1e-4, differs: None },
    Printed { metric: "historical_cvar_95", call: "table.DownsideRisk(edhec): Historical ES", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0211, tolerance: 1e-4, differs: None },
    Printed { metric: "skewness", call: "table.Stats(edhec): Skewness", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: -2.597, tolerance: 1e-4, differs: None },
    Printed { metric: "skewness", call: "table.Stats(edhec): Skewness", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: 0.1628, tolerance: 1e-4, differs: None },
    Printed { metric: "kurtosis", call: "table.Stats(edhec): Kurtosis", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: 18.6011, tolerance: 1e-4, differs: None },
    Printed { metric: "kurtosis", call: "table.Stats(edhec): Kurtosis", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0076, tolerance: 1e-4, differs: None },
    Printed { metric: "omega", call: "Omega(edhec)", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: 2.8484, tolerance: 1e-4, differs: None },
    Printed { metric: "omega", call: "Omega(edhec)", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: 1.6185, tolerance: 1e-4, differs: None },
    Printed { metric: "omega", call: "Omega(edhec)", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: 2.8979, tolerance: 1e-4, differs: None },
    Printed { metric: "omega_sharpe", call: "OmegaSharpeRatio(MAR = 0.005)", returns: || BACON.to_vec(), choices: mar_half, theirs: as_it_is, expected: 0.2917, tolerance: 1e-4, differs: None },
    Printed { metric: "omega_sharpe", call: "OmegaSharpeRatio", returns: || year(HAM1), choices: plain, theirs: as_it_is, expected: 3.5983, tolerance: 1e-4, differs: None },
    Printed { metric: "upside_potential_ratio", call: "UpsidePotentialRatio(edhec), subset", returns: || CONVERTIBLE.to_vec(), choices: subset, theirs: as_it_is, expected: 0.4988, tolerance: 1e-4, differs: None },
    Printed { metric: "upside_potential_ratio", call: "UpsidePotentialRatio(edhec), subset", returns: || CTA.to_vec(), choices: subset, theirs: as_it_is, expected: 1.0552, tolerance: 1e-4, differs: None },
    Printed { metric: "bernardo_ledoit", call: "BernardoLedoitRatio(managers)", returns: || year(HAM1), choices: plain, theirs: as_it_is, expected: 4.5983, tolerance: 1e-4, differs: None },
    Printed { metric: "bernardo_ledoit", call: "BernardoLedoitRatio(managers)", returns: || year(HAM4), choices: plain, theirs: as_it_is, expected: 3.615, tolerance: 1e-4, differs: None },
    Printed { metric: "d_ratio", call: "DRatio", returns: || BACON.to_vec(), choices: plain, theirs: as_it_is, expected: 0.4013, tolerance: 1e-4, differs: None },
    Printed { metric: "d_ratio", call: "DRatio", returns: || year(HAM1), choices: plain, theirs: as_it_is, expected: 0.0724, tolerance: 1e-4, differs: None },
    Printed { metric: "prospect_ratio", call: "ProspectRatio(MAR = 0.05)", returns: || BACON.to_vec(), choices: mar_five, theirs: as_it_is, expected: -0.1347, tolerance: 1e-4, differs: Some("divides the target by the number of periods as well") },
    Printed { metric: "prospect_ratio", call: "ProspectRatio", returns: || year(HAM1), choices: plain, theirs: as_it_is, expected: 0.9737, tolerance: 1e-4, differs: None },
    Printed { metric: "volatility_skewness", call: "VolatilitySkewness(MAR = 0.005, stat = \"variability\")", returns: || BACON.to_vec(), choices: mar_half, theirs: f64::sqrt, expected: 1.1502, tolerance: 1e-4, differs: None },
    Printed { metric: "modified_sharpe", call: "SharpeRatio(edhec, Rf = 0.04/12, FUN = \"VaR\")", returns: || above_rf4(CONVERTIBLE), choices: plain, theirs: as_it_is, expected: 0.0847, tolerance: 1e-4, differs: None },
    Printed { metric: "modified_sharpe", call: "SharpeRatio(edhec, Rf = 0.04/12, FUN = \"VaR\")", returns: || above_rf4(CTA), choices: plain, theirs: as_it_is, expected: 0.0278, tolerance: 1e-4, differs: None },
    Printed { metric: "modified_sharpe", call: "SharpeRatio(edhec, Rf = 0.04/12, FUN = \"VaR\")", returns: || above_rf4(MACRO), choices: plain, theirs: as_it_is, expected: 0.1321, tolerance: 1e-4, differs: None },
    Printed { metric: "conditional_sharpe", call: "SharpeRatio(edhec, Rf = 0.04/12, FUN = \"ES\")", returns: || above_rf4(CONVERTIBLE), choices: plain, theirs: as_it_is, expected: 0.0265, tolerance: 1e-4, differs: None },
    Printed { metric: "conditional_sharpe", call: "SharpeRatio(edhec, Rf = 0.04/12, FUN = \"ES\")", returns: || above_rf4(CTA), choices: plain, theirs: as_it_is, expected: 0.0225, tolerance: 1e-4, differs: None },
    Printed { metric: "conditional_sharpe", call: "SharpeRatio(edhec, Rf = 0.04/12, FUN = \"ES\")", returns: || above_rf4(MACRO), choices: plain, theirs: as_it_is, expected: 0.1115, tolerance: 1e-4, differs: None },
    Printed { metric: "adjusted_sharpe", call: "AdjustedSharpeRatio(managers)", returns: || year(HAM1), choices: arithmetic, theirs: as_it_is, expected: 1.9617, tolerance: 1e-4, differs: None },
    Printed { metric: "adjusted_sharpe", call: "AdjustedSharpeRatio(managers)", returns: || year(HAM4), choices: arithmetic, theirs: as_it_is, expected: 1.7707, tolerance: 1e-4, differs: None },
    Printed { metric: "skewness_kurtosis_ratio", call: "SkewnessKurtosisRatio(managers)", returns: || year(HAM1), choices: plain, theirs: as_it_is, expected: -0.1364, tolerance: 1e-4, differs: None },
    Printed { metric: "skewness_kurtosis_ratio", call: "SkewnessKurtosisRatio(managers)", returns: || year(HAM4), choices: plain, theirs: as_it_is, expected: -0.0264, tolerance: 1e-4, differs: None },
    Printed { metric: "cornish_fisher_var_95", call: "table.DownsideRisk(edhec): Modified VaR", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0257, tolerance: 1e-4, differs: None },
    Printed { metric: "cornish_fisher_var_95", call: "table.DownsideRisk(edhec): Modified VaR", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: -0.032, tolerance: 1e-4, differs: None },
    Printed { metric: "cornish_fisher_var_95", call: "table.DownsideRisk(edhec): Modified VaR", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0138, tolerance: 1e-4, differs: None },
    Printed { metric: "cornish_fisher_cvar_95", call: "table.DownsideRisk(edhec): Modified ES", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0894, tolerance: 1e-4, differs: None },
    Printed { metric: "cornish_fisher_cvar_95", call: "table.DownsideRisk(edhec): Modified ES", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: -0.0404, tolerance: 1e-4, differs: None },
    Printed { metric: "cornish_fisher_cvar_95", call: "table.DownsideRisk(edhec): Modified ES", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: -0.017, tolerance: 1e-4, differs: None },
    Printed { metric: "gain_deviation", call: "table.DownsideRisk(edhec): Gain Deviation", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0095, tolerance: 1e-4, differs: None },
    Printed { metric: "gain_deviation", call: "table.DownsideRisk(edhec): Gain Deviation", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0153, tolerance: 1e-4, differs: None },
    Printed { metric: "gain_deviation", call: "table.DownsideRisk(edhec): Gain Deviation", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0119, tolerance: 1e-4, differs: None },
    Printed { metric: "loss_deviation", call: "table.DownsideRisk(edhec): Loss Deviation", returns: || CONVERTIBLE.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0203, tolerance: 1e-4, differs: None },
    Printed { metric: "loss_deviation", call: "table.DownsideRisk(edhec): Loss Deviation", returns: || CTA.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0123, tolerance: 1e-4, differs: None },
    Printed { metric: "loss_deviation", call: "table.DownsideRisk(edhec): Loss Deviation", returns: || MACRO.to_vec(), choices: plain, theirs: as_it_is, expected: 0.0067, tolerance: 1e-4, differs: None },
];
