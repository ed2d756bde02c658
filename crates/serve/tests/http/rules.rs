//! Key, envelope, pages, dates, rate limit: each status and why.

use std::{collections::BTreeSet, sync::Arc};

use highwater_market::Timestamp;
use highwater_serve::{Now, ServeError, ServeOptions, Server};

use crate::{
    client::{Running, start},
    vendor::Plain,
};

fn at(moment: &str) -> Now {
    Now::at(moment.parse().unwrap())
}

fn plain() -> Running {
    let options = ServeOptions {
        now: at("2025-04-30T12:00:00Z"),
        ..ServeOptions::default()
    };
    start(Arc::new(Plain { seed: None }), options)
}

#[test]
fn a_key_is_asked_for_and_held_against_the_list() {
    let options = ServeOptions {
        keys: vec!["tm-right".to_owned()],
        now: at("2025-04-30"),
        ..ServeOptions::default()
    };
    assert!(
        !format!("{options:?}").contains("tm-right"),
        "no key is shown"
    );
    let server = start(Arc::new(Plain { seed: None }), options);
    for (headers, status, why) in [
        (&[][..], 401, "no key"),
        (&[("x-api-key", "")], 401, "an empty one"),
        (&[("x-api-key", "tm-wrong")], 401, "another one"),
        (&[("x-api-key", "TM-RIGHT")], 401, "keys know case"),
        (
            &[("authorization", "Bearer tm-right")],
            401,
            "not the vendor's header",
        ),
        (&[("x-api-key", "tm-right")], 200, "the key"),
        (
            &[("api_key", "tm-right")],
            200,
            "the header of older clients",
        ),
    ] {
        let reply = server.request("GET", "/v2/tokens", headers);
        assert_eq!(reply.status, status, "{why}");
        if status == 401 {
            assert!(reply.message().contains("API key"), "{why}");
            assert!(!reply.message().contains("tm-"), "no key is repeated");
        }
    }
}

#[test]
fn any_key_opens_where_none_is_listed_but_one_is_needed() {
    let server = plain();
    assert_eq!(server.get("/v2/tokens").rows().len(), 3);
    assert_eq!(server.request("GET", "/v2/tokens", &[]).status, 401);
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_reason() {
    let server = plain();
    for (path, status, reason) in [
        ("/", 404, "nothing is served at /"),
        ("/v2", 404, "/v2/ has tokens"),
        ("/v3/tokens", 404, "/v3/tokens"),
        ("/v2/tokens/1", 404, "/v2/tokens/1"),
        ("/v2/hourly-ohlcv", 404, "hourly-ohlcv"),
        ("/v2/tokens?limit=101", 400, "limit"),
        ("/v2/tokens?limit=0", 400, "limit"),
        ("/v2/tokens?limit=-1", 400, "limit"),
        ("/v2/tokens?limit=ten", 400, "limit"),
        ("/v2/tokens?page=0", 400, "page"),
        ("/v2/tokens?token_id=BTC", 400, "token_id"),
        ("/v2/tokens?marketcap=1", 400, "marketcap"),
        ("/v2/daily-ohlcv?startDate=2025-13-01", 400, "startDate"),
        (
            "/v2/daily-ohlcv?startDate=2025-03-02&endDate=2025-03-01",
            400,
            "after",
        ),
        (
            "/v2/daily-ohlcv?startDate=2025-03-01&endDate=2025-03-31",
            400,
            "31 days",
        ),
        ("/v2/tm-grade-history", 500, "the store is gone"),
        ("/v2/quantmetrics", 500, "failed"),
    ] {
        let reply = server.get(path);
        assert_eq!(reply.status, status, "{path}");
        let message = reply.message();
        assert!(message.contains(reason), "{path}: {message}");
    }
    assert_eq!(server.get("/v2/tokens").status, 200, "and it still stands");
}

#[test]
fn only_get_is_answered() {
    let server = plain();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"] {
        let reply = server.request(method, "/v2/tokens", &[("x-api-key", "tm-test")]);
        assert_eq!(reply.status, 405, "{method}");
        assert_eq!(reply.header("allow"), Some("GET"), "{method}");
        assert_eq!(reply.body.is_empty(), method == "HEAD");
    }
}

#[test]
fn pages_cover_every_row_once() {
    let server = plain();
    let days = "startDate=2025-04-01&endDate=2025-04-30";
    for limit in [1, 7, 45, 50, 100] {
        let mut seen = BTreeSet::new();
        let mut dates = Vec::new();
        for page in 1.. {
            let rows = server
                .get(&format!("/v2/daily-ohlcv?{days}&limit={limit}&page={page}"))
                .rows();
            assert!(rows.len() <= limit);
            for row in &rows {
                assert!(seen.insert(row.to_string()), "{row} comes twice");
                dates.push(row["DATE"].as_str().unwrap().to_owned());
            }
            if rows.len() < limit {
                break;
            }
        }
        assert_eq!(seen.len(), 3 * 30, "limit {limit}");
        assert!(dates.is_sorted_by(|a, b| a >= b), "newest first");
    }
    assert_eq!(
        server.get(&format!("/v2/daily-ohlcv?{days}")).rows().len(),
        50
    );
    let beyond = format!("/v2/daily-ohlcv?{days}&page=4294967295&limit=100");
    assert!(server.get(&beyond).rows().is_empty(), "far beyond the end");
}

#[test]
fn both_dates_are_included_and_thirty_days_fit() {
    let server = plain();
    let dates = |from: &str, until: &str| -> Vec<String> {
        let path = format!("/v2/daily-ohlcv?token_id=3&startDate={from}&endDate={until}");
        let rows = server.get(&path).rows();
        rows.iter()
            .map(|row| row["DATE"].as_str().unwrap()[..10].to_owned())
            .collect()
    };
    assert_eq!(dates("2025-03-05", "2025-03-05"), ["2025-03-05"]);
    assert_eq!(
        dates("2025-03-05", "2025-03-06"),
        ["2025-03-06", "2025-03-05"]
    );
    assert_eq!(dates("2025-03-01", "2025-03-30").len(), 30);
    assert_eq!(
        dates("2025-04-29", "2025-05-03").len(),
        2,
        "the rest is not yet"
    );
    assert!(
        dates("2024-12-01", "2024-12-30").is_empty(),
        "no rows is an answer"
    );
}

#[test]
fn filters_select_by_id_and_by_a_symbol_of_several() {
    let server = plain();
    let ids = |parameters: &str| -> Vec<i64> {
        let rows = server.get(&format!("/v2/tokens?{parameters}")).rows();
        rows.iter()
            .map(|row| row["TOKEN_ID"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(ids("symbol=BTC"), [1, 2], "a symbol names several tokens");
    assert_eq!(ids("symbol=btc%2CETH"), [1, 2, 3]);
    assert_eq!(ids("token_id=3,1"), [1, 3]);
    assert_eq!(ids("token_id=99"), [0; 0]);
}

#[test]
fn passed_over_parameters_are_named() {
    let server = plain();
    let reply = server.get("/v2/tokens?expand=all&startDate=soon&limit=2&a%0d%0ab=1");
    assert_eq!(reply.rows().len(), 2);
    assert_eq!(
        reply.header("x-highwater-ignored"),
        Some("expand,startDate")
    );
    assert_eq!(
        server
            .get("/v2/tokens?limit=2")
            .header("x-highwater-ignored"),
        None
    );
}

#[test]
fn too_many_requests_are_told_when_to_come_again() {
    let options = ServeOptions {
        requests_per_minute: 5,
        now: at("2025-04-30"),
        ..ServeOptions::default()
    };
    let server = start(Arc::new(Plain { seed: None }), options);
    let statuses: Vec<u16> = (0..7).map(|_| server.get("/v2/tokens").status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429, 429]);
    let refused = server.get("/v2/tokens");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert!(refused.message().contains("too many requests"));
    let other = server.request("GET", "/v2/tokens", &[("x-api-key", "tm-other")]);
    assert_eq!(other.status, 200, "each key is counted apart");
    let without = server.request("GET", "/v2/tokens", &[]);
    assert_eq!(without.status, 401, "the key is looked at first");
}

#[test]
fn a_simulation_says_so_on_every_answer() {
    let options = ServeOptions {
        now: at("2025-04-30"),
        ..ServeOptions::default()
    };
    let server = start(Arc::new(Plain { seed: Some(7) }), options);
    for path in ["/v2/tokens", "/v2/tokens?limit=999", "/elsewhere"] {
        assert_eq!(
            server.get(path).header("x-highwater-simulated"),
            Some("7"),
            "{path}"
        );
    }
    let without = server.request("GET", "/v2/tokens", &[]);
    assert_eq!(without.header("x-highwater-simulated"), Some("7"));
    assert_eq!(
        plain().get("/v2/tokens").header("x-highwater-simulated"),
        None
    );
}

#[test]
fn the_moment_moves_while_the_server_runs() {
    let now = at("2025-01-03");
    let options = ServeOptions {
        now: now.clone(),
        ..ServeOptions::default()
    };
    let server = start(Arc::new(Plain { seed: None }), options);
    let days = || server.get("/v2/daily-ohlcv?token_id=1").rows().len();
    assert_eq!(days(), 3);
    now.set("2025-01-10".parse::<Timestamp>().unwrap());
    assert_eq!(days(), 10);
    now.set("2025-01-01".parse::<Timestamp>().unwrap());
    assert_eq!(days(), 1, "back as well");
}

#[tokio::test]
async fn other_machines_are_let_in_on_request_only() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let vendor = Arc::new(Plain { seed: None });
        let refused = Server::bind(address.parse().unwrap(), vendor, ServeOptions::default()).await;
        let error = refused.unwrap_err();
        assert!(matches!(error, ServeError::NotLoopback { .. }), "{address}");
        assert!(error.hint().contains("--allow-remote"));
    }
    let allowed = ServeOptions {
        allow_remote: true,
        ..ServeOptions::default()
    };
    let vendor = Arc::new(Plain { seed: None });
    assert!(
        Server::bind("0.0.0.0:0".parse().unwrap(), vendor, allowed)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let vendor = Arc::new(Plain { seed: None });
    let free = "127.0.0.1:0".parse().unwrap();
    let first = Server::bind(free, vendor.clone(), ServeOptions::default())
        .await
        .unwrap();
    let error = Server::bind(first.local_addr(), vendor, ServeOptions::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot listen on {}", first.local_addr())
    );
}
