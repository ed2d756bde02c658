//! Assets that cannot be replayed are refused by name, and a manifest names what a result rests on.

use std::collections::BTreeMap;

use highwater_backtest::{Evidence, Manifest, ReplayError, run};
use highwater_market::{Bars, Direction, Timeframe, tables};
use highwater_metrics::Convention;

use crate::world::{World, bar, day};

const FLAT: [f64; 4] = [100.0; 4];

fn refusal(world: &World) -> ReplayError {
    let error = run(&world.parsed(), &world.borrowed()).unwrap_err();
    assert!(!error.hint().is_empty());
    error
}

#[test]
fn assets_that_do_not_fit_are_refused_by_name() {
    let one = World::new().asset("A", &[FLAT]);
    assert!(matches!(
        refusal(&World::new()),
        ReplayError::NoBars { assets: 0, .. }
    ));
    let later = one
        .clone()
        .plan("[entry]", "period = { from = \"2030-01-01\" }\n[entry]");
    assert!(matches!(
        refusal(&later),
        ReplayError::NoBars { assets: 1, .. }
    ));

    let hourly = one.clone().plan("\"1d\"", "\"1h\"");
    let said = refusal(&hourly).to_string();
    assert!(said.contains("bars of 1d, the plan wants 1h"), "{said}");

    let twice = one.clone().asset("A", &[FLAT]);
    assert!(matches!(refusal(&twice), ReplayError::Twice { .. }));

    let mut coarse = one.clone();
    coarse.assets[0].finer = Some(Bars::empty(Timeframe::W1));
    let said = refusal(&coarse).to_string();
    assert!(said.contains("finer bars of 1w"), "{said}");

    let mut shifted = one.asset("B", &[]);
    let noon = day(3).plus_micros(Timeframe::H4.micros());
    shifted.assets[1].bars = Bars::new(Timeframe::D1, [bar(noon, FLAT)]).unwrap();
    let said = refusal(&shifted).to_string();
    assert!(
        said.starts_with("B (") && said.contains("off the grid"),
        "{said}"
    );
}

#[test]
fn the_same_run_has_the_same_manifest_and_summary() {
    let world = World::new()
        .asset("A", &[FLAT, FLAT])
        .event(1, Direction::Long);
    let crypto = Convention::preset("crypto").unwrap();
    let written = || {
        let (plan, outcome) = (world.parsed(), world.run());
        let evidence = Evidence {
            plan_text: "name = \"written\"".to_owned(),
            view_hash: "ab".repeat(32),
            moment: None,
            lags: BTreeMap::from([(tables::SIGNALS.name.to_owned(), Timeframe::D1)]),
            sources: vec!["import".parse().unwrap()],
            simulated_seed: Some(7),
            signal_file: None,
            rows_left_out: BTreeMap::new(),
            range: None,
        };
        let manifest = Manifest::new(&plan, &outcome, &crypto, evidence);
        let summary = outcome.summary(&plan, &crypto, None);
        (
            serde_json::to_value(manifest).unwrap(),
            serde_json::to_string(&summary).unwrap(),
        )
    };
    let (manifest, summary) = written();
    assert_eq!((manifest.clone(), summary.clone()), written());
    assert_eq!(manifest["plan_hash"], world.parsed().hash());
    assert_eq!(manifest["counts"]["entered"], 1);
    assert_eq!(manifest["lags"]["signals"], "1d");
    assert_eq!(manifest["convention"]["min_days"], 180.0);
    assert!(manifest["seed"].is_null());
    assert!(summary.contains("\"verdict\":\"1 trade, "), "{summary}");
}
