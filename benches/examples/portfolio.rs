//! One portfolio of many tokens, timed by its parts: `portfolio TOKENS DAYS ROUNDS [FRACTION]`.
//!
//! Daily bars that move 4 % a day, entries on breakouts of 20 bars, stops and targets at levels found in the bars: the
//! plan `data/plans/breakout.toml`, with another size where a fraction is given. Prints the least of the rounds.

#![allow(
    clippy::print_stdout,
    reason = "a program whose figures are its output"
)]

use std::{hint::black_box, time::Instant};

use highwater_backtest::{Asset, FirstTouch, NoFacts, Plan, oracle, run};
use highwater_benches::{daily_bars, published};
use highwater_levels::{BarLevels, SwingConfig, breakouts};
use highwater_market::{
    Bars, Known, Level, LevelBook, LevelSide, Price, Signal, Source, Timeframe, Timestamp, Token,
    TokenId,
};
use rayon::prelude::*;

const PLAN: &str = include_str!("../../data/plans/breakout.toml");

fn least<T>(name: &str, rounds: usize, mut work: impl FnMut() -> T) -> T {
    let mut best = f64::INFINITY;
    let mut answer = None;
    for _ in 0..rounds {
        drop(answer.take());
        let start = Instant::now();
        answer = Some(black_box(work()));
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{name:<28} {:>9.3} ms", best * 1e3);
    answer.expect("at least one round")
}

/// What a book said of each event, asked once and token by token: a prototype of a replay that decides an entry once for
/// all its scenarios.
struct Answered {
    asked: Vec<Timestamp>,
    nearest: Vec<(Option<Level>, Option<Level>)>,
}

impl Answered {
    fn of(events: &[(Timestamp, Price, &BarLevels)]) -> Self {
        let nearest = events.iter().map(|&(at, price, book)| {
            let levels = book.levels_at(at, price);
            let support = |level: &&Level| level.side == LevelSide::Support;
            (
                levels.iter().rfind(support).copied(),
                levels.iter().find(|level| !support(level)).copied(),
            )
        });
        Self {
            asked: events.iter().map(|&(at, _, _)| at).collect(),
            nearest: nearest.collect(),
        }
    }

    fn at(&self, at: Timestamp) -> (Option<Level>, Option<Level>) {
        let place = self.asked.binary_search(&at);
        self.nearest[place.expect("only events ask")]
    }
}

impl LevelBook for Answered {
    fn levels_at(&self, at: Timestamp, _: Price) -> Vec<Level> {
        let (support, resistance) = self.at(at);
        support.into_iter().chain(resistance).collect()
    }

    fn nearest_support(&self, at: Timestamp, _: Price) -> Option<Level> {
        self.at(at).0
    }

    fn nearest_resistance(&self, at: Timestamp, _: Price) -> Option<Level> {
        self.at(at).1
    }
}

/// Every open instant, since all bars lie on one grid: a mark for each, instead of sorting.
fn instants_on_grid(bars: &[Bars]) -> Vec<Timestamp> {
    let opens = || {
        bars.iter()
            .filter_map(|bars| bars.open_times().first().zip(bars.open_times().last()))
    };
    let (Some(first), Some(last)) = (
        opens().map(|(first, _)| *first).min(),
        opens().map(|(_, last)| *last).max(),
    ) else {
        return Vec::new();
    };
    let step = bars[0].timeframe().micros();
    let mut marked = vec![false; ((last - first) / step) as usize + 1];
    for bars in bars {
        for &at in bars.open_times() {
            marked[((at - first) / step) as usize] = true;
        }
    }
    let all = (0_i64..).zip(marked).filter(|&(_, marked)| marked);
    all.map(|(place, _)| first.plus_micros(place * step))
        .collect()
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| -> usize {
        let word = words.get(index).expect("portfolio TOKENS DAYS ROUNDS");
        word.parse().expect("a number")
    };
    let (tokens, days, rounds) = (number(0), number(1), number(2));
    let text = words.get(3).map_or(PLAN.to_owned(), |fraction| {
        PLAN.replace("fraction = \"20%\"", &format!("fraction = \"{fraction}\""))
    });
    let plan = Plan::parse(&text).expect("the plan is valid");
    let bars: Vec<Bars> = (0..tokens as u64)
        .map(|seed| daily_bars(seed, days))
        .collect();
    let versions: Vec<_> = bars.iter().map(published).collect();
    let named: Vec<Token> = (0..tokens as i64)
        .map(|id| Token {
            source: Source::simulated(),
            id: TokenId(id),
            symbol: format!("T{id:04}"),
            name: format!("Token {id}"),
        })
        .collect();
    let books: Vec<BarLevels> = least("level books", rounds, || {
        let book =
            |one: &Vec<_>| BarLevels::new(one.clone(), Timeframe::D1, SwingConfig::default());
        versions.iter().map(book).collect()
    });
    let signals: Vec<Vec<Known<Signal>>> = least("breakout signals", rounds, || {
        let signals = |one: &Vec<_>| breakouts(one, plan.entry.lookback_bars());
        versions.iter().map(signals).collect()
    });
    let assets: Vec<Asset<'_>> = (0..tokens)
        .map(|index| Asset {
            token: &named[index],
            bars: &bars[index],
            finer: None,
            signals: &signals[index],
            levels: &books[index],
            facts: &NoFacts,
        })
        .collect();
    least("pyramids", rounds, || {
        bars.iter()
            .map(|bars| FirstTouch::new(bars).len())
            .sum::<usize>()
    });
    least("instants, sorted", rounds, || {
        let all = bars.iter().flat_map(Bars::open_times).copied();
        let mut instants: Vec<_> = all.collect();
        instants.sort();
        instants.dedup();
        instants.len()
    });
    least("instants, marked on the grid", rounds, || {
        instants_on_grid(&bars)
    });
    let questions = |index: usize| {
        let (bars, book) = (&bars[index], &books[index]);
        let events = signals[index]
            .iter()
            .filter(|signal| signal.value.event.is_some());
        events
            .map(|signal| {
                let at = signal.known_from;
                let close = bars.close()[bars.complete_at(at) - 1];
                (at, Price::new(close).expect("a price"), book)
            })
            .collect::<Vec<_>>()
    };
    let asked: Vec<Vec<_>> = (0..tokens).map(questions).collect();
    let twice = |asked: &Vec<(Timestamp, Price, &BarLevels)>| {
        let found = asked.iter().filter(|&&(at, price, book)| {
            book.nearest_support(at, price).is_some() & book.nearest_resistance(at, price).is_some()
        });
        found.count()
    };
    let once = |asked: &Vec<(Timestamp, Price, &BarLevels)>| {
        let found = asked.iter().filter(|&&(at, price, book)| {
            let sides = |side| move |level: &Level| level.side == side;
            let levels = book.levels_at(at, price);
            levels.iter().any(sides(LevelSide::Support))
                & levels.iter().any(sides(LevelSide::Resistance))
        });
        found.count()
    };
    let all = least("levels of every event, twice", rounds, || {
        asked.iter().map(twice).sum::<usize>()
    });
    let both = least("levels of every event, once", rounds, || {
        asked.iter().map(once).sum::<usize>()
    });
    let abreast = least("the same on all cores", rounds, || {
        asked.par_iter().map(once).sum::<usize>()
    });
    assert!(all == both && both == abreast, "the same levels");
    println!("  {} events", asked.iter().map(Vec::len).sum::<usize>());
    // The same replay without a question to the books: what the rest of it takes.
    let distances = text.lines().map(|line| match line.split_once(" =") {
        Some(("stop", _)) => "stop = { distance = \"8%\" }",
        Some(("target", _)) => "target = { distance = \"12%\" }",
        _ => line,
    });
    let distances = distances.collect::<Vec<_>>().join("\n");
    let distances = Plan::parse(&distances).expect("the plan is valid");
    let by_distance = least("run, exits by distance", rounds, || {
        run(&distances, &assets).expect("it ran")
    });
    println!("  {} trades", by_distance.trades.len());
    // The books keep what they were asked; the first run finds them fresh, the later ones do not.
    let outcome = least("run", 1, || run(&plan, &assets).expect("it ran"));
    println!(
        "  {} trades, {} points of equity, {} doubtful trades, {} signals, {} entered",
        outcome.trades.len(),
        outcome.equity.len(),
        outcome.scenarios.chosen.doubtful_trades,
        outcome.counts.signals,
        outcome.counts.entered,
    );
    least("run, again", rounds, || {
        run(&plan, &assets).expect("it ran")
    });
    let answered: Vec<Answered> = least("levels answered beforehand", rounds, || {
        asked.par_iter().map(|asked| Answered::of(asked)).collect()
    });
    let decided: Vec<Asset<'_>> = assets
        .iter()
        .zip(&answered)
        .map(|(asset, levels)| Asset { levels, ..*asset })
        .collect();
    let quick = least("run, levels answered before", rounds, || {
        run(&plan, &decided).expect("it ran")
    });
    assert!(quick == outcome, "the same outcome");
    let plain = least("bar by bar, chosen alone", 1, || {
        oracle::replay(&plan, &assets, plan.exit.doubtful).expect("it ran")
    });
    assert!(
        plain.trades == outcome.trades && plain.equity == outcome.equity,
        "the same result"
    );
}
