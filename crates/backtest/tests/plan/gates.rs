//! What a plan may say of gates and of universes that change, and what it is told when it may not.

use highwater_backtest::{Plan, plan::Universe};

use crate::{SHORTEST, refused};

/// A gate, as the program understood it.
#[track_caller]
fn gate(text: &str) -> Result<String, String> {
    let plan = Plan::template().replacen(
        "side = \"both\"",
        &format!("side = \"both\"\nonly_if = [\n  {text:?}]"),
        1,
    );
    let plan = plan.replacen("clock = \"published\"", "clock = \"observed\"", 1);
    let plan = Plan::parse(&plan).map_err(|error| {
        let line = plan.lines().nth(error.line - 1).unwrap();
        let at: String = line.chars().skip(error.column - 1).collect();
        assert!(
            at.starts_with(&format!("{text:?}")),
            "{error}: points to `{at}`"
        );
        let suggestion = error.suggestion.map(|word| format!(" -> {word}"));
        format!("{}{}", error.message, suggestion.unwrap_or_default())
    })?;
    Ok(plan.entry.only_if[0].to_string())
}

#[test]
fn gates_are_read_as_they_are_written() {
    for (text, canonical) in [
        ("sharpe(90d) >= 0.5", "sharpe(90d) >= 0.5"),
        ("  sharpe ( 1y )>=-1e-1 ", "sharpe(365d) >= -0.1"),
        ("drawdown(90d) <= 40%", "drawdown(90d) <= 40%"),
        ("drawdown(90d) < 4000 bps", "drawdown(90d) < 40%"),
        ("volatility(30d) <= 120%", "volatility(30d) <= 120%"),
        ("return(30 bars) > 0%", "return(30 bars) > 0%"),
        ("cagr(1 bar) > 7%", "cagr(1 bars) > 7%"),
        ("to_resistance >= 0.2%", "to_resistance >= 0.2%"),
        ("to_resistance(0.7) >= 0.2%", "to_resistance(0.7) >= 0.2%"),
        ("to_support <= 5%", "to_support <= 5%"),
        ("grade(trader) >= 60", "grade(trader) >= 60"),
        ("vendor(sharpe) >= 0.5", "vendor(sharpe) >= 0.5"),
        (
            "vendor(max_drawdown) >= -40%",
            "vendor(max_drawdown) >= -40%",
        ),
    ] {
        assert_eq!(gate(text).as_deref(), Ok(canonical));
        assert_eq!(gate(canonical).as_deref(), Ok(canonical));
    }
}

#[test]
fn what_is_no_gate_is_refused_with_the_right_word() {
    for (text, says) in [
        ("sharp(90d) >= 0.5", "unknown gate `sharp`"),
        ("sharp(90d) >= 0.5", "-> sharpe"),
        ("to_resistence >= 1%", "-> to_resistance"),
        ("grade(traders) > 1", "-> trader"),
        ("vendor(sharp) > 1", "-> sharpe"),
        (
            "sharpe >= 0.5",
            "`sharpe` of what? Write sharpe(90d) or sharpe(30 bars)",
        ),
        ("sharpe(90) >= 0.5", "`90` is not a stretch of the past"),
        ("sharpe(0d) >= 0.5", "`0d` is not a stretch"),
        ("sharpe(0 bars) >= 0.5", "`0 bars` is not a stretch"),
        ("sharpe(all) >= 0.5", "`all` is not a stretch"),
        ("sharpe(90d >= 0.5", "is not a gate"),
        ("sharpe(90d) = 0.5", "is not a gate"),
        ("sharpe(90d)", "is not a gate"),
        (">= 0.5", "is not a gate"),
        ("", "is not a gate"),
        ("sharpe(90d) >= 50%", "`50%` is none"),
        ("sharpe(90d) >= x", "`x` is none"),
        ("sharpe(90d) >= NaN", "`NaN` is none"),
        ("sharpe(90d) >=> 1", "`> 1` is none"),
        ("drawdown(90d) <= 0.4", "`0.4` has no unit"),
        ("drawdown(90d) <= much", "`much` is not a percentage"),
        ("to_support(strong) <= 5%", "`strong` is not a strength"),
        ("to_support(1.5) <= 5%", "`1.5` is not a strength"),
        ("grade(trader) >= 60%", "is a plain number"),
        ("grade >= 60", "`grade` of what? Write grade(trader)"),
    ] {
        let said = gate(text).unwrap_err();
        assert!(said.contains(says), "{text}: {said}");
    }
    refused(
        "side = \"both\"",
        "side = \"both\"\nonly_if = [3]",
        "3",
        "a gate, such as \"sharpe(90d) >= 0.5\" is wanted here, not 3",
        None,
    );
    let vendor = "side = \"both\"\nonly_if = [\"vendor(sharpe) > 1\"]";
    refused(
        "side = \"both\"",
        vendor,
        "only_if",
        "clock = \"observed\"",
        None,
    );
    let plan = Plan::template()
        .replacen("clock = \"published\"", "clock = \"observed\"", 1)
        .replacen("from = \"bars\"", "from = \"vendor\"", 1)
        .replacen(
            "side = \"both\"",
            "side = \"both\"\nonly_if = [\"to_support(0.5) < 1%\"]",
            1,
        );
    let error = Plan::parse(&plan).unwrap_err();
    assert!(error.message.contains("levels have no strength"), "{error}");
    refused(
        "clock = \"published\"",
        "convention = \"crypt\"\nclock = \"published\"",
        "convention",
        "crypt",
        None,
    );
}

#[test]
fn a_universe_that_changes_is_read_and_written() {
    let with = |universe: &str, clock: &str| {
        let universe = format!("universe = {universe}");
        let clock = format!("clock = {clock:?}");
        let plan = Plan::template()
            .replacen("universe = \"all\"", &universe, 1)
            .replacen("clock = \"published\"", &clock, 1);
        Plan::parse(&plan)
    };
    for (universe, json) in [
        (
            "{ top = 20, by = \"volume\", window = \"30d\", every = \"30 bars\" }",
            r#"{"top":20,"by":"volume","window":"30d","every":"30 bars","order":"highest"}"#,
        ),
        (
            "{ top = 2, by = \"grade(tm)\", window = \"1y\", every = \"7d\", order = \"lowest\" }",
            r#"{"top":2,"by":"grade(tm)","window":"365d","every":"7d","order":"lowest"}"#,
        ),
        ("{ sector = \" DeFi \" }", r#"{"sector":"defi"}"#),
        ("{ moonshots = true }", r#"{"moonshots":true}"#),
        (
            "{ moonshots = true, leave = \"hold\" }",
            r#"{"moonshots":true}"#,
        ),
        (
            "{ sector = \"defi\", leave = \"exit\" }",
            r#"{"sector":"defi","leave":"exit"}"#,
        ),
        (
            "{ top = 2, by = \"volume\", window = \"9d\", every = \"7d\", leave = \"exit\" }",
            r#"{"top":2,"by":"volume","window":"9d","every":"7d","order":"highest","leave":"exit"}"#,
        ),
    ] {
        let plan = with(universe, "observed").unwrap();
        assert_eq!(serde_json::to_string(&plan.universe).unwrap(), json);
        let read: Universe = serde_json::from_str(json).unwrap();
        assert_eq!(read, plan.universe);
        assert!(plan.universe.is_open());
    }
    let one_of = "a universe that changes is one of";
    for (universe, clock, says) in [
        ("{ top = 20 }", "observed", one_of),
        ("{ moonshots = false }", "observed", one_of),
        ("{ sector = \"\" }", "observed", one_of),
        ("{ sector = \"defi\", top = 3 }", "observed", one_of),
        ("{}", "observed", one_of),
        ("{ leave = \"exit\" }", "observed", one_of),
        (
            "{ moonshots = true, leave = \"sell\" }",
            "observed",
            "`hold` or `exit`",
        ),
        ("{ sector = \"defi\" }", "published", "no dated past"),
        ("{ moonshots = true }", "published", "no dated past"),
        ("{ topp = 3 }", "observed", "unknown field `topp`"),
        (
            "{ top = 0, by = \"volume\", window = \"30d\", every = \"30 bars\" }",
            "published",
            "`top` must be at least 1",
        ),
        (
            "{ top = 1, by = \"volumes\" }",
            "published",
            "did you mean `volume`?",
        ),
        (
            "{ top = 1, by = \"market_cap\" }",
            "published",
            "rank by \"volume\"",
        ),
        (
            "{ top = 1, by = \"grade(x)\" }",
            "published",
            "unknown grade `x`",
        ),
        (
            "{ top = 1, window = \"30\" }",
            "published",
            "is not a stretch of the past",
        ),
    ] {
        let error = with(universe, clock).unwrap_err();
        assert!(error.to_string().contains(says), "{universe}: {error}");
        let line = Plan::template()
            .lines()
            .position(|line| line.starts_with("universe ="));
        let at = error.line - 1;
        assert_eq!(Some(at), line, "{universe}: {error}");
    }
}

#[test]
fn a_plan_without_gates_hashes_as_before_there_were_any() {
    let json = serde_json::to_string(&Plan::parse(SHORTEST).unwrap()).unwrap();
    assert!(
        !json.contains("only_if") && !json.contains("convention"),
        "{json}"
    );
}
