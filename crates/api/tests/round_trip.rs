//! Encoding is the inverse of decoding, over generated rows and over anything that is JSON.

use highwater_api::{
    ENDPOINTS, Endpoint, Query, WireRow, endpoint, envelope, failure_message, wrap,
};
use highwater_market::{Kind, Row, Scope, Source, Timestamp, Token, TokenId, Value};
use proptest::prelude::*;
use serde_json::{Map, Value as Json};

/// `base` cases, times the environment's `HIGHWATER_CASES`.
fn cases(base: u32) -> ProptestConfig {
    let times = std::env::var("HIGHWATER_CASES")
        .ok()
        .and_then(|text| text.parse().ok());
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(base.saturating_mul(times.unwrap_or(1)))
    }
}

fn token() -> Token {
    Token {
        source: Source::vendor(),
        id: TokenId(3375),
        symbol: "BTC".to_owned(),
        name: "Bitcoin".to_owned(),
    }
}

/// Over the wire: as bytes, in an envelope.
fn sent(rows: Vec<WireRow>) -> Vec<WireRow> {
    envelope(wrap(rows).to_string().as_bytes()).unwrap()
}

fn scope(endpoint: &Endpoint) -> Scope {
    match endpoint.lists().last() {
        Some(list) => Scope::Named((*list).to_owned()),
        None => Scope::Token(TokenId(3375)),
    }
}

fn instant() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        (-4_000_000_000_i64..7_000_000_000).prop_map(Timestamp::from_seconds),
        (0_i64..30_000).prop_map(|day| Timestamp::from_seconds(day * 86_400)),
        any::<i64>().prop_map(|micros| Timestamp::from_micros(micros / 100)),
    ]
}

fn cell(kind: Kind) -> BoxedStrategy<Value> {
    let some = match kind {
        Kind::Float => prop::num::f64::NORMAL.prop_map(Value::Float).boxed(),
        Kind::Int => any::<i64>().prop_map(Value::Int).boxed(),
        Kind::Text => "\\PC{0,12}".prop_map(Value::Text).boxed(),
        Kind::Time => instant().prop_map(Value::Time).boxed(),
    };
    prop_oneof![4 => some, 1 => Just(Value::Null)].boxed()
}

/// Fields that no column knows.
fn extra() -> impl Strategy<Value = Option<String>> {
    prop::collection::btree_map("X_[a-zA-Z]{1,6}", json(), 0..4).prop_map(|fields| {
        let mut object = Json::Object(fields.into_iter().collect());
        object.sort_all_objects();
        object
            .as_object()
            .is_some_and(|fields| !fields.is_empty())
            .then(|| object.to_string())
    })
}

fn row(endpoint: &'static Endpoint) -> impl Strategy<Value = Row> {
    let cells: Vec<_> = endpoint
        .table
        .columns
        .iter()
        .map(|column| cell(column.kind))
        .collect();
    (instant(), cells, extra()).prop_map(move |(time, mut values, extra)| {
        let mut event_time = if endpoint.name == "tokens" {
            highwater_api::UNDATED
        } else {
            time
        };
        // A moonshot needs its symbol, and is dated by its start where it has one.
        if let (Some(symbol), Some(start)) = (
            endpoint.table.column("symbol"),
            endpoint.table.column("moonshot_at"),
        ) {
            values[symbol] = Value::Text("EXM".to_owned());
            event_time = values[start].as_time().unwrap_or(event_time);
        }
        Row {
            event_time,
            values,
            extra,
        }
    })
}

/// Rows of an answer about levels: one calculation, elements with and without date, level and further fields.
fn levels(endpoint: &'static Endpoint) -> impl Strategy<Value = Vec<Row>> {
    let element = (cell(Kind::Time), cell(Kind::Float), extra());
    (instant(), prop::collection::vec(element, 0..5)).prop_map(move |(event_time, elements)| {
        assert_eq!(endpoint.table.columns.len(), 2);
        elements
            .into_iter()
            .filter(|(day, level, extra)| !(day.is_null() && level.is_null() && extra.is_none()))
            .map(|(day, level, extra)| Row {
                event_time,
                values: vec![day, level],
                extra: extra.map(|fields| format!(r#"{{"element":{fields}}}"#)),
            })
            .collect()
    })
}

fn rows(endpoint: &'static Endpoint) -> BoxedStrategy<Vec<Row>> {
    if endpoint.name == "resistance-support" {
        levels(endpoint).boxed()
    } else {
        prop::collection::vec(row(endpoint), 0..4).boxed()
    }
}

/// JSON of any kind, three levels deep.
fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        prop::num::f64::NORMAL.prop_map(Json::from),
        "\\PC{0,8}".prop_map(Json::from),
        prop::sample::select(vec![
            "2025-03-04",
            "2025-03-04T01:02:03.5Z",
            "3375",
            "-1.5",
            "NaN",
            "",
            "[1]"
        ])
        .prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec((name(), inner), 0..5)
                .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

/// A name that some column has, in some spelling, or any other.
fn name() -> impl Strategy<Value = String> {
    let known = vec![
        "TOKEN_ID",
        "token_id",
        "TOKEN_SYMBOL",
        "SYMBOL",
        "token_name",
        "NAME",
        "DATE",
        "date",
        "TIMESTAMP",
        "MOONSHOT_AT",
        "updated_at",
        "UPDATED_AT",
        "OPEN",
        "open",
        "Close",
        "VOLUME",
        "TRADING_SIGNAL",
        "TM_GRADE",
        "tm_grade",
        "TM_TRADER_GRADE",
        "TM_GRADE_24h_PCT_CHANGE",
        "tm_grade_24_h_pct_change",
        "EXCHANGE_LIST",
        "HISTORICAL_RESISTANCE_SUPPORT_LEVELS",
        "historical_resistance_support_levels",
        "level",
        "LEVEL",
        "TM_LINK",
        "tm_link",
        "element",
        "key",
        "row",
        "VOLATILITY",
        "data",
        "success",
    ];
    prop_oneof![8 => prop::sample::select(known).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

/// A wire row that mostly has a token, a time and a list, and otherwise anything.
fn wire() -> impl Strategy<Value = WireRow> {
    let field = (name(), json());
    (
        prop::collection::vec(field, 0..10),
        any::<[bool; 3]>(),
        any::<bool>(),
    )
        .prop_map(|(fields, keep, first)| {
            let mut row = Map::new();
            let usual = |row: &mut Map<String, Json>| {
                if keep[0] {
                    row.insert("TOKEN_ID".to_owned(), Json::from(3375));
                    row.insert("SYMBOL".to_owned(), Json::from("BTC"));
                }
                if keep[1] {
                    row.insert("DATE".to_owned(), Json::from("2025-03-04"));
                }
            };
            if first {
                usual(&mut row);
            }
            let mut list = Vec::new();
            for (name, value) in fields {
                if keep[2] {
                    list.push(value.clone());
                }
                row.insert(name, value);
            }
            if keep[2] {
                row.insert(
                    "HISTORICAL_RESISTANCE_SUPPORT_LEVELS".to_owned(),
                    Json::from(list),
                );
            }
            usual(&mut row);
            row
        })
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn decoding_what_was_encoded_gives_it_back(
        (endpoint, rows) in prop::sample::select(ENDPOINTS.iter().collect::<Vec<_>>())
            .prop_flat_map(|endpoint| (Just(endpoint), rows(endpoint)))
    ) {
        let scope = scope(endpoint);
        let wire = sent(endpoint.encode(&scope, Some(&token()), &rows));
        let decoded = endpoint.decode(&wire, endpoint.lists().last().copied());
        prop_assert_eq!(&decoded.rejected, &[]);
        prop_assert!(decoded.rows.iter().all(|(found, _)| *found == scope));
        let read: Vec<Row> = decoded.rows.into_iter().map(|(_, row)| row).collect();
        prop_assert_eq!(read, rows);
    }

    #[test]
    fn whatever_was_read_is_written_so_that_it_is_read_again(wire in wire(), named in any::<bool>()) {
        for endpoint in &ENDPOINTS {
            let decoded = endpoint.decode(std::slice::from_ref(&wire), None);
            prop_assert_eq!(decoded.scopes.len() + decoded.rejected.len(), 1, "read or rejected");
            let Some((scope, _)) = decoded.rows.first() else {
                continue;
            };
            let rows: Vec<Row> = decoded.rows.iter().map(|(_, row)| row.clone()).collect();
            let token = named.then(token);
            let again = endpoint.decode(&sent(endpoint.encode(scope, token.as_ref(), &rows)), None);
            prop_assert_eq!(&again, &decoded, "{}", endpoint.name);
        }
    }

    #[test]
    fn nothing_that_was_sent_is_lost(wire in wire()) {
        for endpoint in &ENDPOINTS {
            // A field of its own must turn up in what is kept, wherever the row goes.
            let mut marked = wire.clone();
            marked.shift_insert(0, "MARKER".to_owned(), Json::from("kept-as-sent"));
            let kept = format!("{:?}", endpoint.decode(&[marked], None));
            prop_assert!(kept.contains("kept-as-sent"), "{}", endpoint.name);
        }
    }

    #[test]
    fn no_body_is_a_panic(body in prop::collection::vec(any::<u8>(), 0..200), value in json()) {
        let _ = failure_message(&body);
        for body in [body, value.to_string().into_bytes()] {
            let _ = failure_message(&body);
            if let Ok(rows) = envelope(&body) {
                for endpoint in &ENDPOINTS {
                    let decoded = endpoint.decode(&rows, Some("past"));
                    prop_assert!(decoded.rejected.len() <= rows.len());
                }
            }
        }
    }

    #[test]
    fn no_parameter_is_a_panic(name in "\\PC{0,8}", value in "\\PC{0,12}") {
        let query = Query::new("tokens").with(&name, value.as_str());
        prop_assert!(query.url("http://127.0.0.1:1").is_ascii());
        for endpoint in &ENDPOINTS {
            for name in [name.as_str(), "page", "limit", "token_id", "startDate", "endDate", "signal", "type"] {
                let _ = highwater_api::Request::parse(endpoint, [(name, value.as_str())]);
            }
        }
    }
}

#[test]
fn a_served_row_looks_like_the_vendors() {
    let daily = endpoint("daily-ohlcv").unwrap();
    let row = Row {
        event_time: "2025-03-04".parse().unwrap(),
        values: vec![
            Value::Float(2149.312845),
            Value::Float(2222.5),
            Value::Float(2002.16),
            Value::Float(2171.084221),
            Value::Null,
        ],
        extra: Some(r#"{"RANK":2}"#.to_owned()),
    };
    let wire = daily.encode(&Scope::Token(TokenId(3375)), Some(&token()), &[row]);
    assert_eq!(
        Json::Object(wire[0].clone()).to_string(),
        r#"{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC","DATE":"2025-03-04T00:00:00.000Z","OPEN":2149.312845,"HIGH":2222.5,"LOW":2002.16,"CLOSE":2171.084221,"VOLUME":null,"RANK":2}"#
    );
}
