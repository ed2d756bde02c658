//! Rules of exits, orders, sizes, portfolio, costs and weights that make no sense.

use highwater_backtest::Plan;

use crate::{SHORTEST, refused};

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
        "fraction = \"10%\"\ndrawdown = { from = \"10%\", to = \"10%\" }",
        "drawdown",
        "from 10% to 10%",
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
    portfolio("max_per_sector = 0", "max_per_sector", "at least 1");
    portfolio(
        "max_per_sector = 2",
        "max_per_sector",
        "clock = \"observed\"",
    );
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
        "universe = \"all\"",
        "universe = { top = 9, by = \"volume\", window = \"9d\", every = \"9d\", leave = \"exit\" }",
        "`leave` does nothing",
    );
    refused(
        "[rebalance]\nevery = \"30d\"\nscore = \"return(90d)\"\ntop = 5\n",
        "",
        "needs a table `[rebalance]`",
    );
}
