//! Fields and their defaults, and what is misspelt, missing or of the wrong kind.

use highwater_backtest::{
    Plan,
    plan::{Doubtful, ExitSignal, LevelSource, Otherwise, Reach, Side, Universe},
};
use highwater_market::{Clock, Fraction, Timeframe};

use crate::{SHORTEST, refused};

#[test]
fn the_template_parses_and_shows_every_field() {
    let template = Plan::parse(Plan::template()).unwrap();
    assert_eq!(template.timeframe, Timeframe::D1);
    assert_eq!(template.universe, Universe::All);
    assert_eq!(template.entry.side, Side::Both);
    assert_eq!(
        template.exit.stop.unwrap().buffer,
        Reach::Share("0.4%".parse::<Fraction>().unwrap().into())
    );
    assert_eq!(template.exit.stop.unwrap().otherwise, Otherwise::Skip);
    assert_eq!(template.exit.time.unwrap().get(), 30);
    assert_eq!(template.cost.fee.get(), 0.001);

    fn fields(value: &serde_json::Value, names: &mut Vec<String>) {
        if let Some(object) = value.as_object() {
            for (name, value) in object {
                names.push(name.clone());
                fields(value, names);
            }
        }
    }
    let mut names = Vec::new();
    fields(&serde_json::to_value(&template).unwrap(), &mut names);
    assert!(names.len() > 25, "{names:?}");
    for name in names {
        assert!(
            Plan::template().contains(&format!("{name} ="))
                || Plan::template().contains(&format!("[{name}]")),
            "`{name}` is not in the template"
        );
    }
}

#[test]
fn what_is_left_out_has_its_default() {
    let plan = Plan::parse(SHORTEST).unwrap();
    assert_eq!(plan.clock, Clock::Published);
    assert_eq!(plan.levels.from, LevelSource::Bars);
    assert_eq!(plan.levels.swing_bars, 3);
    assert_eq!(plan.exit.signal, ExitSignal::OppositeEvent);
    assert_eq!(plan.exit.doubtful, Doubtful::StopFirst);
    assert_eq!(
        (plan.exit.stop, plan.exit.target.len(), plan.exit.time),
        (None, 0, None)
    );
    assert_eq!(plan.cash.initial, 100_000.0);
    assert_eq!(
        plan.universe,
        Universe::Symbols(vec!["BTC".into(), "ETH".into()])
    );
}

#[test]
fn misspelt_fields_are_refused_with_the_right_one() {
    refused(
        "timeframe =",
        "time_frame =",
        "time_frame",
        "unknown field",
        Some("timeframe"),
    );
    refused(
        "stop = {",
        "stopp = {",
        "stopp",
        "unknown field",
        Some("stop"),
    );
    refused(
        "buffer = \"0.4%\"",
        "bufer = \"0.4%\"",
        "bufer",
        "unknown field",
        Some("buffer"),
    );
    refused(
        "[size]",
        "[sizing]",
        "sizing",
        "unknown field",
        Some("size"),
    );
    refused(
        "swing_bars",
        "swings_bars",
        "swings_bars",
        "unknown field",
        Some("swing_bars"),
    );
    refused("[cash]", "[cash]\nqqqq = 1", "qqqq", "unknown field", None);
}

#[test]
fn misspelt_words_are_refused_with_the_right_one() {
    refused(
        "\"stop-first\"",
        "\"stop_first\"",
        "\"stop_first",
        "unknown variant",
        Some("stop-first"),
    );
    refused(
        "side = \"both\"",
        "side = \"bot\"",
        "\"bot",
        "unknown variant",
        Some("both"),
    );
    refused(
        "otherwise = \"skip\"",
        "otherwise = \"skipp\"",
        "\"skipp",
        "unknown variant",
        Some("skip"),
    );
    refused("\"1d\"", "\"1day\"", "\"1day", "not a timeframe", None);
}

#[test]
fn a_percentage_without_unit_is_refused() {
    refused("= \"0.4%\"", "= 0.4", "0.4", "`0.4` has no unit", None);
    refused(
        "= \"0.4%\"",
        "= \"0.4\"",
        "\"0.4",
        "`0.4` has no unit",
        None,
    );
    refused("= \"10 bps\"", "= 10", "10", "`10` has no unit", None);
    refused(
        "= \"10 bps\"",
        "= \"ten bps\"",
        "\"ten",
        "not a percentage",
        None,
    );
    refused("= \"12%\"", "= 12", "12", "has no unit", None);
    refused("= \"30 bars\"", "= 30", "30", "write \"30 bars\"", None);
    refused(
        "= \"30 bars\"",
        "= \"0 bars\"",
        "\"0 bars",
        "at least 1",
        None,
    );
}

#[test]
fn what_makes_no_sense_is_refused_where_it_stands() {
    refused(
        "fraction = \"10%\"",
        "fraction = \"0%\"",
        "fraction",
        "above 0%",
        None,
    );
    refused(
        "fraction = \"10%\"",
        "fraction = \"101%\"",
        "fraction",
        "at most 100%",
        None,
    );
    refused("fee = \"10 bps\"", "fee = \"-1%\"", "fee", "from 0%", None);
    refused(
        "side = \"both\"",
        "side = \"both\"\nlookback = \"20 bars\"",
        "lookback",
        "breakout",
        None,
    );
    refused(
        "buffer = \"0.4%\"",
        "buffer = \"100%\"",
        "stop",
        "below 100%",
        None,
    );
    refused(
        "otherwise = \"12%\"",
        "otherwise = \"0%\"",
        "target",
        "above 0%",
        None,
    );
    refused(
        "initial = 100000",
        "initial = 0",
        "initial",
        "above 0",
        None,
    );
    refused(
        "to = \"2026-06-30\"",
        "to = \"2023-06-30\"",
        "period",
        "ends before",
        None,
    );
    refused(
        "at = \"support\"",
        "at = \"resistance\"",
        "stop",
        "at = \"support\"",
        None,
    );
    refused(
        "side = \"both\"",
        "side = \"short\"",
        "stop",
        "at = \"resistance\"",
        None,
    );
    refused(
        "from = \"bars\"",
        "from = \"vendor\"",
        "clock",
        "no dated past",
        None,
    );
    refused(
        "\"all\"",
        "[\"BTC\", \"BTC\"]",
        "[\"BTC",
        "listed twice",
        None,
    );
    refused("\"all\"", "[]", "[]", "names no symbol", None);
    refused(
        "\"all\"",
        "\"BTC\"",
        "\"BTC",
        "write \"all\" or a list",
        None,
    );
    refused(
        "swing_bars = 3",
        "swing_bars = 0",
        "swing_bars",
        "at least 1",
        None,
    );
}

#[test]
fn broken_toml_points_to_its_place() {
    let error = Plan::parse("name = \"x\"\ntimeframe = ").unwrap_err();
    assert_eq!(error.line, 2);
    assert!(
        Plan::parse("")
            .unwrap_err()
            .message
            .contains("missing field")
    );
}

#[test]
fn a_wrong_kind_of_value_is_said_in_plain_words() {
    let wanted = |from: &str, to: &str, says: &str| {
        refused(from, to, to.split(" = ").nth(1).unwrap(), says, None)
    };
    wanted(
        "swing_bars = 3",
        "swing_bars = 3.5",
        "a whole number is wanted here, not 3.5",
    );
    wanted(
        "cluster = 1.0",
        "cluster = \"x\"",
        "a number is wanted here, not \"x\"",
    );
    wanted(
        "min_touches = 1",
        "min_touches = -1",
        "a whole number up to",
    );
    wanted(
        "initial = 100000",
        "initial = true",
        "a number is wanted here, not true",
    );
    wanted(
        "name = \"My first plan\"",
        "name = 3",
        "a text in quotes is wanted here, not 3",
    );
}

#[test]
fn what_is_missing_is_looked_for_where_it_belongs() {
    refused(
        "side = \"both\"",
        "",
        "[entry]",
        "missing field `side`",
        None,
    );
    refused(
        "fee = \"10 bps\"",
        "",
        "[cost]",
        "missing field `fee`",
        None,
    );
    refused(
        "at = \"support\", ",
        "",
        "stop",
        "needs a level or a distance",
        None,
    );
    // The template begins with a comment, and then with the name.
    refused(
        "timeframe = \"1d\"",
        "",
        "name",
        "missing field `timeframe`, which stands above the tables",
        None,
    );
    let (before, _) = SHORTEST.split_once("[cost]").unwrap();
    let error = Plan::parse(before).unwrap_err();
    assert_eq!(
        (error.line, &error.message[..]),
        (2, "the table `[cost]` is missing")
    );
}
