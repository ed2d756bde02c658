//! What does it cost to store answers durably, and to read bars back?
//!
//! 24 tokens with three years of daily bars each, as one snapshot brings them. `append` stores all of them in an empty
//! lake, fsyncs included. `append_unchanged` stores them again: nothing new, but everything is compared. `scan` reads
//! the bars of every token as known at the latest moment; `cold` opens the lake anew, so that every file is hashed.
//!
//! `cargo bench -p highwater-benches --bench lake --features lake`

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use highwater_benches::Draws;
use highwater_lake::Lake;
use highwater_market::{
    Answer, AsOf, Clock, Row, Scope, Source, Timeframe, Timestamp, TokenId, Value, tables,
};

const TOKENS: i64 = 24;
const DAYS: i64 = 1_096;
const ROWS: usize = (TOKENS * DAYS) as usize;

fn answers() -> Vec<Answer> {
    let first = Timestamp::from_date(2023, 7, 1).expect("a date");
    let observed_at = first.plus_days(DAYS + 1);
    let answer = |table, token, asked, rows| Answer {
        table,
        source: Source::simulated(),
        scope: Scope::Token(TokenId(token)),
        asked,
        observed_at,
        whole: true,
        rows,
    };
    (0..TOKENS)
        .flat_map(|token| {
            let mut draws = Draws::new(token as u64);
            let mut open = 100.0;
            let bars = (0..DAYS).map(|day| {
                let close = open * (1.0 + 0.04 * draws.bell());
                let high = f64::max(open, close) * (1.0 + 0.01 * draws.uniform());
                let low = f64::min(open, close) * (1.0 - 0.01 * draws.uniform());
                let values = [open, high, low, close, 1e6 * draws.uniform()];
                open = close;
                Row {
                    event_time: first.plus_days(day),
                    values: values.map(Value::Float).to_vec(),
                    extra: None,
                }
            });
            let bars = answer(tables::bars(Timeframe::D1), token, None, bars.collect());
            let named = Row {
                event_time: observed_at,
                values: vec![
                    Value::Text(format!("T{token}")),
                    Value::Text(format!("Token {token}")),
                    Value::Null,
                    Value::Null,
                ],
                extra: None,
            };
            [answer(&tables::TOKENS, token, None, vec![named]), bars]
        })
        .collect()
}

fn scan(lake: &Lake) -> usize {
    let reader = lake
        .reader(AsOf::latest(Clock::Published))
        .expect("the lake is read");
    let tokens = reader.tokens().expect("tokens are read");
    tokens
        .iter()
        .map(|token| {
            let judged = reader.bars(token, Timeframe::D1, None);
            judged.expect("bars are read").bars.len()
        })
        .sum()
}

fn lake(criterion: &mut Criterion) {
    let answers = answers();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut lakes = 0;
    let mut empty = || {
        lakes += 1;
        Lake::create(folder.path().join(lakes.to_string())).expect("a lake")
    };
    let store = |lake: &Lake| {
        let mut writer = lake.writer().expect("the only writer");
        writer.store(&answers).expect("stored")
    };
    let full = empty();
    assert_eq!(store(&full).new, ROWS + TOKENS as usize);
    assert_eq!(scan(&full), ROWS, "what was stored is read");

    let mut group = criterion.benchmark_group("lake/24_tokens_x_1096_days");
    group.sample_size(10);
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("append", |bencher| {
        bencher.iter_batched(
            &mut empty,
            |lake| assert_eq!(store(&lake).new, ROWS + TOKENS as usize),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("scan", |bencher| {
        bencher.iter(|| assert_eq!(scan(&full), ROWS));
    });
    group.bench_function("scan_cold", |bencher| {
        let path = folder.path().join("1");
        bencher.iter(|| assert_eq!(scan(&Lake::open(&path).expect("a lake")), ROWS));
    });
    let coverage = full.path().join("coverage");
    let files = || std::fs::read_dir(&coverage).expect("a folder").count();
    let before = files();
    group.bench_function("append_unchanged", |bencher| {
        bencher.iter(|| {
            let stored = store(&full);
            assert_eq!((stored.new, stored.revised), (0, 0), "nothing is new");
        });
    });
    assert_eq!(files(), before, "what is stored already adds no file");
    group.finish();
}

criterion_group!(benches, lake);
criterion_main!(benches);
