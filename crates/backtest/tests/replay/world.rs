//! Owned assets that a replay can borrow, and a way to write them down shortly.

use std::collections::BTreeSet;

use highwater_backtest::{Asset, FactBook, Facts, Outcome, Plan, oracle, run};
use highwater_market::{
    Bars, Direction, Known, Level, LevelBook, LevelSide, Price, PriceBar, Signal, SignalEvent,
    Source, Timeframe, Timestamp, Token, TokenId,
};

/// Level prices as one source gave them: whole answers, each known from a moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book(pub(crate) Vec<(Timestamp, Vec<f64>)>);

/// Levels at whole prices are strong, those between weak.
fn strength(price: f64) -> f64 {
    if price.fract() == 0.0 { 0.8 } else { 0.2 }
}

impl LevelBook for Book {
    fn levels_at(&self, at: Timestamp, price: Price) -> Vec<Level> {
        let mut prices: Vec<f64> = self
            .0
            .iter()
            .rfind(|(known, _)| *known <= at)
            .map(|(_, prices)| prices.clone())
            .unwrap_or_default();
        prices.sort_by(f64::total_cmp);
        prices
            .into_iter()
            .map(|level| {
                let level = Price::new(level).unwrap();
                Level {
                    price: level,
                    side: LevelSide::seen_from(level, price),
                    strength: Some(strength(level.get())),
                    touches: None,
                    first_seen: Timestamp::MIN,
                    last_touch: Timestamp::MIN,
                }
            })
            .collect()
    }
}

/// One token and everything about it.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub(crate) token: Token,
    pub(crate) bars: Bars,
    pub(crate) finer: Option<Bars>,
    pub(crate) signals: Vec<Known<Signal>>,
    pub(crate) levels: Book,
    /// What the vendor says of it: names, and versions in the order in which they became known.
    pub(crate) said: Vec<(String, Known<Option<f64>>)>,
}

impl FactBook for Owned {
    fn latest(&self, name: &str, at: Timestamp) -> Option<f64> {
        let mut latest: Option<&Known<Option<f64>>> = None;
        for (said, version) in &self.said {
            let newer = latest.is_none_or(|latest| latest.event_time <= version.event_time);
            if said == name && version.known_from <= at && newer {
                latest = Some(version);
            }
        }
        latest.and_then(|version| version.value)
    }

    fn sectors(&self, at: Timestamp) -> Vec<String> {
        let names: BTreeSet<&String> = self.said.iter().map(|(name, _)| name).collect();
        names
            .into_iter()
            .filter(|name| self.latest(name, at) == Some(1.0))
            .filter_map(|name| Facts::sector_of(name).map(str::to_owned))
            .collect()
    }
}

impl Owned {
    pub(crate) fn asset(&self) -> Asset<'_> {
        Asset {
            token: &self.token,
            bars: &self.bars,
            finer: self.finer.as_ref(),
            signals: &self.signals,
            levels: &self.levels,
            facts: self,
        }
    }
}

pub(crate) fn token(symbol: &str) -> Token {
    Token {
        source: Source::simulated(),
        id: TokenId(symbol.bytes().fold(7, |id, byte| 31 * id + i64::from(byte))),
        symbol: symbol.to_owned(),
        name: format!("Token {symbol}"),
    }
}

pub(crate) fn bar(open_time: Timestamp, [open, high, low, close]: [f64; 4]) -> PriceBar {
    PriceBar {
        open_time,
        open,
        high,
        low,
        close,
        volume: f64::NAN,
    }
}

/// Midnight of day `n` of the written cases.
pub(crate) fn day(n: i64) -> Timestamp {
    Timestamp::from_date(2024, 1, 1).unwrap().plus_days(n)
}

pub(crate) fn version(
    event_time: Timestamp,
    known_from: Timestamp,
    event: Option<SignalEvent>,
) -> Known<Signal> {
    Known {
        event_time,
        known_from,
        revision: false,
        value: Signal { event, trend: None },
    }
}

/// A written case: daily bars from day 0 on.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) plan: String,
    pub(crate) assets: Vec<Owned>,
}

impl World {
    /// Half of 1024 per trade, no costs, exits at the nearest levels without a buffer, both sides.
    pub(crate) fn new() -> Self {
        let plan = r#"
name = "written"
timeframe = "1d"
universe = "all"
[entry]
side = "both"
[exit]
stop = { at = "support" }
target = { at = "resistance" }
[size]
fraction = "50%"
[cost]
fee = "0%"
slippage = "0%"
[cash]
initial = 1024
"#;
        Self {
            plan: plan.to_owned(),
            assets: Vec::new(),
        }
    }

    /// Replace a part of the plan that is there.
    #[track_caller]
    pub(crate) fn plan(mut self, from: &str, to: &str) -> Self {
        assert!(self.plan.contains(from), "`{from}` is not in the plan");
        self.plan = self.plan.replacen(from, to, 1);
        self
    }

    /// A token with levels at 95 and 105, a flat bar at 100 on day 0, and these bars from day 1 on.
    pub(crate) fn asset(self, symbol: &str, bars: &[[f64; 4]]) -> Self {
        let days: Vec<(i64, [f64; 4])> = std::iter::once([100.0; 4])
            .chain(bars.iter().copied())
            .zip(0..)
            .map(|(prices, n)| (n, prices))
            .collect();
        self.asset_on(symbol, &days)
    }

    /// A token with levels at 95 and 105, and bars on these days.
    pub(crate) fn asset_on(mut self, symbol: &str, days: &[(i64, [f64; 4])]) -> Self {
        let bars = days.iter().map(|&(n, prices)| bar(day(n), prices));
        self.assets.push(Owned {
            token: token(symbol),
            bars: Bars::new(Timeframe::D1, bars).unwrap(),
            finer: None,
            signals: Vec::new(),
            levels: Book(vec![(Timestamp::MIN, vec![95.0, 105.0])]),
            said: Vec::new(),
        });
        self
    }

    /// The same volume in every bar of the last token.
    pub(crate) fn volume(mut self, volume: f64) -> Self {
        let bars = &self.last().bars;
        let with = (0..bars.len()).map(|n| PriceBar {
            volume,
            ..bar(
                bars.open_times()[n],
                [
                    bars.open()[n],
                    bars.high()[n],
                    bars.low()[n],
                    bars.close()[n],
                ],
            )
        });
        self.last().bars = Bars::new(Timeframe::D1, with.collect::<Vec<_>>()).unwrap();
        self
    }

    /// The last token's levels instead of 95 and 105, known from a day on, before that the others.
    pub(crate) fn levels(mut self, from: i64, prices: &[f64]) -> Self {
        self.last().levels.0.push((day(from), prices.to_vec()));
        self
    }

    /// The last token's row of day `n - 1`, known when that day is over: it can be filled at the open of day `n`.
    pub(crate) fn event(self, n: i64, event: Direction) -> Self {
        self.row(n - 1, day(n), Some(event))
    }

    /// A version of the last token's row of a day.
    pub(crate) fn row(mut self, of: i64, known: Timestamp, event: Option<Direction>) -> Self {
        let event = event.map(SignalEvent::from);
        self.last().signals.push(version(day(of), known, event));
        self
    }

    /// As [`World::event`], of a row that says flat.
    pub(crate) fn flat(mut self, n: i64) -> Self {
        let row = version(day(n - 1), day(n), Some(SignalEvent::Flat));
        self.last().signals.push(row);
        self
    }

    /// What the vendor says of the last token on a day under a name, known when that day is over.
    pub(crate) fn says(mut self, of: i64, name: &str, value: f64) -> Self {
        let version = Known {
            event_time: day(of),
            known_from: day(of + 1),
            revision: false,
            value: Some(value),
        };
        self.last().said.push((name.to_owned(), version));
        self
    }

    /// Finer bars of four hours for the last token, from a day on.
    pub(crate) fn finer(mut self, from: i64, bars: &[[f64; 4]]) -> Self {
        let hours = |n: i64| day(from).plus_micros(4 * n * Timeframe::H1.micros());
        let bars = bars
            .iter()
            .zip(0..)
            .map(|(&prices, n)| bar(hours(n), prices));
        self.last().finer = Some(Bars::new(Timeframe::H4, bars).unwrap());
        self
    }

    pub(crate) fn last(&mut self) -> &mut Owned {
        self.assets.last_mut().expect("a token comes first")
    }

    pub(crate) fn borrowed(&self) -> Vec<Asset<'_>> {
        self.assets.iter().map(Owned::asset).collect()
    }

    pub(crate) fn parsed(&self) -> Plan {
        Plan::parse(&self.plan).unwrap()
    }

    /// The outcome; both engines must give the same.
    #[track_caller]
    pub(crate) fn run(&self) -> Outcome {
        let (plan, assets) = (self.parsed(), self.borrowed());
        let outcome = run(&plan, &assets).unwrap();
        let oracle = oracle::replay(&plan, &assets, plan.exit.doubtful).unwrap();
        assert_eq!(outcome.trades, oracle.trades);
        assert_eq!(outcome.equity, oracle.equity);
        assert_eq!(outcome.counts, oracle.counts);
        outcome
    }
}
