//! An outcome in figures, for JSON and for tables. Without a trade it gives words, not figures.

use std::collections::BTreeMap;

use highwater_market::{Direction, Timeframe, Timestamp};
use highwater_metrics::{Convention, Dates, PeriodsPerYear, Summary as Metrics, summary_between};
use serde::Serialize;

use crate::{
    Benchmark, Counts, DoubtfulRange, ExitReason, Groups, MetricSheet, Outcome, Plan, Scenarios,
    Trade, convention_of_runs,
    group::{Group, mean},
    holdings,
};

/// An outcome in figures. What cannot be said is `None`, never 0; all fractions: 0.01 is one percent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The plan's name.
    pub plan: String,
    /// One line in words: what came out, or why there is nothing to say.
    pub verdict: String,
    /// Symbols replayed.
    pub symbols: Vec<String>,
    /// The first open instant.
    pub from: Option<Timestamp>,
    /// The last open instant.
    pub until: Option<Timestamp>,
    /// Open instants.
    pub bars: usize,
    /// Cash before the first bar.
    pub initial_cash: f64,
    /// Equity at the last close.
    pub final_equity: f64,
    /// Profit over initial cash. `None` without a trade.
    pub total_return: Option<f64>,
    /// Trades, those standing at the end included.
    pub trades: usize,
    /// Positions: a ladder closes one in several trades, each of which counts in the figures of trades.
    pub positions: usize,
    /// Of the positions that are closed altogether, the share with a profit above 0.
    pub position_win_rate: Option<f64>,
    /// Their mean profit in units of the risk to the stop, over those that had one.
    pub position_average_r: Option<f64>,
    /// Trades that a fill closed. The figures below, down to `average_r`, are about these.
    pub closed: usize,
    /// Positions that stood at the end of the data, in the equity at their last close.
    pub open_at_end: usize,
    /// Closed trades with a profit above 0.
    pub wins: usize,
    /// Wins over closed trades.
    pub win_rate: Option<f64>,
    /// Sum of profits over the absolute sum of losses; `None` without a loss.
    pub profit_factor: Option<f64>,
    /// Mean profit of a closed trade, in the quote currency.
    pub average_pnl: Option<f64>,
    /// Mean profit in units of the risk to the stop, over closed trades that had one.
    pub average_r: Option<f64>,
    /// Mean number of bars held.
    pub average_bars_held: Option<f64>,
    /// Share of open instants at whose close a position stood.
    pub time_in_market: Option<f64>,
    /// Mean exposure over equity at the closes; `None` if equity was ever 0 or less.
    pub average_exposure: Option<f64>,
    /// Fees paid.
    pub fees: f64,
    /// What slippage cost.
    pub slippage: f64,
    /// Funding and borrowing paid; below 0 if they were received.
    pub carry: f64,
    /// Interest paid on cash below 0, which belongs to no trade.
    pub interest: f64,
    /// Value of what was bought or of what was sold, whichever is less, over mean equity, per year of 365 days. `None`
    /// without a trade, or if equity was ever 0 or less.
    pub turnover: Option<f64>,
    /// Trades per exit reason; reasons that did not occur are left out.
    pub exits: BTreeMap<&'static str, usize>,
    /// The chosen run beside its worse and better sibling.
    pub scenarios: Scenarios,
    /// Where the results of random resolutions of the doubtful bars lie; `None` if nobody asked. Whoever asks
    /// [`doubtful_range`](crate::doubtful_range) fills it in.
    pub doubtful_range: Option<DoubtfulRange>,
    /// The trades by what they have in common.
    pub groups: Groups,
    /// What became of every signal row.
    pub counts: Counts,
    /// Rows that were no bars, per reason, as in the manifest. A replay reads bars and knows of none: whoever read the
    /// rows fills it in.
    pub rows_left_out: BTreeMap<String, usize>,
    /// Every metric of the equity's returns, bar by bar, beside those of the benchmark; `None` without a trade.
    pub metrics: Option<MetricSheet>,
}

impl Outcome {
    /// The lesser of what was bought and what was sold, over mean equity, per year of 365 days.
    fn turnover(&self) -> Option<f64> {
        let (first, last) = (self.equity.first()?, self.equity.last()?);
        let (mut bought, mut sold) = (0.0, 0.0);
        for trade in &self.trades {
            let entered = trade.quantity * trade.entry_price;
            let left = if trade.is_closed() {
                trade.quantity * trade.exit_price
            } else {
                0.0
            };
            let (buy, sell) = match trade.side {
                Direction::Long => (entered, left),
                Direction::Short => (left, entered),
            };
            bought += buy;
            sold += sell;
        }
        let equities: Option<Vec<f64>> = self
            .equity
            .iter()
            .map(|point| (point.equity > 0.0).then_some(point.equity))
            .collect();
        let mean = mean(&equities?)?;
        let span = last.time + self.timeframe - first.time;
        let years = span as f64 / (365.0 * Timeframe::D1.micros() as f64);
        (!self.trades.is_empty()).then(|| bought.min(sold) / mean / years)
    }

    /// Equity after the last bar.
    pub fn final_equity(&self) -> f64 {
        self.equity
            .last()
            .map_or(self.initial_cash, |point| point.equity)
    }

    /// The first open instant at whose close the equity was 0 or less, if there is one.
    pub fn ruined_at(&self) -> Option<Timestamp> {
        let gone = self.equity.iter().find(|point| point.equity <= 0.0)?;
        Some(gone.time)
    }

    /// Simple returns of the equity, one per open instant; the first is over the initial cash. Empty from the first
    /// return on that has no meaning, since equity before it was 0 or less.
    pub fn returns(&self) -> Vec<f64> {
        let mut before = self.initial_cash;
        let mut returns = Vec::with_capacity(self.equity.len());
        for point in &self.equity {
            if before <= 0.0 {
                break;
            }
            returns.push(point.equity / before - 1.0);
            before = point.equity;
        }
        returns
    }

    /// The core metrics of the equity under a convention, as [`convention_of_runs`] makes it: of a run whose equity was gone,
    /// over the returns until then. A [`Summary`] tells of such a run only what is defined.
    pub fn metrics(&self, convention: &Convention) -> Option<Metrics> {
        let convention = convention_of_runs(convention);
        let (dates, per_year) = self.span(&convention)?;
        Some(summary_between(
            &self.returns(),
            dates,
            &convention,
            per_year,
        ))
    }

    /// The time behind the returns, and their periods per year.
    fn span(&self, convention: &Convention) -> Option<(Dates, PeriodsPerYear)> {
        let per_year = convention.periods_per_year(self.timeframe.per_day()).ok()?;
        // A point stands at the close of its bar, the initial cash at the first open.
        let dates = Dates {
            from: self.equity.first()?.time.micros(),
            until: (self.equity.last()?.time + self.timeframe).micros(),
        };
        Some((dates, per_year))
    }

    /// The outcome in figures, beside a benchmark of the same instants if there is one. Metrics are computed under the
    /// convention that [`convention_of_runs`] makes.
    ///
    /// # Panics
    /// If the benchmark is of other instants.
    pub fn summary(
        &self,
        plan: &Plan,
        convention: &Convention,
        benchmark: Option<&Benchmark>,
    ) -> Summary {
        if let Some(benchmark) = benchmark {
            assert_eq!(
                benchmark.returns.len(),
                self.equity.len(),
                "a benchmark has a return per instant of its replay"
            );
        }
        let convention = convention_of_runs(convention);
        let all = Group::of(String::new(), &Vec::from_iter(&self.trades));
        let closed = self.trades.iter().filter(|trade| trade.is_closed());
        let closed: Vec<&Trade> = closed.collect();
        let held: Vec<f64> = closed.iter().map(|trade| trade.bars_held as f64).collect();
        let profits: Vec<f64> = closed.iter().map(|trade| trade.pnl).collect();
        let mut exits = BTreeMap::new();
        for trade in &self.trades {
            *exits.entry(trade.exit_reason.name()).or_default() += 1;
        }
        let traded = !self.trades.is_empty();
        let in_market: Vec<f64> = self
            .equity
            .iter()
            .map(|point| f64::from(u8::from(point.exposure > 0.0)))
            .collect();
        let exposures: Option<Vec<f64>> = self
            .equity
            .iter()
            .map(|point| (point.equity > 0.0).then(|| point.exposure / point.equity))
            .collect();
        let positions = holdings(&self.trades);
        let over = || positions.iter().filter(|one| one.open_quantity <= 0.0);
        let won: Vec<f64> = over()
            .map(|one| f64::from(u8::from(one.pnl > 0.0)))
            .collect();
        let risked: Vec<f64> = over().filter_map(|one| one.r_multiple).collect();
        Summary {
            plan: plan.name.clone(),
            verdict: self.verdict(),
            symbols: self.symbols.clone(),
            from: self.equity.first().map(|point| point.time),
            until: self.equity.last().map(|point| point.time),
            bars: self.equity.len(),
            initial_cash: self.initial_cash,
            final_equity: self.final_equity(),
            total_return: traded.then_some(self.scenarios.chosen.total_return),
            trades: self.trades.len(),
            positions: positions.len(),
            position_win_rate: mean(&won),
            position_average_r: mean(&risked),
            closed: all.closed,
            open_at_end: all.trades - all.closed,
            wins: all.wins,
            win_rate: all.win_rate,
            profit_factor: all.profit_factor,
            average_pnl: mean(&profits),
            average_r: all.average_r,
            average_bars_held: mean(&held),
            time_in_market: traded.then(|| mean(&in_market)).flatten(),
            average_exposure: exposures.filter(|_| traded).and_then(|all| mean(&all)),
            fees: self.trades.iter().map(|trade| trade.fees).sum(),
            slippage: self.trades.iter().map(|trade| trade.slippage).sum(),
            carry: self.trades.iter().map(|trade| trade.carry).sum(),
            interest: self.interest,
            turnover: self.turnover(),
            exits,
            scenarios: self.scenarios,
            doubtful_range: None,
            groups: Groups::of(&self.trades),
            counts: self.counts.clone(),
            rows_left_out: BTreeMap::new(),
            metrics: self
                .span(&convention)
                .filter(|_| traded)
                .map(|(dates, per_year)| {
                    MetricSheet::of(self, dates, &convention, per_year, benchmark)
                }),
        }
    }

    /// One line in words: what came out, or why there is nothing to say.
    pub fn verdict(&self) -> String {
        let counts = &self.counts;
        if self.trades.is_empty() {
            let events = counts.signals - counts.no_news;
            if counts.signals == 0 {
                return "no trade: no signal row was known for these tokens".to_owned();
            }
            if events == 0 {
                return format!(
                    "no trade: none of {} signal rows says anything but no news",
                    counts.signals
                );
            }
            let mut fates: Vec<(&str, usize)> = counts
                .fates()
                .into_iter()
                .filter(|&(name, count)| count > 0 && name != "no_news")
                .collect();
            fates.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
            let fates: Vec<String> = fates
                .into_iter()
                .map(|(name, count)| format!("{count} {}", name.replace('_', " ")))
                .collect();
            return format!(
                "no trade: of {events} signal events none led to an entry ({})",
                fates.join(", ")
            );
        }
        let chosen = &self.scenarios.chosen;
        let open = self
            .trades
            .iter()
            .filter(|trade| !trade.is_closed())
            .count();
        let mut words = format!(
            "{}, {} on {}",
            number_of(self.trades.len(), "trade"),
            signed_percent(chosen.total_return),
            amount(self.initial_cash)
        );
        if open > 0 {
            words += &format!(
                "; {open} still open at the end, marked at the last close ({})",
                ExitReason::EndOfData
            );
        }
        if chosen.doubtful_trades > 0 {
            words += &format!(
                "; {} doubtful, between {} and {}",
                chosen.doubtful_trades,
                signed_percent(self.scenarios.pessimistic.total_return),
                signed_percent(self.scenarios.optimistic.total_return)
            );
        }
        if let Some(locked) = counts.locked_out.filter(|_| open == 0) {
            words += &format!("; {locked}");
        }
        words
    }
}

fn number_of(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A fraction as a percentage with its sign. What rounds to nothing has none, and what is huge has an exponent.
fn signed_percent(fraction: f64) -> String {
    let percent = 100.0 * fraction;
    if percent.abs() < 0.005 {
        "0.00 %".to_owned()
    } else if percent.abs() >= HUGE {
        format!("{percent:+.4e} %")
    } else {
        format!("{percent:+.2} %")
    }
}

/// Money as it was stated.
fn amount(money: f64) -> String {
    if money.abs() >= HUGE {
        format!("{money:e}")
    } else {
        money.to_string()
    }
}

/// From here on a number reads better with an exponent.
const HUGE: f64 = 1e12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_in_words_have_no_sign_without_a_size_and_no_hundred_digits() {
        for (fraction, expected) in [
            (-0.000_001, "0.00 %"),
            (0.0, "0.00 %"),
            (0.5, "+50.00 %"),
            (-0.000_1, "-0.01 %"),
            (1e300, "+1.0000e302 %"),
        ] {
            assert_eq!(signed_percent(fraction), expected);
        }
        assert_eq!(
            (amount(1e300), amount(100_000.5)),
            ("1e300".into(), "100000.5".into())
        );
    }
}
