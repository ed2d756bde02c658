//! Shares the blocks of a series, or of several series, among vector lanes and threads.
//!
//! What is computed here, and in which order, is fixed by the blocks. What varies is only who computes it: sums and
//! paths of blocks are independent of each other, and joining them in order is cheap.

use rayon::prelude::*;

use crate::{
    ReturnKind, Terms,
    block::{ROWS, Sums},
    path::{self, ABREAST, Path},
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
    let (kind, target) = (terms.convention().returns, terms.target());
    let mut feed = run.feed(rows, terms);
    let (groups, rest) = rows.split_at(rows.len() - rows.len() % (ROWS * ABREAST));
    if rows.len() < LONG {
        for group in groups.chunks_exact(ROWS * ABREAST) {
            take_group(&mut feed, &measure(group, kind, target));
        }
    } else {
        for batch in groups.chunks(ROWS * BATCH) {
            let measured: Vec<_> = batch
                .par_chunks_exact(ROWS * ABREAST)
                .map(|group| measure(group, kind, target))
                .collect();
            for group in &measured {
                take_group(&mut feed, group);
            }
        }
    }
    for block in rest.chunks(ROWS) {
        feed.take(block.len());
    }
    feed
}

/// Sums and paths of [`ABREAST`] successive blocks.
fn measure(group: &[f64], kind: ReturnKind, target: f64) -> [(Sums, Path); ABREAST] {
    let blocks: [&[f64]; ABREAST] = std::array::from_fn(|at| &group[at * ROWS..][..ROWS]);
    // Sums first: they read in the order of memory, which paths, walking abreast, do not.
    let sums = blocks.map(|block| Sums::of(block, target));
    let paths = path::abreast(blocks, kind);
    std::array::from_fn(|at| (sums[at], paths[at]))
}

fn take_group(feed: &mut Feed<'_>, group: &[(Sums, Path); ABREAST]) {
    for (sums, path) in group {
        feed.take_measured(ROWS, sums, path);
    }
}

/// The runs of [`ABREAST`] series, to be read; walked side by side as long as all of them have a block of the same
/// length.
pub(crate) fn side_by_side(series: [&[f64]; ABREAST], terms: &Terms) -> [Run; ABREAST] {
    let (kind, target) = (terms.convention().returns, terms.target());
    let led = series.map(|rows| lead(Run::new(terms), rows));
    let rows = led.each_ref().map(|(_, rows)| *rows);
    let mut feeds = led.map(|(run, rows)| run.feed(rows, terms));
    // Sums first, here too: afterwards the rows are in a near cache, whatever the order in which paths read them.
    let sums = rows.map(|rows| {
        let sums = rows.chunks(ROWS).map(|block| Sums::of(block, target));
        sums.collect::<Vec<_>>()
    });
    let mut at = 0;
    while let Some(blocks) = abreast(&rows, at) {
        let paths = path::abreast(blocks, kind);
        for lane in 0..ABREAST {
            feeds[lane].take_measured(blocks[lane].len(), &sums[lane][at], &paths[lane]);
        }
        at += 1;
    }
    for (feed, sums) in feeds.iter_mut().zip(&sums) {
        for sums in &sums[at..] {
            let block = feed.next(ROWS);
            feed.take_measured(block.len(), sums, &path::alone(block, kind));
        }
    }
    feeds.map(Feed::read)
}

/// The blocks with number `at` of all series, if all have one and all are of the same length.
fn abreast<'a>(series: &[&'a [f64]; ABREAST], at: usize) -> Option<[&'a [f64]; ABREAST]> {
    let blocks = series.map(|rows| rows.chunks(ROWS).nth(at).unwrap_or_default());
    let rows = blocks[0].len();
    (rows > 0 && blocks.iter().all(|block| block.len() == rows)).then_some(blocks)
}
