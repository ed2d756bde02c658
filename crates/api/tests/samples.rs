//! A row of each endpoint, written by hand in the shape that the vendor's pages and clients show, and what is read.

use highwater_api::{WireRow, endpoint, envelope};
use highwater_market::{Scope, Timestamp, TokenId, Value};

fn rows(data: &str) -> Vec<WireRow> {
    envelope(format!(r#"{{"success":true,"message":"","length":1,"data":[{data}]}}"#).as_bytes())
        .unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn float(number: f64) -> Value {
    Value::Float(number)
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// One row about token 3375, its time, cells by column, and `extra`.
fn check(name: &str, row: &str, time: Timestamp, cells: &[(&str, Value)], extra: Option<&str>) {
    let endpoint = endpoint(name).unwrap();
    let decoded = endpoint.decode(&rows(row), None);
    assert_eq!(decoded.rejected, []);
    let [(scope, decoded)] = &decoded.rows[..] else {
        panic!("{name}: one row expected, not {:?}", decoded.rows);
    };
    assert_eq!(*scope, Scope::Token(TokenId(3375)));
    assert_eq!(decoded.event_time, time);
    assert_eq!(decoded.values.len(), endpoint.table.columns.len());
    for (column, value) in endpoint.table.columns.iter().zip(&decoded.values) {
        let expected = cells
            .iter()
            .find(|(name, _)| *name == column.name)
            .map_or(&Value::Null, |(_, value)| value);
        assert_eq!(value, expected, "{name}: {}", column.name);
    }
    assert_eq!(decoded.extra.as_deref(), extra, "{name}");
}

#[test]
fn tokens() {
    check(
        "tokens",
        r#"{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC",
            "EXCHANGE_LIST":[{"exchange_id":"kraken","exchange_name":"Kraken"}],
            "CATEGORY_LIST":[{"category_id":28,"category_slug":"layer-1","category_name":"Layer 1"}],
            "TM_LINK":"https://app.tokenmetrics.com/en/bitcoin","tm_link":"bitcoin"}"#,
        highwater_api::UNDATED,
        &[
            ("symbol", text("BTC")),
            ("name", text("Bitcoin")),
            (
                "exchanges",
                text(r#"[{"exchange_id":"kraken","exchange_name":"Kraken"}]"#),
            ),
            (
                "categories",
                text(r#"[{"category_id":28,"category_name":"Layer 1","category_slug":"layer-1"}]"#),
            ),
        ],
        Some(r#"{"TM_LINK":"https://app.tokenmetrics.com/en/bitcoin","tm_link":"bitcoin"}"#),
    );
}

#[test]
fn daily_ohlcv() {
    check(
        "daily-ohlcv",
        r#"{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC","DATE":"2025-03-04T00:00:00.000Z",
            "OPEN":2149.312845,"HIGH":2222.5,"LOW":2002.16,"CLOSE":2171.084221,"VOLUME":142310984.7}"#,
        at("2025-03-04"),
        &[
            ("open", float(2149.312845)),
            ("high", float(2222.5)),
            ("low", float(2002.16)),
            ("close", float(2171.084221)),
            ("volume", float(142_310_984.7)),
        ],
        None,
    );
}

#[test]
fn hourly_ohlcv_with_its_id_as_a_string() {
    check(
        "hourly-ohlcv",
        r#"{"TOKEN_ID":"3375","TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC","TIMESTAMP":"2025-06-10T13:00:00.000Z",
            "OPEN":109250.1,"HIGH":109480,"LOW":109102.7,"CLOSE":109377.4,"VOLUME":1843.22}"#,
        at("2025-06-10T13:00:00Z"),
        &[
            ("open", float(109_250.1)),
            ("high", float(109_480.0)),
            ("low", float(109_102.7)),
            ("close", float(109_377.4)),
            ("volume", float(1_843.22)),
        ],
        None,
    );
}

#[test]
fn trading_signals() {
    check(
        "trading-signals",
        r#"{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC","DATE":"2025-04-10T00:00:00.000Z",
            "TRADING_SIGNAL":0,"TOKEN_TREND":-1,"TRADING_SIGNALS_RETURNS":6.8534,"HOLDING_RETURNS":-0.9423,
            "tm_link":"bitcoin","TM_TRADER_GRADE":31.07,"TM_INVESTOR_GRADE":62.4,
            "TM_LINK":"https://app.tokenmetrics.com/undefined"}"#,
        at("2025-04-10"),
        &[
            ("signal", Value::Int(0)),
            ("trend", Value::Int(-1)),
            ("signal_returns", float(6.8534)),
            ("holding_returns", float(-0.9423)),
            ("trader_grade", float(31.07)),
            ("investor_grade", float(62.4)),
        ],
        Some(r#"{"TM_LINK":"https://app.tokenmetrics.com/undefined","tm_link":"bitcoin"}"#),
    );
}

#[test]
fn trading_signals_of_version_3() {
    check(
        "trading-signals",
        r#"{"token_id":3375,"token_name":"Bitcoin","token_symbol":"BTC","slug":"bitcoin","date":"2025-04-10",
            "trading_signal":1,"token_signal_str":"bullish","token_trend":1,"token_trend_str":"up",
            "trading_signals_returns":0.5,"holding_returns":0.25,"tm_grade":31.5,"fundamental_grade":62.5,
            "app_link":"https://app.tokenmetrics.com/en/bitcoin"}"#,
        at("2025-04-10"),
        &[
            ("signal", Value::Int(1)),
            ("trend", Value::Int(1)),
            ("signal_returns", float(0.5)),
            ("holding_returns", float(0.25)),
            ("trader_grade", float(31.5)),
            ("investor_grade", float(62.5)),
        ],
        Some(
            r#"{"app_link":"https://app.tokenmetrics.com/en/bitcoin","slug":"bitcoin","token_signal_str":"bullish","token_trend_str":"up"}"#,
        ),
    );
}

#[test]
fn hourly_trading_signals_with_their_numbers_as_strings() {
    check(
        "hourly-trading-signals",
        r#"{"TIMESTAMP":"2025-06-10T13:00:00.000Z","TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC",
            "CLOSE":109377.4,"SIGNAL":"1","POSITION":"-1"}"#,
        at("2025-06-10T13:00:00Z"),
        &[
            ("close", float(109_377.4)),
            ("signal", Value::Int(1)),
            ("position", Value::Int(-1)),
        ],
        None,
    );
}

#[test]
fn hourly_trading_signals_the_other_way_round() {
    check(
        "hourly-trading-signals",
        r#"{"DATE":"2025-06-10 13:00:00","TOKEN_ID":"3375","CLOSE":"109377.4","SIGNAL":0,"POSITION":null,
            "AI_CONFIDENCE":0.7}"#,
        at("2025-06-10T13:00:00Z"),
        &[("close", float(109_377.4)), ("signal", Value::Int(0))],
        Some(r#"{"AI_CONFIDENCE":0.7}"#),
    );
}

#[test]
fn quantmetrics_with_nulls_of_a_young_token() {
    check(
        "quantmetrics",
        r#"{"TOKEN_ID":3375,"NAME":"Bitcoin","SYMBOL":"BTC","DATE":"2025-06-10T00:00:00.000Z","VOLATILITY":0.54,
            "ALL_TIME_RETURN":27.31,"CAGR":0.44,"SHARPE":0.96,"SORTINO":null,"MAX_DRAWDOWN":-0.77,"SKEW":-0.12,
            "TAIL_RATIO":1.05,"RISK_REWARD_RATIO":null,"PROFIT_FACTOR":1.18,"KURTOSIS":9.87,
            "DAILY_VALUE_AT_RISK":-0.05,"EXPECTED_SHORTFALL_CVAR":-0.08,"DAILY_RETURN_AVG":0.0021,
            "DAILY_RETURN_STD":"0.034"}"#,
        at("2025-06-10"),
        &[
            ("volatility", float(0.54)),
            ("all_time_return", float(27.31)),
            ("cagr", float(0.44)),
            ("sharpe", float(0.96)),
            ("max_drawdown", float(-0.77)),
            ("skew", float(-0.12)),
            ("tail_ratio", float(1.05)),
            ("profit_factor", float(1.18)),
            ("kurtosis", float(9.87)),
            ("daily_value_at_risk", float(-0.05)),
            ("expected_shortfall", float(-0.08)),
            ("daily_return_avg", float(0.0021)),
            ("daily_return_std", float(0.034)),
        ],
        None,
    );
}

#[test]
fn tm_grade_history_as_strings() {
    check(
        "tm-grade-history",
        r#"{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC","DATE":"2025-06-09T00:00:00.000Z",
            "FUNDAMENTAL_GRADE":"81.4","TM_GRADE":"57.2","TM_GRADE_24h_PCT_CHANGE":"-1.86",
            "TM_TRADER_GRADE_24H_CHANGE":"-1.1","FUNDAMENTAL_GRADE_CLASS":"blueChip","TM_GRADE_SIGNAL":"Neutral",
            "MOMENTUM":"Holding Steady","TRADING_SIGNAL":"1"}"#,
        at("2025-06-09"),
        &[
            ("tm_grade", float(57.2)),
            ("tm_grade_24h_pct_change", float(-1.86)),
            ("trader_grade_24h_change", float(-1.1)),
            ("fundamental_grade", float(81.4)),
            ("fundamental_grade_class", text("blueChip")),
            ("grade_signal", text("Neutral")),
            ("momentum", text("Holding Steady")),
            ("signal", Value::Int(1)),
        ],
        None,
    );
}

#[test]
fn tm_grade_history_of_version_3() {
    check(
        "tm-grade-history",
        r#"{"token_id":3375,"token_symbol":"BTC","date":"2025-06-09","tm_grade":58.3,"tm_grade_24_h_pct_change":2.1,
            "tm_trader_grade_24_h_change":1.2,"tm_grade_signal":"Buy","momentum":"Gaining Momentum",
            "quant_grade":61.5}"#,
        at("2025-06-09"),
        &[
            ("tm_grade", float(58.3)),
            ("tm_grade_24h_pct_change", float(2.1)),
            ("trader_grade_24h_change", float(1.2)),
            ("grade_signal", text("Buy")),
            ("momentum", text("Gaining Momentum")),
            ("quant_grade", float(61.5)),
        ],
        None,
    );
}

#[test]
fn resistance_support_is_one_answer_of_many_rows() {
    let decoded = endpoint("resistance-support").unwrap().decode(
        &rows(
            r#"{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC","DATE":"2025-06-10T00:00:00.000Z",
                "HISTORICAL_RESISTANCE_SUPPORT_LEVELS":[{"date":"2024-08-05","level":49577.02},
                {"date":"2024-03-14","level":73121.35}]}"#,
        ),
        None,
    );
    assert_eq!(decoded.rejected, []);
    assert_eq!(decoded.scopes, [Scope::Token(TokenId(3375))]);
    let read: Vec<_> = decoded
        .rows
        .iter()
        .map(|(_, row)| (row.event_time, row.values.clone(), row.extra.clone()))
        .collect();
    let calculated = at("2025-06-10");
    assert_eq!(
        read,
        [
            (
                calculated,
                vec![Value::Time(at("2024-08-05")), float(49_577.02)],
                None
            ),
            (
                calculated,
                vec![Value::Time(at("2024-03-14")), float(73_121.35)],
                None
            ),
        ],
        "in the order of the wire"
    );
}

#[test]
fn moonshots_in_both_spellings() {
    let check = |row: &str,
                 list: Option<&str>,
                 scope: &str,
                 time: &str,
                 cells: &[(&str, Value)],
                 extra: Option<&str>| {
        let endpoint = endpoint("moonshot-tokens").unwrap();
        let decoded = endpoint.decode(&rows(row), list);
        assert_eq!(decoded.rejected, []);
        let (found, read) = &decoded.rows[0];
        assert_eq!(*found, Scope::Named(scope.to_owned()));
        assert_eq!(read.event_time, at(time));
        for (column, value) in endpoint.table.columns.iter().zip(&read.values) {
            let expected = cells.iter().find(|(name, _)| *name == column.name);
            assert_eq!(
                value,
                expected.map_or(&Value::Null, |(_, value)| value),
                "{}",
                column.name
            );
        }
        assert_eq!(read.extra.as_deref(), extra);
    };
    check(
        r#"{"TOKEN_NAME":"Example Token","TOKEN_SYMBOL":"EXM","LAST_TRADING_SIGNAL_TIME":"2025-06-08T00:00:00.000Z",
            "TM_TRADER_GRADE":"84.6","TM_TRADER_GRADE_24H_PCT_CHANGE":"3.4",
            "PRICE_CHANGE_PERCENTAGE_7D_IN_CURRENCY":"12.73","MARKET_CAP":"41230011","VOLUME_24H":"5123456",
            "MOONSHOT_AT":"2025-06-01T00:00:00.000Z","MOONSHOT_END_AT":null,"MOONSHOT_ROI":0.18}"#,
        None,
        "active",
        "2025-06-01",
        &[
            ("symbol", text("EXM")),
            ("name", text("Example Token")),
            ("trader_grade", float(84.6)),
            ("trader_grade_24h_pct_change", float(3.4)),
            ("price_change_7d", float(12.73)),
            ("market_cap", float(41_230_011.0)),
            ("volume_24h", float(5_123_456.0)),
            ("last_signal_at", Value::Time(at("2025-06-08"))),
            ("moonshot_at", Value::Time(at("2025-06-01"))),
            ("roi", float(0.18)),
        ],
        None,
    );
    check(
        r#"{"symbol":"EXM","tm_grade":88.2,"signal":"bullish","reasons":["momentum","volume"],
            "updated_at":"2025-06-10T12:00:00Z"}"#,
        Some("past"),
        "past",
        "2025-06-10T12:00:00Z",
        &[("symbol", text("EXM")), ("trader_grade", float(88.2))],
        Some(r#"{"reasons":["momentum","volume"],"signal":"bullish"}"#),
    );
}
