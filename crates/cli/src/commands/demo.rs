//! `highwater demo`: the whole product on a simulated market, over real HTTP.

use std::{fmt::Write as _, path::Path, sync::Arc, time::Duration};

use highwater_ingest::{
    Balance, Client, ClientOptions, Clock, Key, Sleep, SnapshotPlan, SystemClock, snapshot,
};
use highwater_lake::Lake;
use highwater_market::{AsOf, LevelSide, Period, Price, Timeframe, Timestamp, Token};
use highwater_metrics::{Convention, Metric, Selection, Window};
use highwater_serve::{Now, ServeOptions, Server};
use highwater_simulate::{Options, SimulatedMarket};

use crate::{
    args, books,
    commands::{metrics, snapshot::runtime},
    demo_record::DemoRecord,
    failure::{self, Failure, Outcome},
    pages::{self, PlanPage},
    progress::SnapshotBar,
    replay::{PlanText, Replayed},
    results,
    series::{Series, measure_all},
    session::Session,
    settings::Settings,
    sheet::{Cell, Sheet, percent, rounded},
    terminal::Terminal,
};

const PLAN: &str = include_str!("../../../../data/plans/vendor-signals.toml");

/// Days before the end of the simulated market at which it is snapshot: some of its rows are revised in between.
const SNAPSHOT_DAYS: [i64; 4] = [-60, -40, -20, 0];

/// The hour of each snapshot: the day before is over, the day itself is not.
const HOUR: i64 = 6;

/// Tokens whose metrics the screen shows.
const SHOWN: [&str; 6] = ["BTC", "ETH", "SOL", "LTC", "TALLO", "TLUSD"];

/// The metrics that it shows.
const SHOWN_METRICS: [&str; 5] = [
    "total_return",
    "cagr",
    "volatility",
    "sharpe",
    "max_drawdown",
];

/// A clock that shows one simulated moment, so that every run of the demo stores the same bytes. Time still passes.
struct StillClock {
    moment: Timestamp,
    running: SystemClock,
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        self.moment
    }

    fn elapsed(&self) -> Duration {
        self.running.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        self.running.sleep(duration)
    }
}

pub(crate) fn run(args: &args::Demo, terminal: &Terminal) -> Outcome {
    let lake = args.dir.join("lake");
    let report = args.dir.join("report");
    std::fs::create_dir_all(&args.dir).map_err(failure::io("make the folder", &args.dir))?;
    let settings = Settings::of_lake(lake.clone())?;
    let market = SimulatedMarket::new(Options {
        seed: args.seed,
        ..Options::default()
    });
    DemoRecord::of(args.seed, &market).keep(&args.dir, &lake)?;
    let (first, last) = (market.first_day(), market.last_day());
    let mut screen = format!(
        "A simulated market (seed {}): {} tokens, {} to {}\n\n",
        args.seed,
        market.tokens().len(),
        first.date(),
        last.date()
    );

    terminal.say("snapshot over HTTP at four simulated dates");
    let snapshots = snapshots(market, &lake, terminal)?;
    screen.push_str(&snapshots);

    terminal.say("metrics and levels from the lake");
    let convention = Convention::crypto();
    let as_of = AsOf::latest(highwater_market::Clock::Published);
    let session = Session::at(&settings, as_of, &[])?;
    let tokens: Vec<Token> = SHOWN
        .iter()
        .filter_map(|symbol| session.token(symbol).ok())
        .collect();
    let series = session.series(&tokens, Timeframe::D1, &convention, None, terminal)?;
    screen.push_str(&metrics_table(&series, &convention)?);
    screen.push_str(&levels_line(&session, &tokens)?);

    terminal.say("backtest of the sample plan over all tokens");
    let plan = PlanText::parse(PLAN.to_owned(), "the sample plan")?;
    let replayed = Replayed::over_lake(plan, &settings, None, &[], &convention, None)?;
    let folder = args.dir.join("backtest");
    results::write(&replayed, &folder, terminal)?;
    let _ = writeln!(
        screen,
        "{}\n  {}\n  {} of its history was backfilled: first seen after the fact, and taken at the vendor's word\n",
        replayed.plan.name,
        replayed.summary.verdict,
        replayed
            .backfilled()
            .map_or_else(|| "nothing".to_owned(), percent),
    );

    terminal.say("report");
    let file = pages::file_of(&replayed.plan.name, 0);
    let plans = [PlanPage { file, replayed }];
    let written = pages::write(
        &session,
        &[],
        Timeframe::D1,
        &convention,
        &plans,
        &report,
        terminal,
    )?;
    screen.push_str("Made\n");
    for (what, path) in [("lake", &lake), ("results", &folder)] {
        let _ = writeln!(screen, "  {what:<8} {}", path.display());
    }
    for path in &written {
        let _ = writeln!(screen, "  {:<8} {}", "page", path.display());
    }
    // As it was typed, so that the lines can be typed too: the program may not be on the path.
    let highwater = std::env::args()
        .next()
        .unwrap_or_else(|| "highwater".to_owned());
    let _ = writeln!(screen, "\nTry next");
    for next in [
        "metrics --symbol BTC --window 30d,90d,1y,all",
        "lake revisions",
        "levels --symbol ETH --as-of 2026-05-20",
    ] {
        let _ = writeln!(screen, "  {highwater} {next} --lake {}", lake.display());
    }
    screen.push_str("\nEverything here is simulated: no price of it was ever paid.\n");
    terminal.data(None, screen.as_bytes())
}

/// Serve the market on loopback and snapshot it at each date; a line for each.
fn snapshots(market: SimulatedMarket, lake: &Path, terminal: &Terminal) -> Outcome<String> {
    let (first, last) = (market.first_day(), market.last_day());
    let end = last.plus_days(1);
    let lake = Lake::create(lake)?;
    let now = Now::at(end);
    let mut screen = "Snapshot over HTTP, as a client of the vendor's API\n".to_owned();
    runtime()?.block_on(async {
        let server = Server::bind(
            ([127, 0, 0, 1], 0).into(),
            Arc::new(market),
            ServeOptions {
                now: now.clone(),
                requests_per_minute: u32::MAX,
                ..ServeOptions::default()
            },
        )
        .await?;
        let url = server.url();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        for days in SNAPSHOT_DAYS {
            let moment = end.plus_days(days).plus_micros(HOUR * 3_600_000_000);
            now.set(moment);
            let balance = snapshot_at(
                moment,
                &url,
                Period::new(first, moment.min(last)),
                &lake,
                terminal,
            )
            .await?;
            let rows = balance.rows();
            let _ = writeln!(
                screen,
                "  {}  {:>5} requests {:>6} rows: {} new, {} revised, {} unchanged, {} not yet closed; {} missing",
                moment.date(),
                balance.requests,
                rows.received,
                rows.new,
                rows.revised,
                rows.unchanged,
                rows.partial,
                balance.questions.missing,
            );
            if !balance.complete() {
                return Err(Failure::data(format!(
                    "the snapshot of {} is not complete: {} questions without an answer",
                    moment.date(),
                    balance.questions.missing
                )));
            }
        }
        let _ = stop.send(());
        let _ = serving.await;
        Ok(())
    })?;
    screen.push('\n');
    Ok(screen)
}

async fn snapshot_at(
    moment: Timestamp,
    url: &str,
    period: Result<Period, highwater_market::PeriodError>,
    lake: &Lake,
    terminal: &Terminal,
) -> Outcome<Balance> {
    let period = period.map_err(|error| Failure::usage(error.to_string()))?;
    let client = Client::new(
        ClientOptions {
            base_url: url.to_owned(),
            key: Some(Key::new("tm-demo")?),
            requests_per_minute: Some(std::num::NonZeroU32::MAX),
            ..ClientOptions::default()
        },
        Arc::new(StillClock {
            moment,
            running: SystemClock::new(),
        }),
    )?;
    let bar = SnapshotBar::new(terminal);
    Ok(snapshot(&Arc::new(client), lake, &SnapshotPlan::new(period), &bar).await?)
}

fn metrics_table(series: &[Series], convention: &Convention) -> Outcome<String> {
    let chosen: Vec<&Metric> = SHOWN_METRICS
        .iter()
        .map(|name| Metric::named(name).map_err(|error| Failure::usage(error.to_string())))
        .collect::<Outcome<_>>()?;
    let mut columns = vec!["token".to_owned()];
    columns.extend(
        chosen
            .iter()
            .map(|metric| metrics::short(metric).to_owned()),
    );
    let mut sheet = Sheet::with_columns(columns);
    for measured in measure_all(series, &[Window::All], convention, &Selection::core()) {
        let mut row = vec![Cell::text(&measured.series.name)];
        row.extend(
            chosen
                .iter()
                .map(|metric| metrics::cell(metric, metrics::value(&measured, metric))),
        );
        sheet.push(row);
    }
    Ok(format!(
        "Metrics, recomputed from daily closes (convention {})\n{}\n",
        convention.name,
        sheet.table()
    ))
}

/// The levels next to the price of the first token.
fn levels_line(session: &Session, tokens: &[Token]) -> Outcome<String> {
    let Some(token) = tokens.first() else {
        return Ok(String::new());
    };
    let (bars, _) = session.bars(token, Timeframe::D1, None)?;
    let close = bars.close().last().copied().unwrap_or(f64::NAN);
    let price = Price::new(close).map_err(|error| Failure::data(format!("{token}: {error}")))?;
    let versions = session.reader.bar_versions(token, Timeframe::D1, None)?;
    let book = books::from_versions(
        versions.versions,
        Timeframe::D1,
        highwater_levels::SwingConfig::default(),
    );
    let at = Timestamp::MAX;
    let mut line = format!(
        "Levels of {} around {}\n",
        token.symbol,
        rounded(price.get())
    );
    for level in [
        book.nearest_resistance(at, price),
        book.nearest_support(at, price),
    ]
    .into_iter()
    .flatten()
    {
        let _ = writeln!(
            line,
            "  {:<10} {} ({}), strength {}, {} touches since {}",
            match level.side {
                LevelSide::Resistance => "resistance",
                LevelSide::Support => "support",
            },
            rounded(level.price.get()),
            percent(level.price.get() / price.get() - 1.0),
            level
                .strength
                .map_or_else(|| "-".to_owned(), |strength| format!("{strength:.2}")),
            level.touches.unwrap_or(0),
            level.first_seen.date(),
        );
    }
    line.push('\n');
    Ok(line)
}
