//! A lake in a folder of its own, a clock, and what a run must bring.

use std::{collections::BTreeSet, sync::Arc};

use highwater_api::endpoint;
use highwater_ingest::{
    Balance, Client, ClientOptions, IngestError, Progress, Silent, SimulatedClock, SnapshotPlan,
    snapshot,
};
use highwater_lake::Lake;
use highwater_market::{AsOf, Clock, Period, Source, Timestamp};

use crate::server::{Server, market::Market};

/// A lake in a folder of its own, and the time.
pub(crate) struct Bench {
    _folder: tempfile::TempDir,
    pub(crate) lake: Lake,
    pub(crate) now: Timestamp,
}

impl Bench {
    pub(crate) fn at(now: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(folder.path().join("lake")).unwrap();
        Self {
            _folder: folder,
            lake,
            now: now.parse().unwrap(),
        }
    }

    pub(crate) fn run(&self, server: &Server, plan: &SnapshotPlan) -> Result<Balance, IngestError> {
        self.run_watched(server, plan, &Silent)
    }

    pub(crate) fn run_watched(
        &self,
        server: &Server,
        plan: &SnapshotPlan,
        progress: &dyn Progress,
    ) -> Result<Balance, IngestError> {
        let options = ClientOptions {
            base_url: server.url(),
            ..ClientOptions::default()
        };
        let clock = Arc::new(SimulatedClock::at(self.now));
        let client = Arc::new(Client::new(options, clock).unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let balance = runtime.block_on(snapshot(&client, &self.lake, plan, progress))?;
        assert_eq!(balance.imbalance(), None);
        Ok(balance)
    }

    /// Token, day and close of every current daily bar of a source.
    pub(crate) fn bars(&self, source: &Source) -> BTreeSet<(i64, i64, u64)> {
        let reader = self.lake.reader(AsOf::latest(Clock::Observed)).unwrap();
        let table = endpoint("daily-ohlcv").unwrap().table;
        let rows = reader.rows(table, Some(source), None).unwrap();
        rows.into_iter()
            .map(|row| {
                (
                    row.scope.token().unwrap().0,
                    row.event_time.days_since_epoch(),
                    row.values[3].as_float().unwrap().to_bits(),
                )
            })
            .collect()
    }
}

/// The bars that the lake must hold.
pub(crate) fn expected(
    market: &Market,
    tokens: &[i64],
    period: Period,
) -> BTreeSet<(i64, i64, u64)> {
    let mut bars = BTreeSet::new();
    for day in market.trading_days() {
        if period.contains(Timestamp::from_seconds(86_400 * day)) {
            bars.extend(
                tokens
                    .iter()
                    .map(|&token| (token, day, market.close(token, day).to_bits())),
            );
        }
    }
    bars
}

pub(crate) const ALL: [i64; 4] = [3306, 3375, 3377, 3988];

pub(crate) fn plan(names: &[&str], period: Period) -> SnapshotPlan {
    SnapshotPlan {
        endpoints: names.iter().map(|name| endpoint(name).unwrap()).collect(),
        ..SnapshotPlan::new(period)
    }
}

pub(crate) fn serve(market: &Market) -> Server {
    let market = market.clone();
    Server::start(move |asked| market.answer(asked))
}

/// How often each endpoint was asked.
pub(crate) fn count(server: &Server, name: &str) -> usize {
    let asked = server.asked();
    asked.iter().filter(|one| one.endpoint() == name).count()
}
