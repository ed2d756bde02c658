//! Frames of polars: the same bytes as slices, whatever the frame's shape, order and chunks.
#![cfg(feature = "polars")]

use highwater_metrics::{
    Convention, Dates, PeriodsPerYear, Selection, Summary, Undefined, measure, polars::FrameError,
    polars::LongColumns, polars::Returns, polars::table, summary, summary_between,
};
use polars_core::{df, prelude::*};

const DAY: i64 = 86_400_000_000;

const LONG: LongColumns<'_> = LongColumns {
    name: "coin",
    returns: "return",
    date: None,
};

const DATED: LongColumns<'_> = LongColumns {
    date: Some("day"),
    ..LONG
};

fn crypto() -> (Convention, PeriodsPerYear) {
    let crypto = Convention::crypto();
    let daily = crypto.periods_per_year(1.0).unwrap();
    (crypto, daily)
}

/// A missing return is `None`; every eleventh is.
fn series(at: usize, rows: usize) -> Vec<Option<f64>> {
    (0..rows)
        .map(|row| {
            let value = ((row * 31 + at * 17) % 101) as f64 / 1_000.0 - 0.045;
            ((row + at) % 11 != 5).then_some(value)
        })
        .collect()
}

fn slice(of: &[Option<f64>]) -> Vec<f64> {
    of.iter().map(|value| value.unwrap_or(f64::NAN)).collect()
}

fn alone(of: &[Option<f64>]) -> Summary {
    let (crypto, daily) = crypto();
    summary(&slice(of), &crypto, daily)
}

fn summaries(returns: &Returns<'_>) -> Vec<Summary> {
    let (crypto, daily) = crypto();
    returns.summaries(&crypto, daily)
}

fn wide(columns: &[Vec<Option<f64>>]) -> DataFrame {
    let columns = columns.iter().enumerate();
    let columns = columns.map(|(at, values)| Column::new(format!("s{at}").into(), values));
    DataFrame::new_infer_height(columns.collect()).unwrap()
}

/// Rows `(coin, return)` as a frame.
fn long(rows: &[(&str, Option<f64>)]) -> DataFrame {
    let (coins, returns): (Vec<&str>, Vec<Option<f64>>) = rows.iter().copied().unzip();
    df!("coin" => coins, "return" => returns).unwrap()
}

/// A frame of the same rows in chunks of `rows`.
fn in_chunks(frame: &DataFrame, rows: usize) -> DataFrame {
    let mut parts = (0..frame.height())
        .step_by(rows)
        .map(|from| frame.slice(from as i64, rows));
    let mut whole = parts.next().unwrap();
    parts.for_each(|part| {
        whole.vstack_mut(&part).unwrap();
    });
    assert!(whole.first_col_n_chunks() > 1);
    whole
}

fn dates(days: &[i32]) -> Column {
    Column::new("day".into(), days)
        .cast(&DataType::Date)
        .unwrap()
}

#[test]
fn a_wide_frame_is_its_columns() {
    // As many series as go side by side, and some more; over several blocks of rows.
    let columns: Vec<_> = (0..19).map(|at| series(at, 300)).collect();
    let expected: Vec<Summary> = columns.iter().map(|column| alone(column)).collect();
    let frame = wide(&columns);
    let returns = Returns::wide(&frame, None).unwrap();
    assert_eq!(returns.names()[18], "s18");
    assert_eq!(summaries(&returns), expected);
    assert!(expected[0].skipped > 20);

    let chunked = in_chunks(&frame, 70);
    assert_eq!(summaries(&Returns::wide(&chunked, None).unwrap()), expected);
    // NaN and null are both missing.
    let with_nan: Vec<_> = columns
        .iter()
        .map(|column| slice(column).into_iter().map(Some).collect())
        .collect();
    let frame = wide(&with_nan);
    assert_eq!(summaries(&Returns::wide(&frame, None).unwrap()), expected);
}

#[test]
fn one_chunk_without_nulls_is_read_where_it_lies() {
    let frame = df!(
        "coin" => ["b", "b", "b", "a", "a"],
        "return" => [0.5, -0.25, 0.125, 0.5, -0.5],
    )
    .unwrap();
    let lying = frame.column("return").unwrap().f64().unwrap();
    let lying = lying.cont_slice().unwrap();

    let only = frame.select(["return"]).unwrap();
    let returns = Returns::wide(&only, None).unwrap();
    assert_eq!(returns.get("return").unwrap().as_ptr(), lying.as_ptr());

    let returns = Returns::long(&frame, LONG).unwrap();
    assert_eq!(returns.names(), ["b", "a"]);
    assert_eq!(returns.get("b").unwrap().as_ptr(), lying.as_ptr());
    assert_eq!(returns.get("a").unwrap().as_ptr(), lying[3..].as_ptr());
    assert_eq!(returns.get("c"), None);
}

#[test]
fn a_long_frame_is_its_names() {
    let coins = ["delta", "alpha", "charlie", "bravo"];
    let columns: Vec<_> = (0..4).map(|at| series(at, 200 + 30 * at)).collect();
    let expected: Vec<Summary> = columns.iter().map(|column| alone(column)).collect();

    let sorted: Vec<_> = (0..4)
        .flat_map(|at| columns[at].iter().map(move |&value| (coins[at], value)))
        .collect();
    // Row by row, a coin after the other, until one after the other ends.
    let mixed: Vec<_> = (0..300)
        .flat_map(|row| {
            let columns = &columns;
            (0..4).filter_map(move |at| Some((coins[at], *columns[at].get(row)?)))
        })
        .collect();
    // The first coin's last rows stand at the end.
    let mut split = sorted.clone();
    split[100..].rotate_left(100);
    assert_eq!(split[split.len() - 1].0, coins[0]);
    for (order, rows) in [("sorted", sorted), ("mixed", mixed), ("split", split)] {
        let frame = long(&rows);
        for frame in [in_chunks(&frame, 64), frame] {
            let returns = Returns::long(&frame, LONG).unwrap();
            assert_eq!(returns.names(), coins, "{order}");
            assert_eq!(summaries(&returns), expected, "{order}");
        }
    }
}

#[test]
fn names_may_be_numbers_and_returns_single() {
    let frame = df!(
        "coin" => [7_i64, 7, -3, 7],
        "return" => [Some(0.5_f32), None, Some(0.25), Some(-0.1)],
    )
    .unwrap();
    let returns = Returns::long(&frame, LONG).unwrap();
    assert_eq!(returns.names(), ["7", "-3"]);
    let seven = returns.get("7").unwrap();
    assert_eq!((seven[0], seven[2]), (0.5, f64::from(-0.1_f32)));
    assert!(seven[1].is_nan());
    assert_eq!(returns.get("-3"), Some(&[0.25][..]));
}

#[test]
fn a_column_of_nulls_is_a_series_of_missing_rows() {
    let nothing = Column::full_null("s".into(), 3, &DataType::Null);
    let frame = DataFrame::new_infer_height(vec![nothing]).unwrap();
    let found = summaries(&Returns::wide(&frame, None).unwrap());
    assert_eq!((found[0].observations, found[0].skipped), (0, 3));
    assert_eq!(
        found[0].volatility,
        Err(Undefined::TooFew { need: 2, have: 0 })
    );
}

#[test]
fn a_frame_without_rows_or_columns_has_no_returns() {
    let no_columns = DataFrame::empty();
    let returns = Returns::wide(&no_columns, None).unwrap();
    assert!(returns.names().is_empty() && summaries(&returns).is_empty());

    let no_rows = df!("coin" => [""; 0], "return" => [0.0; 0]).unwrap();
    assert!(summaries(&Returns::long(&no_rows, LONG).unwrap()).is_empty());
    let only = no_rows.select(["return"]).unwrap();
    assert_eq!(
        summaries(&Returns::wide(&only, None).unwrap()),
        [alone(&[])]
    );
    let no_days = no_rows.hstack(&[dates(&[])]).unwrap();
    assert!(summaries(&Returns::long(&no_days, DATED).unwrap()).is_empty());

    let (crypto, daily) = crypto();
    let chosen = Selection::named(["sharpe"]).unwrap();
    let table = returns.table(&chosen, &crypto, daily).unwrap();
    assert_eq!(table.shape(), (0, 4));
}

#[test]
fn dates_put_rows_in_order_and_tell_how_long_they_took() {
    let convention = Convention::ffn();
    let per_year = convention.periods_per_year(1.0).unwrap();
    let in_order = [0.5, -0.25, 0.125, 0.25];
    let [a, b, c, d] = in_order;
    // Days 400, 600, 800 and 1000: the first return began on day 200.
    let between = Dates {
        from: 200 * DAY,
        until: 1_000 * DAY,
    };
    let expected = summary_between(&in_order, between, &convention, per_year);
    assert!(expected.cagr.is_ok());

    let days = [800, 400, 1_000, 600];
    let by_days = dates(&days);
    let as_of = |unit, a_day: i64| {
        let times: Vec<i64> = days.iter().map(|&day| i64::from(day) * a_day).collect();
        let times = Column::new("day".into(), times);
        times.cast(&DataType::Datetime(unit, None)).unwrap()
    };
    for day in [
        by_days.clone(),
        as_of(TimeUnit::Milliseconds, DAY / 1_000),
        as_of(TimeUnit::Microseconds, DAY),
        as_of(TimeUnit::Nanoseconds, DAY * 1_000),
    ] {
        let wide = df!("s" => [c, a, d, b]).unwrap();
        let wide = wide.hstack(std::slice::from_ref(&day)).unwrap();
        let returns = Returns::wide(&wide, Some("day")).unwrap();
        assert_eq!(returns.names(), ["s"]);
        assert_eq!(returns.get("s"), Some(&in_order[..]));
        assert_eq!(returns.summaries(&convention, per_year), [expected]);

        let long = long(&[
            ("s", Some(c)),
            ("s", Some(a)),
            ("s", Some(d)),
            ("s", Some(b)),
        ]);
        let long = long.hstack(&[day]).unwrap();
        let returns = Returns::long(&long, DATED).unwrap();
        assert_eq!(returns.get("s"), Some(&in_order[..]));
        assert_eq!(returns.summaries(&convention, per_year), [expected]);
    }
}

#[test]
fn each_series_of_a_long_frame_has_its_own_dates() {
    let convention = Convention::ffn();
    let per_year = convention.periods_per_year(1.0).unwrap();
    let rows = [
        ("late", Some(0.5)),
        ("early", Some(0.25)),
        ("late", None),
        ("early", Some(-0.5)),
        ("late", Some(0.25)),
        ("early", Some(0.125)),
    ];
    let frame = long(&rows);
    // `late` is evenly spaced and in order, `early` neither.
    let frame = frame
        .hstack(&[dates(&[1_000, 250, 1_500, 10, 2_000, 900])])
        .unwrap();
    let returns = Returns::long(&frame, DATED).unwrap();
    assert_eq!(returns.get("early"), Some(&[-0.5, 0.25, 0.125][..]));

    let found = returns.summaries(&convention, per_year);
    let late = Dates {
        from: 500 * DAY,
        until: 2_000 * DAY,
    };
    let late = summary_between(&[0.5, f64::NAN, 0.25], late, &convention, per_year);
    assert_eq!(found[0], late);
    assert_eq!(found[1].cagr, Err(Undefined::NoDates));

    let found = returns.since(-90 * DAY).summaries(&convention, per_year);
    let early = Dates {
        from: -90 * DAY,
        until: 900 * DAY,
    };
    let early = summary_between(&[-0.5, 0.25, 0.125], early, &convention, per_year);
    assert_eq!(found[1], early);
    assert!(found[1].cagr.is_ok());
    assert_ne!(found[0].cagr, late.cagr);
}

#[test]
fn what_a_frame_lacks_is_said() {
    let frame = df!(
        "coin" => [Some("a"), Some("a"), None],
        "return" => [0.5, 0.25, 0.125],
        "count" => [1_i64, 2, 3],
    )
    .unwrap();
    let frame = frame.hstack(&[dates(&[3, 9, 3])]).unwrap();
    let columns = |name, returns, date| LongColumns {
        name,
        returns,
        date,
    };
    let said = |found: Result<Returns<'_>, FrameError>| found.unwrap_err().to_string();
    // name, returns, date                       what is said
    for (name, returns, date, expected) in [
        (
            "token",
            "return",
            None,
            "the frame has no column `token`; it has coin, return, count, day",
        ),
        (
            "count",
            "coin",
            None,
            "column `coin` is of type str; returns are f64 or f32 (cast the column, or leave it out)",
        ),
        (
            "count",
            "count",
            None,
            "column `count` is of type i64; returns are f64 or f32 (cast the column, or leave it out)",
        ),
        (
            "return",
            "return",
            None,
            "column `return` is of type f64; names are str, categorical or integers",
        ),
        (
            "coin",
            "return",
            None,
            "column `coin`, row 2: null, but every return needs its name and date",
        ),
        (
            "count",
            "return",
            Some("coin"),
            "column `coin` is of type str; dates are date or datetime",
        ),
    ] {
        let found = Returns::long(&frame, columns(name, returns, date));
        assert_eq!(said(found), expected);
    }
    // Of two names, the same day may be there twice; of one it may not.
    assert!(Returns::long(&frame, columns("count", "return", Some("day"))).is_ok());
    let frame = frame.drop("coin").unwrap().drop("count").unwrap();
    assert_eq!(
        said(Returns::wide(&frame, Some("day"))),
        "rows 0 and 2 have the same date, and belong to the same series"
    );
    assert_eq!(
        said(Returns::wide(&frame, None)),
        "column `day` is of type date; returns are f64 or f32 (cast the column, or leave it out)"
    );
    let missing = Column::new("day".into(), [Some(5), None, Some(6)]);
    let missing = missing.cast(&DataType::Date).unwrap();
    let frame = frame.drop("day").unwrap().hstack(&[missing]).unwrap();
    assert_eq!(
        Returns::wide(&frame, Some("day")).unwrap_err(),
        FrameError::Null {
            column: "day".to_owned(),
            row: 1
        }
    );
    assert_eq!(
        said(Returns::wide(&DataFrame::empty(), Some("day"))),
        "the frame has no column `day`; it has none"
    );
}

#[test]
fn the_whole_catalogue_as_a_frame() {
    let (crypto, daily) = crypto();
    let columns: Vec<_> = (0..3).map(|at| series(at, 400)).collect();
    let frame = wide(&columns);
    let returns = Returns::wide(&frame, None).unwrap();
    let all = Selection::all();
    let found = returns.table(&all, &crypto, daily).unwrap();
    assert_eq!(found.shape(), (3, 3 + all.metrics().len()));

    let (mut values, mut nulls) = (0, 0);
    for (at, column) in columns.iter().enumerate() {
        let expected = measure(&slice(column), &all, &crypto, daily, None);
        let text = found.column("series").unwrap().str().unwrap().get(at);
        assert_eq!(text, Some(&*format!("s{at}")));
        let whole = |name: &str| found.column(name).unwrap().u64().unwrap().get(at);
        assert_eq!(whole("observations"), Some(expected.observations as u64));
        assert_eq!(whole("skipped"), Some(expected.skipped as u64));
        for (metric, value) in expected.iter() {
            let cell = found.column(metric.name).unwrap().f64().unwrap().get(at);
            assert_eq!(cell, value.ok(), "{}", metric.name);
            match cell {
                Some(_) => values += 1,
                None => nulls += 1,
            }
        }
    }
    // Without a benchmark, what compares with one is undefined.
    assert!(values > 200 && nulls > 30, "{values} values, {nulls} nulls");

    let twice = Selection::named(["sharpe", "sharpe"]).unwrap();
    assert!(returns.table(&twice, &crypto, daily).is_err());
    let measured = returns.measure(&all, &crypto, daily);
    assert!(table(returns.names(), &all, &measured[..2]).is_err());
}
