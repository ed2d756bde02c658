//! A key that appears nowhere but in the header it is sent in: not in errors, their causes and debug forms, logs, the
//! balance or the lake, whatever the server does with it.

use std::{
    io::Write,
    path::Path,
    sync::{Arc, Mutex},
};

use highwater_api::{ENDPOINTS, endpoint};
use highwater_ingest::{
    Client, ClientOptions, Key, Progress, SimulatedClock, SnapshotPlan, snapshot,
};
use highwater_lake::Lake;
use highwater_market::{AsOf, Clock, tables};
use serde_json::json;
use server::{Reply, Server, market::Market};
use tracing_subscriber::fmt::MakeWriter;

mod server;

const CANARY: &str = "tm-canary-9f3b61d0-5c1e-4a77-8e21";

/// Everything that was said.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    fn note(&self, text: &str) {
        self.0.lock().unwrap().extend_from_slice(text.as_bytes());
    }
}

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Heard {
    type Writer = Self;
    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl Progress for Heard {
    fn event(&self, event: highwater_ingest::Event<'_>) {
        self.note(&format!("{event:?}\n"));
    }
}

fn every_file(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            every_file(&path, visit);
        } else {
            visit(&path);
        }
    }
}

#[test]
fn the_key_appears_nowhere() {
    let heard = Heard::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(heard.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let with_key = |text: &str| text.replace("KEY", CANARY);
    let echoes = vec![
        Reply::failure(401, &with_key("the key KEY is not known")),
        Reply::failure(403, &with_key("KEY may not")),
        Reply::failure(400, &with_key("x-api-key=KEY")),
        Reply::failure(500, &with_key("panic at KEY")),
        Reply::failure(200, &with_key("no data for KEY")),
        Reply::text(502, &with_key("<html>header x-api-key: KEY</html>")),
        Reply::text(200, &with_key("<html>KEY</html>")),
        Reply::text(200, &with_key("{\"data\":[{\"TOKEN_ID\":\"KEY\"")),
        Reply::text(200, &with_key("{\"KEY\":1}")),
        Reply::text(302, "").with("location", &with_key("https://KEY.example.org/KEY?k=KEY")),
        Reply::text(
            200,
            &with_key("{\"data\":[{\"TOKEN_ID\":1,\"TOKEN_SYMBOL\":\"KEY\"}]}"),
        ),
        Reply::rows(vec![json!({"TOKEN_ID": CANARY})]),
        Reply::rows(Vec::new()).with("x-highwater-simulated", CANARY),
        Reply::Raw(with_key("KEY KEY KEY\r\n\r\n").into_bytes()),
        Reply::Raw(with_key("HTTP/1.1 200 x\r\ncontent-length: 500\r\n\r\n{\"KEY").into_bytes()),
    ];
    let market = Market::new("2025-05-01", "2025-05-31");
    // Each answer first to the list of tokens, then to everything behind it.
    for (from, echo) in echoes.iter().flat_map(|echo| [(0, echo), (1, echo)]) {
        let (served, echo) = (market.clone(), echo.clone());
        let server = Server::start(move |asked| {
            if asked.number >= from {
                echo.clone()
            } else {
                served.answer(asked)
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(folder.path().join("lake")).unwrap();
        let options = ClientOptions {
            base_url: server.url(),
            key: Some(Key::new(CANARY).unwrap()),
            ..ClientOptions::default()
        };
        heard.note(&format!("{options:?}\n"));
        let clock = Arc::new(SimulatedClock::at("2025-06-01T06:00:00Z".parse().unwrap()));
        let client = Arc::new(Client::new(options, clock).unwrap());
        heard.note(&format!("{client:?}\n"));
        let plan = SnapshotPlan {
            endpoints: vec![
                endpoint("daily-ohlcv").unwrap(),
                endpoint("resistance-support").unwrap(),
            ],
            ..SnapshotPlan::new(market.days)
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        match runtime.block_on(snapshot(&client, &lake, &plan, &heard)) {
            Ok(balance) => {
                heard.note(&format!("{balance:?}\n"));
                heard.note(&serde_json::to_string(&balance).unwrap());
            }
            Err(error) => {
                heard.note(&format!("{error:?}\n{error}\n{}\n", error.hint()));
                let mut cause = std::error::Error::source(&error);
                while let Some(inner) = cause {
                    heard.note(&format!("{inner:?}\n{inner}\n"));
                    cause = inner.source();
                }
            }
        }
        assert!(
            server
                .asked()
                .iter()
                .all(|asked| asked.header("x-api-key") == Some(CANARY)),
            "it is sent where it belongs"
        );
        // The lake as bytes, and as what its compressed pages hold.
        every_file(folder.path(), &mut |path| {
            heard.note(&path.display().to_string());
            heard.0.lock().unwrap().extend(std::fs::read(path).unwrap());
        });
        let reader = lake.reader(AsOf::latest(Clock::Observed)).unwrap();
        for table in ENDPOINTS.iter().map(|endpoint| endpoint.table) {
            heard.note(&format!("{:?}\n", reader.rows(table, None, None).unwrap()));
        }
        heard.note(&format!(
            "{:?}\n",
            reader.rows(&tables::TOKENS, None, None).unwrap()
        ));
    }

    let heard = heard.0.lock().unwrap();
    assert!(heard.len() > 10_000, "something was said: {}", heard.len());
    let said = String::from_utf8_lossy(&heard);
    assert!(
        said.contains("***"),
        "and blotted out where it would have stood"
    );
    let reversed: String = CANARY.chars().rev().collect();
    for form in [CANARY, "canary-9f3b61d0", &CANARY.to_uppercase(), &reversed] {
        let at = said.find(form);
        assert!(
            at.is_none(),
            "{form}: {}",
            &said[at.unwrap_or(0).saturating_sub(200)..at.unwrap_or(0) + 100]
        );
    }
}
