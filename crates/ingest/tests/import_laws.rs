//! Laws of the import: what is written is read, what is garbled is refused and never a panic, what is imported twice
//! is there once.

use std::fmt::Write as _;

use highwater_ingest::{
    ImportError, ImportOptions, ImportTarget, InvalidBars, import_bars, import_into,
    import_returns_into, read_returns,
};
use highwater_lake::Lake;
use highwater_market::{
    AsOf, Clock, PriceBar, Scope, Source, Timeframe, Timestamp, TokenId, tables,
};
use proptest::prelude::*;

fn cases(few: u32) -> ProptestConfig {
    let times = std::env::var("HIGHWATER_CASES").ok();
    let times: u32 = times.and_then(|times| times.parse().ok()).unwrap_or(1);
    ProptestConfig::with_cases(few.saturating_mul(times))
}

/// Valid bars of a timeframe, ascending, with gaps.
fn bars() -> impl Strategy<Value = (Timeframe, Vec<PriceBar>)> {
    let bar = (
        1i64..4,
        1e-9f64..1e9,
        1.0f64..3.0,
        0.0f64..=1.0,
        0.0f64..=1.0,
        0f64..1e12,
    );
    let timeframe = prop::sample::select(Timeframe::ALL.to_vec());
    (timeframe, 0i64..400, prop::collection::vec(bar, 2..40)).prop_map(
        |(timeframe, start, rows)| {
            // The first Monday of 1970, so that weeks stand on their grid too.
            let monday = Timestamp::from_seconds(4 * 86_400);
            let mut at = monday.plus_micros(start * timeframe.micros());
            let mut bars = Vec::new();
            for (index, (skip, low, ratio, open, close, volume)) in rows.into_iter().enumerate() {
                // The first two are neighbours: else nothing tells the timeframe.
                at = at.plus_micros(timeframe.micros() * if index < 2 { 1 } else { skip });
                let high = low * ratio;
                bars.push(PriceBar {
                    open_time: at,
                    open: (low + (high - low) * open).clamp(low, high),
                    high,
                    low,
                    close: (low + (high - low) * close).clamp(low, high),
                    volume,
                });
            }
            (timeframe, bars)
        },
    )
}

fn csv(bars: &[PriceBar], time: impl Fn(Timestamp) -> String) -> String {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for bar in bars {
        writeln!(
            text,
            "{},{},{},{},{},{}",
            time(bar.open_time),
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            bar.volume
        )
        .unwrap();
    }
    text
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn what_is_written_is_read_to_the_last_bit((timeframe, bars) in bars()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bars.csv");
        let spellings: [&dyn Fn(Timestamp) -> String; 3] = [
            &|time| time.to_string(),
            &|time| (time.micros() / 1_000_000).to_string(),
            &|time| time.micros().to_string(),
        ];
        // A count of microseconds of early 1970 has the digits of seconds: only what is later than 1973 is told apart.
        let later: Vec<PriceBar> = bars
            .iter()
            .map(|bar| PriceBar {
                open_time: bar.open_time.plus_days(7 * 2_000),
                ..*bar
            })
            .collect();
        for spelling in spellings {
            std::fs::write(&path, csv(&later, spelling)).unwrap();
            let read = import_bars(&path, &ImportOptions::default()).unwrap();
            prop_assert_eq!(read.timeframe, timeframe);
            prop_assert_eq!(&read.bars, &later);
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter_once_sorted((_, bars) in bars(), seed: u64) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bars.csv");
        let mut shuffled = bars.clone();
        let length = shuffled.len() as u64;
        for index in 0..shuffled.len() {
            let other = (seed.rotate_left(index as u32) % length) as usize;
            shuffled.swap(index, other);
        }
        std::fs::write(&path, csv(&shuffled, |time| time.to_string())).unwrap();
        let options = ImportOptions { sort: true, ..ImportOptions::default() };
        prop_assert_eq!(import_bars(&path, &options).unwrap().bars, bars.clone());
        let strict = import_bars(&path, &ImportOptions::default());
        prop_assert_eq!(strict.is_ok(), shuffled == bars);
    }

    #[test]
    fn garbled_files_are_refused_or_read_and_never_a_panic(
        (_, bars) in bars(),
        spots in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bars.csv");
        let sound = csv(&bars, |time| time.to_string()).into_bytes();
        let mut garbled = sound.clone();
        for (spot, byte) in spots {
            let at = spot.index(garbled.len());
            garbled[at] = byte;
        }
        garbled.truncate(cut.index(garbled.len()) + 1);
        std::fs::write(&path, &garbled).unwrap();
        let lenient = ImportOptions {
            sort: true,
            invalid: InvalidBars::Keep,
            ..ImportOptions::default()
        };
        for options in [ImportOptions::default(), lenient] {
            match import_bars(&path, &options) {
                Ok(read) => prop_assert!(read.bars.is_sorted_by(|one, next| one.open_time < next.open_time)),
                Err(refused) => prop_assert!(refused.to_string().contains("bars.csv")),
            }
        }
        if let Err(refused) = read_returns(&path) {
            prop_assert!(refused.to_string().contains("bars.csv"));
        }
    }

    #[test]
    fn bytes_of_any_kind_are_refused_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let folder = tempfile::tempdir().unwrap();
        for magic in [&b""[..], b"PAR1", b"time,open,high,low,close\n"] {
            let path = folder.path().join("bytes");
            std::fs::write(&path, [magic, &bytes].concat()).unwrap();
            let _ = import_bars(&path, &ImportOptions::default());
            let _ = read_returns(&path);
        }
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

struct Bench {
    folder: tempfile::TempDir,
    lake: Lake,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(folder.path().join("lake")).unwrap();
        Self { folder, lake }
    }

    fn file(&self, content: &str) -> std::path::PathBuf {
        let path = self.folder.path().join("file.csv");
        std::fs::write(&path, content).unwrap();
        path
    }
}

const BARS: &str = "\
time,open,high,low,close,volume
2025-04-10,1,2,0.5,1.5,10
2025-04-11,1.5,2,1,1,20
";

#[test]
fn an_imported_file_is_in_the_lake_once() {
    let bench = Bench::new();
    let path = bench.file(BARS);
    let options = ImportOptions::default();
    let target = ImportTarget {
        name: Some("Bitcoin".to_owned()),
        ..ImportTarget::new("BTC")
    };
    let now = at("2025-05-01");
    let first = import_into(&bench.lake, &path, &options, &target, now).unwrap();
    assert!(first.is_new_token);
    assert_eq!(
        (first.token.id, first.token.name.as_str()),
        (TokenId(1), "Bitcoin")
    );
    assert_eq!(
        (first.stored.new, first.stored.rows),
        (2, 2),
        "the token's row is not counted"
    );

    let again = import_into(&bench.lake, &path, &options, &target, at("2025-05-02")).unwrap();
    assert!(!again.is_new_token);
    assert_eq!(again.token, first.token);
    assert_eq!((again.stored.new, again.stored.unchanged), (0, 2));

    let corrected = bench.file(&BARS.replace("1.5,10", "1.25,10"));
    let third = import_into(&bench.lake, &corrected, &options, &target, at("2025-05-03")).unwrap();
    assert_eq!((third.stored.revised, third.stored.unchanged), (1, 1));

    let other = ImportTarget {
        source: "binance".parse().unwrap(),
        ..ImportTarget::new("BTC")
    };
    let fourth = import_into(&bench.lake, &path, &options, &other, now).unwrap();
    assert!(fourth.is_new_token, "another source's BTC is another token");
    let eth = import_into(&bench.lake, &path, &options, &ImportTarget::new("ETH"), now).unwrap();
    assert_eq!(eth.token.id, TokenId(2));

    let reader = bench.lake.reader(AsOf::latest(Clock::Published)).unwrap();
    let token = reader.resolve("BTC", &[Source::import()]).unwrap();
    let judged = reader.bars(&token, Timeframe::D1, None).unwrap();
    assert_eq!(judged.bars.close(), [1.25, 1.0]);
    let past = AsOf {
        moment: at("2025-05-02"),
        clock: Clock::Observed,
    };
    let reader = bench.lake.reader(past).unwrap();
    let judged = reader.bars(&token, Timeframe::D1, None).unwrap();
    assert_eq!(judged.bars.close(), [1.5, 1.0], "as it was known then");
}

#[test]
fn a_file_with_a_problem_leaves_the_lake_as_it_was() {
    let bench = Bench::new();
    let path = bench.file(&BARS.replace("2,1,1,20", "2,1,x,20"));
    let target = ImportTarget::new("BTC");
    let options = ImportOptions::default();
    let refused = import_into(&bench.lake, &path, &options, &target, at("2025-05-01"));
    assert!(matches!(refused, Err(ImportError::Rows { count: 1, .. })));
    let reader = bench.lake.reader(AsOf::latest(Clock::Observed)).unwrap();
    assert!(reader.tokens().unwrap().is_empty());
}

#[test]
fn kept_rows_are_judged_by_the_reader() {
    let bench = Bench::new();
    let path = bench.file(&BARS.replace("1.5,2,1,1,20", "1.5,0.5,1,1,20"));
    let options = ImportOptions {
        timeframe: Some(Timeframe::D1),
        invalid: InvalidBars::Keep,
        ..ImportOptions::default()
    };
    let target = ImportTarget::new("BTC");
    let imported = import_into(&bench.lake, &path, &options, &target, at("2025-05-01")).unwrap();
    assert_eq!(imported.stored.new, 2, "nothing is dropped");
    let reader = bench.lake.reader(AsOf::latest(Clock::Observed)).unwrap();
    let judged = reader.bars(&imported.token, Timeframe::D1, None).unwrap();
    assert_eq!((judged.bars.len(), judged.left_out.len()), (1, 1));
}

#[test]
fn a_bar_that_is_not_over_is_partial() {
    let bench = Bench::new();
    let path = bench.file(BARS);
    let now = at("2025-04-11T12:00:00Z");
    let options = ImportOptions::default();
    let imported = import_into(&bench.lake, &path, &options, &ImportTarget::new("BTC"), now);
    let stored = imported.unwrap().stored;
    assert_eq!((stored.new, stored.partial), (1, 1));
}

#[test]
fn one_series_of_returns_is_stored_by_day() {
    let bench = Bench::new();
    let path = bench.file(
        "date,fund,index\n2025-01-01,0.5,0.25\n2025-01-02T16:00:00Z,,0.125\n2025-01-03,-0.5,0\n",
    );
    let options = ImportOptions::default();
    let target = ImportTarget::new("FUND");
    let now = at("2025-05-01");
    let import = |column: Option<&str>, path: &std::path::Path| {
        import_returns_into(&bench.lake, path, column, &options, &target, now)
    };
    let refused = import(None, &path).unwrap_err().to_string();
    assert!(
        refused.contains("no column for returns, since there are several"),
        "{refused}"
    );
    assert!(refused.ends_with("found: fund, index"), "{refused}");
    let refused = import(Some("fnd"), &path).unwrap_err().to_string();
    assert!(
        refused.contains("no column for `fnd` (returns)"),
        "{refused}"
    );

    let imported = import(Some("fund"), &path).unwrap();
    assert_eq!(imported.stored.new, 2, "a missing observation is no row");
    let index = ImportTarget::new("INDEX");
    import_returns_into(&bench.lake, &path, Some("index"), &options, &index, now).unwrap();
    let reader = bench.lake.reader(AsOf::latest(Clock::Published)).unwrap();
    let days = |token: i64| -> Vec<String> {
        let scope = Scope::Token(TokenId(token));
        let rows = reader.rows(&tables::RETURNS, None, Some(&scope)).unwrap();
        rows.iter().map(|row| row.event_time.to_string()).collect()
    };
    assert_eq!(days(1), ["2025-01-01T00:00:00Z", "2025-01-03T00:00:00Z"]);
    assert_eq!(days(2).len(), 3);
    assert_eq!(days(2)[1], "2025-01-02T00:00:00Z", "dated by its day");

    let twice = bench.file("date,r\n2025-01-01T08:00:00Z,0.5\n2025-01-01T16:00:00Z,0.25\n");
    let refused = import(None, &twice).unwrap_err().to_string();
    assert!(
        refused.ends_with("several returns on 2025-01-01: the lake keeps one a day"),
        "{refused}"
    );
}
