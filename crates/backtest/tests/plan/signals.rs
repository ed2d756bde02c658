//! Signals and their parameters.

use highwater_backtest::Plan;
use highwater_market::Timeframe;

use crate::{SHORTEST, refused};

/// The template with this entry: what it says, or the field that it points to and what is wrong there.
#[track_caller]
fn entry(lines: &str, expected: Result<&str, (&str, &str)>) -> Option<Plan> {
    let text = Plan::template().replacen("signal = \"vendor\"", lines, 1);
    match (Plan::parse(&text), expected) {
        (Ok(plan), Ok(name)) => {
            assert_eq!(plan.entry.signal.name(), name);
            Some(plan)
        }
        (Err(error), Err((place, says))) => {
            assert!(error.message.contains(says), "{error}");
            let line = text.lines().nth(error.line - 1).unwrap();
            let at: String = line.chars().skip(error.column - 1).collect();
            assert!(at.starts_with(place), "{error}: points to `{at}`");
            None
        }
        (found, expected) => panic!("{lines}: {found:?}, not {expected:?}"),
    }
}

#[test]
fn every_signal_has_its_parameters_and_takes_no_others() {
    let level = "signal = \"level\"\nevent = ";
    for (lines, expected) in [
        ("signal = \"hourly\"", Ok("hourly")),
        (
            "signal = \"breakout\"\nlookback = \"5 bars\"",
            Ok("breakout"),
        ),
        (
            "signal = \"grade\"\ngrade = \"investor\"\nabove = 80\nbelow = 40\nstate = true",
            Ok("grade"),
        ),
        (
            "signal = \"grade\"\nabove = 80",
            Err(("signal", "needs `grade`")),
        ),
        (
            "signal = \"grade\"\ngrade = \"trader\"",
            Err(("signal", "needs a threshold")),
        ),
        (
            "signal = \"grade\"\ngrade = \"trader\"\nabove = 101",
            Err(("above", "between 0 and 100")),
        ),
        (
            "signal = \"grade\"\ngrade = \"trader\"\nabove = 40\nbelow = 41",
            Err(("below", "must not lie over `above`")),
        ),
        ("signal = \"moonshot\"", Err(("clock", "no dated past"))),
        (
            "above = 80",
            Err(("above", "goes with signal = \"grade\" alone")),
        ),
        (
            "state = true",
            Err(("state", "signal = \"grade\" or signal = \"moonshot\"")),
        ),
        ("signal = \"level\"", Err(("signal", "needs `event`"))),
        (
            &format!("{level}\"approach\""),
            Err(("event", "needs `within`")),
        ),
        (
            &format!("{level}\"approach\"\nwithin = \"1%\"\nof = \"support\"\nmin_strength = 0.5"),
            Ok("level"),
        ),
        (
            &format!("{level}\"approach\"\nwithin = \"0%\""),
            Err(("within", "above 0%")),
        ),
        (
            &format!("{level}\"touch\"\nwithin = \"1%\""),
            Err(("within", "goes with event = \"approach\" alone")),
        ),
        (
            &format!("{level}\"break\"\nconfirm = \"2 bars\""),
            Ok("level"),
        ),
        (
            &format!("{level}\"touch\"\nconfirm = \"2 bars\""),
            Err(("confirm", "goes with event = \"break\" alone")),
        ),
        (&format!("{level}\"bounce\"\nby = \"0%\""), Ok("level")),
        (
            &format!("{level}\"bounce\"\nby = \"100%\""),
            Err(("by", "below 100%")),
        ),
        (
            &format!("{level}\"touch\"\nmin_strength = 2"),
            Err(("min_strength", "between 0 and 1")),
        ),
        (
            "signal = \"file\"\nfile = \"signals.csv\"\nlag = \"1d\"",
            Ok("file"),
        ),
        ("signal = \"file\"", Err(("signal", "needs `file`"))),
        (
            "signal = \"file\"\nfile = \"\"",
            Err(("signal", "needs `file`")),
        ),
        (
            "file = \"x.csv\"",
            Err(("file", "goes with signal = \"file\" alone")),
        ),
        (
            "signal = \"file\"\nfile = \"x.csv\"\nlag = 1",
            Err(("1", "`1` has no unit: write \"1d\"")),
        ),
        (
            "signal = \"file\"\nfile = \"x.csv\"\nlag = \"1 day\"",
            Err(("\"1 day", "is not a lag")),
        ),
    ] {
        entry(lines, expected);
    }
    refused(
        "signal = \"vendor\"",
        "signal = \"levels\"",
        "\"levels",
        "unknown variant",
        Some("level"),
    );
    refused(
        "signal = \"vendor\"",
        "signal = \"grade\"\nabov = 3",
        "abov",
        "unknown field",
        Some("above"),
    );
}

#[test]
fn a_strength_is_not_asked_of_levels_that_have_none() {
    let text = Plan::template()
        .replacen("clock = \"published\"", "clock = \"observed\"", 1)
        .replacen("from = \"bars\"", "from = \"vendor\"", 1)
        .replacen(
            "signal = \"vendor\"",
            "signal = \"level\"\nevent = \"touch\"\nmin_strength = 0.5",
            1,
        );
    let error = Plan::parse(&text).unwrap_err();
    assert!(error.message.contains("have no strength"), "{error}");
    // The same clock lets a plan follow the list of moonshots.
    let text = Plan::template()
        .replacen("clock = \"published\"", "clock = \"observed\"", 1)
        .replacen(
            "signal = \"vendor\"",
            "signal = \"moonshot\"\nstate = true",
            1,
        );
    assert_eq!(Plan::parse(&text).unwrap().entry.state, Some(true));
}

#[test]
fn a_lag_counts_bars_of_the_plan_and_a_plan_knows_the_period_of_its_signal() {
    let file = |lag: &str| {
        let lines = format!("signal = \"file\"\nfile = \"x.csv\"\nlag = \"{lag}\"");
        entry(&lines, Ok("file")).unwrap()
    };
    assert_eq!(file("2 bars").declared_lag(), file("2d").declared_lag());
    assert_ne!(file("2 bars").hash(), file("3 bars").hash());
    assert_eq!(file("1d").signal_period(), None);
    assert_eq!(
        Plan::parse(SHORTEST).unwrap().signal_period(),
        Some(Timeframe::D1)
    );
    for (signal, period) in [("hourly", Timeframe::H1), ("breakout", Timeframe::H1)] {
        let text = SHORTEST.replace("side =", &format!("signal = \"{signal}\"\nside ="));
        assert_eq!(Plan::parse(&text).unwrap().signal_period(), Some(period));
    }
}

#[test]
fn fields_that_are_left_out_do_not_change_the_hash_of_a_plan() {
    // Written down by the version before these signals were known.
    let plan = Plan::parse(SHORTEST).unwrap();
    let canonical = serde_json::to_value(&plan.entry).unwrap();
    assert_eq!(
        canonical,
        serde_json::json!({ "signal": "vendor", "lookback": null, "side": "long" })
    );
}
