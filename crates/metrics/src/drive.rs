//! Shares the blocks of a series, or of several series, among vector lanes and threads.
//!
//! What is computed here, and in which order, is fixed by the blocks. What varies is only who computes it: sums and
//! paths of blocks are independent of each other, and joining them in order is cheap.

use std::marker::PhantomData;

use rayon::prelude::*;

use crate::{
    DownsideOver, ReturnKind, Terms,
    abreast::Folded,
    block::{self, AboutTarget, AboutZero, ROWS, Sums},
    kernel::{ABREAST, Asked, Room},
    path::Path,
    run::{Feed, Run},
};

/// Blocks computed in parallel before they are joined. Bounds the memory, and is long enough to keep threads busy.
const BATCH: usize = 4096;

/// Rows from which a single series is worth more than one thread.
const LONG: usize = 64 * 1024;

/// The run of a whole series, to be read.
pub(crate) fn whole(rows: &[f64], terms: &Terms) -> Run {
    let (run, rows) = lead(Run::new(terms), rows);
    fed(run, rows, terms).read()
}

/// Takes the missing rows before the first observation, which belong to no block, and gives the rest back.
pub(crate) fn lead(run: Run, rows: &[f64]) -> (Run, &[f64]) {
    if !run.is_unanchored() {
        return (run, rows);
    }
    let missing = rows.iter().take_while(|row| row.is_nan()).count();
    let mut run = run;
    run.stretch.skip(missing);
    (run, &rows[missing..])
}

/// Takes blocks, of which the last may be short.
pub(crate) fn blocks(run: Run, rows: &[f64], terms: &Terms) -> Run {
    if rows.is_empty() {
        return run;
    }
    fed(run, rows, terms).finish()
}

/// Takes blocks, of which the last may be short, to be read.
pub(crate) fn last_blocks(run: Run, rows: &[f64], terms: &Terms) -> Run {
    if rows.is_empty() {
        return run;
    }
    fed(run, rows, terms).read()
}

fn fed<'a>(run: Run, rows: &'a [f64], terms: &Terms) -> Feed<'a> {
    go_on(run.feed(rows, terms), rows, terms)
}

/// Takes the rows that are left to a feed, in blocks of which the last may be short.
fn go_on<'a>(mut feed: Feed<'a>, rows: &[f64], terms: &Terms) -> Feed<'a> {
    let (kind, target) = (terms.convention().returns, terms.target());
    let (groups, rest) = rows.split_at(rows.len() - rows.len() % (ROWS * ABREAST));
    if rows.len() < LONG {
        for group in groups.chunks_exact(ROWS * ABREAST) {
            take_group(&mut feed, &measure(successive(group), kind, target));
        }
    } else {
        for batch in groups.chunks(ROWS * BATCH) {
            let measured: Vec<_> = batch
                .par_chunks_exact(ROWS * ABREAST)
                .map(|group| measure(successive(group), kind, target))
                .collect();
            for group in &measured {
                take_group(&mut feed, group);
            }
        }
    }
    let (whole, last) = rest.split_at(rest.len() - rest.len() % ROWS);
    let mut blocks = whole.chunks_exact(ROWS);
    // Blocks that are not there are stood in for by the first: they take no time of their own.
    if let Some(first) = blocks.next() {
        let mut group = [first; ABREAST];
        group[1..]
            .iter_mut()
            .zip(blocks)
            .for_each(|(lane, block)| *lane = block);
        for (sums, path) in &measure(group, kind, target)[..whole.len() / ROWS] {
            feed.take_measured(ROWS, sums, path);
        }
    }
    if !last.is_empty() {
        let [(sums, path), ..] = measure([last; ABREAST], kind, target);
        feed.take_measured(last.len(), &sums, &path);
    }
    feed
}

/// The successive blocks of a group.
fn successive(group: &[f64]) -> [&[f64]; ABREAST] {
    std::array::from_fn(|at| &group[at * ROWS..][..ROWS])
}

/// Sums and paths of blocks of equal length, none of them empty.
fn measure(blocks: [&[f64]; ABREAST], kind: ReturnKind, target: f64) -> [(Sums, Path); ABREAST] {
    let measured = block::measure(blocks, target);
    match kind {
        ReturnKind::Simple => measured,
        // An exponential a row takes so long that nothing is gained by walking abreast.
        ReturnKind::Log => std::array::from_fn(|lane| {
            let (sums, _) = measured[lane];
            (sums, Path::of(blocks[lane], kind))
        }),
    }
}

fn take_group(feed: &mut Feed<'_>, group: &[(Sums, Path); ABREAST]) {
    for (sums, path) in group {
        feed.take_measured(ROWS, sums, path);
    }
}

/// Reads the run of each of [`ABREAST`] series, for metrics, with the number of the series. `room` is what it works in.
pub(crate) fn side_by_side(
    series: [&[f64]; ABREAST],
    terms: &Terms,
    room: &mut Room,
    mut read: impl FnMut(usize, &Run),
) {
    let Some(folded) = fold_alike(series, terms, false, room) else {
        let runs = walk_side_by_side(series, terms);
        return runs.iter().enumerate().for_each(|(at, run)| read(at, run));
    };
    for (at, rows) in series.into_iter().enumerate() {
        match folded.run(at, terms) {
            Some(run) => read(at, &run),
            None => read(at, &whole(rows, terms)),
        }
    }
}

/// Series folded in lanes, if they are alike: simple returns, as many of each, and none missing at the beginning.
/// `deep`: with all that a profile needs.
pub(crate) fn fold_alike<'a>(
    series: [&'a [f64]; ABREAST],
    terms: &Terms,
    deep: bool,
    room: &'a mut Room,
) -> Option<Folded<'a>> {
    let (convention, target) = (terms.convention(), terms.target());
    let rows = series[0].len();
    let alike = |of: &&[f64]| of.len() == rows && of.first().is_some_and(|row| !row.is_nan());
    if convention.returns == ReturnKind::Log || !series.iter().all(alike) {
        return None;
    }
    Some(match (target == 0.0, convention.downside, deep) {
        (true, DownsideOver::All, false) => Folded::of::<Summed>(series, target, room),
        (true, DownsideOver::Losers, false) => Folded::of::<AboutZero>(series, target, room),
        (false, _, false) => Folded::of::<AboutTarget>(series, target, room),
        (true, DownsideOver::All, true) => Folded::of::<WithPowers<Summed>>(series, target, room),
        (true, DownsideOver::Losers, true) => {
            Folded::of::<WithPowers<AboutZero>>(series, target, room)
        }
        (false, _, true) => Folded::of::<WithPowers<AboutTarget>>(series, target, room),
    })
}

/// Of a summary whose target is zero, and whose downside is over all returns, nobody asks for losses.
struct Summed;

impl Asked for Summed {
    const ZERO: bool = true;
    const LOSSES: bool = false;
    const DEEP: bool = false;
}

/// As asked, and what a profile needs.
struct WithPowers<A>(PhantomData<A>);

impl<A: Asked> Asked for WithPowers<A> {
    const ZERO: bool = A::ZERO;
    const LOSSES: bool = A::LOSSES;
    const DEEP: bool = true;
}

/// The runs of [`ABREAST`] series, to be read; walked side by side as long as all of them have a block of the same
/// length.
fn walk_side_by_side(series: [&[f64]; ABREAST], terms: &Terms) -> [Run; ABREAST] {
    let (kind, target) = (terms.convention().returns, terms.target());
    let led = series.map(|rows| lead(Run::new(terms), rows));
    let rows = led.each_ref().map(|(_, rows)| *rows);
    let mut feeds = led.map(|(run, rows)| run.feed(rows, terms));
    let mut at = 0;
    while let Some(blocks) = next_blocks(&rows, at) {
        let measured = measure(blocks, kind, target);
        for lane in 0..ABREAST {
            let (sums, path) = &measured[lane];
            feeds[lane].take_measured(blocks[lane].len(), sums, path);
        }
        at += 1;
    }
    let mut lanes = rows.iter();
    feeds.map(|feed| {
        let rows = lanes.next().copied().unwrap_or_default();
        go_on(feed, rows.get(at * ROWS..).unwrap_or_default(), terms).read()
    })
}

/// The blocks with number `at` of all series, if all have one and all are of the same length.
fn next_blocks<'a>(series: &[&'a [f64]; ABREAST], at: usize) -> Option<[&'a [f64]; ABREAST]> {
    let blocks = series.map(|rows| rows.chunks(ROWS).nth(at).unwrap_or_default());
    let rows = blocks[0].len();
    (rows > 0 && blocks.iter().all(|block| block.len() == rows)).then_some(blocks)
}
