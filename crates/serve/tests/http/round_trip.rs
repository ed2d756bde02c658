//! A simulation, stored and served again from the lake: the answers are the ones that were stored.

use std::{collections::BTreeMap, sync::Arc};

use highwater_api::{ENDPOINTS, Endpoint, Request, Vendor, envelope};
use highwater_lake::Lake;
use highwater_market::{Answer, Clock, Row, Scope, Source, Timestamp};
use highwater_serve::{Faults, LakeVendor, Now, ServeOptions};
use highwater_simulate::{Options, SimulatedMarket};

use crate::client::{Reply, Running, start};

// As a day begins: of a day that still runs a lake tells no bar, for it is not complete.
const EARLIER: &str = "2026-06-10T00:00:00Z";
const LATER: &str = "2026-06-20T00:00:00Z";
const DAYS: [(&str, &str); 2] = [("startDate", "2026-05-20"), ("endDate", "2026-06-18")];

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What is asked of an endpoint: the dated ones about thirty days.
fn parameters(endpoint: &Endpoint) -> &'static [(&'static str, &'static str)] {
    // Hours are many: one day of them will do, or, where no days are taken, one token.
    match (endpoint.name, endpoint.max_days) {
        ("hourly-trading-signals", _) => &[("token_id", "3375")],
        ("hourly-ohlcv", _) => &[("startDate", "2026-06-09"), ("endDate", "2026-06-09")],
        (_, Some(_)) => &DAYS,
        (_, None) => &[],
    }
}

fn by_scope(rows: Vec<(Scope, Row)>) -> BTreeMap<Scope, Vec<Row>> {
    let mut scopes: BTreeMap<Scope, Vec<Row>> = BTreeMap::new();
    for (scope, row) in rows {
        scopes.entry(scope).or_default().push(row);
    }
    for rows in scopes.values_mut() {
        rows.sort_by_key(|row| row.event_time);
    }
    scopes
}

/// The vendor's own answer, past every page.
fn said(vendor: &dyn Vendor, endpoint: &Endpoint, now: Timestamp) -> BTreeMap<Scope, Vec<Row>> {
    let request = Request::parse(endpoint, parameters(endpoint).iter().copied()).unwrap();
    let wire = vendor.rows(endpoint, &request, now).unwrap();
    by_scope(endpoint.decode(&wire, None).rows)
}

fn got(server: &Running, path: &str) -> Reply {
    // Faults pass, and none follows another.
    (0..2)
        .map(|_| server.get(path))
        .find(|reply| reply.status == 200 && envelope(&reply.body).is_ok())
        .expect("the second try is answered")
}

/// The answer over HTTP, page by page.
fn served(server: &Running, endpoint: &Endpoint) -> BTreeMap<Scope, Vec<Row>> {
    let filters: String = parameters(endpoint)
        .iter()
        .map(|(name, value)| format!("&{name}={value}"))
        .collect();
    let mut rows = Vec::new();
    for page in 1.. {
        let path = format!("/v2/{}?limit=100&page={page}{filters}", endpoint.name);
        let wire = envelope(&got(server, &path).body).unwrap();
        let decoded = endpoint.decode(&wire, None);
        assert!(decoded.rejected.is_empty(), "{:?}", decoded.rejected);
        rows.extend(decoded.rows);
        if wire.len() < 100 {
            break;
        }
    }
    by_scope(rows)
}

fn market(defects: bool) -> SimulatedMarket {
    SimulatedMarket::new(Options { seed: 7, defects })
}

fn serve(vendor: impl Vendor + 'static, now: &str, faults: Option<Faults>) -> Running {
    let options = ServeOptions {
        now: Now::at(time(now)),
        faults,
        ..ServeOptions::default()
    };
    start(Arc::new(vendor), options)
}

#[test]
fn a_simulation_answers_over_http_what_it_says_even_through_faults() {
    let market = market(true);
    let expected: Vec<_> = ENDPOINTS
        .iter()
        .map(|endpoint| said(&market, endpoint, time(LATER)))
        .collect();
    let server = serve(market, LATER, Some(Faults::new(3, 3)));
    for (endpoint, expected) in ENDPOINTS.iter().zip(&expected) {
        assert!(!expected.is_empty(), "{}", endpoint.name);
        assert_eq!(&served(&server, endpoint), expected, "{}", endpoint.name);
    }
}

#[test]
fn a_lake_answers_what_was_stored_as_of_two_moments() {
    // Of one key that comes twice in an answer a lake keeps one: served without the defects.
    let market = market(false);
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path().join("lake")).unwrap();
    for observed_at in [EARLIER, LATER].map(time) {
        let answers: Vec<Answer> = ENDPOINTS
            .iter()
            .flat_map(|endpoint| {
                said(&market, endpoint, observed_at)
                    .into_iter()
                    .map(move |(scope, rows)| Answer {
                        table: endpoint.table,
                        source: Source::simulated(),
                        scope,
                        asked: None,
                        observed_at,
                        whole: true,
                        rows,
                    })
            })
            .collect();
        lake.writer().unwrap().store(&answers).unwrap();
    }
    let mut differ = 0;
    for moment in [EARLIER, LATER] {
        let vendor = LakeVendor::new(lake.clone(), None, Clock::Observed).unwrap();
        let server = serve(vendor, moment, None);
        for endpoint in &ENDPOINTS {
            let mut expected = said(&market, endpoint, time(moment));
            if endpoint.gives_whole_history() && moment == LATER {
                // The vendor goes back thirty days alone; a lake keeps what lies before them.
                let earlier = said(&market, endpoint, time(EARLIER));
                for (scope, rows) in &mut expected {
                    let first = rows[0].event_time;
                    let before = earlier.get(scope).into_iter().flatten();
                    let gone = before.filter(|row| row.event_time < first);
                    let gone: Vec<Row> = gone.cloned().collect();
                    rows.splice(..0, gone);
                }
            }
            let found = served(&server, endpoint);
            assert_eq!(
                found.keys().collect::<Vec<_>>(),
                expected.keys().collect::<Vec<_>>(),
                "{}",
                endpoint.name
            );
            for (scope, rows) in &expected {
                let name = endpoint.name;
                assert_eq!(&found[scope], rows, "{name} {scope} as of {moment}");
            }
            let before = said(&market, endpoint, time(EARLIER));
            differ += usize::from(expected != before);
        }
    }
    assert!(differ >= 4, "the two moments are told apart");
}
