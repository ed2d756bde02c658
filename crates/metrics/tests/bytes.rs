//! The same bytes: for any number of threads, any sequence of pushes, any neighbours in a panel.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "shared by the property tests"
)]
mod generate;

use generate::{anything, bytes, cases, convention, daily, doublings, market, plateaus};
use highwater_metrics::{
    Convention, DownsideOver, Layout, Merge, Panel, Push, Rate, ReturnKind, Stretch, Summary,
    SummaryFold, Terms, panel_profiles, panel_summaries, profile, summaries, summary,
};
use proptest::prelude::*;

fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.unwrap().install(work)
}

/// A long walk of a market, from a small generator of its own.
fn walk(rows: usize) -> Vec<f64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..rows)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            ((state >> 11) as f64 / (1_u64 << 53) as f64 - 0.499) / 20.0
        })
        .collect()
}

/// Every way through the kernels: a target of zero and another, all returns and the losers, simple and log.
fn conventions() -> Vec<Convention> {
    let mut found = Vec::new();
    for target in [0.0, 0.05] {
        for downside in [DownsideOver::All, DownsideOver::Losers] {
            for returns in [ReturnKind::Simple, ReturnKind::Log] {
                found.push(Convention {
                    minimum_acceptable: Rate::YearSimple { value: target },
                    downside,
                    returns,
                    ..Convention::crypto()
                });
            }
        }
    }
    found
}

#[test]
fn a_long_series_has_the_same_bytes_on_any_number_of_threads() {
    let mut returns = walk(200_003);
    returns[0] = f64::NAN;
    returns[70_000] = f64::NAN;
    let convention = Convention::crypto();
    let of = |threads| {
        bytes(&on_threads(threads, || {
            summary(&returns, &convention, daily())
        }))
    };
    let one = of(1);
    for threads in [2, 3, 7, 16] {
        assert_eq!(of(threads), one, "{threads} threads");
    }

    // And of pushes in pieces that fit no block.
    let mut fold = SummaryFold::new(&convention, daily());
    for rows in returns.chunks(997) {
        fold.extend(rows);
    }
    assert_eq!(bytes(&fold.summary()), one);
}

#[test]
fn many_series_have_the_same_bytes_on_any_number_of_threads() {
    let values = walk(37 * 301);
    let series: Vec<&[f64]> = values.chunks(301).collect();
    let of = |threads| {
        let found = on_threads(threads, || {
            summaries(&series, &Convention::crypto(), daily())
        });
        found.iter().map(bytes).collect::<Vec<_>>()
    };
    let one = of(1);
    for threads in [2, 3, 7, 16] {
        assert_eq!(of(threads), one, "{threads} threads");
    }
}

#[test]
fn series_side_by_side_have_the_bytes_that_each_has_alone() {
    for rows in [1, 5, 128, 129, 700, 2520] {
        let mut values = walk(23 * rows);
        let at = |series: usize, row: usize| series * rows + row % rows;
        values[at(1, 0)] = f64::NAN;
        values[at(6, 300)] = f64::NAN;
        values[at(9, 129)] = -1.0;
        values[at(11, 130)] = -1.5;
        values[at(13, 500)] = f64::INFINITY;
        values[at(14, 40)] = 1e200;
        values[rows * 16..rows * 17].fill(3.0);
        values[rows * 17..rows * 18].fill(-0.75);
        values[rows * 18..rows * 19].fill(0.0);
        // Halves and doubles: a value comes back to where it was, and equal falls repeat.
        let steps = [1.0, -0.5, 0.0, 3.0, -0.75, 0.5, -0.75];
        for (row, value) in values[rows * 20..rows * 23].iter_mut().enumerate() {
            *value = steps[(row * row / 3) % steps.len()];
        }
        let panel = Panel::new(&values, 23, rows, Layout::SeriesMajor).unwrap();
        for convention in conventions() {
            let found = panel_summaries(&panel, &convention, daily());
            let profiles = panel_profiles(&panel, &convention, daily());
            for (series, (found, deep)) in found.iter().zip(&profiles).enumerate() {
                let why = format!("series {series} of {rows} rows under {convention:?}");
                let returns = &values[series * rows..][..rows];
                let alone = summary(returns, &convention, daily());
                assert_eq!(format!("{found:?}"), format!("{alone:?}"), "{why}");
                assert_eq!(format!("{:?}", deep.summary), format!("{alone:?}"), "{why}");
                let alone = profile(returns, &convention, daily());
                assert_eq!(format!("{deep:?}"), format!("{alone:?}"), "{why}");
            }
        }
    }
}

#[test]
fn the_bytes_of_a_fixed_series_stand() {
    // A change here is a change of every number that users stored: say so in the changelog.
    let found = summary(&walk(1_000), &Convention::crypto(), daily());
    let bits: Vec<String> = found
        .iter()
        .map(|(metric, value)| format!("{} {:016x}", metric.name, value.unwrap().to_bits()))
        .collect();
    assert_eq!(
        bits,
        [
            "total_return bfcba2b6bd591130",
            "cagr bfb5bf442e8ae95e",
            "volatility 3fd13740de594f55",
            "downside_deviation 3fc86c20a5f764d8",
            "sharpe bfc90a202d0dfeeb",
            "sortino bfd1a6a129d47eff",
            "calmar bfd0289c9c24a469",
            "max_drawdown bfd5889be2bee8cc",
            "best 3f9982ab52a87bf0",
            "worst bf998a74d1a06c08",
            "win_rate 3fdf9db22d0e5604",
        ]
    );
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn rows_pushed_in_any_pieces_give_the_bytes_of_the_whole(
        returns in anything(),
        convention in convention(),
        cuts in prop::collection::vec(1..200_usize, 1..8),
    ) {
        let whole = bytes(&summary(&returns, &convention, daily()));

        let mut one_by_one = SummaryFold::new(&convention, daily());
        returns.iter().for_each(|&row| one_by_one.push(row));
        prop_assert_eq!(bytes(&one_by_one.summary()), whole.clone());

        let mut pieces = SummaryFold::new(&convention, daily());
        let mut rest = returns.as_slice();
        for cut in cuts.iter().cycle() {
            let (piece, later) = rest.split_at(rest.len().min(*cut));
            pieces.extend(piece);
            pieces.summary();
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(bytes(&pieces.summary()), whole);
    }

    #[test]
    fn a_state_written_down_and_read_back_goes_on_to_the_bit(
        returns in anything(),
        tomorrow in anything(),
    ) {
        let convention = Convention::empyrical();
        let mut fold = SummaryFold::new(&convention, daily());
        fold.extend(&returns);
        let text = serde_json::to_string(&fold).unwrap();
        let mut read: SummaryFold = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(format!("{read:?}"), format!("{fold:?}"));
        read.extend(&tomorrow);
        let whole = [returns, tomorrow].concat();
        prop_assert_eq!(bytes(&read.summary()), bytes(&summary(&whole, &convention, daily())));
    }

    #[test]
    fn each_series_has_the_bytes_that_it_has_alone(
        series in prop::collection::vec(anything(), 0..20),
        convention in convention(),
    ) {
        let rows: Vec<&[f64]> = series.iter().map(Vec::as_slice).collect();
        let found = summaries(&rows, &convention, daily());
        let alone: Vec<Summary> =
            rows.iter().map(|rows| summary(rows, &convention, daily())).collect();
        prop_assert_eq!(format!("{found:?}"), format!("{alone:?}"));
    }

    #[test]
    fn equal_falls_side_by_side_are_told_apart_as_alone(series in plateaus()) {
        let values = series.concat();
        let panel = Panel::new(&values, series.len(), series[0].len(), Layout::SeriesMajor).unwrap();
        let convention = Convention::crypto();
        let alone: Vec<Summary> =
            series.iter().map(|rows| summary(rows, &convention, daily())).collect();
        let found = panel_summaries(&panel, &convention, daily());
        prop_assert_eq!(format!("{found:?}"), format!("{alone:?}"));
    }

    #[test]
    fn a_panel_has_the_bytes_of_its_series_in_both_layouts(
        values in anything(),
        rows in 0..150_usize,
    ) {
        let series = values.len().checked_div(rows).unwrap_or(3);
        let values = &values[..series * rows];
        let by_series = Panel::new(values, series, rows, Layout::SeriesMajor).unwrap();
        let turned: Vec<f64> = (0..rows)
            .flat_map(|row| (0..series).map(move |at| values[at * rows + row]))
            .collect();
        let by_row = Panel::new(&turned, series, rows, Layout::RowMajor).unwrap();
        let convention = Convention::crypto();
        let alone: Vec<Summary> = (0..series)
            .map(|at| summary(&values[at * rows..][..rows], &convention, daily()))
            .collect();
        for panel in [by_series, by_row] {
            let found = panel_summaries(&panel, &convention, daily());
            prop_assert_eq!(format!("{found:?}"), format!("{alone:?}"));
        }
    }

    #[test]
    fn a_cut_between_blocks_joins_to_the_bit(
        returns in prop_oneof![market(), doublings()],
        convention in convention(),
    ) {
        let first = returns.iter().take_while(|row| row.is_nan()).count();
        let returns = &returns[first..];
        let terms = Terms::new(&convention, daily());
        // Plain joins of blocks, against the fold with all its shortcuts.
        let joined = returns
            .chunks(128)
            .map(|block| Stretch::of(block, &terms))
            .fold(Stretch::first(&terms), Stretch::then);
        let mut fold = SummaryFold::new(&convention, daily());
        fold.extend(returns);
        prop_assert_eq!(format!("{:?}", fold.stretch()), format!("{joined:?}"));
    }
}
