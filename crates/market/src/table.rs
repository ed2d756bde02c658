//! The tables of the lake: columns, keys, and what their past is worth.

use crate::Timeframe;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `f64`.
    Float,
    /// `i64`.
    Int,
    /// UTF-8.
    Text,
    /// UTC microseconds.
    Time,
}

/// In what a column's numbers are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// No unit: a text, a time, a count, a ratio.
    None,
    /// US dollars, or the quote currency of an import.
    Price,
    /// 0.01 is one percent.
    Fraction,
    /// 1.0 is one percent.
    Percent,
    /// 0 to 100.
    Grade,
    /// The source does not say.
    Undocumented,
}

/// One column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, in snake case.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// In what its numbers are counted.
    pub unit: Unit,
}

/// What a table's past is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Rows carry the time they speak of, and a row is complete when its period has passed. The history that a
    /// source serves today may stand for what it published then (clock `published`), said so.
    Dated {
        /// The stretch that a row speaks of; also the lag from its event time to when it may have been known.
        period: Timeframe,
    },
    /// The source serves one current answer: its past is only what was snapshot, and `published` refuses it.
    LatestOnly,
}

/// What the rows of a table are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scoped {
    /// A token each.
    Token,
    /// A list under a name.
    Named,
}

/// A table of the lake. Its key is (source, scope, event time); latest-only tables have one current answer per
/// (source, scope), kept whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name, and that of its folder.
    pub name: &'static str,
    /// Columns beyond the key, in order.
    pub columns: &'static [Column],
    /// What its past is worth.
    pub past: Past,
    /// What its rows are about.
    pub scoped: Scoped,
    /// One line for people.
    pub about: &'static str,
}

impl Table {
    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The period of a dated table's rows.
    pub const fn period(&self) -> Option<Timeframe> {
        match self.past {
            Past::Dated { period } => Some(period),
            Past::LatestOnly => None,
        }
    }
}

const fn float(name: &'static str, unit: Unit) -> Column {
    Column {
        name,
        kind: Kind::Float,
        unit,
    }
}

const fn plain(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        unit: Unit::None,
    }
}

const OHLCV: &[Column] = &[
    float("open", Unit::Price),
    float("high", Unit::Price),
    float("low", Unit::Price),
    float("close", Unit::Price),
    float("volume", Unit::Undocumented),
];

const fn bar_table(name: &'static str, period: Timeframe) -> Table {
    Table {
        name,
        columns: OHLCV,
        past: Past::Dated { period },
        scoped: Scoped::Token,
        about: "price bars, stamped at their open",
    }
}

/// Tokens as a source lists them: one current answer a token.
pub static TOKENS: Table = Table {
    name: "tokens",
    columns: &[
        plain("symbol", Kind::Text),
        plain("name", Kind::Text),
        plain("categories", Kind::Text),
        plain("exchanges", Kind::Text),
    ],
    past: Past::LatestOnly,
    scoped: Scoped::Token,
    about: "tokens as a source lists them; categories and exchanges as JSON",
};

/// Price bars, one table a timeframe, shortest first.
pub static BARS: [Table; 8] = [
    bar_table("bars_1m", Timeframe::M1),
    bar_table("bars_5m", Timeframe::M5),
    bar_table("bars_15m", Timeframe::M15),
    bar_table("bars_30m", Timeframe::M30),
    bar_table("bars_1h", Timeframe::H1),
    bar_table("bars_4h", Timeframe::H4),
    bar_table("bars_1d", Timeframe::D1),
    bar_table("bars_1w", Timeframe::W1),
];

/// The bar table of a timeframe.
pub fn bars(timeframe: Timeframe) -> &'static Table {
    &BARS[timeframe as usize]
}

/// A user's own daily returns.
pub static RETURNS: Table = Table {
    name: "returns_1d",
    columns: &[float("value", Unit::Fraction)],
    past: Past::Dated {
        period: Timeframe::D1,
    },
    scoped: Scoped::Token,
    about: "simple returns per day, imported",
};

/// The vendor's trading signals: an event and a state a day.
pub static SIGNALS: Table = Table {
    name: "signals",
    columns: &[
        plain("signal", Kind::Int),
        plain("trend", Kind::Int),
        float("signal_returns", Unit::Fraction),
        float("holding_returns", Unit::Fraction),
        float("trader_grade", Unit::Grade),
        float("investor_grade", Unit::Grade),
    ],
    past: Past::Dated {
        period: Timeframe::D1,
    },
    scoped: Scoped::Token,
    about: "trading signals: +1 and -1 are events, 0 is no news; trend is the state",
};

/// The vendor's hourly trading signals: an event an hour, and the position that follows from them.
pub static HOURLY_SIGNALS: Table = Table {
    name: "hourly_signals",
    columns: &[
        float("close", Unit::Price),
        plain("signal", Kind::Int),
        plain("position", Kind::Int),
    ],
    past: Past::Dated {
        period: Timeframe::H1,
    },
    scoped: Scoped::Token,
    about: "hourly trading signals: +1 and -1 are events, 0 is no news; position is the state",
};

/// The vendor's support and resistance levels: the current list of a token, whole.
pub static LEVELS: Table = Table {
    name: "levels",
    columns: &[plain("level_date", Kind::Time), float("level", Unit::Price)],
    past: Past::LatestOnly,
    scoped: Scoped::Token,
    about: "support and resistance levels: the day each formed, and its price",
};

/// The vendor's risk metrics of a token: one current row.
pub static QUANTMETRICS: Table = Table {
    name: "quantmetrics",
    columns: &[
        float("volatility", Unit::Fraction),
        float("all_time_return", Unit::Fraction),
        float("cagr", Unit::Fraction),
        float("sharpe", Unit::None),
        float("sortino", Unit::None),
        float("max_drawdown", Unit::Fraction),
        float("skew", Unit::None),
        float("kurtosis", Unit::None),
        float("tail_ratio", Unit::None),
        float("risk_reward_ratio", Unit::None),
        float("profit_factor", Unit::None),
        float("daily_value_at_risk", Unit::Fraction),
        float("expected_shortfall", Unit::Fraction),
        float("daily_return_avg", Unit::Undocumented),
        float("daily_return_std", Unit::Undocumented),
    ],
    past: Past::LatestOnly,
    scoped: Scoped::Token,
    about: "the vendor's own risk metrics, rounded to two decimals by it",
};

/// The vendor's grades by day.
pub static GRADES: Table = Table {
    name: "grades",
    columns: &[
        float("tm_grade", Unit::Grade),
        float("tm_grade_24h_pct_change", Unit::Percent),
        float("trader_grade_24h_change", Unit::Undocumented),
        float("fundamental_grade", Unit::Grade),
        plain("fundamental_grade_class", Kind::Text),
        plain("grade_signal", Kind::Text),
        plain("momentum", Kind::Text),
        plain("signal", Kind::Int),
        float("quant_grade", Unit::Grade),
    ],
    past: Past::Dated {
        period: Timeframe::D1,
    },
    scoped: Scoped::Token,
    about: "the vendor's grades by day",
};

/// The vendor's moonshots: the list `active` and the list `past`, each whole. Rows carry no token id.
pub static MOONSHOTS: Table = Table {
    name: "moonshots",
    columns: &[
        plain("symbol", Kind::Text),
        plain("name", Kind::Text),
        float("trader_grade", Unit::Grade),
        float("trader_grade_24h_pct_change", Unit::Percent),
        float("price_change_7d", Unit::Percent),
        float("market_cap", Unit::Price),
        float("volume_24h", Unit::Price),
        plain("last_signal_at", Kind::Time),
        plain("moonshot_at", Kind::Time),
        plain("moonshot_end_at", Kind::Time),
        float("roi", Unit::Undocumented),
    ],
    past: Past::LatestOnly,
    scoped: Scoped::Named,
    about: "the vendor's moonshots, active and past",
};

/// What was asked and answered: one row a question, written by the lake beside the answer itself.
pub static COVERAGE: Table = Table {
    name: "coverage",
    columns: &[
        plain("table", Kind::Text),
        plain("asked_from", Kind::Time),
        plain("asked_until", Kind::Time),
        plain("rows", Kind::Int),
    ],
    past: Past::LatestOnly,
    scoped: Scoped::Named,
    about: "what was asked and answered: unchanged differs from not asked",
};

/// Every table that answers are stored in. [`COVERAGE`] is the lake's own.
pub static ALL: [&Table; 16] = [
    &TOKENS,
    &BARS[0],
    &BARS[1],
    &BARS[2],
    &BARS[3],
    &BARS[4],
    &BARS[5],
    &BARS[6],
    &BARS[7],
    &RETURNS,
    &SIGNALS,
    &HOURLY_SIGNALS,
    &LEVELS,
    &QUANTMETRICS,
    &GRADES,
    &MOONSHOTS,
];

/// The table of a name.
pub fn by_name(name: &str) -> Option<&'static Table> {
    ALL.into_iter()
        .chain([&COVERAGE])
        .find(|table| table.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_again() {
        for table in ALL {
            assert_eq!(by_name(table.name), Some(table));
            for (index, column) in table.columns.iter().enumerate() {
                assert_eq!(table.column(column.name), Some(index), "{}", table.name);
            }
        }
    }

    #[test]
    fn each_timeframe_has_its_bars() {
        for timeframe in Timeframe::ALL {
            let table = bars(timeframe);
            assert_eq!(table.period(), Some(timeframe));
            assert_eq!(table.name, format!("bars_{timeframe}"));
        }
    }
}
