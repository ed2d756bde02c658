//! Generated series for the property tests.

use highwater_metrics::{
    AnnualMean, Convention, CornishFisher, DownsideOver, Kelly, PeriodsPerYear, Quantile, Rate,
    ReturnKind, RuinModel, Shape, Shortfall, Summary, TailModel, UlcerOver, WinsOver, Years,
    against::{AnnualAlpha, Capture},
    inference::Trials,
};
use proptest::prelude::*;

/// So many cases, times `HIGHWATER_CASES` (1 unless set).
pub fn cases(count: u32) -> ProptestConfig {
    let factor = std::env::var("HIGHWATER_CASES")
        .ok()
        .and_then(|factor| factor.parse::<u32>().ok())
        .unwrap_or(1);
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(count.saturating_mul(factor))
    }
}

/// A day of a market: mostly small, sometimes flat, seldom large.
fn ordinary() -> impl Strategy<Value = f64> {
    prop_oneof![
        20 => -0.05..0.05_f64,
        2 => Just(0.0),
        1 => -0.6..1.5_f64,
    ]
}

/// What no market should send and files hold all the same.
fn hostile() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        -5e-324,
        -0.0,
        -1.0,
        -1.0 + f64::EPSILON,
        -1.5,
        1e200,
        -1e200,
        1e20,
        1e-200,
        -1e-200,
    ])
}

/// Series of a market, with missing rows, longer than a few blocks now and then.
pub fn market() -> impl Strategy<Value = Vec<f64>> {
    let row = prop_oneof![30 => ordinary(), 1 => Just(f64::NAN)];
    prop_oneof![
        prop::collection::vec(ordinary(), 0..40),
        prop::collection::vec(ordinary(), 0..1400),
        prop::collection::vec(-1e-5..1e-5_f64, 0..500),
        prop::collection::vec(row, 0..700),
    ]
}

/// Series in which anything may stand.
pub fn anything() -> impl Strategy<Value = Vec<f64>> {
    let seldom = prop_oneof![150 => ordinary(), 1 => hostile()];
    let often = prop_oneof![3 => ordinary(), 1 => hostile()];
    prop_oneof![
        market(),
        prop::collection::vec(hostile(), 0..12),
        prop::collection::vec(often, 0..300),
        prop::collection::vec(seldom, 0..900),
        (hostile(), 0..300_usize).prop_map(|(row, rows)| vec![row; rows]),
    ]
}

/// Series whose every value on the way is a power of two, so that drawdowns are exact; never more than 2^20 from
/// 1, so that depths differ where ratios do.
pub fn doublings() -> impl Strategy<Value = Vec<f64>> {
    let step = prop::sample::select(vec![Some(1), Some(-1), Some(2), Some(-2), Some(0), None]);
    prop::collection::vec(step, 0..600).prop_map(|steps| {
        let mut height = 0_i32;
        let mut row = |step: i32| {
            let step = if (height + step).abs() > 20 {
                -step
            } else {
                step
            };
            height += step;
            2.0_f64.powi(step) - 1.0
        };
        steps
            .into_iter()
            .map(|step| step.map_or(f64::NAN, &mut row))
            .collect()
    })
}

/// Series of equal length, mostly flat, whose every value is a power of two: falls of the same depth within a block
/// and from block to block, and values that come back to the very peak.
pub fn plateaus() -> impl Strategy<Value = Vec<Vec<f64>>> {
    let step = prop_oneof![60 => Just(0), 1 => Just(1), 1 => Just(-1)];
    (4..7_usize, 1..500_usize).prop_flat_map(move |(series, rows)| {
        let steps = prop::collection::vec(step.clone(), rows);
        let returns =
            steps.prop_map(|steps| steps.into_iter().map(|step| 2.0_f64.powi(step) - 1.0));
        prop::collection::vec(returns.prop_map(Iterator::collect), series)
    })
}

fn rate() -> impl Strategy<Value = Rate> {
    let value = prop_oneof![Just(0.0), -0.5..0.5_f64, Just(-2.0), Just(f64::NAN)];
    (value, 0..3_u8).prop_map(|(value, per)| match per {
        0 => Rate::Period { value },
        1 => Rate::YearSimple { value },
        _ => Rate::YearCompound { value },
    })
}

/// Conventions of every choice.
pub fn convention() -> impl Strategy<Value = Convention> {
    use prop::sample::select;
    (
        select(vec![
            ReturnKind::Simple,
            ReturnKind::Simple,
            ReturnKind::Log,
        ]),
        0..3_u8,
        select(vec![
            AnnualMean::Arithmetic,
            AnnualMean::Compounded,
            AnnualMean::Growth,
        ]),
        (rate(), rate()),
        select(vec![DownsideOver::All, DownsideOver::Losers]),
        select(vec![
            Years::Rows,
            Years::FirstToLast,
            Years::Observations,
            Years::CalendarDays { per_year: 365.25 },
        ]),
        select(vec![0.0, 30.0]),
    )
        .prop_map(
            |(returns, ddof, annual_mean, rates, downside, years, min_days)| Convention {
                name: "generated".to_owned(),
                returns,
                ddof,
                annual_mean,
                risk_free: rates.0,
                minimum_acceptable: rates.1,
                downside,
                years,
                days_per_year: 365.0,
                min_days,
                ..Convention::crypto()
            },
        )
}

/// Daily returns of a market that never closes.
pub fn daily() -> PeriodsPerYear {
    PeriodsPerYear::new(365.0).unwrap()
}

/// A summary to the last bit: Rust writes doubles so that no two look the same.
pub fn bytes(summary: &Summary) -> String {
    format!("{summary:?}")
}

/// Conventions of every choice, those of the whole catalogue included.
pub fn every_choice() -> impl Strategy<Value = Convention> {
    use prop::sample::select;
    let tails = (
        select(vec![
            Quantile::Linear,
            Quantile::Lower,
            Quantile::Higher,
            Quantile::InverseDistribution,
            Quantile::Weibull,
            Quantile::MedianUnbiased,
        ]),
        select(vec![
            TailModel::Historical,
            TailModel::Gaussian,
            TailModel::CornishFisher,
        ]),
        select(vec![
            Shortfall::AtOrBelow,
            Shortfall::Below,
            Shortfall::Worst,
            Shortfall::Weighted,
        ]),
        0..3_u8,
        select(vec![Shape::Moment, Shape::Corrected]),
        select(vec![CornishFisher::Checked, CornishFisher::Unchecked]),
    );
    let others = (
        select(vec![WinsOver::All, WinsOver::Decided]),
        select(vec![Kelly::Odds, Kelly::Continuous, Kelly::HalfContinuous]),
        select(vec![
            RuinModel::WinRate,
            RuinModel::Diffusion { loss: 0.5 },
            RuinModel::Diffusion { loss: 1.0 },
            RuinModel::Diffusion { loss: f64::NAN },
        ]),
        select(vec![
            UlcerOver::Observations,
            UlcerOver::LessOne,
            UlcerOver::WithStart,
        ]),
        select(vec![0.1, 0.0, f64::NAN, -0.5]),
        select(vec![None, None, Some(0), Some(2), Some(255)]),
        select(vec![AnnualAlpha::Compounded, AnnualAlpha::TimesYear]),
        select(vec![
            Capture::AnnualGrowth,
            Capture::MeanGrowth,
            Capture::TotalGrowth,
            Capture::Mean,
        ]),
    );
    (convention(), tails, others).prop_map(|(convention, tails, others)| Convention {
        quantile: tails.0,
        tail_model: tails.1,
        shortfall: tails.2,
        tail_ddof: tails.3,
        shape: tails.4,
        cornish_fisher: tails.5,
        wins: others.0,
        kelly: others.1,
        ruin: others.2,
        ulcer: others.3,
        sterling_excess: others.4,
        decimals: others.5,
        alpha: others.6,
        capture: others.7,
        ..convention
    })
}

/// A benchmark that has nothing to do with a series, or nearly everything, or is the series; of other length now and
/// then.
pub fn beside(rows: Vec<f64>) -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    let length = rows.len();
    let own = rows.clone();
    let mixed = rows.clone();
    let shorter = rows.clone();
    let followed = prop::collection::vec(ordinary(), length).prop_map(move |noise| {
        let pairs = mixed.iter().zip(noise);
        pairs.map(|(row, noise)| 0.5 * row + 0.25 * noise).collect()
    });
    let benchmark = prop_oneof![
        6 => prop::collection::vec(ordinary(), length),
        6 => followed,
        2 => prop::collection::vec(prop_oneof![9 => ordinary(), 1 => hostile()], length),
        1 => Just(own),
        1 => hostile().prop_map(move |row| vec![row; length]),
        1 => Just(shorter[..length / 2].to_vec()),
    ];
    benchmark.prop_map(move |benchmark| (rows.clone(), benchmark))
}

/// Trials of any number, some of them none at all.
pub fn trials() -> impl Strategy<Value = Option<Trials>> {
    let count = prop_oneof![1.0..1e6_f64, Just(0.0), Just(1.0), Just(f64::NAN)];
    let variance = prop_oneof![0.0..2.0_f64, Just(-1.0), Just(f64::INFINITY)];
    prop::option::of((count, variance).prop_map(|(count, variance)| Trials { count, variance }))
}
