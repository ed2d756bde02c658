//! One replay over minute bars from a file, by kernels and by the engine, to be timed beside other programs.
//!
//! `minutes FOLDER ROUNDS kernels|trades|run`: the folder holds `open.f64`, `high.f64`, `low.f64`, `close.f64` (little-endian
//! doubles) and `entry.u32` (ascending: the bars at whose open a flat account enters long). Stop and target are 1, 5,
//! 10 and 20 % from the entry price; the bar decides as `SEMANTICS.md` says. Prints lines of `name level seconds trades
//! profit`, the least of the rounds. `benches/peers/run backtest_speed` makes the files and compares.

#![allow(
    clippy::print_stdout,
    reason = "a program whose figures are its output"
)]

use std::{fs, hint::black_box, path::Path, time::Instant};

use highwater_backtest::{Asset, FirstTouch, NoFacts, Plan, Replayer, Search, Trade};
use highwater_market::{
    Bars, Direction, Known, Level, LevelBook, Price, PriceBar, Signal, Source, Timeframe,
    Timestamp, Token, TokenId,
};

struct Columns {
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    entries: Vec<u32>,
}

impl Columns {
    fn read(folder: &Path) -> Self {
        let bytes = |name: &str| fs::read(folder.join(name)).expect("the file is there");
        let floats = |name: &str| -> Vec<f64> {
            let bytes = bytes(name);
            let eights = bytes.chunks_exact(8);
            eights
                .map(|eight| f64::from_le_bytes(eight.try_into().expect("eight bytes")))
                .collect()
        };
        let entries = bytes("entry.u32");
        let fours = entries.chunks_exact(4);
        Self {
            open: floats("open.f64"),
            high: floats("high.f64"),
            low: floats("low.f64"),
            close: floats("close.f64"),
            entries: fours
                .map(|four| u32::from_le_bytes(four.try_into().expect("four bytes")))
                .collect(),
        }
    }

    /// The price at which a bar that touches stop or target ends a long.
    fn exit(&self, bar: usize, entered: usize, stop: f64, target: f64) -> f64 {
        let open = self.open[bar];
        if bar != entered && (open <= stop || open >= target) {
            open
        } else if self.low[bar] <= stop {
            stop
        } else {
            target
        }
    }

    /// Every trade in turn, given who finds the bar that touches: how many, and the sum of their profits.
    fn replay(&self, away: f64, touch: impl Fn(usize, f64, f64) -> Option<usize>) -> (usize, f64) {
        let (mut at, mut trades, mut profit) = (0, 0, 0.0);
        while let Some(&entry) = self.entries.get(at) {
            let bar = entry as usize;
            let price = self.open[bar];
            let (stop, target) = (price * (1.0 - away), price * (1.0 + away));
            trades += 1;
            let Some(end) = touch(bar, stop, target) else {
                profit += self.close[self.close.len() - 1] / price - 1.0;
                break;
            };
            profit += self.exit(end, bar, stop, target) / price - 1.0;
            at = after(&self.entries, at, end);
        }
        (trades, profit)
    }
}

/// The first entry, of those from `at` on, in a later bar than `bar`: near ones are found at once.
fn after(entries: &[u32], at: usize, bar: usize) -> usize {
    let late = |index: usize| entries.get(index).is_none_or(|&entry| entry as usize > bar);
    let mut reach = 1;
    while !late(at + reach) {
        reach *= 2;
    }
    let (from, to) = (at + reach / 2, (at + reach).min(entries.len()));
    from + entries[from..to].partition_point(|&entry| entry as usize <= bar)
}

/// One bar after the other.
fn scan(low: &[f64], high: &[f64], from: usize, stop: f64, target: f64) -> Option<usize> {
    (from..low.len()).find(|&bar| low[bar] <= stop || high[bar] >= target)
}

/// Stop and target each ask a pyramid; the nearer answer counts.
fn ask(pyramid: &FirstTouch<'_>, from: usize, stop: f64, target: f64) -> Option<usize> {
    let below = pyramid.first_at_or_below(from, stop);
    let above = pyramid.first_at_or_above(from, target);
    below.into_iter().chain(above).min()
}

struct NoLevels;

impl LevelBook for NoLevels {
    fn levels_at(&self, _: Timestamp, _: Price) -> Vec<Level> {
        Vec::new()
    }
}

fn least<T>(rounds: usize, mut work: impl FnMut() -> T) -> (f64, T) {
    let mut best = f64::INFINITY;
    let mut answer = None;
    for _ in 0..rounds {
        drop(answer.take());
        let start = Instant::now();
        answer = Some(black_box(work()));
        best = best.min(start.elapsed().as_secs_f64());
    }
    (best, answer.expect("at least one round"))
}

fn kernels(columns: &Columns, rounds: usize) {
    let (low, high) = (columns.low.as_slice(), columns.high.as_slice());
    let tell = |name: &str, percent: u32, (seconds, (trades, profit)): (f64, (usize, f64))| {
        println!("{name} {percent} {seconds} {trades} {profit}");
    };
    // The sums of both columns in eight strands each: as quick as the memory.
    let pass = || {
        let strands = |column: &[f64]| {
            let eights = column.chunks_exact(8);
            let sums = eights.fold([0.0; 8], |mut sums: [f64; 8], eight| {
                for (sum, value) in sums.iter_mut().zip(eight) {
                    *sum += value;
                }
                sums
            });
            sums.iter().sum::<f64>()
        };
        (0, strands(black_box(high)) - strands(black_box(low)))
    };
    tell("pass", 0, least(rounds, pass));
    let build = || (FirstTouch::of_columns(black_box(high), low).len(), 0.0);
    tell("build", 0, least(rounds, build));
    let pyramid = FirstTouch::of_columns(high, low);
    for percent in [1, 5, 10, 20] {
        let away = f64::from(percent) / 100.0;
        let by_scan = |bar, stop, target| scan(low, high, bar, stop, target);
        let by_pyramid = |bar, stop, target| ask(&pyramid, bar, stop, target);
        let scanned = least(rounds, || columns.replay(away, by_scan));
        let at_once = least(rounds, || {
            columns.replay(away, |bar, stop, target| {
                pyramid.first_outside(bar, stop, target)
            })
        });
        let asked = least(rounds, || columns.replay(away, by_pyramid));
        assert!(
            scanned.1 == asked.1 && scanned.1 == at_once.1,
            "the same trades"
        );
        let cold = least(rounds, || {
            let pyramid = FirstTouch::of_columns(high, low);
            columns.replay(away, |bar, stop, target| {
                pyramid.first_outside(bar, stop, target)
            })
        });
        tell("scan", percent, scanned);
        tell("index-two-questions", percent, asked);
        tell("index", percent, at_once);
        tell("index-built-first", percent, cold);
    }
}

fn runs(columns: &Columns, rounds: usize, curve: bool) {
    let first = Timestamp::from_date(2000, 1, 1).expect("a date");
    let at = |bar: usize| first.plus_micros(bar as i64 * Timeframe::M1.micros());
    let made = (0..columns.open.len()).map(|bar| PriceBar {
        open_time: at(bar),
        open: columns.open[bar],
        high: columns.high[bar],
        low: columns.low[bar],
        close: columns.close[bar],
        volume: 1.0,
    });
    let bars = Bars::new(Timeframe::M1, made).expect("the bars are valid");
    let signal = |&entry: &u32| Known {
        event_time: at(entry as usize - 1),
        known_from: at(entry as usize),
        revision: false,
        value: Signal::toward(Some(Direction::Long), None),
    };
    let signals: Vec<Known<Signal>> = columns.entries.iter().map(signal).collect();
    let token = Token {
        source: Source::simulated(),
        id: TokenId(1),
        symbol: "T".to_owned(),
        name: "Token".to_owned(),
    };
    let assets = [Asset {
        token: &token,
        bars: &bars,
        finer: None,
        signals: &signals,
        levels: &NoLevels,
        facts: &NoFacts,
    }];
    let replayer = Replayer::new(&assets).expect("the tokens differ");
    if !curve {
        replayer.index();
    }
    println!("memory-before 0 {} 0 0", peak_bytes());
    for percent in [1, 5, 10, 20] {
        let text = format!(
            "name = \"minutes\"\ntimeframe = \"1m\"\nuniverse = \"all\"\n[entry]\nside = \"long\"\n[exit]\nsignal = \"none\"\n\
             stop = {{ distance = \"{percent}%\" }}\ntarget = {{ distance = \"{percent}%\" }}\n\
             [size]\namount = 1000\n[cost]\nfee = \"0%\"\nslippage = \"0%\"\n"
        );
        let plan = Plan::parse(&text).expect("the plan is valid");
        let profit = |trades: &[Trade]| -> f64 {
            let gained = trades.iter();
            gained
                .map(|trade| trade.exit_price / trade.entry_price - 1.0)
                .sum()
        };
        let tell = |name: &str, seconds: f64, trades: &[Trade]| {
            println!(
                "{name} {percent} {seconds} {} {}",
                trades.len(),
                profit(trades)
            );
        };
        if curve {
            let (seconds, outcome) = least(rounds, || {
                let replayer = Replayer::new(&assets).expect("the tokens differ");
                replayer.run(&plan).expect("it ran")
            });
            tell("run", seconds, &outcome.trades);
            continue;
        }
        let (seconds, cold) = least(rounds, || {
            let replayer = Replayer::new(&assets).expect("the tokens differ");
            replayer.trades_only(&plan).expect("it ran")
        });
        assert!(cold.search == Search::Scan, "nothing was built");
        tell("trades", seconds, &cold.trades);
        let (seconds, totals) = least(rounds, || {
            let replayer = Replayer::new(&assets).expect("the tokens differ");
            replayer.totals(&plan).expect("it ran")
        });
        assert!(totals == cold.scenarios.chosen, "the same totals");
        tell("totals", seconds, &cold.trades);
        let (seconds, totals) = least(rounds, || replayer.totals(&plan).expect("it ran"));
        assert!(totals == cold.scenarios.chosen, "the same totals");
        tell("totals-indexed", seconds, &cold.trades);
        let (seconds, again) = least(rounds, || replayer.trades_only(&plan).expect("it ran"));
        assert!(again.trades == cold.trades, "the same trades");
        tell("trades-indexed", seconds, &again.trades);
    }
    println!("memory-after 0 {} 0 0", peak_bytes());
}

/// The most memory that this process ever held.
fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let [_, folder, rounds, what] = words.as_slice() else {
        panic!("minutes FOLDER ROUNDS kernels|trades|run");
    };
    let columns = Columns::read(Path::new(folder));
    let rounds = rounds.parse().expect("a number of rounds");
    match what.as_str() {
        "kernels" => kernels(&columns, rounds),
        what => runs(&columns, rounds, what == "run"),
    }
}
