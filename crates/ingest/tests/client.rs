//! How the client treats a server that misbehaves, over real sockets. Waits are simulated, connections are not.
//!
//! The list of tokens is asked first in every run: here it is all that is asked.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use highwater_ingest::{
    Balance, Client, ClientOptions, Clock, IngestError, Key, RetryPolicy, Silent, SimulatedClock,
    SnapshotPlan, snapshot,
};
use highwater_lake::Lake;
use highwater_market::Timestamp;
use serde_json::json;
use server::{
    Asked, Reply, Server,
    market::{Market, days},
};

mod server;

const KEY: &str = "tm-0b1c2d3e-4f50-6172";
const NOW: &str = "2025-06-01T00:00:00Z";

fn clock() -> Arc<SimulatedClock> {
    Arc::new(SimulatedClock::at(NOW.parse::<Timestamp>().unwrap()))
}

fn options(url: &str) -> ClientOptions {
    ClientOptions {
        base_url: url.to_owned(),
        key: Some(Key::new(KEY).unwrap()),
        ..ClientOptions::default()
    }
}

struct Outcome {
    balance: Result<Balance, IngestError>,
    clock: Arc<SimulatedClock>,
    requests: u64,
    retries: u64,
}

impl Outcome {
    fn error(&self) -> String {
        self.balance.as_ref().unwrap_err().to_string()
    }

    fn waited(&self) -> Duration {
        self.clock.elapsed()
    }
}

/// Ask for the list of tokens, and for nothing else.
fn ask_with(options: ClientOptions) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path().join("lake")).unwrap();
    let clock = clock();
    let client = Arc::new(Client::new(options, clock.clone()).unwrap());
    let plan = SnapshotPlan {
        endpoints: Vec::new(),
        ..SnapshotPlan::new(days("2025-05-01", "2025-05-31"))
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let balance = runtime.block_on(snapshot(&client, &lake, &plan, &Silent));
    Outcome {
        balance,
        clock,
        requests: client.requests(),
        retries: client.retries(),
    }
}

fn ask(server: &Server) -> Outcome {
    ask_with(options(&server.url()))
}

fn tokens() -> Reply {
    Reply::rows(vec![
        json!({"TOKEN_ID": 3375, "TOKEN_SYMBOL": "BTC", "TOKEN_NAME": "Bitcoin"}),
    ])
}

/// A server that answers so first, and well from the second request on.
fn once(first: Reply) -> Server {
    Server::start(move |asked| {
        if asked.number == 0 {
            first.clone()
        } else {
            tokens()
        }
    })
}

#[test]
fn what_may_pass_is_asked_again() {
    for (first, why) in [
        (Reply::failure(500, "oops"), "500"),
        (
            Reply::text(502, "<html>Bad Gateway</html>"),
            "a gateway's HTML",
        ),
        (Reply::failure(503, "busy"), "503"),
        (Reply::failure(504, "slow"), "504"),
        (Reply::failure(408, "slow"), "408"),
        (Reply::failure(425, "early"), "425"),
        (Reply::failure(429, "too many"), "429"),
        (tokens().cut(10), "a body cut short"),
        (tokens().cut(0), "a body that never comes"),
        (Reply::Raw(Vec::new()), "a connection that ends"),
        (Reply::Raw(b"SSH-2.0\r\n\r\n".to_vec()), "no HTTP"),
        (
            Reply::text(200, "{\"success\":true,\"data\":[{\"TOK"),
            "JSON cut short",
        ),
        (
            Reply::text(200, "<html>maintenance</html>"),
            "HTML with 200",
        ),
        (Reply::text(200, ""), "nothing with 200"),
        (Reply::text(200, "{\"hello\":1}"), "JSON without data"),
    ] {
        let server = once(first);
        let outcome = ask(&server);
        let balance = outcome
            .balance
            .as_ref()
            .unwrap_or_else(|error| panic!("{why}: {error}"));
        assert!(balance.complete(), "{why}");
        assert_eq!((outcome.requests, outcome.retries), (2, 1), "{why}");
        assert_eq!(balance.rows().new, 1, "{why}");
        assert_eq!(server.asked().len(), 2, "{why}");
    }
}

#[test]
fn a_server_that_falls_silent_is_left_and_asked_again() {
    let stopped = b"HTTP/1.1 200 x\r\ncontent-length: 100\r\n\r\n{\"succ".to_vec();
    for first in [Reply::Silence, Reply::Stall(stopped)] {
        for (read_timeout, total_timeout) in [(200, 60_000), (60_000, 200)] {
            let server = once(first.clone());
            let outcome = ask_with(ClientOptions {
                read_timeout: Duration::from_millis(read_timeout),
                total_timeout: Duration::from_millis(total_timeout),
                ..options(&server.url())
            });
            // On a busy machine a good answer may come too late, too, and be asked for once more.
            assert!(outcome.retries >= 1);
            assert!(outcome.balance.unwrap().complete());
        }
    }
}

#[test]
fn what_would_fail_again_is_asked_once() {
    for (reply, expected) in [
        (
            Reply::failure(401, "bad key"),
            "tokens: the API key was refused: bad key",
        ),
        (
            Reply::failure(402, "pay"),
            "tokens: the plan of this key does not include it (HTTP 402): pay",
        ),
        (
            Reply::failure(403, "no"),
            "tokens: the plan of this key does not include it (HTTP 403): no",
        ),
        (
            Reply::failure(404, "what"),
            "tokens: not offered by the server (HTTP 404)",
        ),
        (Reply::failure(400, "limit"), "tokens: HTTP 400: limit"),
        (Reply::failure(422, "page"), "tokens: HTTP 422: page"),
        (
            Reply::text(501, "<html><body>not\n yet</body></html>"),
            "tokens: HTTP 501: <html><body>not yet</body></html>",
        ),
        (
            Reply::failure(200, "Data not found"),
            "tokens: the vendor answers that the call failed: Data not found",
        ),
        (
            Reply::text(302, "").with("location", "/elsewhere"),
            "tokens: the server redirects to HERE (HTTP 302), which is not followed",
        ),
    ] {
        let server = Server::start(move |_| reply.clone());
        let outcome = ask(&server);
        let here = server.url().replace("http://", "");
        assert_eq!(outcome.error(), expected.replace("HERE", &here));
        assert_eq!((outcome.requests, outcome.waited()), (1, Duration::ZERO));
        assert!(!outcome.balance.unwrap_err().hint().is_empty());
    }
}

#[test]
fn a_server_that_is_down_is_given_up_within_the_budget() {
    let server = Server::start(|_| Reply::failure(500, "oops"));
    let outcome = ask(&server);
    assert_eq!(outcome.error(), "tokens: HTTP 500: oops (tried 5 times)");
    assert_eq!(outcome.requests, 5);
    assert!(outcome.waited() <= RetryPolicy::default().budget);

    // Nobody listens here any more.
    let url = server.url();
    drop(server);
    let outcome = ask_with(options(&url));
    let text = outcome.error();
    assert!(text.starts_with("tokens: no connection"), "{text}");
    assert!(text.ends_with("(tried 5 times)"), "{text}");
}

#[test]
fn retry_after_is_obeyed_in_both_forms() {
    for (header, seconds) in [
        ("37", 37),
        ("Sun, 01 Jun 2025 00:00:37 GMT", 37),
        ("Sat, 31 May 2025 00:00:00 GMT", 0),
    ] {
        let server = once(
            Reply::failure(429, "too many")
                .with("retry-after", header)
                .with("x-other", "y"),
        );
        let outcome = ask(&server);
        assert!(outcome.balance.as_ref().unwrap().complete(), "{header}");
        assert!(outcome.waited() >= Duration::from_secs(seconds), "{header}");
    }
    // The server's own clock counts, where it shows one.
    let server = once(
        Reply::failure(503, "busy")
            .with("date", "Sun, 01 Jun 2025 10:00:00 GMT")
            .with("retry-after", "Sun, 01 Jun 2025 10:00:50 GMT"),
    );
    let waited = ask(&server).waited();
    assert!((50..=60).contains(&waited.as_secs()), "{waited:?}");

    let server = once(Reply::failure(429, "too many").with("retry-after", "86400"));
    let outcome = ask(&server);
    assert_eq!(outcome.error(), "tokens: HTTP 429: too many");
    assert_eq!(outcome.waited(), Duration::ZERO, "a day is not waited for");
}

#[test]
fn the_waits_of_one_request_stay_within_their_budget() {
    let server = Server::start(|_| Reply::failure(503, "later").with("retry-after", "100"));
    let outcome = ask_with(ClientOptions {
        retry: RetryPolicy {
            tries: 50,
            budget: Duration::from_secs(250),
            ..RetryPolicy::default()
        },
        ..options(&server.url())
    });
    assert_eq!(outcome.error(), "tokens: HTTP 503: later (tried 3 times)");
    assert_eq!(outcome.waited(), Duration::from_secs(200));
}

#[test]
fn a_short_key_is_blotted_out_of_what_the_server_says() {
    const SHORT: &str = "tm-short";
    for reply in [
        Reply::text(200, "<html>tm-short</html>"),
        Reply::text(200, "{\"tm-short\":1}"),
        Reply::failure(200, "no data for tm-short"),
        Reply::failure(401, "who is tm-short"),
        Reply::failure(500, "tm-short"),
    ] {
        let server = Server::start(move |_| reply.clone());
        let outcome = ask_with(ClientOptions {
            key: Some(Key::new(SHORT).unwrap()),
            ..options(&server.url())
        });
        let error = outcome.balance.unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(said.contains("***") && !said.contains(SHORT), "{said}");
    }
}

#[test]
fn retry_after_zero_is_no_retry_storm() {
    let server = Server::start(|_| Reply::failure(429, "again").with("retry-after", "0"));
    let outcome = ask(&server);
    assert_eq!(outcome.error(), "tokens: HTTP 429: again (tried 5 times)");
    assert!(outcome.waited() > Duration::ZERO);
}

#[test]
fn the_plan_of_the_vendor_is_kept() {
    let market = Market {
        tokens: Vec::new(),
        ..Market::new("2025-05-01", "2025-05-31")
    };
    // A list of 23 pages, the last of them short.
    let listed: Vec<_> = (0..2_260)
        .map(|id| json!({"TOKEN_ID": id, "TOKEN_SYMBOL": "X", "TOKEN_NAME": "x"}))
        .collect();
    let server = Server::start(move |asked| {
        let (_, request) = market.rows(asked).unwrap();
        let page = listed.iter().skip(request.offset());
        Reply::rows(page.take(request.limit as usize).cloned().collect())
    });
    let outcome = ask_with(ClientOptions {
        requests_per_minute: NonZeroU32::new(5),
        ..options(&server.url())
    });
    let balance = outcome.balance.unwrap();
    assert_eq!(balance.rows().new, 2_260);
    assert_eq!(outcome.requests, 23);
    // Calls 0, 5, 10, 15 and 20 open a minute each.
    assert!(outcome.clock.elapsed() >= Duration::from_secs(4 * 60));
}

#[test]
fn an_answer_without_end_is_refused() {
    let server = Server::start(|_| Reply::text(200, &"x".repeat(10_000)));
    let outcome = ask_with(ClientOptions {
        body_limit_bytes: 9_999,
        ..options(&server.url())
    });
    assert_eq!(
        outcome.error(),
        "tokens: the answer is larger than 9999 bytes"
    );
    assert_eq!(outcome.requests, 1);
}

#[test]
fn a_redirect_never_carries_the_key_to_another_host() {
    let thief = Server::start(|_| tokens());
    // Elsewhere this machine has no second address unless it is given one.
    let host = if cfg!(target_os = "linux") {
        "127.0.0.2"
    } else {
        "127.0.0.1"
    };
    let other_thief = Server::start_at(&format!("{host}:0"), |_| tokens());
    for status in [301, 302, 303, 307, 308] {
        for target in [
            thief.url(),
            other_thief.url(),
            thief.url().replace("http://", "http://user@"),
            thief.url().replace("http://", "//"),
            "https://example.invalid/".to_owned(),
        ] {
            let server = Server::start(move |_| Reply::text(status, "").with("location", &target));
            let outcome = ask(&server);
            assert!(
                matches!(outcome.balance, Err(IngestError::Redirected { .. })),
                "{status}"
            );
            assert_eq!(server.asked().len(), 1);
        }
    }
    assert!(thief.asked().is_empty() && other_thief.asked().is_empty());
}

#[test]
fn the_key_is_in_its_header_and_nowhere_else() {
    let server = Server::start(|_| tokens());
    assert!(ask(&server).balance.unwrap().complete());
    let asked: Vec<Asked> = server.asked();
    assert_eq!(asked[0].header("x-api-key"), Some(KEY));
    assert_eq!(asked[0].head.matches(KEY).count(), 1);
    assert_eq!(asked[0].path, "/v2/tokens");
    assert_eq!(asked[0].param("page"), "1");
    assert_eq!(asked[0].param("limit"), "100");
    assert!(
        asked[0]
            .header("user-agent")
            .is_some_and(|agent| agent.starts_with("highwater/"))
    );
}
