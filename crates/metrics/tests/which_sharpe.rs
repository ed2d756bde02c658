//! Every number of `docs/which-sharpe.md`, computed anew: by the library, and by the plain formula beside it.
//!
//! `HIGHWATER_WRITE_GUIDE=1 cargo test -p highwater-metrics --test which_sharpe` writes the numbers anew.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a fixture of this test"
)]
mod golden;

use std::collections::BTreeMap;

use golden::GOLDEN;
use highwater_metrics::{
    AnnualMean, Convention, Dates, HigherMoments, Inputs, Metric, PeriodsPerYear, Rate, Sample,
    Terms,
    inference::{Trials, expected_maximum_sharpe, lo_factor, normal_interval},
};

const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/which-sharpe.md");
const DAY: i64 = 86_400_000_000;
const TRIALS: Trials = Trials {
    count: 20.0,
    variance: 0.01,
};

fn returns() -> &'static [f64] {
    let monthly = GOLDEN.iter().find(|golden| golden.name == "monthly_a");
    monthly.unwrap().returns
}

/// A metric of the series by a convention.
fn by(convention: &Convention, name: &str) -> f64 {
    let terms = Terms::new(convention, PeriodsPerYear::new(12.0).unwrap());
    let inputs = Inputs {
        dates: Some(Dates {
            from: 0,
            until: 1461 * DAY,
        }),
        trials: Some(TRIALS),
        ..Inputs::of(returns())
    };
    Sample::with(inputs, &terms)
        .value(Metric::named(name).unwrap())
        .unwrap()
}

fn preset(system: &str, name: &str) -> f64 {
    by(&Convention::preset(system).unwrap(), name)
}

/// What the library and the plain formula agree on.
struct Numbers(BTreeMap<&'static str, f64>);

impl Numbers {
    fn put(&mut self, key: &'static str, library: f64, plain: f64) {
        let apart = (library - plain).abs();
        assert!(
            apart <= 1e-12 * plain.abs(),
            "{key}: {library} is not {plain}"
        );
        self.only(key, library);
    }

    /// A step that the library has no name for, or a fact.
    fn only(&mut self, key: &'static str, value: f64) {
        assert_eq!(self.0.insert(key, value), None, "{key} stands twice");
    }
}

fn numbers() -> BTreeMap<&'static str, f64> {
    let returns = returns();
    let n = returns.len() as f64;
    let mut of = Numbers(BTreeMap::new());
    let moment = |k: i32, m: f64| returns.iter().map(|r| (r - m).powi(k)).sum::<f64>();
    let m = returns.iter().sum::<f64>() / n;
    let s = (moment(2, m) / (n - 1.0)).sqrt();
    let grown: f64 = returns.iter().map(|r| 1.0 + r).product();
    let m2 = moment(2, m) / n;
    let (skewness, kurtosis) = (
        moment(3, m) / n / m2.powf(1.5),
        moment(4, m) / n / (m2 * m2),
    );
    let root = 12.0_f64.sqrt();
    let shape = HigherMoments::of(returns);
    of.only("n", n);
    of.only("N", 12.0);
    of.put("m", preset("crypto", "arithmetic_mean"), m);
    of.put("s", preset("crypto", "volatility") / root, s);
    of.put("G", 1.0 + preset("crypto", "total_return"), grown);
    of.put("S", shape.skewness().unwrap(), skewness);
    of.put("K", shape.excess_kurtosis().unwrap() + 3.0, kurtosis);

    let arithmetic = m / s * root;
    for system in ["empyrical", "quantstats", "ffn"] {
        of.put(system, preset(system, "sharpe"), arithmetic);
    }
    of.put("ours", preset("crypto", "sharpe"), arithmetic);
    of.put("arithmetic", preset("equity", "sharpe"), arithmetic);
    of.put("per_period", preset("crypto", "risk_return_ratio"), m / s);
    of.only("root", root);

    let rate = 0.02;
    let monthly = 1.02_f64.powf(1.0 / 12.0) - 1.0;
    let yearly = Rate::YearCompound { value: rate };
    of.only("yearly_rate", rate);
    of.put(
        "monthly_rate",
        yearly.per_period(PeriodsPerYear::new(12.0).unwrap()),
        monthly,
    );
    let quantstats = Convention {
        risk_free: yearly,
        ..Convention::quantstats()
    };
    of.put(
        "quantstats_rate",
        by(&quantstats, "sharpe"),
        (m - monthly) / s * root,
    );
    let empyrical = Convention {
        risk_free: Rate::Period { value: rate },
        ..Convention::empyrical()
    };
    of.put(
        "empyrical_rate",
        by(&empyrical, "sharpe"),
        (m - rate) / s * root,
    );

    let cagr = grown.powf(12.0 / n) - 1.0;
    of.put("cagr", preset("performance-analytics", "cagr"), cagr);
    of.put(
        "volatility",
        preset("performance-analytics", "volatility"),
        s * root,
    );
    of.put(
        "geometric",
        preset("performance-analytics", "sharpe"),
        cagr / (s * root),
    );
    of.only("pa", cagr / (s * root));

    let g = grown.powf(1.0 / (n + 1.0)) - 1.0;
    let g_year = (1.0 + g).powi(12) - 1.0;
    let compound = ((s * s + (1.0 + g).powi(2)).powi(12) - (1.0 + g).powi(24)).sqrt();
    of.only("g", g);
    of.only("g_year", g_year);
    of.only("compound_volatility", compound);
    of.only("compound", g_year / compound);
    of.only("backtesting", g_year / compound);

    let lean = Convention {
        annual_mean: AnnualMean::Compounded,
        ..Convention::equity()
    };
    let compounded = (1.0 + m).powi(12) - 1.0;
    of.only("compounded_mean", compounded);
    of.put("compounded", by(&lean, "sharpe"), compounded / (s * root));
    of.only("lean", compounded / (s * root));
    of.only("days", (365.0_f64 / 252.0).sqrt());

    sure(&mut of, m / s, skewness, kurtosis);
    of.0
}

/// What the ratio per period is worth.
fn sure(of: &mut Numbers, sharpe: f64, skewness: f64, kurtosis: f64) {
    let n = returns().len() as f64;
    let variance = 1.0 - skewness * sharpe + (kurtosis - 1.0) * sharpe * sharpe / 4.0;
    let error = (variance / n * 12.0).sqrt();
    of.only("variance", variance);
    of.put("error", preset("crypto", "sharpe_standard_error"), error);
    let yearly = sharpe * 12.0_f64.sqrt();
    let interval = normal_interval(yearly, error, 0.95).unwrap();
    let reach = 1.959_963_984_540_054 * error;
    of.put("lower", interval.lower, yearly - reach);
    of.put("upper", interval.upper, yearly + reach);
    let probability =
        |above: f64| 0.5 * libm::erfc(-(above * ((n - 1.0) / variance).sqrt()) / 2.0_f64.sqrt());
    of.put("psr", preset("crypto", "psr"), probability(sharpe));
    let length = 1.0 + variance * (1.644_853_626_951_472_2 / sharpe).powi(2);
    of.put(
        "length",
        preset("crypto", "min_track_record_length"),
        length,
    );

    // The normal quantiles of 1 - 1/20 and of 1 - 1/(20 e).
    let euler = 0.577_215_664_901_532_9;
    let highest = (1.0 - euler) * 1.644_853_626_951_472_2 + euler * 2.088_109_657_214_220_6;
    let luck = 0.1 * highest;
    of.put("luck", expected_maximum_sharpe(&TRIALS).unwrap(), luck);
    of.put("dsr", preset("crypto", "dsr"), probability(sharpe - luck));

    let returns = returns();
    let mean = returns.iter().sum::<f64>() / n;
    let product = |lag: usize| -> f64 {
        let pairs = returns.iter().zip(&returns[lag..]);
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    let rho: Vec<f64> = (1..12).map(|lag| product(lag) / product(0)).collect();
    let weighted: f64 = (1..12)
        .zip(&rho)
        .map(|(lag, rho)| f64::from(12 - lag) * rho)
        .sum();
    let eta = 12.0 / (12.0 + 2.0 * weighted).sqrt();
    of.put("rho", preset("crypto", "autocorrelation_1"), rho[0]);
    of.put("eta", lo_factor(&rho, 12).unwrap(), eta);
    of.put("lo", preset("crypto", "lo_sharpe"), eta * sharpe);
}

/// The lines of the guide, and whether each is a row of a table of numbers: its key, and its last cell.
fn rows(guide: &str) -> Vec<(&str, Option<(&str, &str)>)> {
    let mut inside = false;
    let row = |line| {
        inside = match line {
            "<!-- numbers -->" => true,
            "<!-- /numbers -->" => false,
            _ => inside,
        };
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let key = cells.get(1)?.strip_prefix('`')?.strip_suffix('`')?;
        inside.then_some((key, *cells.get(cells.len() - 2)?))
    };
    let found: Vec<_> = guide.lines().map(row).collect();
    guide.lines().zip(found).collect()
}

/// A number with as many decimals as the text has.
fn written(value: f64, text: &str) -> String {
    let decimals = text
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len());
    format!("{value:.decimals$}")
}

fn rewrite(guide: &str, numbers: &BTreeMap<&'static str, f64>) -> String {
    let line = |(line, row): (&str, Option<(&str, &str)>)| match row {
        Some((key, text)) => {
            let (rest, _) = line.rsplit_once(text).unwrap();
            format!("{rest}{} |\n", written(numbers[key], text))
        }
        None => format!("{line}\n"),
    };
    rows(guide).into_iter().map(line).collect()
}

#[test]
fn every_number_of_the_guide_is_what_the_code_gives() {
    let numbers = numbers();
    if std::env::var_os("HIGHWATER_WRITE_GUIDE").is_some() {
        let guide = std::fs::read_to_string(GUIDE).unwrap();
        std::fs::write(GUIDE, rewrite(&guide, &numbers)).unwrap();
    }
    let guide = std::fs::read_to_string(GUIDE).unwrap();
    let mut found: Vec<&str> = Vec::new();
    for (key, text) in rows(&guide).into_iter().filter_map(|(_, row)| row) {
        let value = numbers
            .get(key)
            .unwrap_or_else(|| panic!("nothing computes `{key}`"));
        assert_eq!(written(*value, text), text, "{key}");
        found.push(key);
    }
    found.sort_unstable();
    let all: Vec<&str> = numbers.keys().copied().collect();
    assert_eq!(found, all, "a number stands twice, or nowhere");
}

/// A decimal fraction outside of the tables would be one that nothing computes; versions have two points, code quotes.
#[test]
fn no_number_stands_outside_of_the_tables() {
    let guide = std::fs::read_to_string(GUIDE).unwrap();
    for (line, row) in rows(&guide) {
        if row.is_some() {
            continue;
        }
        let plain: String = line.split('`').step_by(2).collect();
        for word in plain.split(|c: char| !c.is_ascii_digit() && c != '.') {
            let points = word.trim_matches('.').matches('.').count();
            assert_ne!(points, 1, "{word} in: {line}");
        }
    }
}

#[test]
fn what_the_text_says_of_the_numbers_holds() {
    let of = numbers();
    // "Without a risk-free return the three agree to the last digit", and each with what it answered itself.
    let golden = GOLDEN
        .iter()
        .find(|golden| golden.name == "monthly_a")
        .unwrap();
    for system in ["empyrical", "quantstats", "ffn", "ours"] {
        assert!((of[system] / golden.sharpe - 1.0).abs() < 1e-14, "{system}");
    }
    // "larger than s sqrt(N) where growth is positive", "the highest for a series with a profit".
    assert!(of["compound_volatility"] > of["volatility"]);
    let answers = [
        "empyrical",
        "quantstats",
        "ffn",
        "pa",
        "backtesting",
        "lean",
    ];
    let highest = answers
        .map(|system| of[system])
        .into_iter()
        .fold(0.0, f64::max);
    assert_eq!(highest, of["lean"]);
    // "The differences above are smaller than the error of any of them."
    let least = answers
        .map(|system| of[system])
        .into_iter()
        .fold(f64::MAX, f64::min);
    assert!(highest - least < of["error"]);
    // An answer apart from the others to three decimals: the arithmetic one, and three more.
    for pair in ["empyrical", "pa", "backtesting", "lean"].windows(2) {
        assert!((of[pair[0]] - of[pair[1]]).abs() > 1e-3, "{pair:?}");
    }
}
