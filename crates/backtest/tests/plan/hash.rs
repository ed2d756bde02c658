//! By what a plan is named: the hash of what it says.

use highwater_backtest::Plan;

use crate::SHORTEST;

#[test]
fn the_hash_is_blind_to_form_and_not_to_meaning() {
    let plan = Plan::parse(SHORTEST).unwrap();
    let same = SHORTEST
        .replace(
            "fee = \"10 bps\"\nslippage = \"0%\"",
            "slippage = \"0 bps\" # none\nfee = \"0.1%\"",
        )
        .replace("[entry]", "clock = \"published\"\n[entry]");
    assert_ne!(same, SHORTEST);
    assert_eq!(Plan::parse(&same).unwrap().hash(), plan.hash());
    assert_eq!(plan.hash().len(), 64);
    let other = SHORTEST.replace("10 bps", "11 bps");
    assert_ne!(Plan::parse(&other).unwrap().hash(), plan.hash());
}

#[test]
fn every_field_has_a_part_in_the_hash_unless_it_says_the_default() {
    let hash = |table: &str, line: &str| {
        let text = if SHORTEST.contains(table) {
            SHORTEST.replace(table, &format!("{table}\n{line}"))
        } else {
            format!("{SHORTEST}\n{table}\n{line}")
        };
        Plan::parse(&text).unwrap().hash()
    };
    let plain = Plan::parse(SHORTEST).unwrap().hash();
    for (table, line) in [
        ("[exit]", "atr_bars = 14"),
        ("[exit]", "ratchet = false"),
        ("[exit]", "signal = \"opposite-event\""),
        ("[exit]", "doubtful = \"stop-first\""),
        ("[portfolio]", "leverage = 1.0"),
        ("[size]", "equal = false"),
        ("[cash]", "initial = 100000"),
    ] {
        assert_eq!(hash(table, line), plain, "{table} {line}");
    }
    let mut hashes = vec![plain];
    for (table, line) in [
        ("[exit]", "atr_bars = 13"),
        ("[exit]", "atr_bars = 15"),
        ("[exit]", "stop = { distance = \"5%\" }"),
        ("[exit]", "stop = { at = \"support\" }"),
        ("[exit]", "stop = { at = \"support\" }\nratchet = true"),
        ("[exit]", "stop = { at = \"support\", nth = 2 }"),
        ("[exit]", "stop = { at = \"support\", buffer = \"1%\" }"),
        ("[exit]", "target = { distance = \"5%\" }"),
        ("[exit]", "target = { distance = \"5%\", share = \"50%\" }"),
        ("[exit]", "trail = { distance = \"5%\" }"),
        ("[exit]", "trail = { distance = \"5%\", from = \"close\" }"),
        ("[exit]", "break_even = \"5%\""),
        ("[exit]", "time = \"3 bars\""),
        ("[exit]", "signal = \"none\""),
        ("[exit]", "doubtful = \"target-first\""),
        ("[portfolio]", "leverage = 2.0"),
        ("[portfolio]", "max_positions = 3"),
        ("[portfolio]", "cooldown = \"3 bars\""),
        ("[size]", "kelly = 0.5"),
        ("[size]", "kelly = 0.5\nkelly_trades = 20"),
        ("[size]", "max_fraction = \"5%\""),
        ("[size]", "max_volume = \"5%\""),
        ("[size]", "lot = 0.5"),
        ("[size]", "tick = 0.5"),
        ("[size]", "min_value = 0.5"),
        ("[size]", "drawdown = { from = \"5%\", to = \"20%\" }"),
        ("[cost]", "maker_fee = \"1 bps\""),
        ("[cost]", "spread = \"1 bps\""),
        ("[cost]", "range_slippage = \"1 bps\""),
        ("[cost]", "impact = 0.5"),
        ("[cost]", "funding = \"1 bps\""),
        ("[cost]", "borrow = \"1 bps\""),
        ("[cash]", "initial = 1000"),
    ] {
        let hash = hash(table, line);
        assert!(!hashes.contains(&hash), "{table} {line}");
        hashes.push(hash);
    }
}

/// What the shortest plan is hashed as: what it says, what holds unless said, and of fields that came later nothing.
const CANONICAL: &str = concat!(
    r#"{"name":"shortest","timeframe":"1h","universe":["BTC","ETH"],"clock":"published","#,
    r#""period":{"from":null,"to":null},"#,
    r#""levels":{"from":"bars","swing_bars":3,"cluster":1.0,"volatility_bars":20,"max_age_bars":null,"min_touches":1},"#,
    r#""entry":{"signal":"vendor","lookback":null,"side":"long"},"#,
    r#""exit":{"stop":null,"target":null,"time":null,"signal":"opposite-event","doubtful":"stop-first"},"#,
    r#""size":{"fraction":0.1},"portfolio":{},"cost":{"fee":0.001,"slippage":0.0},"cash":{"initial":100000.0}}"#,
);

#[test]
fn a_plan_keeps_its_hash() {
    // Journals and manifests name a plan by it: a field that comes later, and is left out, must not change it.
    let plan = Plan::parse(SHORTEST).unwrap();
    assert_eq!(serde_json::to_string(&plan).unwrap(), CANONICAL);
    // As `sha256sum` finds it of that line.
    assert_eq!(
        plan.hash(),
        "d6c9f35ef7dc2726029345492f553b492930570df18d23c6659dcde639caa9a4"
    );
}
