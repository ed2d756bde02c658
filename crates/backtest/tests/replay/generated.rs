//! Generated cases: prices on a coarse grid, so that equal prices, gaps and touches to the tick are common.
//!
//! Four-hour bars are made of hours, so that finer bars tell the truth; some hours are then lost.

use highwater_market::{Bars, Direction, Known, Signal, Timeframe, Timestamp};
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

fn direction() -> impl Strategy<Value = Option<Direction>> {
    select(vec![
        None,
        Some(Direction::Long),
        Some(Direction::Long),
        Some(Direction::Short),
    ])
}

/// A row: its hour, how many hours later it was known, the event.
fn row() -> impl Strategy<Value = (i64, i64, Option<Direction>)> {
    let late = prop_oneof![4 => Just(4_i64), 3 => 0_i64..12, 1 => 44_i64..60];
    ((0_i64..30).prop_map(|n| 4 * n), late, direction())
}

prop_compose! {
    fn owned(symbol: &'static str)(
        listed in 0_i64..8,
        bars in vec(hours(), 0..34),
        finer in any::<bool>(),
        rows in vec(row(), 0..24),
        answers in vec((0_i64..140, vec(5_u8..20, 0..5)), 0..6),
        always in vec(5_u8..20, 0..5),
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
            coarse.extend(whole.map(|prices| bar(hour(4 * n), prices)));
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
        }
    }
}

pub(crate) fn versions(rows: &[(i64, i64, Option<Direction>)]) -> Vec<Known<Signal>> {
    rows.iter()
        .map(|&(n, late, event)| version(hour(n), hour(n + late), event))
        .collect()
}

fn exit(name: &'static str, level: &'static str) -> impl Strategy<Value = String> {
    let buffer = select(vec!["0%", "0.4%", "10%"]);
    let otherwise = select(vec!["skip", "10%", "25%"]);
    let some = (buffer, otherwise).prop_map(move |(buffer, otherwise)| {
        format!(
            "{name} = {{ at = \"{level}\", buffer = \"{buffer}\", otherwise = \"{otherwise}\" }}"
        )
    });
    prop_oneof![6 => some, 1 => Just(String::new())]
}

fn plan() -> impl Strategy<Value = String> {
    let side = select(vec!["long", "short", "both", "both"]);
    let levels = side.prop_flat_map(|side| {
        let (stop, target) = if side == "short" {
            ("resistance", "support")
        } else {
            ("support", "resistance")
        };
        (Just(side), exit("stop", stop), exit("target", target))
    });
    let time = option::of(1_usize..9);
    let signal = select(vec!["opposite-event", "none"]);
    let doubtful = select(vec!["stop-first", "target-first", "nearer-extreme"]);
    let fraction = select(vec!["10%", "40%", "100%"]);
    let costs = (
        select(vec!["0%", "10 bps", "3%"]),
        select(vec!["0%", "5 bps", "6%"]),
    );
    let period = (option::of(1_u8..4), option::of(4_u8..7));
    (levels, time, signal, doubtful, fraction, costs, period).prop_map(
        |((side, stop, target), time, signal, doubtful, fraction, (fee, slippage), (from, to))| {
            let time = time.map_or(String::new(), |bars| format!("time = \"{bars} bars\""));
            let from = from.map_or(String::new(), |day| format!("from = \"2024-03-0{day}\""));
            let to = to.map_or(String::new(), |day| format!("to = \"2024-03-0{day}\""));
            format!(
                "name = \"generated\"\ntimeframe = \"4h\"\nuniverse = \"all\"\n[period]\n{from}\n{to}\n\
                 [entry]\nside = \"{side}\"\n\
                 [exit]\n{stop}\n{target}\n{time}\nsignal = \"{signal}\"\ndoubtful = \"{doubtful}\"\n\
                 [size]\nfraction = \"{fraction}\"\n[cost]\nfee = \"{fee}\"\nslippage = \"{slippage}\"\n\
                 [cash]\ninitial = 1000\n"
            )
        },
    )
}

/// Up to four tokens and a plan.
pub(crate) fn world() -> impl Strategy<Value = World> {
    let assets = (
        owned("AAA"),
        owned("BBB"),
        owned("CCC"),
        owned("DDD"),
        1_usize..=4,
    )
        .prop_map(|(a, b, c, d, count)| {
            let mut assets = vec![c, a, d, b];
            assets.truncate(count);
            assets
        });
    (plan(), assets).prop_map(|(plan, assets)| World { plan, assets })
}
