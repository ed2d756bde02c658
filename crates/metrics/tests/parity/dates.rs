//! Calendar returns: what ffn and PerformanceAnalytics give for months, years and trailing windows.

use highwater_metrics::{
    Civil, Every, ReturnKind, Stamp, Trailing, Undefined, month_table, resample, trailing,
};

use super::{
    DAY, SAME,
    golden::GOLDEN,
    published::HAM1,
    systems::{ANSWERS, DAYS},
};

fn at(day: i64) -> i64 {
    day * DAY
}

/// The dates of a golden series: working days from 2018 on, or the ends of the months from 2015 on.
fn times(name: &str, rows: usize) -> Vec<i64> {
    if name == "monthly_a" {
        return month_ends(2015, rows);
    }
    let first = Civil {
        year: 2018,
        month: 1,
        day: 1,
    }
    .days();
    let is_working = |day: &i64| Every::Week.first_day(*day) + 5 > *day;
    (first..).filter(is_working).map(at).take(rows).collect()
}

fn month_ends(year: i64, months: usize) -> Vec<i64> {
    (0..months as i64)
        .map(|month| {
            let (year, month) = (year + (month + 1) / 12, (month + 1) % 12 + 1);
            at(Civil {
                year,
                month: month as u8,
                day: 1,
            }
            .days()
                - 1)
        })
        .collect()
}

fn answers(function: &str) -> [f64; 6] {
    let found = ANSWERS
        .iter()
        .find(|answers| (answers.system, answers.function) == ("ffn", function));
    found.unwrap().values
}

#[test]
fn trailing_returns_are_ffns() {
    let mut compared = 0;
    for (function, window) in [
        ("mtd", Trailing::MonthToDate),
        ("three_month", Trailing::Months(3)),
        ("six_month", Trailing::Months(6)),
        ("ytd", Trailing::YearToDate),
        ("one_year", Trailing::Months(12)),
        ("three_year", Trailing::Months(36)),
        ("incep", Trailing::SinceInception),
    ] {
        for ((golden, (from, _)), theirs) in GOLDEN.iter().zip(DAYS).zip(answers(function)) {
            let times = times(golden.name, golden.returns.len());
            let found = trailing(
                golden.returns,
                &times,
                at(from),
                Stamp::Day,
                ReturnKind::Simple,
                &[window],
            );
            let what = format!("{function} of {}", golden.name);
            match found.unwrap()[0] {
                Ok(ours) => {
                    let apart = ((ours - theirs) / theirs).abs();
                    assert!(apart < SAME, "{what}: {ours} is not {theirs}");
                    compared += 1;
                }
                Err(reason) => {
                    assert!(theirs.is_nan(), "{what}: {reason}, theirs is {theirs}");
                    assert!(matches!(reason, Undefined::TooShort { .. }));
                }
            }
        }
    }
    assert!(compared >= 25, "{compared}");
}

#[test]
fn the_best_and_the_worst_months_and_years_are_ffns() {
    for (best, worst, every) in [
        ("best_month", "worst_month", Every::Month),
        ("best_year", "worst_year", Every::Year),
    ] {
        for ((golden, best), worst) in GOLDEN.iter().zip(answers(best)).zip(answers(worst)) {
            let times = times(golden.name, golden.returns.len());
            let periods = resample(
                golden.returns,
                &times,
                Stamp::Day,
                every,
                ReturnKind::Simple,
            );
            let values: Vec<f64> = periods
                .unwrap()
                .iter()
                .map(|period| period.value.unwrap())
                .collect();
            if best.is_nan() {
                // Of a single year ffn knows neither the best nor the worst.
                assert_eq!(values.len(), 1, "{}", golden.name);
                continue;
            }
            let ours = (
                values.iter().copied().fold(f64::MIN, f64::max),
                values.iter().copied().fold(f64::MAX, f64::min),
            );
            for (ours, theirs) in [(ours.0, best), (ours.1, worst)] {
                let apart = (ours - theirs).abs();
                assert!(
                    apart < 1e-12,
                    "{every:?} of {}: {ours} is not {theirs}",
                    golden.name
                );
            }
        }
    }
}

/// PerformanceAnalytics' `table.CalendarReturns(managers[, 1])`, in per cents to the first decimal.
#[test]
fn the_calendar_of_months_is_the_published_one() {
    let table = month_table(
        HAM1,
        &month_ends(1996, HAM1.len()),
        Stamp::Day,
        ReturnKind::Simple,
    );
    let table = table.unwrap();
    assert_eq!((table[0].year, table.len()), (1996, 11));
    for (row, total) in [(&table[0], 13.6), (&table[10], 20.5)] {
        assert!(
            (100.0 * row.total.unwrap() - total).abs() <= 0.05,
            "{row:?}"
        );
    }
    let months = [
        0.7, 1.9, 1.6, -0.9, 0.8, -0.4, -2.3, 4.0, 1.5, 2.9, 1.6, 1.8,
    ];
    for (month, expected) in table[0].months.iter().zip(months) {
        assert!(
            (100.0 * month.unwrap() - expected).abs() <= 0.05,
            "{month:?}"
        );
    }
}
