//! Which column of a file is which.
//!
//! Names are compared without regard to case, spaces, `_` and `-`. Where a file has several columns that would do,
//! the first of this list is taken: `open_time` before `time`, a count before a text, since a count has no zone to
//! be mistaken about. A name given in [`ColumnNames`] must match exactly one column.

use super::problem::ImportError;

/// Column names of the user's choosing; what is `None` is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnNames {
    /// The bar's open, or the day of a return.
    pub time: Option<String>,
    /// First price.
    pub open: Option<String>,
    /// Highest price.
    pub high: Option<String>,
    /// Lowest price.
    pub low: Option<String>,
    /// Last price.
    pub close: Option<String>,
    /// Volume. The one column that a file of bars may go without.
    pub volume: Option<String>,
}

/// What a column is for: its name in messages, and the names it goes by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Role {
    pub(crate) name: &'static str,
    synonyms: &'static [&'static str],
}

pub(crate) const TIME: Role = Role {
    name: "time",
    synonyms: &[
        "opentime",
        "timestamp",
        "ts",
        "unix",
        "unixtime",
        "epoch",
        "datetime",
        "time",
        "t",
        "date",
        "day",
        "month",
        "timeutc",
        "dateutc",
        "datetimeutc",
        "startdate",
        "timeopen",
        "indexlevel0",
        "",
    ],
};

/// Of a file of signals: which token.
pub(crate) const SYMBOL: Role = Role {
    name: "symbol",
    synonyms: &["symbol", "token", "tokensymbol", "ticker", "asset"],
};

/// Of a file of signals: which way.
pub(crate) const SIGNAL: Role = Role {
    name: "signal",
    synonyms: &["signal", "tradingsignal", "direction"],
};

/// Of a file of signals: from when a row was known.
pub(crate) const KNOWN_AT: Role = Role {
    name: "known_at",
    synonyms: &["knownat", "knownfrom", "publishedat"],
};

/// Open, high, low, close, volume: the order of the lake's columns.
pub(crate) const OHLCV: [Role; 5] = [
    Role {
        name: "open",
        synonyms: &["open", "o", "openprice", "priceopen", "first"],
    },
    Role {
        name: "high",
        synonyms: &["high", "h", "highprice", "pricehigh", "max"],
    },
    Role {
        name: "low",
        synonyms: &["low", "l", "lowprice", "pricelow", "min"],
    },
    Role {
        name: "close",
        synonyms: &["close", "c", "closeprice", "priceclose", "last"],
    },
    Role {
        name: "volume",
        synonyms: &[
            "volume",
            "v",
            "vol",
            "basevolume",
            "volumebase",
            "volumefrom",
        ],
    },
];

/// The position of `volume` among [`OHLCV`].
pub(crate) const VOLUME: usize = 4;

/// Lower case, without spaces, `_`, `-` and brackets.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && !"_-()[]\"".contains(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The position of the column for a role, or `None` if there is none.
///
/// # Errors
/// A chosen name that is not there, or a name that two columns carry.
pub(crate) fn find(
    file: &str,
    columns: &[String],
    role: Role,
    chosen: Option<&str>,
) -> Result<Option<usize>, ImportError> {
    if let Some(chosen) = chosen {
        let exact: Vec<usize> = positions(columns, |column| column == chosen);
        let alike = if exact.is_empty() {
            positions(columns, |column| column.eq_ignore_ascii_case(chosen))
        } else {
            exact
        };
        return match alike[..] {
            [position] => Ok(Some(position)),
            [] => Err(missing(
                file,
                columns,
                format!("`{chosen}` ({})", role.name),
            )),
            _ => Err(ambiguous(file, role, columns, &alike)),
        };
    }
    for synonym in role.synonyms {
        let alike = positions(columns, |column| plain(column) == *synonym);
        match alike[..] {
            [] => {}
            [position] => return Ok(Some(position)),
            _ => return Err(ambiguous(file, role, columns, &alike)),
        }
    }
    Ok(None)
}

/// As [`find`], where the file cannot go without.
pub(crate) fn require(
    file: &str,
    columns: &[String],
    role: Role,
    chosen: Option<&str>,
) -> Result<usize, ImportError> {
    find(file, columns, role, chosen)?.ok_or_else(|| missing(file, columns, role.name.to_owned()))
}

fn positions(columns: &[String], fits: impl Fn(&str) -> bool) -> Vec<usize> {
    let fitting = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| fits(column));
    fitting.map(|(position, _)| position).collect()
}

fn missing(file: &str, columns: &[String], wanted: String) -> ImportError {
    ImportError::MissingColumn {
        file: file.to_owned(),
        wanted,
        found: columns.to_vec(),
    }
}

fn ambiguous(file: &str, role: Role, columns: &[String], positions: &[usize]) -> ImportError {
    ImportError::AmbiguousColumn {
        file: file.to_owned(),
        wanted: role.name,
        found: positions.iter().map(|&at| columns[at].clone()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &str) -> Vec<String> {
        names.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn columns_are_found_under_the_names_of_the_trade() {
        // header, role, chosen name, position
        for (header, role, chosen, expected) in [
            ("timestamp,open,high", TIME, None, Some(0)),
            ("Date,Open,High", TIME, None, Some(0)),
            ("Open Time,Close Time,Open", TIME, None, Some(0)),
            ("date,unix,open", TIME, None, Some(1)),
            (",open", TIME, None, Some(0)),
            ("__index_level_0__,open", TIME, None, Some(0)),
            ("t,o,h,l,c,v", OHLCV[3], None, Some(4)),
            ("OPEN_PRICE,date", OHLCV[0], None, Some(0)),
            ("date,open", OHLCV[VOLUME], None, None),
            ("date,Volume BTC,Volume USD", OHLCV[VOLUME], None, None),
            (
                "date,Volume BTC,Volume USD",
                OHLCV[VOLUME],
                Some("Volume USD"),
                Some(2),
            ),
            (
                "date,volume usd",
                OHLCV[VOLUME],
                Some("Volume USD"),
                Some(1),
            ),
        ] {
            let found = find("bars.csv", &columns(header), role, chosen).unwrap();
            assert_eq!(found, expected, "{} in {header}", role.name);
        }
    }

    #[test]
    fn a_column_that_is_not_there_is_named_with_those_that_are() {
        let header = columns("date,first,top");
        let refused = require("bars.csv", &header, OHLCV[1], None).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "bars.csv: no column for high; found: date, first, top"
        );
        let refused = require("bars.csv", &header, OHLCV[1], Some("hi")).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "bars.csv: no column for `hi` (high); found: date, first, top"
        );
    }

    #[test]
    fn two_columns_of_one_name_are_refused() {
        let refused = find("bars.csv", &columns("date,close,Close"), OHLCV[3], None).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "bars.csv: several columns for close: close, Close"
        );
    }
}
