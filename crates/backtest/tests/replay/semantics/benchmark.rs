//! What a replay is measured against, and how it is measured.

use highwater_backtest::{Benchmark, Outcome};
use highwater_market::Direction::Long;
use highwater_metrics::{CATALOGUE, Convention, Kind};

use super::{FLAT, UP, no_levels};
use crate::world::World;

fn crypto() -> Convention {
    Convention::preset("crypto").unwrap()
}

fn universe(world: &World, outcome: &Outcome) -> Benchmark {
    Benchmark::of_universe(&world.parsed(), &world.borrowed(), outcome).unwrap()
}

#[track_caller]
fn same(found: &[f64], expected: &[f64]) {
    let bits = |values: &[f64]| Vec::from_iter(values.iter().map(|value| value.to_bits()));
    assert_eq!(bits(found), bits(expected), "{found:?} {expected:?}");
}

#[test]
fn a_benchmark_is_bought_at_the_first_open_and_held() {
    let nan = f64::NAN;
    let at = |price: f64| [price, price, price, price];
    // A replay of days 0 to 5; it begins at an open of 100.
    let world = no_levels()
        .asset("A", &[FLAT, FLAT, FLAT, FLAT, FLAT])
        .event(1, Long);
    let outcome = world.run();
    for (why, days, expected) in [
        (
            "the first return is from the open, the others from close to close",
            vec![
                (0, [64.0, 96.0, 64.0, 96.0]),
                (1, at(48.0)),
                (2, at(96.0)),
                (3, at(96.0)),
                (4, at(48.0)),
                (5, at(48.0)),
            ],
            [0.5, -0.5, 1.0, 0.0, -0.5, 0.0],
        ),
        (
            "bars before the replay and after it do not count",
            vec![(-1, at(5.0)), (0, at(64.0)), (5, at(32.0)), (6, at(1.0))],
            [0.0, 0.0, 0.0, 0.0, 0.0, -0.5],
        ),
        (
            "no return before its first bar and after its last; a missing bar is the last close",
            vec![(1, [64.0, 96.0, 64.0, 96.0]), (3, at(48.0))],
            [nan, 0.5, 0.0, -0.5, nan, nan],
        ),
        ("none at all", vec![(9, at(1.0))], [nan; 6]),
    ] {
        let other = World::new().asset_on("B", &days);
        let found = Benchmark::of_bars("B", &other.assets[0].bars, &outcome);
        println!("{why}");
        same(&found.returns, &expected);
        assert_eq!(found.is_empty(), days[0].0 == 9);
    }
}

#[test]
fn without_a_benchmark_the_universe_is_held_in_equal_parts() {
    let at = |price: f64| [price, price, price, price];
    let world = no_levels()
        .asset_on(
            "A",
            &[(0, at(64.0)), (1, at(128.0)), (2, at(64.0)), (3, at(64.0))],
        )
        // Listed later, and gone before the end.
        .asset_on("B", &[(1, [32.0, 64.0, 32.0, 64.0]), (2, at(96.0))])
        .event(1, Long);
    let outcome = world.run();
    let found = universe(&world, &outcome);
    assert_eq!(found.name, "buy and hold of 2 tokens in equal parts");
    // Worth of both parts: 1 + 1, 2 + 2, 1 + 3, 1 + 3.
    same(&found.returns, &[0.0, 1.0, 0.0, 0.0]);
    let mut reversed = world.clone();
    reversed.assets.reverse();
    assert_eq!(universe(&reversed, &outcome), found);
    let alone = World::new().asset("A", &[FLAT]);
    assert_eq!(universe(&alone, &alone.run()).name, "buy and hold of A");
}

#[test]
fn every_metric_stands_beside_that_of_the_benchmark() {
    // The plan holds half of its money in the one token that there is.
    let bars: Vec<[f64; 4]> = (0..40)
        .map(|n| {
            let price = 100.0 + f64::from(n % 7);
            [price; 4]
        })
        .collect();
    let world = no_levels().asset("A", &bars).event(1, Long);
    let outcome = world.run();
    let benchmark = universe(&world, &outcome);
    let summary = outcome.summary(&world.parsed(), &crypto(), Some(&benchmark));
    let sheet = summary.metrics.unwrap();
    let beside = sheet.benchmark.unwrap();
    assert_eq!(sheet.metrics.len(), CATALOGUE.len());
    for metric in CATALOGUE {
        assert_eq!(
            beside.metrics.contains_key(metric.name),
            metric.kind != Kind::Pairs,
            "{}",
            metric.name
        );
    }
    assert_eq!((beside.observations, beside.missing), (41, 0));
    let beta = sheet.metrics["beta"].as_f64().unwrap();
    assert!((beta - 0.5).abs() < 0.02, "half of it: {beta}");
    assert!(sheet.metrics["tracking_error"].as_f64().unwrap() > 0.0);
    let depth = beside.metrics["max_drawdown"].as_f64().unwrap();
    assert!((depth - (100.0 / 106.0 - 1.0)).abs() < 1e-12, "{depth}");
    // Nothing is measured against nothing.
    let alone = outcome.summary(&world.parsed(), &crypto(), None);
    let sheet = alone.metrics.unwrap();
    assert_eq!(sheet.benchmark, None);
    assert!(sheet.metrics["beta"].is_null());
    assert!(
        sheet.undefined["beta"]
            .as_str()
            .unwrap()
            .contains("benchmark")
    );
}

#[test]
fn growth_of_less_than_half_a_year_is_not_called_yearly() {
    let world = |days: usize| no_levels().asset("A", &vec![UP; days]).event(1, Long);
    let told = |days: usize| {
        let world = world(days);
        let outcome = world.run();
        let summary = outcome.summary(&world.parsed(), &crypto(), None);
        let sheet = summary.metrics.unwrap();
        assert_eq!(sheet.convention, "crypto (yearly growth from 180 days on)");
        assert!(sheet.metrics["volatility"].is_number());
        let core = outcome.metrics(&crypto()).unwrap();
        assert_eq!(core.cagr.is_ok(), sheet.metrics["cagr"].is_number());
        (
            sheet.metrics["cagr"].is_number(),
            sheet.undefined.get("cagr").cloned(),
        )
    };
    // Day 0 is a bar too.
    let (yearly, why) = told(178);
    assert!(!yearly);
    assert_eq!(why.unwrap(), "spans 179 days, and a yearly rate needs 180");
    assert_eq!(told(179), (true, None));
    // A convention that is stricter stays as it is.
    let strict = Convention {
        min_days: 365.0,
        ..crypto()
    };
    assert_eq!(highwater_backtest::convention_of_runs(&strict), strict);
    let once = highwater_backtest::convention_of_runs(&crypto());
    assert_eq!(highwater_backtest::convention_of_runs(&once), once);
}
