//! How columns are named and written on the wire.
//!
//! Names are compared without regard to case and underscores, so that `TM_GRADE_24h_PCT_CHANGE` and version 3's
//! `tm_grade_24_h_pct_change` are one name. The first name of a field is the one that is written.

/// How a value is written. Reading takes every form, whatever this says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A JSON number.
    Number,
    /// A number as a string: `"84.6"`.
    NumberText,
    /// A string.
    Text,
    /// JSON of any kind, kept as text in the column.
    Json,
    /// `"2025-04-10T00:00:00.000Z"`.
    Time,
    /// `"2025-04-10"`, where the instant is a midnight.
    Day,
}

/// One column on the wire.
#[derive(Debug)]
pub(crate) struct Field {
    /// The column of the endpoint's table.
    pub(crate) column: &'static str,
    /// Its names on the wire, the usual one first.
    pub(crate) names: &'static [&'static str],
    /// How it is written.
    pub(crate) form: Form,
}

/// How many rows of the table a wire row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One.
    Row,
    /// As many as the list under one of these names has elements.
    List(&'static [&'static str]),
}

/// The token's id.
pub(crate) const TOKEN_ID: &[&str] = &["TOKEN_ID"];
/// The token's name.
pub(crate) const TOKEN_NAME: &[&str] = &["TOKEN_NAME", "NAME"];
/// The token's ticker.
pub(crate) const TOKEN_SYMBOL: &[&str] = &["TOKEN_SYMBOL", "SYMBOL"];

/// Whether two names are one: case and underscores do not count.
pub(crate) fn same_name(left: &str, right: &str) -> bool {
    let mut left = left.bytes().filter(|byte| *byte != b'_');
    let mut right = right.bytes().filter(|byte| *byte != b'_');
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(l), Some(r)) if l.eq_ignore_ascii_case(&r) => {}
            _ => return false,
        }
    }
}

const fn field(column: &'static str, names: &'static [&'static str], form: Form) -> Field {
    Field {
        column,
        names,
        form,
    }
}

pub(crate) const TOKENS: &[Field] = &[
    field("name", TOKEN_NAME, Form::Text),
    field("symbol", TOKEN_SYMBOL, Form::Text),
    field("exchanges", &["EXCHANGE_LIST"], Form::Json),
    field("categories", &["CATEGORY_LIST"], Form::Json),
];

pub(crate) const OHLCV: &[Field] = &[
    field("open", &["OPEN"], Form::Number),
    field("high", &["HIGH"], Form::Number),
    field("low", &["LOW"], Form::Number),
    field("close", &["CLOSE"], Form::Number),
    field("volume", &["VOLUME"], Form::Number),
];

/// The grades are named `tm_grade` and `fundamental_grade` in the vendor's newer text.
pub(crate) const SIGNALS: &[Field] = &[
    field("signal", &["TRADING_SIGNAL"], Form::Number),
    field("trend", &["TOKEN_TREND"], Form::Number),
    field("signal_returns", &["TRADING_SIGNALS_RETURNS"], Form::Number),
    field("holding_returns", &["HOLDING_RETURNS"], Form::Number),
    field(
        "trader_grade",
        &["TM_TRADER_GRADE", "TM_GRADE"],
        Form::Number,
    ),
    field(
        "investor_grade",
        &["TM_INVESTOR_GRADE", "FUNDAMENTAL_GRADE"],
        Form::Number,
    ),
];

/// Signal and position come as strings: `"1"`, `"-1"`, `"0"`.
pub(crate) const HOURLY_SIGNALS: &[Field] = &[
    field("close", &["CLOSE"], Form::Number),
    field("signal", &["SIGNAL"], Form::NumberText),
    field("position", &["POSITION"], Form::NumberText),
];

pub(crate) const GRADES: &[Field] = &[
    field(
        "fundamental_grade",
        &["FUNDAMENTAL_GRADE"],
        Form::NumberText,
    ),
    field("tm_grade", &["TM_GRADE"], Form::NumberText),
    field(
        "tm_grade_24h_pct_change",
        &["TM_GRADE_24h_PCT_CHANGE"],
        Form::NumberText,
    ),
    field(
        "trader_grade_24h_change",
        &["TM_TRADER_GRADE_24H_CHANGE"],
        Form::NumberText,
    ),
    field(
        "fundamental_grade_class",
        &["FUNDAMENTAL_GRADE_CLASS"],
        Form::Text,
    ),
    field("grade_signal", &["TM_GRADE_SIGNAL"], Form::Text),
    field("momentum", &["MOMENTUM"], Form::Text),
    field("signal", &["TRADING_SIGNAL"], Form::Number),
    field("quant_grade", &["QUANT_GRADE"], Form::Number),
];

pub(crate) const QUANTMETRICS: &[Field] = &[
    field("volatility", &["VOLATILITY"], Form::Number),
    field("all_time_return", &["ALL_TIME_RETURN"], Form::Number),
    field("cagr", &["CAGR"], Form::Number),
    field("sharpe", &["SHARPE"], Form::Number),
    field("sortino", &["SORTINO"], Form::Number),
    field("max_drawdown", &["MAX_DRAWDOWN"], Form::Number),
    field("skew", &["SKEW"], Form::Number),
    field("tail_ratio", &["TAIL_RATIO"], Form::Number),
    field("risk_reward_ratio", &["RISK_REWARD_RATIO"], Form::Number),
    field("profit_factor", &["PROFIT_FACTOR"], Form::Number),
    field("kurtosis", &["KURTOSIS"], Form::Number),
    field(
        "daily_value_at_risk",
        &["DAILY_VALUE_AT_RISK"],
        Form::Number,
    ),
    field(
        "expected_shortfall",
        &["EXPECTED_SHORTFALL_CVAR", "EXPECTED_SHORTFALL"],
        Form::Number,
    ),
    field("daily_return_avg", &["DAILY_RETURN_AVG"], Form::Number),
    field("daily_return_std", &["DAILY_RETURN_STD"], Form::Number),
];

/// The fields of one element of a list of levels.
pub(crate) const LEVEL: &[Field] = &[
    field("level_date", &["date"], Form::Day),
    field("level", &["level"], Form::Number),
];

/// Where the list of levels stands.
pub(crate) const LEVEL_LISTS: &[&str] = &["HISTORICAL_RESISTANCE_SUPPORT_LEVELS"];

/// `tm_grade` is the name under the spelling `/moonshots`, whose rows are small: symbol, grade, `updated_at`.
pub(crate) const MOONSHOTS: &[Field] = &[
    field("name", TOKEN_NAME, Form::Text),
    field("symbol", TOKEN_SYMBOL, Form::Text),
    field("last_signal_at", &["LAST_TRADING_SIGNAL_TIME"], Form::Time),
    field(
        "trader_grade",
        &["TM_TRADER_GRADE", "TM_GRADE"],
        Form::NumberText,
    ),
    field(
        "trader_grade_24h_pct_change",
        &["TM_TRADER_GRADE_24H_PCT_CHANGE"],
        Form::NumberText,
    ),
    field(
        "price_change_7d",
        &["PRICE_CHANGE_PERCENTAGE_7D_IN_CURRENCY"],
        Form::NumberText,
    ),
    field("market_cap", &["MARKET_CAP"], Form::NumberText),
    field("volume_24h", &["VOLUME_24H"], Form::NumberText),
    field("moonshot_at", &["MOONSHOT_AT"], Form::Time),
    field("moonshot_end_at", &["MOONSHOT_END_AT"], Form::Time),
    field("roi", &["MOONSHOT_ROI"], Form::Number),
];

/// A moonshot is dated by its start; a row of the other spelling by its update.
pub(crate) const MOONSHOT_TIMES: &[&str] = &["MOONSHOT_AT", "UPDATED_AT", "DATE", "TIMESTAMP"];

#[cfg(test)]
mod tests {
    use super::same_name;

    #[test]
    fn case_and_underscores_do_not_count() {
        for (left, right, expected) in [
            ("TM_GRADE_24h_PCT_CHANGE", "tm_grade_24_h_pct_change", true),
            ("TOKEN_ID", "token_id", true),
            ("OPEN", "Open", true),
            ("OPEN", "OPENS", false),
            ("OPEN", "OPE", false),
            ("OPEN", "OPEN ", false),
            ("", "_", true),
            ("ſ", "s", false),
        ] {
            assert_eq!(same_name(left, right), expected, "{left} {right}");
            assert_eq!(same_name(right, left), expected, "{right} {left}");
        }
    }
}
