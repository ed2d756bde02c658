//! Clients that misbehave, many clients at once, and a server that misbehaves on purpose.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    sync::{Arc, mpsc::Sender},
    time::Duration,
};

use highwater_api::{Endpoint, Request, Vendor, VendorError, WireRow};
use highwater_market::Timestamp;
use highwater_serve::{Faults, Now, ServeOptions};

use crate::{
    client::{Running, read, start},
    vendor::Plain,
};

fn server(faults: Option<Faults>) -> Running {
    let options = ServeOptions {
        now: Now::at("2025-04-30".parse().unwrap()),
        faults,
        ..ServeOptions::default()
    };
    start(Arc::new(Plain { seed: None }), options)
}

#[test]
fn garbage_does_not_bring_it_down() {
    let server = server(None);
    let mut long_header = b"GET /v2/tokens HTTP/1.1\r\nhost: test\r\nx-api-key: ".to_vec();
    long_header.extend(std::iter::repeat_n(b'k', 2_000_000));
    long_header.extend(b"\r\n\r\n");
    let long_path = format!("GET /v2/{} HTTP/1.1\r\n\r\n", "x".repeat(2_000_000)).into_bytes();
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(10_000)).into_bytes();
    for garbage in [
        b"\0\x01\x02\xff\xfe\r\n\r\n".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"GET /v2/tokens HTTP/9.9\r\n\r\n".to_vec(),
        b"GET /v2/tokens HTTP/1.1\r\ncontent-length: -1\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00".repeat(20),
        long_header,
        long_path,
        many,
    ] {
        let answer = server.exchange(&garbage);
        if !answer.is_empty() {
            let status = read(&answer).status;
            assert!((400..500).contains(&status), "{status}");
        }
        assert_eq!(server.get("/v2/tokens").status, 200, "it still stands");
    }
}

#[test]
fn queries_and_keys_of_odd_bytes_are_refused_or_passed_over() {
    let server = server(None);
    for query in [
        "%",
        "%zz",
        "%ff%fe",
        "&&&===",
        "limit=%00",
        "symbol=%F0%9F%90%8B",
        "page=+1",
    ] {
        let status = server.get(&format!("/v2/tokens?{query}")).status;
        assert!([200, 400].contains(&status), "{query}: {status}");
    }
    let mut request =
        b"GET /v2/tokens HTTP/1.1\r\nhost: t\r\nconnection: close\r\nx-api-key: ".to_vec();
    request.extend(b"\xff\xfe\r\n\r\n");
    assert_eq!(read(&server.exchange(&request)).status, 401);
}

#[test]
fn clients_that_leave_or_never_finish_disturb_nobody() {
    let server = server(None);
    let unfinished: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = TcpStream::connect(server.address).unwrap();
            stream
                .write_all(b"GET /v2/tokens HTTP/1.1\r\nx-api")
                .unwrap();
            stream
        })
        .collect();
    assert_eq!(server.get("/v2/tokens").status, 200);
    for stream in unfinished {
        stream.shutdown(Shutdown::Both).ok();
    }
    assert_eq!(server.get("/v2/tokens").status, 200);
}

#[test]
fn a_request_that_never_ends_does_not_keep_it_from_stopping() {
    let server = server(None);
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream
        .write_all(b"GET /v2/tokens HTTP/1.1\r\nx-api")
        .unwrap();
    assert_eq!(
        server.get("/v2/tokens").status,
        200,
        "the connection was taken"
    );
    drop(server);
    drop(stream);
}

/// A vendor that takes its time, and says when it has begun.
struct Slow {
    begun: Sender<()>,
}

impl Vendor for Slow {
    fn rows(&self, _: &Endpoint, _: &Request, _: Timestamp) -> Result<Vec<WireRow>, VendorError> {
        self.begun.send(()).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        Ok(vec![WireRow::new(); 3])
    }

    fn simulated_seed(&self) -> Option<u64> {
        None
    }
}

#[test]
fn what_is_on_its_way_is_answered_before_it_stops() {
    let (begun, told) = std::sync::mpsc::channel();
    let server = start(Arc::new(Slow { begun }), ServeOptions::default());
    let address = server.address;
    let request = b"GET /v2/tokens HTTP/1.1\r\nhost: t\r\nx-api-key: k\r\n\r\n";
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request).unwrap();
    told.recv().unwrap();
    drop(server);
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(read(&answer).rows().len(), 3);
    assert!(TcpStream::connect(address).is_err(), "and then it is gone");
}

#[test]
fn many_clients_at_once_get_what_one_gets() {
    let server = server(None);
    let path = |token: usize| format!("/v2/daily-ohlcv?token_id={}&limit=100", token % 3 + 1);
    let alone: Vec<_> = (0..3)
        .map(|token| server.get(&path(token)).rows())
        .collect();
    std::thread::scope(|scope| {
        for client in 0..16 {
            let (server, alone) = (&server, &alone);
            scope.spawn(move || {
                for request in 0..12 {
                    let token = client + request;
                    assert_eq!(server.get(&path(token)).rows(), alone[token % 3]);
                }
            });
        }
    });
}

/// Every fault as a client sees it; and each passes.
#[test]
fn faults_on_purpose_are_what_they_say() {
    let server = server(Some(Faults::new(1, 3)));
    let whole = 3;
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    let mut failed_before = false;
    for _ in 0..300 {
        let reply = server.get("/v2/tokens");
        let parsed = serde_json::from_slice::<serde_json::Value>(&reply.body);
        let kind = match (reply.status, reply.header("retry-after"), &parsed) {
            (200, _, Ok(json)) => {
                assert_eq!(json["data"].as_array().unwrap().len(), whole);
                "good"
            }
            (200, _, Err(_)) if reply.header("content-length").is_some() => "malformed",
            (200, _, Err(_)) => {
                let text = String::from_utf8_lossy(&reply.body);
                assert!(text.contains("success"), "half of the body arrived: {text}");
                assert!(!text.ends_with("0\r\n\r\n"), "and no end of it: {text}");
                "cut"
            }
            (429, Some("0"), Ok(_)) => "429 with retry-after",
            (429, None, Ok(_)) => "429",
            (500, _, Ok(json)) => {
                assert_eq!(json["success"], false);
                "500"
            }
            (502, _, Err(_)) => {
                assert_eq!(reply.header("content-type"), Some("text/html"));
                "html"
            }
            other => panic!("{other:?}"),
        };
        *met.entry(kind).or_default() += 1;
        assert!(kind == "good" || !failed_before, "no fault follows another");
        failed_before = kind != "good";
    }
    assert_eq!(met.len(), 7, "every fault was met: {met:?}");
}
