//! Return series: of tokens in a lake, and of a file; each measured over windows.

use std::sync::Arc;

use highwater_market::{Bars, Timeframe, Timestamp, Token};
use highwater_metrics::{
    CORE, Convention, Dates, Inputs, Measured as Values, Metric, PeriodsError, PeriodsPerYear,
    Selection, Summary, Undefined, Window, inference::Trials, measure_inputs, summaries_between,
    summary, summary_between,
};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::{
    left_out::LeftOut,
    sheet::{rounded, short_time},
    spacing::{contradiction, keeps_weekends_free, rows_per_year, step_of},
};

/// Returns, each with the time of its bar: a bar is stamped at its open, a return belongs to the bar at whose close it
/// was made. A missing one is NaN and keeps its place.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) token: Option<Token>,
    /// When the value stood at 1, before the first return; microseconds since 1970. `None` if nothing tells.
    base: Option<i64>,
    /// Shared by the series that stand at the same times.
    times: Arc<[i64]>,
    returns: Vec<f64>,
    pub(crate) per_year: PeriodsPerYear,
    /// The benchmark's returns at the same times; missing where it has none.
    benchmark: Option<Vec<f64>>,
    /// The trials that the series was chosen from.
    trials: Option<Trials>,
    /// Runs of missing bars: the return after each spans it.
    gaps: usize,
    /// Rows of the lake that were no bars.
    pub(crate) left_out: LeftOut,
}

/// A series over one window.
#[derive(Clone, Debug)]
pub(crate) struct Measured<'a> {
    pub(crate) series: &'a Series,
    pub(crate) window: Window,
    pub(crate) summary: Summary,
    /// The selected metrics that are not of the summary.
    beyond: Option<Values>,
    part: Part<'a>,
}

/// The part of a series that a window holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    /// When the value stood at 1, before the first return.
    base: Option<i64>,
    pub(crate) times: &'a [i64],
    pub(crate) returns: &'a [f64],
    benchmark: Option<&'a [f64]>,
    trials: Option<Trials>,
}

impl<'a> Part<'a> {
    /// The returns, and what stands beside them.
    pub(crate) fn inputs(&self) -> Inputs<'a> {
        Inputs {
            returns: self.returns,
            dates: self.dates(),
            benchmark: self.benchmark,
            trials: self.trials,
        }
    }
}

impl Part<'_> {
    /// When a return ended; of no row, when the first one began.
    pub(crate) fn time(&self, row: Option<usize>) -> Option<Timestamp> {
        row.map_or(self.base, |row| Some(self.times[row]))
            .map(Timestamp::from_micros)
    }

    /// From the beginning of the first return to the end of the last.
    pub(crate) fn dates(&self) -> Option<Dates> {
        match (self.base, self.times.last()) {
            (Some(from), Some(&until)) => Some(Dates { from, until }),
            _ => None,
        }
    }
}

impl Series {
    /// Close-to-close returns on the grid of the bars: a missing bar is a missing return, and the return after it
    /// spans it. Where a year is one of trading days, and no bar is of a weekend, the days between are no time: the
    /// bars that there are count alone.
    pub(crate) fn of_bars(
        name: String,
        token: Token,
        bars: &Bars,
        per_year: PeriodsPerYear,
        counts_every_day: bool,
    ) -> Self {
        let opens: Vec<i64> = bars.open_times().iter().map(|open| open.micros()).collect();
        let closes_at_weekends =
            !counts_every_day && bars.timeframe() == Timeframe::D1 && keeps_weekends_free(&opens);
        let step = bars.timeframe().micros();
        let closes = bars.close();
        let mut times = Vec::with_capacity(bars.len());
        let mut returns = Vec::with_capacity(bars.len());
        let mut gaps = 0;
        for (opens, pair) in bars.open_times().windows(2).zip(closes.windows(2)) {
            let (before, now) = (opens[0], opens[1]);
            let mut missing = before.plus_micros(step);
            // A long weekend is no gap of a market that closes.
            let next = if closes_at_weekends {
                before.plus_micros(4 * step)
            } else {
                missing
            };
            if next < now {
                gaps += 1;
            }
            while missing < now && !closes_at_weekends {
                times.push(missing.micros());
                returns.push(f64::NAN);
                missing = missing.plus_micros(step);
            }
            times.push(now.micros());
            returns.push(pair[1] / pair[0] - 1.0);
        }
        Self {
            name,
            token: Some(token),
            base: bars.open_times().first().map(|open| open.micros()),
            times: times.into(),
            returns,
            per_year,
            benchmark: None,
            trials: None,
            gaps,
            left_out: LeftOut::default(),
        }
    }

    /// A series of returns from a file.
    pub(crate) fn of_column(
        name: String,
        times: Arc<[i64]>,
        returns: Vec<f64>,
        per_year: PeriodsPerYear,
    ) -> Self {
        // A return ends at its own time and began one step earlier. Months have no one step: then the file does not
        // tell when the first return began.
        let base = step_of(&times).map(|step| times[0] - step);
        Self {
            name,
            token: None,
            base,
            times,
            returns,
            per_year,
            benchmark: None,
            trials: None,
            gaps: 0,
            left_out: LeftOut::default(),
        }
    }

    /// A series of prices from a file: when the first one was, `returns` from each to the next, and their `times`.
    pub(crate) fn of_prices(
        name: String,
        first: Option<i64>,
        times: Arc<[i64]>,
        returns: Vec<f64>,
        per_year: PeriodsPerYear,
    ) -> Self {
        Self {
            base: first,
            ..Self::of_column(name, times, returns, per_year)
        }
    }

    /// With so many runs of missing bars, each spanned by the return after it.
    pub(crate) fn with_gaps(self, gaps: usize) -> Self {
        Self { gaps, ..self }
    }

    /// How many rows a year has by their dates, where that contradicts the number that is taken for it.
    pub(crate) fn contradiction(&self) -> Option<f64> {
        contradiction(&self.times, self.per_year.get())
    }

    /// How many rows it has, and how many of them are missing.
    pub(crate) fn missing(&self) -> (usize, usize) {
        let missing = self.returns.iter().filter(|row| row.is_nan()).count();
        (self.returns.len(), missing)
    }

    /// Measured against another series: at each time its return, missing where it has none.
    pub(crate) fn against(&mut self, benchmark: &Self) {
        let beside = self.times.iter().map(|time| {
            let row = benchmark.times.binary_search(time);
            row.map_or(f64::NAN, |row| benchmark.returns[row])
        });
        self.benchmark = Some(beside.collect());
    }

    /// Chosen from so many trials.
    pub(crate) fn among(&mut self, trials: Trials) {
        self.trials = Some(trials);
    }

    /// How many returns stand beside one of the benchmark.
    pub(crate) fn paired(&self) -> usize {
        let benchmark = self.benchmark.as_deref().unwrap_or_default();
        let pairs = self.returns.iter().zip(benchmark);
        pairs
            .filter(|(row, other)| !row.is_nan() && !other.is_nan())
            .count()
    }

    /// The one step of the times, in microseconds; `None` if they are not evenly spaced.
    pub(crate) fn step(&self) -> Option<i64> {
        step_of(&self.times)
    }

    /// The part that a window holds.
    pub(crate) fn part(&self, window: Window) -> Part<'_> {
        let range = window.returns(&self.times);
        Part {
            base: match range.start {
                0 => self.base,
                start => Some(self.times[start - 1]),
            },
            times: &self.times[range.clone()],
            benchmark: self.benchmark.as_ref().map(|rows| &rows[range.clone()]),
            trials: self.trials,
            returns: &self.returns[range],
        }
    }

    /// Measure the part that a window holds.
    pub(crate) fn measure(
        &self,
        window: Window,
        convention: &Convention,
        selection: &Selection,
    ) -> Measured<'_> {
        let part = self.part(window);
        let summary = match part.dates() {
            Some(dates) => summary_between(part.returns, dates, convention, self.per_year),
            None => summary(part.returns, convention, self.per_year),
        };
        let beyond = beyond_core(selection);
        self.measured(window, part, summary, convention, beyond.as_ref())
    }

    fn measured<'a>(
        &'a self,
        window: Window,
        part: Part<'a>,
        summary: Summary,
        convention: &Convention,
        beyond: Option<&Selection>,
    ) -> Measured<'a> {
        let beyond = beyond
            .map(|metrics| measure_inputs(&part.inputs(), metrics, convention, self.per_year));
        Measured {
            series: self,
            window,
            summary,
            beyond,
            part,
        }
    }
}

/// The selected metrics that a summary does not hold; `None` if it holds all of them.
fn beyond_core(selection: &Selection) -> Option<Selection> {
    let core = |name: &str| CORE.iter().any(|metric| metric.name == name);
    let names = selection.metrics().iter().map(|metric| metric.name);
    let names: Vec<&str> = names.filter(|name| !core(name)).collect();
    if names.is_empty() {
        return None;
    }
    Selection::named(names).ok()
}

/// Every series over every window, in order; in parallel.
pub(crate) fn measure_all<'a>(
    series: &'a [Series],
    windows: &[Window],
    convention: &Convention,
    selection: &Selection,
) -> Vec<Measured<'a>> {
    let parts: Vec<(&Series, Window, Part<'_>)> = series
        .iter()
        .flat_map(|one| {
            windows
                .iter()
                .map(move |&window| (one, window, one.part(window)))
        })
        .collect();
    // Series of as many periods a year are summed up together: several side by side.
    let per_year = |at: usize| parts[at].0.per_year.get();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|&one, &other| per_year(one).total_cmp(&per_year(other)));
    let mut summed: Vec<(usize, Summary)> = Vec::with_capacity(parts.len());
    for alike in order.chunk_by(|&one, &other| per_year(one) == per_year(other)) {
        let dated = alike
            .iter()
            .map(|&at| (parts[at].2.returns, parts[at].2.dates()));
        let dated: Vec<_> = dated.collect();
        let found = summaries_between(&dated, convention, parts[alike[0]].0.per_year);
        summed.extend(alike.iter().copied().zip(found));
    }
    summed.sort_by_key(|(at, _)| *at);
    let beyond = beyond_core(selection);
    summed
        .into_par_iter()
        .map(|(at, summary)| {
            let (series, window, part) = parts[at];
            series.measured(window, part, summary, convention, beyond.as_ref())
        })
        .collect()
}

impl Measured<'_> {
    /// A selected metric.
    pub(crate) fn value(&self, metric: &Metric) -> Result<f64, Undefined> {
        self.summary
            .value(metric.name)
            .or_else(|| self.beyond.as_ref()?.value(metric.name))
            .unwrap_or(Err(Undefined::OutOfRange))
    }

    /// When the value stood at 1, before the first return; `None` if there is no return, or nothing tells.
    pub(crate) fn from(&self) -> Option<Timestamp> {
        self.part.times.first()?;
        self.part.time(None)
    }

    /// When the last return ended.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        let times = self.part.times;
        times.last().copied().map(Timestamp::from_micros)
    }

    /// When a return ended; of no row, when the first one began.
    fn time(&self, row: Option<usize>) -> Option<Timestamp> {
        self.part.time(row)
    }

    /// What a careful reader should know, by name.
    pub(crate) fn notes(&self) -> Vec<(&'static str, Value)> {
        let mut notes = Vec::new();
        if let Some(drawdown) = self.summary.drawdown {
            notes.push(("max_drawdown_peak", json!(self.time(drawdown.peak))));
            notes.push((
                "max_drawdown_trough",
                json!(self.time(Some(drawdown.trough))),
            ));
            let recovery = drawdown.recovery.and_then(|row| self.time(Some(row)));
            notes.push(("max_drawdown_recovery", json!(recovery)));
            notes.push(("max_drawdown_fall_periods", json!(drawdown.fall_periods())));
            notes.push((
                "max_drawdown_recovery_periods",
                json!(drawdown.recovery_periods()),
            ));
        }
        if self.series.gaps > 0 {
            notes.push(("gaps_in_series", json!(self.series.gaps)));
        }
        if self.series.left_out.total() > 0 {
            notes.push(("rows_left_out", json!(self.series.left_out.total())));
        }
        notes
    }

    /// The notes in words.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some(drawdown) = self.summary.drawdown {
            let day = |row| {
                self.time(row)
                    .map_or_else(|| "before the first return".to_owned(), short_time)
            };
            let recovered = match (drawdown.recovery, drawdown.recovery_periods()) {
                (Some(row), Some(periods)) => {
                    format!("recovered on {}, {periods} bars later", day(Some(row)))
                }
                _ => "not recovered since".to_owned(),
            };
            remarks.push(format!(
                "deepest fall from {} to {}, {} bars; {recovered}",
                day(drawdown.peak),
                day(Some(drawdown.trough)),
                drawdown.fall_periods(),
            ));
        }
        if let Window::Days(days) = self.window
            && self.part.times.len() == self.series.times.len()
            && let (Some(from), Some(until)) = (self.from(), self.until())
            && until - from < i64::from(days) * 86_400_000_000
        {
            remarks.push(format!("there are no {days} days: this is everything"));
        }
        if self.series.token.is_none() && self.series.step().is_none() && self.part.times.len() > 1
        {
            let by_dates = rows_per_year(&self.series.times).unwrap_or(f64::NAN);
            remarks.push(format!(
                "the times are not evenly spaced: {} rows count as a year, by their dates it has {}",
                self.series.per_year.get(),
                rounded(by_dates)
            ));
        }
        if self.series.gaps > 0 {
            remarks.push(format!(
                "{} gaps in the bars: the return after each spans it",
                self.series.gaps
            ));
        }
        remarks
    }
}

/// Periods per year of a regular series of times; `None` if it is irregular, so that somebody must say.
pub(crate) fn per_year_of(
    times: &[i64],
    convention: &Convention,
) -> Option<Result<PeriodsPerYear, PeriodsError>> {
    let step = step_of(times)?;
    Some(convention.periods_per_year(86_400e6 / step as f64))
}

#[cfg(test)]
mod tests {
    use highwater_market::{PriceBar, Source, TokenId};

    use super::*;

    fn closes(days: &[(i64, f64)]) -> Bars {
        Bars::new(
            Timeframe::D1,
            days.iter().map(|&(day, close)| PriceBar {
                open_time: Timestamp::from_seconds(0).plus_days(day),
                open: close,
                high: close,
                low: close,
                close,
                volume: f64::NAN,
            }),
        )
        .unwrap()
    }

    fn series(days: &[(i64, f64)]) -> Series {
        let token = Token {
            source: Source::import(),
            id: TokenId(1),
            symbol: "A".to_owned(),
            name: "A".to_owned(),
        };
        Series::of_bars(
            "A".to_owned(),
            token,
            &closes(days),
            PeriodsPerYear::new(365.0).unwrap(),
            true,
        )
    }

    #[test]
    fn a_missing_bar_is_a_missing_return_and_the_next_one_spans_it() {
        let gappy = series(&[(0, 1.0), (1, 2.0), (4, 1.0)]);
        let measured = gappy.measure(Window::All, &Convention::crypto(), &Selection::core());
        assert_eq!(measured.summary.observations, 2);
        assert_eq!(measured.summary.skipped, 2, "days 2 and 3");
        assert_eq!(measured.summary.worst, Ok(-0.5));
        let notes = measured.notes();
        assert!(
            notes.iter().any(|(name, _)| *name == "gaps_in_series"),
            "{notes:?}"
        );
    }

    #[test]
    fn a_market_that_closes_has_no_gaps_at_weekends() {
        // Two weeks from Monday, 1970-01-05, and one after a week without bars.
        let days: Vec<_> = (4..26)
            .filter(|day| (day + 3) % 7 < 5 && !(18..23).contains(day))
            .map(|day| (day, 1.0 + day as f64))
            .collect();
        let rows = |counts_every_day| {
            let token = series(&days).token.unwrap();
            let per_year = PeriodsPerYear::new(252.0).unwrap();
            let name = "A".to_owned();
            let one = Series::of_bars(name, token, &closes(&days), per_year, counts_every_day);
            (one.returns.len(), one.missing().1, one.gaps)
        };
        assert_eq!(rows(false), (days.len() - 1, 0, 1));
        assert_eq!(rows(true).0, 21);
    }

    #[test]
    fn a_window_begins_at_the_close_before_its_first_return() {
        let days: Vec<_> = (0..101).map(|day| (day, 100.0 + day as f64)).collect();
        let rising = series(&days);
        let measured = rising.measure(Window::Days(30), &Convention::crypto(), &Selection::core());
        assert_eq!(measured.summary.observations, 30);
        let (from, until) = (measured.from().unwrap(), measured.until().unwrap());
        assert_eq!(until - from, 30 * 86_400_000_000);
        // Thirty factors are compounded: each rounds once.
        let total = measured.summary.total_return.unwrap();
        assert!((total - (200.0 / 170.0 - 1.0)).abs() < 1e-14, "{total}");
    }

    #[test]
    fn a_file_of_months_does_not_tell_when_its_first_return_began() {
        let day = 86_400_000_000;
        let begins = |days: &[i64], window| {
            let times: Vec<i64> = days.iter().map(|days| days * day).collect();
            let returns = vec![0.5; times.len()];
            let per_year = PeriodsPerYear::new(12.0).unwrap();
            let series = Series::of_column("A".to_owned(), times.into(), returns, per_year);
            let measured = series.measure(window, &Convention::crypto(), &Selection::core());
            measured.from().map(|from| from.micros() / day)
        };
        assert_eq!(begins(&[30, 58, 89], Window::All), None);
        assert_eq!(begins(&[30, 58, 89], Window::Days(31)), Some(58));
        assert_eq!(begins(&[30], Window::All), None);
        assert_eq!(begins(&[30, 31, 32], Window::All), Some(29));
    }

    #[test]
    fn an_irregular_series_does_not_tell_its_periods_per_year() {
        let crypto = Convention::crypto();
        let day = 86_400_000_000;
        let hourly: Vec<i64> = (0..10).map(|i| i * day / 24).collect();
        let per_year = |times: &[i64]| Some(per_year_of(times, &crypto)?.unwrap().get());
        assert_eq!(per_year(&hourly), Some(8_760.0));
        assert_eq!(per_year(&[0, day, 3 * day]), None);
        assert_eq!(per_year(&[0]), None);
    }

    #[test]
    fn many_series_are_measured_as_each_alone() {
        let many: Vec<Series> = (0..11)
            .map(|at| {
                let days: Vec<_> = (0..40 + at)
                    .map(|day| (day, 1.5 + (day * at % 7) as f64))
                    .collect();
                let per_year = PeriodsPerYear::new([365.0, 252.0][at as usize % 2]).unwrap();
                Series {
                    per_year,
                    ..series(&days)
                }
            })
            .collect();
        let windows = [Window::Days(30), Window::All];
        for convention in [Convention::crypto(), Convention::empyrical()] {
            let found = measure_all(&many, &windows, &convention, &Selection::all());
            assert_eq!(found.len(), 22);
            for (at, found) in found.iter().enumerate() {
                let (series, window) = (&many[at / 2], windows[at % 2]);
                let alone = series.measure(window, &convention, &Selection::all());
                assert!(std::ptr::eq(found.series, series));
                assert_eq!(found.window, window);
                assert_eq!(found.summary, alone.summary);
                assert_eq!(found.beyond, alone.beyond);
            }
        }
    }

    #[test]
    fn what_a_summary_holds_is_what_the_catalogue_measures() {
        let wavering = series(&[(0, 1.0), (1, 2.0), (2, 1.5), (3, 1.75), (4, 1.0), (5, 3.0)]);
        let crypto = Convention::crypto();
        let all = Selection::all();
        let part = wavering.part(Window::All);
        let expected = measure_inputs(&part.inputs(), &all, &crypto, wavering.per_year);
        let measured = wavering.measure(Window::All, &crypto, &all);
        for (metric, value) in expected.iter() {
            assert_eq!(measured.value(metric), value, "{}", metric.name);
        }
    }
}
