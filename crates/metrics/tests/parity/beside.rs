//! The lines of the table for metrics against a benchmark.

use highwater_metrics::{
    Convention, Inputs, Metric, PeriodsPerYear, Rate, Sample, Terms, Undefined,
};

use super::{
    lines::Agreement::{self, Same, SameBut},
    monthly::{BACON, BACON_BENCHMARK, EDHEC, HAM1, HAM2, HAM3, HAM4, HAM5, HAM6, SP500},
    pairs::Pair,
};

/// A metric of ours and a function of a system's, which answered for every pair of series.
pub(crate) struct Beside {
    pub(crate) metric: &'static str,
    pub(crate) system: &'static str,
    pub(crate) function: &'static str,
    pub(crate) agreement: Agreement,
    pub(crate) theirs: fn(&Pair) -> f64,
}

const MISSING: &str =
    "same, but empyrical takes the benchmark's return of the days that the series misses";

#[rustfmt::skip]
pub(crate) const BESIDE: &[Beside] = &[
    Beside { metric: "alpha", system: "empyrical", function: "alpha", agreement: Same, theirs: |of| of.alpha },
    Beside { metric: "beta", system: "empyrical", function: "beta", agreement: Same, theirs: |of| of.beta },
    Beside { metric: "information_ratio_per_period", system: "empyrical", function: "excess_sharpe", agreement: Same, theirs: |of| of.excess_sharpe },
    Beside { metric: "up_capture", system: "empyrical", function: "up_capture", agreement: Same, theirs: |of| of.up_capture },
    Beside { metric: "down_capture", system: "empyrical", function: "down_capture", agreement: Same, theirs: |of| of.down_capture },
    Beside { metric: "capture_ratio", system: "empyrical", function: "up_down_capture", agreement: Same, theirs: |of| of.up_down_capture },
    Beside { metric: "total_capture", system: "empyrical", function: "capture", agreement: SameBut("with_nan", MISSING), theirs: |of| of.capture },
    Beside { metric: "batting_average", system: "empyrical", function: "batting_average: all", agreement: Same, theirs: |of| of.batting_average[0] },
    Beside { metric: "up_batting_average", system: "empyrical", function: "batting_average: up", agreement: Same, theirs: |of| of.batting_average[1] },
    Beside { metric: "down_batting_average", system: "empyrical", function: "batting_average: down", agreement: Same, theirs: |of| of.batting_average[2] },
    Beside { metric: "alpha", system: "quantstats", function: "greeks: alpha", agreement: Same, theirs: |of| of.quantstats_alpha },
    Beside { metric: "beta", system: "quantstats", function: "greeks: beta", agreement: Same, theirs: |of| of.quantstats_beta },
    Beside { metric: "r_squared", system: "quantstats", function: "r_squared", agreement: Same, theirs: |of| of.quantstats_r_squared },
    Beside { metric: "information_ratio_per_period", system: "quantstats", function: "information_ratio", agreement: Same, theirs: |of| of.quantstats_information_ratio },
    Beside { metric: "total_treynor_ratio", system: "quantstats", function: "treynor_ratio", agreement: Same, theirs: |of| of.quantstats_treynor },
];

/// Series and their benchmarks.
type Pairs = Vec<(&'static [f64], &'static [f64])>;

/// What PerformanceAnalytics printed for several pairs of series.
pub(crate) struct PrintedBeside {
    pub(crate) metric: &'static str,
    pub(crate) call: &'static str,
    pub(crate) pairs: fn() -> Pairs,
    pub(crate) choices: fn(&mut Convention),
    pub(crate) expected: &'static [f64],
}

impl PrintedBeside {
    pub(crate) fn ours(&self) -> Vec<Result<f64, Undefined>> {
        let mut convention = Convention::performance_analytics();
        (self.choices)(&mut convention);
        let terms = Terms::new(&convention, PeriodsPerYear::new(12.0).unwrap());
        let metric = Metric::named(self.metric).unwrap();
        let value = |(returns, benchmark)| {
            let inputs = Inputs {
                benchmark: Some(benchmark),
                ..Inputs::of(returns)
            };
            Sample::with(inputs, &terms).value(metric)
        };
        (self.pairs)().into_iter().map(value).collect()
    }
}

fn plain(_: &mut Convention) {}

fn population(convention: &mut Convention) {
    convention.ddof = 0;
}

fn rf35(convention: &mut Convention) {
    convention.risk_free = Rate::Period {
        value: 0.035 / 12.0,
    };
}

const HAM: [&[f64]; 6] = [HAM1, HAM2, HAM3, HAM4, HAM5, HAM6];

fn to_sp500() -> Pairs {
    HAM.into_iter().map(|manager| (manager, SP500)).collect()
}

fn to_edhec() -> Pairs {
    HAM.into_iter().map(|manager| (manager, EDHEC)).collect()
}

fn bacon() -> Pairs {
    vec![(BACON, BACON_BENCHMARK)]
}

/// Three managers over the twelve months of 1996.
fn in_1996() -> Pairs {
    let managers = [HAM1, HAM3, HAM4].into_iter();
    managers
        .map(|manager| (&manager[..12], &SP500[..12]))
        .collect()
}

/// Five managers over the twelve months of 2002.
fn in_2002() -> Pairs {
    let managers = HAM[..5].iter();
    managers
        .map(|manager| (&manager[72..84], &SP500[72..84]))
        .collect()
}

#[rustfmt::skip]
pub(crate) const PUBLISHED_BESIDE: &[PrintedBeside] = &[
    PrintedBeside { metric: "correlation", call: "table.Correlation(managers, EDHEC)", pairs: to_edhec, choices: plain, expected: &[0.5896, 0.7015, 0.8053, 0.6148, 0.4462, 0.7285] },
    PrintedBeside { metric: "correlation", call: "table.Correlation(managers, SP500)", pairs: to_sp500, choices: plain, expected: &[0.66, 0.4128, 0.6608, 0.5601, 0.2844, 0.5091] },
    PrintedBeside { metric: "henriksson_merton", call: "MarketTiming(HAM1, SP500, Rf = 0.035/12, method = \"HM\")", pairs: || vec![(HAM1, SP500)], choices: rf35, expected: &[-0.1344] },
    PrintedBeside { metric: "tracking_error", call: "TrackingError(managers, SP500)", pairs: to_sp500, choices: plain, expected: &[0.1131, 0.1533, 0.1158, 0.1596, 0.18, 0.1128] },
    PrintedBeside { metric: "specific_risk", call: "SpecificRisk", pairs: bacon, choices: population, expected: &[0.0329] },
    PrintedBeside { metric: "specific_risk", call: "SpecificRisk(managers[\"1996\"], SP500)", pairs: in_1996, choices: population, expected: &[0.0497, 0.0622, 0.0857] },
    PrintedBeside { metric: "active_return", call: "ActivePremium(managers, SP500)", pairs: to_sp500, choices: plain, expected: &[0.0407, 0.0775, 0.0544, 0.0247, 0.0218, 0.0758] },
    PrintedBeside { metric: "information_ratio", call: "InformationRatio(managers, SP500)", pairs: to_sp500, choices: plain, expected: &[0.3604, 0.5059, 0.4701, 0.1549, 0.1212, 0.6722] },
    PrintedBeside { metric: "information_ratio", call: "InformationRatio(managers, EDHEC)", pairs: to_edhec, choices: plain, expected: &[0.2593, 0.4162, 0.1279, -0.0294, -0.2277, 0.9667] },
    PrintedBeside { metric: "treynor_ratio", call: "TreynorRatio(managers, SP500, Rf = 0.035/12)", pairs: to_sp500, choices: rf35, expected: &[0.2528, 0.3925, 0.201, 0.1209, 0.0052, 0.3042] },
    PrintedBeside { metric: "modified_treynor_ratio", call: "TreynorRatio(modified = TRUE)", pairs: bacon, choices: plain, expected: &[0.7806] },
    PrintedBeside { metric: "modified_treynor_ratio", call: "TreynorRatio(managers[\"2002\"], SP500, modified = TRUE)", pairs: in_2002, choices: plain, expected: &[-0.7275, -6.0451, -2.1238, -0.499, -5.3748] },
    PrintedBeside { metric: "jensen_alpha", call: "Selectivity(managers[\"2002\"], SP500)", pairs: in_2002, choices: plain, expected: &[0.0378, -0.1015, -0.0941, 0.0943, -0.0866] },
    PrintedBeside { metric: "alternative_jensen_alpha", call: "AppraisalRatio(method = \"alternative\")", pairs: bacon, choices: plain, expected: &[-0.1066] },
    PrintedBeside { metric: "appraisal_ratio", call: "AppraisalRatio(method = \"appraisal\")", pairs: bacon, choices: population, expected: &[-0.4302] },
    PrintedBeside { metric: "appraisal_ratio", call: "AppraisalRatio(managers[\"1996\"], SP500)", pairs: in_1996, choices: population, expected: &[1.623, 3.5277, 0.707] },
    PrintedBeside { metric: "m2", call: "MSquared", pairs: bacon, choices: population, expected: &[0.1006] },
    PrintedBeside { metric: "m2", call: "MSquared(managers[\"1996\"], SP500)", pairs: in_1996, choices: population, expected: &[0.2544, 0.4028, 0.1982] },
    PrintedBeside { metric: "m2_excess", call: "MSquaredExcess(Method = \"arithmetic\")", pairs: bacon, choices: population, expected: &[-0.0173] },
    PrintedBeside { metric: "geometric_m2_excess", call: "MSquaredExcess(managers[\"1996\"], SP500)", pairs: in_1996, choices: population, expected: &[0.0202, 0.1409, -0.0254] },
    PrintedBeside { metric: "fama_beta", call: "FamaBeta(managers[\"1996\"], SP500)", pairs: in_1996, choices: population, expected: &[0.5351, 1.007, 1.0376] },
    PrintedBeside { metric: "net_selectivity", call: "NetSelectivity(HAM1[\"1996\"], SP500)", pairs: || in_1996()[..1].to_vec(), choices: population, expected: &[0.0133] },
    PrintedBeside { metric: "up_capture", call: "UpDownRatios(managers, SP500)", pairs: to_sp500, choices: plain, expected: &[0.3215, 0.3462, 0.5261, 0.7675, 0.3678, 0.7182] },
    PrintedBeside { metric: "up_capture", call: "table.UpDownRatios(managers, EDHEC)", pairs: to_edhec, choices: plain, expected: &[1.0017, 1.3349, 1.5373, 2.284, 0.8564, 1.4836] },
    PrintedBeside { metric: "down_capture", call: "UpDownRatios(managers, SP500)", pairs: to_sp500, choices: plain, expected: &[0.377, 0.109, 0.5866, 0.8732, 0.4979, 0.3113] },
    PrintedBeside { metric: "down_capture", call: "table.UpDownRatios(managers, EDHEC)", pairs: to_edhec, choices: plain, expected: &[0.709, 0.8473, 1.359, 1.8126, 1.2373, 0.8592] },
    PrintedBeside { metric: "up_number_ratio", call: "UpDownRatios(managers, SP500)", pairs: to_sp500, choices: plain, expected: &[0.8941, 0.6835, 0.8705, 0.7647, 0.7083, 0.8372] },
    PrintedBeside { metric: "down_number_ratio", call: "UpDownRatios(managers, SP500)", pairs: to_sp500, choices: plain, expected: &[0.5106, 0.6956, 0.7659, 0.6595, 0.7241, 0.5238] },
    PrintedBeside { metric: "up_percentage_ratio", call: "UpDownRatios(managers, SP500)", pairs: to_sp500, choices: plain, expected: &[0.2941, 0.367, 0.4235, 0.4588, 0.3958, 0.5348] },
    PrintedBeside { metric: "down_percentage_ratio", call: "UpDownRatios(managers, SP500)", pairs: to_sp500, choices: plain, expected: &[0.8085, 0.8695, 0.8085, 0.5319, 0.8275, 0.7142] },
];
