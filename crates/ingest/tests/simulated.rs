//! A snapshot of the simulated market, with all the vendor's defects in it, over real sockets: afterwards the lake says
//! what the vendor says, whichever table is asked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use highwater_api::{ENDPOINTS, Endpoint, Request, Vendor, VendorError};
use highwater_ingest::{
    Client, ClientOptions, Selection, Silent, SimulatedClock, SnapshotPlan, snapshot,
};
use highwater_lake::Lake;
use highwater_market::{AsOf, Clock, Period, Row, Scope, Source, Timeframe, Timestamp};
use highwater_simulate::{Options, SimulatedMarket};
use server::{Asked, Reply, Server, market::days};

mod server;

/// The market as the vendor would serve it: keys and pages left to the server.
fn serve(market: Arc<SimulatedMarket>, now: Arc<Mutex<Timestamp>>) -> Server {
    Server::start(move |asked: &Asked| {
        let now = *now.lock().unwrap();
        let Some(endpoint) = highwater_api::endpoint(asked.endpoint()) else {
            return Reply::failure(404, "no such endpoint");
        };
        let request = Request::parse(endpoint, asked.pairs()).unwrap();
        match market.page(endpoint, &request, now) {
            Ok(rows) => {
                let rows = rows.into_iter().map(serde_json::Value::Object).collect();
                Reply::rows(rows).with("x-highwater-simulated", "7")
            }
            Err(VendorError::NotOffered { .. }) => Reply::failure(404, "not served"),
            Err(error) => Reply::failure(400, &error.to_string()),
        }
    })
}

type Said = BTreeMap<(Scope, Timestamp), Vec<Row>>;

/// What the vendor says now, by key, each row once.
fn vendor_says(
    market: &SimulatedMarket,
    endpoint: &Endpoint,
    period: Period,
    now: Timestamp,
) -> Said {
    let mut said = Said::new();
    let lists: Vec<Option<&'static str>> = match endpoint.lists() {
        [] => vec![None],
        lists => lists.iter().copied().map(Some).collect(),
    };
    for list in lists {
        let mut request = Request {
            list,
            ..Request::default()
        };
        if endpoint.max_days.is_some() {
            (request.from, request.until) = (Some(period.from()), Some(period.until()));
        }
        let wire = market.rows(endpoint, &request, now).unwrap();
        for (scope, row) in endpoint.decode(&wire, list).rows {
            let rows = said.entry((scope, row.event_time)).or_default();
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    said
}

/// What the lake says, in the same form.
fn lake_says(lake: &Lake, endpoint: &Endpoint) -> Said {
    let reader = lake.reader(AsOf::latest(Clock::Observed)).unwrap();
    let mut said = Said::new();
    for read in reader
        .rows(endpoint.table, Some(&Source::simulated()), None)
        .unwrap()
    {
        let rows = said.entry((read.scope, read.event_time)).or_default();
        rows.push(Row {
            event_time: read.event_time,
            values: read.values,
            extra: read.extra,
        });
    }
    said
}

#[test]
fn the_lake_says_what_the_vendor_says_run_after_run() {
    let market = Arc::new(SimulatedMarket::new(Options::default()));
    let now = Arc::new(Mutex::new(Timestamp::MIN));
    let server = serve(Arc::clone(&market), Arc::clone(&now));
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path().join("lake")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut revised = 0;
    for (number, moment) in [
        "2026-05-20T00:10:00Z",
        "2026-06-12T00:10:00Z",
        "2026-07-01T00:10:00Z",
    ]
    .into_iter()
    .enumerate()
    {
        let moment: Timestamp = moment.parse().unwrap();
        *now.lock().unwrap() = moment;
        let options = ClientOptions {
            base_url: server.url(),
            ..ClientOptions::default()
        };
        let clock = Arc::new(SimulatedClock::at(moment));
        let client = Arc::new(Client::new(options, clock).unwrap());
        let until = moment.plus_days(-1);
        let plan = SnapshotPlan {
            tokens: Selection::All,
            refresh_days: 45,
            intraday_days: 5,
            ..SnapshotPlan::new(days("2026-04-10", &until.date()))
        };
        let balance = runtime
            .block_on(snapshot(&client, &lake, &plan, &Silent))
            .unwrap();
        assert!(balance.complete(), "{:#?}", balance.missing);
        assert_eq!(balance.source, Source::simulated());
        let listed = vendor_says(&market, &ENDPOINTS[0], plan.period, moment);
        assert_eq!(balance.tokens, listed.len(), "one is listed in May");
        assert_eq!(
            balance.rejected,
            [],
            "whatever its defects, nothing is lost"
        );
        assert!(number == 0 || balance.known_days > 0);
        revised += balance.tables["bars_1d"].revised;

        for endpoint in &ENDPOINTS {
            let period = plan.period;
            let (mut held, mut said) = (
                lake_says(&lake, endpoint),
                vendor_says(&market, endpoint, period, moment),
            );
            let period = endpoint.table.period();
            if period.is_some_and(|period| period < Timeframe::D1) {
                // Each run asked for its own last days.
                let intraday = Period::new(until.plus_days(-4), until).unwrap();
                held.retain(|(_, time), _| intraday.contains(*time));
                said.retain(|(_, time), _| intraday.contains(*time));
            }
            assert!(!said.is_empty(), "{}", endpoint.name);
            assert_eq!(held.len(), said.len(), "{} in run {number}", endpoint.name);
            for (key, rows) in said {
                assert_eq!(held.get(&key), Some(&rows), "{} {key:?}", endpoint.name);
            }
        }
    }
    assert!(
        revised > 0,
        "the vendor corrected something, and the lake followed"
    );
}
