//! A page from a real run: what the engine says is what the page shows.

mod sample;

use std::collections::BTreeMap;

use highwater_backtest::{Asset, Benchmark, Evidence, Manifest, Outcome, Plan, run};
use highwater_levels::{BarLevels, SwingConfig};
use highwater_market::{
    Bars, Direction, Known, LevelBook, Price, Signal, Source, Timeframe, Token, TokenId, Trend,
};
use highwater_metrics::Convention;
use highwater_report::{Backtest, Charted, Page, render};

/// The engine's own template, over the days of the sample.
fn plan() -> Plan {
    let text = Plan::template()
        .replace("2023-07-01", "2025-01-01")
        .replace("\"My first plan", "\"signals <both ways>");
    Plan::parse(&text).unwrap()
}

struct Market {
    tokens: Vec<Token>,
    bars: Vec<Bars>,
    signals: Vec<Vec<Known<Signal>>>,
    books: Vec<BarLevels>,
}

/// Two tokens under one symbol, with a signal every few days.
fn market() -> Market {
    let tokens: Vec<Token> = [1, 2]
        .map(|id| Token {
            source: Source::simulated(),
            id: TokenId(id),
            symbol: "TWIN".to_owned(),
            name: format!("Twin {id}"),
        })
        .into();
    let bars: Vec<Bars> = [21, 22].map(|seed| sample::bars(seed, 300)).into();
    let known = |day: i64, value| Known {
        event_time: sample::day(day),
        known_from: sample::day(day + 1),
        revision: false,
        value,
    };
    let signals = [0, 3]
        .map(|shift| {
            (20..290)
                .map(|day| {
                    let event = match (day + shift) % 14 {
                        0 => Some(Direction::Long),
                        7 => Some(Direction::Short),
                        _ => None,
                    };
                    let trend = event.map(Trend);
                    known(day, Signal::toward(event, trend))
                })
                .collect()
        })
        .into();
    let books = bars
        .iter()
        .map(|bars| {
            let versions = (0..).zip(bars.iter()).map(|(day, bar)| Known {
                event_time: sample::day(day),
                known_from: sample::day(day + 1),
                revision: false,
                value: bar,
            });
            BarLevels::new(versions.collect(), Timeframe::D1, SwingConfig::default())
        })
        .collect();
    Market {
        tokens,
        bars,
        signals,
        books,
    }
}

fn page(market: &Market, plan: &Plan, outcome: &Outcome, seed: Option<u64>) -> Page {
    let convention = Convention::crypto();
    let evidence = Evidence {
        plan_text: "name = \"written\"".to_owned(),
        view_hash: "feed".to_owned(),
        moment: None,
        lags: BTreeMap::from([("bars_1d".to_owned(), Timeframe::D1)]),
        sources: vec![if seed.is_some() {
            Source::simulated()
        } else {
            Source::import()
        }],
        simulated_seed: seed,
        signal_file: None,
        rows_left_out: BTreeMap::new(),
        range: None,
    };
    let manifest = Manifest::new(plan, outcome, &convention, evidence);
    let assets = market.assets();
    let benchmark = Benchmark::of_universe(plan, &assets, outcome).unwrap();
    let summary = outcome.summary(plan, &convention, Some(&benchmark));
    Page::of_backtest(Backtest {
        plan,
        outcome,
        convention: &convention,
        manifest: &manifest,
        summary: &summary,
        charts: (0..2)
            .map(|n| Charted {
                token: &market.tokens[n],
                bars: &market.bars[n],
                levels: market.books[n].levels_at(sample::day(300), Price::new(90.0).unwrap()),
            })
            .collect(),
        backfilled: Some(1.0),
        remarks: vec![],
        links: vec![],
    })
}

impl Market {
    fn assets(&self) -> Vec<Asset<'_>> {
        (0..2)
            .map(|n| Asset {
                token: &self.tokens[n],
                bars: &self.bars[n],
                finer: None,
                signals: &self.signals[n],
                levels: &self.books[n],
                facts: &highwater_backtest::NoFacts,
            })
            .collect()
    }
}

fn replay(market: &Market, plan: &Plan) -> Outcome {
    run(plan, &market.assets()).unwrap()
}

#[test]
fn the_page_shows_what_the_engine_found() {
    let (market, plan) = (market(), plan());
    let outcome = replay(&market, &plan);
    assert!(outcome.trades.len() > 5, "{}", outcome.trades.len());
    let page = page(&market, &plan, &outcome, Some(7));

    assert_eq!(page.trades.len(), outcome.trades.len());
    for (shown, trade) in page.trades.iter().zip(&outcome.trades) {
        assert_eq!(
            shown.asset,
            Some(trade.token_id.0 as usize - 1),
            "by id, not by symbol"
        );
        assert_eq!((shown.pnl, shown.doubtful), (trade.pnl, trade.doubtful));
    }
    assert_eq!(page.chosen.end, outcome.final_equity());
    let pessimistic = page.pessimistic.as_ref().unwrap();
    assert_eq!(pessimistic.end, outcome.scenarios.pessimistic.final_equity);
    let told = |name: &str| {
        page.metrics
            .rows
            .iter()
            .find(|row| row.name == name)
            .unwrap()
    };
    assert!(told("sharpe").benchmark.is_some() && told("psr").benchmark.is_some());
    assert!(told("beta").benchmark.is_none() && told("beta").value.is_ok());
    let metrics = page.metrics.rows.len() + page.metrics.more.len();
    assert_eq!(metrics, highwater_metrics::CATALOGUE.len());
    for table in &page.groups {
        let trades: usize = table.rows.iter().map(|row| row.trades).sum();
        assert_eq!(trades, outcome.trades.len(), "{}", table.title);
    }
    let kept: u64 = page.kept_out.iter().map(|kept| kept.count).sum();
    assert_eq!(
        kept as usize + outcome.counts.entered,
        outcome.counts.signals
    );
    assert!(page.simulated && page.source.contains("seed 7"));

    let html = render(&page);
    for (what, text) in [
        ("the plan's name", "signals &lt;both ways&gt;".to_owned()),
        ("the plan's hash", plan.hash()),
        ("the view", "feed".to_owned()),
        ("a nested field", "lags.bars_1d".to_owned()),
        ("the convention", "365 days per year".to_owned()),
        ("the days of the drawdown", " to 2025-".to_owned()),
        (
            "the benchmark",
            "buy and hold of 2 tokens in equal parts".to_owned(),
        ),
        ("the groups", "By exit reason".to_owned()),
        ("both twins", "Twin 2 \u{b7} id 2 of simulated".to_owned()),
    ] {
        assert!(html.contains(&text), "{what}: {text}");
    }
    assert_eq!(html, render(&page));
}

#[test]
fn every_field_of_the_manifest_is_on_the_page() {
    let (market, plan) = (market(), plan());
    let page = page(&market, &plan, &replay(&market, &plan), None);
    assert!(!page.simulated);
    let names: Vec<&str> = page
        .manifest
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    for name in [
        "program",
        "version",
        "target",
        "plan",
        "plan_hash",
        "view_hash",
        "moment",
        "clock",
        "sources",
        "simulated_seed",
        "seed",
        "counts.entered",
        "convention.ddof",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    assert!(page.manifest.iter().all(|(_, value)| !value.is_empty()));
}

#[test]
fn a_run_without_trades_has_no_metrics_and_says_why() {
    let (mut market, plan) = (market(), plan());
    market.signals = vec![vec![], vec![]];
    let page = page(&market, &plan, &replay(&market, &plan), Some(1));
    assert!(!page.metrics.rows.is_empty());
    assert!(page.metrics.rows.iter().all(|row| row.value.is_err()));
    let html = render(&page);
    assert!(
        html.contains("undefined: the plan made no trade")
            && html.contains("The plan made no trade.")
    );
}
