//! What a plan may say, and what it is told when it may not.

use highwater_backtest::{
    Plan,
    plan::{Doubtful, ExitSignal, LevelSource, Otherwise, Reach, Side, Universe},
};
use highwater_market::{Clock, Fraction, Timeframe};

const SHORTEST: &str = r#"
name = "shortest"
timeframe = "1h"
universe = ["BTC", "ETH"]
[entry]
side = "long"
[size]
fraction = "10%"
[cost]
fee = "10 bps"
slippage = "0%"
"#;

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

/// The template with one piece replaced: line, column, part of the message, suggestion.
#[track_caller]
fn refused(from: &str, to: &str, place: &str, says: &str, suggestion: Option<&str>) {
    assert!(
        Plan::template().contains(from),
        "`{from}` is not in the template"
    );
    let text = Plan::template().replacen(from, to, 1);
    let error = Plan::parse(&text).unwrap_err();
    assert!(error.message.contains(says), "{error}");
    assert_eq!(error.suggestion.as_deref(), suggestion, "{error}");
    let line = text.lines().nth(error.line - 1).unwrap();
    let at: String = line.chars().skip(error.column - 1).collect();
    assert!(at.starts_with(place), "{error}: points to `{at}`");
    assert!(
        error
            .to_string()
            .contains(&format!("line {}, column {}", error.line, error.column))
    );
    assert!(!error.hint().is_empty());
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

#[test]
fn rules_of_exits_that_make_no_sense_are_refused() {
    let exit = |line: &str, place: &str, says: &str| {
        refused("time = \"30 bars\"", line, place, says, None);
    };
    exit(
        "trail = { distance = \"1 r\" }",
        "trail",
        "a share or in `atr`",
    );
    exit("trail = { distance = \"0 atr\" }", "trail", "above 0");
    exit("break_even = \"0%\"", "break_even", "above 0%");
    exit(
        "min_reward_to_risk = 0",
        "min_reward_to_risk",
        "above 0, not 0",
    );
    exit("atr_bars = 0", "atr_bars", "at least 1");
    exit("break_even = 1", "1", "`1` has no unit");
    exit("break_even = \"1 rr\"", "\"1 rr", "is not a distance");
    let stop = |rule: &str, place: &str, says: &str| {
        refused(
            "stop = { at = \"support\", buffer = \"0.4%\", otherwise = \"skip\" }",
            rule,
            place,
            says,
            None,
        );
    };
    stop(
        "stop = { at = \"support\", distance = \"1%\" }",
        "stop",
        "not both",
    );
    stop("stop = {}", "stop", "needs a level or a distance");
    stop("stop = { distance = \"1 r\" }", "stop", "is measured by it");
    stop(
        "stop = { at = \"support\", otherwise = \"1 r\" }",
        "stop",
        "is measured by it",
    );
    stop(
        "stop = { distance = \"1%\", nth = 2 }",
        "nth",
        "goes with `at`",
    );
    stop(
        "stop = { distance = \"1%\", share = \"50%\" }",
        "stop",
        "`share` is for targets",
    );
    stop("stop = { at = \"support\", nth = 0 }", "nth", "at least 1");
    stop(
        "stop = { at = \"support\", min_strength = 2.0 }",
        "min_strength",
        "between 0 and 1",
    );
    stop(
        "stop = { at = \"support\", min_distance = \"9%\", max_distance = \"8%\" }",
        "min_distance",
        "is above `max_distance`",
    );
    stop(
        "stop = { at = \"support\", max_distance = \"-1%\" }",
        "max_distance",
        "at least 0%",
    );
    stop(
        "stop = { at = \"support\", buffer = \"1 r\" }",
        "stop",
        "a share or in `atr`",
    );
    stop(
        "ratchet = true\nstop = { distance = \"5%\" }",
        "ratchet",
        "newer levels",
    );
    let target = |rule: &str, place: &str, says: &str| {
        refused(
            "target = { at = \"resistance\", buffer = \"0.3%\", otherwise = \"12%\" }",
            rule,
            place,
            says,
            None,
        );
    };
    target(
        "target = [{ distance = \"5%\", share = \"60%\" }, { distance = \"9%\", share = \"50%\" }]",
        "target",
        "add up to 110%",
    );
    target(
        "target = [{ distance = \"5%\", share = \"100%\" }, { distance = \"9%\" }]",
        "target",
        "without a share is left",
    );
    target(
        "target = { distance = \"5%\", share = \"0%\" }",
        "share",
        "above 0%",
    );
    target(
        "min_reward_to_risk = 2",
        "min_reward_to_risk",
        "needs a stop and a target",
    );
    target("target = 5", "5", "a table such as");
    let (before, after) = SHORTEST.split_once("[size]").unwrap();
    let text = format!("{before}[exit]\ntarget = {{ distance = \"2 r\" }}\n[size]{after}");
    let error = Plan::parse(&text).unwrap_err();
    assert!(error.message.contains("there is none"), "{error}");
}

#[test]
fn rules_of_money_that_make_no_sense_are_refused() {
    let size = |rule: &str, place: &str, says: &str| {
        refused("fraction = \"10%\"", rule, place, says, None);
    };
    size("", "size]", "needs a rule");
    size(
        "fraction = \"10%\"\namount = 5",
        "amount",
        "both say how much",
    );
    size("amount = 0", "amount", "above 0, not 0");
    size("kelly = 0.5", "kelly", "write `fraction` besides");
    size("equal = true", "equal", "max_positions");
    size("risk = \"101%\"", "risk", "at most 100%");
    size(
        "volatility = \"20%\"\nvolatility_bars = \"1 bars\"",
        "volatility_bars",
        "at least 2 bars",
    );
    size("fraction = \"10%\"\nlot = -1", "lot", "above 0, not -1");
    size(
        "fraction = \"10%\"\ndrawdown = { from = \"30%\", to = \"10%\" }",
        "drawdown",
        "from 30% to 10%",
    );
    size(
        "fraction = \"10%\"\nkelly_trades = 0",
        "kelly_trades",
        "at least 1",
    );
    let portfolio = |line: &str, place: &str, says: &str| {
        refused("leverage = 1.0", line, place, says, None);
    };
    portfolio("leverage = 0.5", "leverage", "from 1 to 100, not 0.5");
    portfolio("max_positions = 0", "max_positions", "at least 1");
    let cost = |line: &str, place: &str, says: &str| {
        refused(
            "slippage = \"5 bps\"",
            &format!("slippage = \"5 bps\"\n{line}"),
            place,
            says,
            None,
        );
    };
    cost("impact = 0", "impact", "above 0");
    cost("spread = \"-1%\"", "spread", "from 0% to 50%");
    cost("maker_fee = \"60%\"", "maker_fee", "from -50% to 50%");
    let (before, after) = SHORTEST.split_once("[size]").unwrap();
    let text = format!("{before}[size]{after}").replace("fraction = \"10%\"", "risk = \"1%\"");
    let error = Plan::parse(&text).unwrap_err();
    assert!(error.message.contains("has no stop"), "{error}");
}

#[test]
fn orders_that_make_no_sense_are_refused() {
    let order = |order: &str, place: &str, says: &str| {
        refused(
            "side = \"both\"",
            &format!("side = \"both\"\norder = {order}"),
            place,
            says,
            None,
        );
    };
    order("{}", "order", "waits for a `limit` or for a `stop`");
    order(
        "{ limit = \"1%\", stop = \"1%\" }",
        "order",
        "waits for a `limit` or for a `stop`",
    );
    order("{ limit = \"1 r\" }", "order", "a share or in `atr`");
    order("{ stop = \"0%\" }", "order", "above 0%");
    order("{ stop = \"1%\", expire = 3 }", "3", "write \"3 bars\"");
}

const WEIGHING: &str = r#"
name = "weights"
timeframe = "1d"
universe = "all"
[entry]
signal = "rebalance"
side = "long"
[rebalance]
every = "30d"
score = "return(90d)"
top = 5
[cost]
fee = "10 bps"
slippage = "0%"
"#;

#[test]
fn a_plan_that_sets_weights_leaves_out_what_it_does_not_use() {
    let plan = Plan::parse(WEIGHING).unwrap();
    assert_eq!(plan.rebalance.unwrap().top, Some(5));
    let refused = |from: &str, to: &str, says: &str| {
        assert!(WEIGHING.contains(from), "{from}");
        let error = Plan::parse(&WEIGHING.replacen(from, to, 1)).unwrap_err();
        assert!(error.message.contains(says), "{error}");
    };
    refused(
        "side = \"long\"",
        "side = \"both\"",
        "write side = \"long\"",
    );
    refused("score = \"return(90d)\"\n", "", "`top` of what?");
    refused("top = 5", "top = 0", "at least 1");
    refused("top = 5", "band = \"120%\"", "from 0% to 100%");
    refused("return(90d)", "retrun(90d)", "unknown gate `retrun`");
    refused("return(90d)", "return(90d", "is not a question");
    refused("return(90d)", "vendor(sharpe)", "clock = \"observed\"");
    refused(
        "score = \"return(90d)\"\ntop = 5",
        "weights = \"score\"",
        "needs a `score`",
    );
    refused(
        "signal = \"rebalance\"",
        "signal = \"breakout\"",
        "goes with [entry]",
    );
    refused(
        "[cost]",
        "[exit]\ntime = \"3 bars\"\n[cost]",
        "`time` does nothing",
    );
    refused(
        "[cost]",
        "[size]\nfraction = \"3%\"\n[cost]",
        "`fraction` does nothing",
    );
    refused(
        "[rebalance]\nevery = \"30d\"\nscore = \"return(90d)\"\ntop = 5\n",
        "",
        "needs a table `[rebalance]`",
    );
}
