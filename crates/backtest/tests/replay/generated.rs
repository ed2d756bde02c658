//! Generated cases: prices on a coarse grid, so that equal prices, gaps and touches to the tick are common.
//!
//! Four-hour bars are made of hours, so that finer bars tell the truth; some hours are then lost.

use highwater_market::{Bars, Known, PriceBar, Signal, SignalEvent, Timeframe, Timestamp};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::world::{Book, Owned, World, bar, token, version};

const HOUR: i64 = 3_600_000_000;

pub(crate) fn hour(n: i64) -> Timestamp {
    Timestamp::from_date(2024, 3, 1)
        .unwrap()
        .plus_micros(n * HOUR)
}

/// How many cases: `base`, times `HIGHWATER_CASES`.
pub(crate) fn cases(base: u32) -> u32 {
    let times = std::env::var("HIGHWATER_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    base.saturating_mul(times)
}

/// Four hours: each an open, a close, and how far it reaches beyond them; and which of them are known.
type Hours = ([(u8, u8, u8, u8); 4], bool, u8);

/// Coins of each bar: some are not told, some are 0.
fn volume(n: i64) -> f64 {
    match n % 7 {
        6 if n % 3 == 0 => f64::NAN,
        5 if n % 4 == 0 => 0.0,
        left => 100.0 * (left as f64 + 1.0),
    }
}

fn hours() -> impl Strategy<Value = Hours> {
    let hour = (8_u8..=16, 8_u8..=16, 0_u8..=3, 0_u8..=3);
    let flat = (10_u8..=13).prop_map(|price| [(price, price, 0, 0); 4]);
    let four = prop_oneof![3 => [hour.clone(), hour.clone(), hour.clone(), hour], 1 => flat];
    // A bar in eight is missing; of the hours a bit mask is missing, mostly none.
    (
        four,
        prop::bool::weighted(0.875),
        prop_oneof![4 => Just(0_u8), 1 => 0_u8..16],
    )
}

fn event() -> impl Strategy<Value = Option<SignalEvent>> {
    prop_oneof![
        4 => Just(None),
        8 => Just(Some(SignalEvent::Long)),
        4 => Just(Some(SignalEvent::Short)),
        2 => Just(Some(SignalEvent::Flat)),
    ]
}

/// A row: its hour, how many hours later it was known, the event.
fn row() -> impl Strategy<Value = (i64, i64, Option<SignalEvent>)> {
    let late = prop_oneof![4 => Just(4_i64), 3 => 0_i64..12, 1 => 44_i64..60];
    ((0_i64..30).prop_map(|n| 4 * n), late, event())
}

prop_compose! {
    fn owned(symbol: &'static str)(
        listed in 0_i64..8,
        bars in vec(hours(), 0..34),
        finer in any::<bool>(),
        rows in vec(row(), 0..24),
        answers in vec((0_i64..140, vec(5_u8..20, 0..5)), 0..6),
        always in vec(5_u8..20, 0..5),
        said in vec((select(NAMES.to_vec()), (0_i64..30, 0_i64..30), option::weighted(0.9, 0_u8..100)), 0..30),
    ) -> Owned {
        let price = |quarters: u8| f64::from(quarters) * 0.25;
        let (mut coarse, mut fine) = (Vec::new(), Vec::new());
        for (n, (four, present, lost)) in (listed..).zip(&bars) {
            if !present {
                continue;
            }
            let mut whole: Option<[f64; 4]> = None;
            for (h, &(open, close, up, down)) in (0..).zip(four) {
                let (top, bottom) = (open.max(close) + up, open.min(close) - down);
                let prices = [price(open), price(top), price(bottom), price(close)];
                let so_far = whole.get_or_insert(prices);
                so_far[1] = so_far[1].max(prices[1]);
                so_far[2] = so_far[2].min(prices[2]);
                so_far[3] = prices[3];
                if lost & (1 << h) == 0 {
                    fine.push(bar(hour(4 * n + h), prices));
                }
            }
            coarse.extend(whole.map(|prices| PriceBar {
                volume: volume(n),
                ..bar(hour(4 * n), prices)
            }));
        }
        let mut answers: Vec<(Timestamp, Vec<f64>)> = answers
            .iter()
            .map(|(known, prices)| (hour(*known), prices.iter().copied().map(price).collect()))
            .collect();
        answers.sort_by_key(|(known, _)| *known);
        answers.insert(0, (Timestamp::MIN, always.into_iter().map(price).collect()));
        Owned {
            token: token(symbol),
            bars: Bars::new(Timeframe::H4, coarse).unwrap(),
            finer: finer.then(|| Bars::new(Timeframe::H1, fine).unwrap()),
            signals: versions(&rows),
            levels: Book(answers),
            said: sayings(&said),
        }
    }
}

/// What the vendor says of a token, by name: numbers, and memberships; one sector more often than the other.
const NAMES: [&str; 6] = [
    "grade(trader)",
    "vendor(sharpe)",
    "sector(defi)",
    "sector(defi)",
    "sector(gaming)",
    "moonshot",
];

fn sayings(rows: &[(&str, (i64, i64), Option<u8>)]) -> Vec<(String, Known<Option<f64>>)> {
    let mut said: Vec<(String, Known<Option<f64>>)> = rows
        .iter()
        .map(|&(name, (n, late), value)| {
            let value = value.map(|value| match name {
                "vendor(sharpe)" => f64::from(value) / 25.0,
                "grade(trader)" => f64::from(value),
                _ => f64::from(value % 4 != 0),
            });
            let version = Known {
                event_time: hour(4 * n),
                known_from: hour(4 * n + late),
                revision: false,
                value,
            };
            (name.to_owned(), version)
        })
        .collect();
    said.sort_by_key(|(_, version)| version.known_from);
    said
}

/// Lines of `[entry]` that gate, each gate of another kind.
pub(crate) fn gates() -> impl Strategy<Value = Vec<&'static str>> {
    vec(
        select(vec![
            "sharpe(5 bars) >= 0.51",
            "sharpe(2d) < -0.73",
            "sortino(4 bars) > 0.3",
            "return(1d) >= -3.1%",
            "return(7 bars) <= 11.3%",
            "drawdown(2d) <= 23.3%",
            "drawdown(3 bars) > 411 bps",
            "volatility(3 bars) < 907%",
            "volatility(1d) >= 613%",
            "win_rate(8 bars) > 41%",
            "to_resistance >= 5.01%",
            "to_resistance(0.5) > 8.03%",
            "to_support <= 15.07%",
            "to_support(0.5) < 31.1%",
            "grade(trader) >= 40",
            "grade(tm) < 50",
            "vendor(sharpe) > 1.51",
        ]),
        1..=3,
    )
}

/// Universes that change.
pub(crate) fn universe() -> impl Strategy<Value = &'static str> {
    select(vec![
        "{ top = 1, by = \"volume\", window = \"2d\", every = \"5 bars\" }",
        "{ top = 2, by = \"volume\", window = \"3 bars\", every = \"1d\" }",
        "{ top = 2, by = \"return\", window = \"6 bars\", every = \"7 bars\" }",
        "{ top = 1, by = \"volatility\", window = \"2d\", every = \"1 bar\", order = \"lowest\" }",
        "{ top = 2, by = \"sharpe\", window = \"1d\", every = \"2d\" }",
        "{ top = 1, by = \"grade(trader)\", window = \"1d\", every = \"3 bars\" }",
        "{ sector = \"DeFi\" }",
        "{ moonshots = true }",
    ])
}

/// Universes that change often, and end what leaves them.
fn leaving() -> impl Strategy<Value = String> {
    select(vec![
        "{ top = 1, by = \"return\", window = \"2 bars\", every = \"1 bar\"",
        "{ top = 1, by = \"volume\", window = \"1d\", every = \"2 bars\"",
        "{ top = 2, by = \"return\", window = \"3 bars\", every = \"3 bars\", order = \"lowest\"",
        "{ top = 2, by = \"volatility\", window = \"4 bars\", every = \"1 bar\"",
        "{ sector = \"defi\"",
        "{ moonshots = true",
    ])
    .prop_map(|table| format!("{table}, leave = \"exit\" }}"))
}

pub(crate) fn versions(rows: &[(i64, i64, Option<SignalEvent>)]) -> Vec<Known<Signal>> {
    rows.iter()
        .map(|&(n, late, event)| version(hour(n), hour(n + late), event))
        .collect()
}

/// A rule of a stop or a target, without its braces.
fn rule(level: &'static str, in_risk: bool) -> impl Strategy<Value = String> {
    let buffer = select(vec!["0%", "0.4%", "10%", "0.5 atr"]);
    let otherwise = if in_risk {
        vec!["skip", "without", "10%", "25%", "1 atr", "2 r"]
    } else {
        vec!["skip", "without", "10%", "25%", "1 atr"]
    };
    let extra = select(vec![
        "",
        "",
        "",
        ", nth = 2",
        ", min_strength = 0.4",
        ", min_distance = \"6%\"",
        ", max_distance = \"20%\"",
        ", nth = 2, min_distance = \"2%\", max_distance = \"40%\"",
    ]);
    let at = (buffer, select(otherwise), extra).prop_map(move |(buffer, otherwise, extra)| {
        format!("at = \"{level}\", buffer = \"{buffer}\", otherwise = \"{otherwise}\"{extra}")
    });
    let distances = if in_risk {
        vec!["10%", "20%", "1.5 atr", "1 r", "2 r"]
    } else {
        vec!["10%", "20%", "1.5 atr", "0.5 atr"]
    };
    let away = select(distances).prop_map(|distance| format!("distance = \"{distance}\""));
    prop_oneof![4 => at, 1 => away]
}

fn stop(level: &'static str) -> impl Strategy<Value = String> {
    let some = rule(level, false).prop_map(|rule| format!("stop = {{ {rule} }}"));
    prop_oneof![6 => some, 1 => Just(String::new())]
}

fn target(level: &'static str, in_risk: bool) -> impl Strategy<Value = String> {
    let one = rule(level, in_risk).prop_map(|rule| format!("target = {{ {rule} }}"));
    let share = || {
        select(vec![
            "",
            "",
            ", share = \"25%\"",
            ", share = \"30%\"",
            ", share = \"10%\"",
        ])
    };
    let ladder = vec((rule(level, in_risk), share()), 2..=3).prop_map(|rules| {
        let rules: Vec<String> = rules
            .iter()
            .map(|(rule, share)| format!("{{ {rule}{share} }}"))
            .collect();
        format!("target = [{}]", rules.join(", "))
    });
    prop_oneof![3 => one, 3 => ladder, 1 => Just(String::new())]
}

fn moves(ratchets: bool, in_risk: bool) -> impl Strategy<Value = String> {
    let trail = option::weighted(
        0.3,
        (
            select(vec!["8%", "20%", "1 atr", "2.5 atr"]),
            select(vec!["extreme", "close"]),
        ),
    );
    let reach = if in_risk {
        vec!["5%", "1 atr", "0.5 r", "1 r"]
    } else {
        vec!["5%", "1 atr"]
    };
    let even = option::weighted(0.25, select(reach));
    let ratchet = prop::bool::weighted(0.75).prop_map(move |moves| moves && ratchets);
    let least = option::weighted(0.15, select(vec!["0.5", "1.5"]))
        .prop_map(move |least| least.filter(|_| in_risk));
    (trail, even, ratchet, least).prop_map(|(trail, even, ratchet, least)| {
        let mut lines = String::from("atr_bars = 3\n");
        if let Some((distance, from)) = trail {
            lines += &format!("trail = {{ distance = \"{distance}\", from = \"{from}\" }}\n");
        }
        if let Some(reach) = even {
            lines += &format!("break_even = \"{reach}\"\n");
        }
        if ratchet {
            lines += "ratchet = true\n";
        }
        if let Some(least) = least {
            lines += &format!("min_reward_to_risk = {least}\n");
        }
        lines
    })
}

/// The lines of `[exit]`: what the stop allows of the others is asked of it first.
fn exits() -> impl Strategy<Value = (&'static str, String)> {
    let side = select(vec!["long", "short", "both", "both"]);
    side.prop_flat_map(|side| {
        let (below, above) = if side == "short" {
            ("resistance", "support")
        } else {
            ("support", "resistance")
        };
        (Just(side), Just(above), stop(below))
    })
    .prop_flat_map(|(side, above, stop)| {
        let has_stop = !stop.is_empty();
        let at_level = stop.contains("at =");
        (
            Just(side),
            Just(stop),
            target(above, has_stop),
            moves(at_level, has_stop),
        )
    })
    .prop_map(|(side, stop, target, moves)| {
        // What is promised needs a target.
        let moves = if target.is_empty() {
            moves.replace("min_reward_to_risk", "# min_reward_to_risk")
        } else {
            moves
        };
        (side, format!("{stop}\n{target}\n{moves}"))
    })
}

/// The tables `[size]` and `[portfolio]`.
fn money(stops: bool) -> impl Strategy<Value = String> {
    let mut rules = vec![
        "fraction = \"10%\"",
        "fraction = \"40%\"",
        "fraction = \"100%\"",
        "amount = 300",
        "volatility = \"200%\"\nvolatility_bars = \"3 bars\"\nmax_fraction = \"90%\"",
        "inverse_volatility = \"80%\"\nvolatility_bars = \"4 bars\"",
        "fraction = \"30%\"\nkelly = 0.5\nkelly_trades = 2",
        "equal = true",
    ];
    if stops {
        rules.push("risk = \"5%\"");
    }
    let limits = select(vec![
        "",
        "",
        "",
        "max_fraction = \"30%\"",
        "lot = 0.5",
        "min_value = 250",
        "tick = 0.125",
        "max_volume = \"10%\"",
        "drawdown = { from = \"2%\", to = \"30%\" }",
        "drawdown = { from = \"0%\", to = \"20%\", window = \"5 bars\" }",
    ]);
    let portfolio = (
        option::weighted(0.4, 1_usize..4),
        option::weighted(0.4, select(vec![1_usize, 1, 1, 2])),
        option::weighted(0.2, 1_usize..6),
        select(vec!["1.0", "1.0", "1.0", "2.5"]),
    );
    (select(rules), limits, portfolio).prop_map(|(rule, limit, (places, of_sector, cooldown, leverage))| {
        let limit = if limit.starts_with("max_fraction") && rule.contains("max_fraction") {
            ""
        } else {
            limit
        };
        let rule = if leverage == "2.5" {
            rule.replace("100%", "220%")
        } else {
            rule.to_owned()
        };
        let places = match places {
            Some(places) => Some(places),
            None if rule.starts_with("equal") => Some(2),
            None => None,
        };
        let places = places.map_or(String::new(), |count| format!("max_positions = {count}\n"));
        let of_sector = of_sector.map_or(String::new(), |count| format!("max_per_sector = {count}\n"));
        let cooldown = cooldown.map_or(String::new(), |n| format!("cooldown = \"{n} bars\"\n"));
        format!("[size]\n{rule}\n{limit}\n[portfolio]\n{places}{of_sector}{cooldown}leverage = {leverage}")
    })
}

fn plan() -> impl Strategy<Value = String> {
    let time = option::of(1_usize..9);
    let signal = select(vec!["opposite-event", "none"]);
    let doubtful = select(vec!["stop-first", "target-first", "nearer-extreme"]);
    let costs = (
        select(vec!["0%", "10 bps", "3%"]),
        select(vec!["0%", "5 bps", "6%"]),
        select(vec![
            "",
            "",
            "spread = \"2%\"",
            "maker_fee = \"-1 bps\"\nrange_slippage = \"10%\"",
            "funding = \"3 bps\"\nborrow = \"9 bps\"",
            "impact = 0.5",
            "loan = \"30 bps\"",
            "loan = \"5%\"",
        ]),
    );
    let period = (option::of(1_u8..4), option::of(4_u8..7));
    let who = (
        // Few, since what they keep out is not there to be seen by other tests; `gates.rs` has more of them.
        prop_oneof![6 => Just(Vec::new()), 1 => gates()],
        prop_oneof![
            8 => Just("\"all\"".to_owned()),
            1 => universe().prop_map(str::to_owned),
            2 => leaving(),
        ],
    );
    let order = option::weighted(
        0.2,
        (
            select(vec!["limit", "stop"]),
            select(vec!["4%", "10%", "0.5 atr"]),
            1_usize..5,
        ),
    );
    let period = (period, order, who);
    (exits(), time, signal, doubtful, costs, period)
        .prop_flat_map(|(exits, time, signal, doubtful, costs, period)| {
            let stops = !exits.1.starts_with('\n') || exits.1.contains("trail");
            let money = money(stops);
            (Just(exits), Just(time), Just(signal), Just(doubtful), Just(costs), Just(period), money)
        })
        .prop_map(
        |((side, exits), time, signal, doubtful, (fee, slippage, more), ((from, to), order, (gates, universe)), money)| {
            let order = order.map_or(String::new(), |(kind, reach, bars)| {
                format!("order = {{ {kind} = \"{reach}\", expire = \"{bars} bars\" }}")
            });
            let time = time.map_or(String::new(), |bars| format!("time = \"{bars} bars\""));
            let from = from.map_or(String::new(), |day| format!("from = \"2024-03-0{day}\""));
            let to = to.map_or(String::new(), |day| format!("to = \"2024-03-0{day}\""));
            format!(
                "name = \"generated\"\ntimeframe = \"4h\"\nuniverse = {universe}\nclock = \"observed\"\n[period]\n{from}\n{to}\n\
                 [entry]\nside = \"{side}\"\nonly_if = {gates:?}\n{order}\n\
                 [exit]\n{exits}{time}\nsignal = \"{signal}\"\ndoubtful = \"{doubtful}\"\n\
                 {money}\n[cost]\nfee = \"{fee}\"\nslippage = \"{slippage}\"\n{more}\n\
                 [cash]\ninitial = 1000\n"
            )
        },
    )
}

/// Up to four tokens and a plan.
pub(crate) fn world() -> impl Strategy<Value = World> {
    let assets = (
        owned("AAA").boxed(),
        owned("BBB").boxed(),
        owned("CCC").boxed(),
        owned("DDD").boxed(),
        1_usize..=4,
    )
        .prop_map(|(a, b, c, d, count)| {
            let mut assets = vec![c, a, d, b];
            assets.truncate(count);
            assets
        });
    // Boxed, since strategies made of strategies are held by value, and two worlds do not fit on the stack of a test.
    let plan = prop_oneof![14 => plan().boxed(), 2 => weighing().boxed(), 1 => spending().boxed()];
    (plan, assets).prop_map(|(plan, assets)| World { plan, assets })
}

/// A plan that spends all that there is on its first entries, so that later ones find nothing.
fn spending() -> impl Strategy<Value = String> {
    select(vec!["long", "short", "both"]).prop_map(|side| {
        format!(
            "name = \"spending\"\ntimeframe = \"4h\"\nuniverse = \"all\"\nclock = \"observed\"\n\
             [entry]\nside = \"{side}\"\n[exit]\nsignal = \"none\"\ntime = \"9 bars\"\n[size]\namount = 5000\n\
             [cost]\nfee = \"10 bps\"\nslippage = \"0%\"\n[cash]\ninitial = 1000\n"
        )
    })
}

/// A plan that sets weights.
pub(crate) fn weighing() -> impl Strategy<Value = String> {
    let ranked = select(vec![
        "",
        "score = \"return(2 bars)\"\ntop = 2\n",
        "score = \"return(3 bars)\"\nweights = \"score\"\n",
        "score = \"volatility(4 bars)\"\ntop = 1\n",
        "weights = \"inverse-volatility\"\n",
    ]);
    let every = select(vec!["1 bars", "3 bars", "7 bars", "1d"]);
    let limits = select(vec!["", "band = \"4%\"\n", "invested = \"60%\"\n"]);
    let size = select(vec![
        "volatility_bars = \"3 bars\"",
        "volatility_bars = \"3 bars\"\nlot = 0.5",
        "volatility_bars = \"3 bars\"\nmax_fraction = \"40%\"\nmin_value = 20",
    ]);
    let gate = select(vec!["", "", "only_if = [\"return(2 bars) >= 0%\"]\n"]);
    let of_sector = select(vec!["", "", "[portfolio]\nmax_per_sector = 1\n"]);
    let cost = select(vec!["0%", "1%"]);
    (ranked, every, limits, size, gate, (of_sector, cost)).prop_map(
        |(ranked, every, limits, size, gate, (of_sector, cost))| {
            format!(
                "name = \"weighing\"\ntimeframe = \"4h\"\nuniverse = \"all\"\nclock = \"observed\"\n\
                 [entry]\nsignal = \"rebalance\"\nside = \"long\"\n{gate}\
                 [rebalance]\nevery = \"{every}\"\n{ranked}{limits}\
                 [size]\n{size}\n{of_sector}[cost]\nfee = \"{cost}\"\nslippage = \"{cost}\"\n\
                 [cash]\ninitial = 1000\n"
            )
        },
    )
}
