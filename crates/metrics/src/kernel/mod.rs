//! The kernel: one look at every row of four blocks of equal length, a vector lane a block.
//!
//! All sums and the path of the value are kept in one pass. The chains of a path, one multiplication waiting for the
//! last, stand side by side, and so do their sums: nothing waits, and no lane has to be added to another. The four
//! blocks are successive blocks of one series, or one block each of four series.
//!
//! **Order.** A block's rows fall into strands of [`STRAND`]. Sums go through a strand in the order of its rows, and
//! strands are joined in one tree. A product goes through the block in the order of its rows.
//!
//! **Twins.** The bodies are written once and compiled twice: over AVX2 registers, taken if the processor has them, and
//! over plain numbers. Both do the same operations on the same operands, none of them fused: the bytes are the same.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod bodies;
mod dispatch;
mod plain;

use crate::block::ROWS;

pub(crate) use dispatch::{Wide, find_first, find_last, fold, measure, prefetch, widely};

/// Blocks side by side.
pub(crate) const ABREAST: usize = 4;

/// Rows summed one after the other.
pub(crate) const STRAND: usize = 16;

/// Strands of a block.
pub(crate) const STRANDS: usize = ROWS / STRAND;

/// What the kernel is asked for, known when it is compiled.
pub(crate) trait Asked {
    /// The target is zero, so that nothing need be taken from it.
    const ZERO: bool;
    /// Losses, and rows below the target, are counted.
    const LOSSES: bool;
    /// Third and fourth powers, and depths below the running peak.
    const DEEP: bool;
}

/// How far a value stands below its running peak, and sums of that over the rows so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Level {
    /// The value over its peak, at most 1.
    pub(crate) level: f64,
    pub(crate) sum: f64,
    pub(crate) squares: f64,
}

impl Level {
    /// At the peak, before the first row.
    pub(crate) const START: Self = Self {
        level: 1.0,
        sum: 0.0,
        squares: 0.0,
    };
}

/// What only a profile asks for, of four series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Deep {
    pub(crate) levels: [Level; ABREAST],
    pub(crate) shapes: Shapes,
}

/// Third and fourth moments, as [`HigherMoments`](crate::HigherMoments) has them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Shapes {
    pub(crate) origin: [f64; ABREAST],
    pub(crate) offset: [f64; ABREAST],
    pub(crate) m2: [f64; ABREAST],
    pub(crate) m3: [f64; ABREAST],
    pub(crate) m4: [f64; ABREAST],
}

impl Deep {
    /// Before the first row.
    fn start() -> Self {
        Self {
            levels: [Level::START; ABREAST],
            shapes: Shapes::default(),
        }
    }
}

/// Room for the folds of four series, so that nothing large is moved about.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    pub(crate) joined: Joined,
    pub(crate) deep: Deep,
    /// A step for each block.
    pub(crate) trail: Vec<Step>,
}

impl Room {
    /// Nothing folded yet.
    pub(crate) fn new() -> Self {
        Self {
            joined: Joined::START,
            deep: Deep::start(),
            trail: Vec::new(),
        }
    }

    /// Makes room for so many rows. What was here before does not matter: every step is written whole.
    fn clear(&mut self, rows: usize) {
        self.joined = Joined::START;
        self.deep = Deep::start();
        self.trail.resize(rows.div_ceil(ROWS), Step::default());
    }
}

/// What the kernel found of each block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Found {
    /// The first row, about which the powers are taken.
    pub(crate) origin: [f64; ABREAST],
    pub(crate) sum: [f64; ABREAST],
    pub(crate) squares: [f64; ABREAST],
    /// Zero unless asked for.
    pub(crate) cubes: [f64; ABREAST],
    /// Zero unless asked for.
    pub(crate) fourths: [f64; ABREAST],
    pub(crate) shortfall: [f64; ABREAST],
    pub(crate) best: [f64; ABREAST],
    pub(crate) worst: [f64; ABREAST],
    pub(crate) wins: [usize; ABREAST],
    /// Zero unless asked for.
    pub(crate) losses: [usize; ABREAST],
    /// Zero unless asked for.
    pub(crate) below: [usize; ABREAST],
    /// The path of the value from 1, each row a simple return: its end, its highest and its lowest value.
    pub(crate) end: [f64; ABREAST],
    pub(crate) high: [f64; ABREAST],
    pub(crate) low: [f64; ABREAST],
}

/// The folds of four series, after the same number of ordinary rows each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Joined {
    pub(crate) rows: usize,
    pub(crate) origin: [f64; ABREAST],
    pub(crate) offset: [f64; ABREAST],
    pub(crate) m2: [f64; ABREAST],
    pub(crate) shortfall: [f64; ABREAST],
    pub(crate) best: [f64; ABREAST],
    pub(crate) worst: [f64; ABREAST],
    pub(crate) wins: [usize; ABREAST],
    pub(crate) losses: [usize; ABREAST],
    pub(crate) below: [usize; ABREAST],
    pub(crate) value: [f64; ABREAST],
    pub(crate) high: [f64; ABREAST],
    /// The first row of the block that holds the high, from 1; zero for the value before the first row.
    pub(crate) high_at: [f64; ABREAST],
    /// Trough over peak of the deepest fall from block to block; 1 if there is none.
    pub(crate) ratio: [f64; ABREAST],
    pub(crate) peak: [f64; ABREAST],
    pub(crate) trough: [f64; ABREAST],
    /// As `high_at`.
    pub(crate) peak_at: [f64; ABREAST],
    pub(crate) trough_at: [f64; ABREAST],
    /// The highest value from the trough's block on.
    pub(crate) reach: [f64; ABREAST],
    /// The least low over high of a block: no fall inside a block goes deeper.
    pub(crate) inside: [f64; ABREAST],
    /// NaN once a row was not finite, or a number left the range of a double.
    pub(crate) doubt: [f64; ABREAST],
    /// The lowest value of a block's path; not above zero once everything was lost.
    pub(crate) lowest: [f64; ABREAST],
    /// The range of the values between blocks.
    pub(crate) least: [f64; ABREAST],
    pub(crate) greatest: [f64; ABREAST],
}

impl Joined {
    /// Before the first row.
    pub(crate) const START: Self = Self {
        rows: 0,
        origin: [0.0; ABREAST],
        offset: [0.0; ABREAST],
        m2: [0.0; ABREAST],
        shortfall: [0.0; ABREAST],
        best: [f64::NEG_INFINITY; ABREAST],
        worst: [f64::INFINITY; ABREAST],
        wins: [0; ABREAST],
        losses: [0; ABREAST],
        below: [0; ABREAST],
        value: [1.0; ABREAST],
        high: [1.0; ABREAST],
        high_at: [0.0; ABREAST],
        ratio: [1.0; ABREAST],
        peak: [1.0; ABREAST],
        trough: [1.0; ABREAST],
        peak_at: [0.0; ABREAST],
        trough_at: [0.0; ABREAST],
        reach: [1.0; ABREAST],
        inside: [1.0; ABREAST],
        doubt: [0.0; ABREAST],
        lowest: [f64::INFINITY; ABREAST],
        least: [1.0; ABREAST],
        greatest: [1.0; ABREAST],
    };
}

/// A strand of the paths of four blocks: where they stand before it, and how high and how low they go in it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Mark {
    pub(crate) before: [f64; ABREAST],
    pub(crate) high: [f64; ABREAST],
    pub(crate) low: [f64; ABREAST],
}

/// A block that was passed through by all series: the values before it, and its paths.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Step {
    pub(crate) marks: [Mark; STRANDS],
    pub(crate) base: [f64; ABREAST],
    pub(crate) end: [f64; ABREAST],
    pub(crate) high: [f64; ABREAST],
    pub(crate) low: [f64; ABREAST],
}

#[cfg(test)]
mod tests {
    use super::*;

    struct All;

    impl Asked for All {
        const ZERO: bool = false;
        const LOSSES: bool = true;
        const DEEP: bool = true;
    }

    /// Returns between -50 % and 50 %.
    fn noise(rows: usize) -> Vec<f64> {
        let mut state = 1_u64;
        (0..rows)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
            })
            .collect()
    }

    #[test]
    fn twins_have_the_same_bytes() {
        let values = noise(ABREAST * ROWS);
        for (rows, hole) in [1, 2, 3, 4, 31, 33, 64, 127, 128]
            .into_iter()
            .flat_map(|rows| [0.25, -1.0, -2.0, f64::NAN, f64::INFINITY].map(|hole| (rows, hole)))
        {
            let mut values = values.clone();
            values[ROWS + rows / 2] = hole;
            let blocks = std::array::from_fn(|lane| &values[lane * ROWS..][..rows]);
            let (mut levels, mut plainly) = ([Level::START; ABREAST], [Level::START; ABREAST]);
            let mut marks = [[Mark::default(); STRANDS]; 2];
            let found = measure::<All>(blocks, 0.125, ROWS, &mut levels, &mut marks[0]);
            let plain = plain::measure::<All>(blocks, 0.125, ROWS, &mut plainly, &mut marks[1]);
            let [marks, marked] = marks.map(|marks| format!("{marks:?}"));
            assert_eq!(marks, marked, "{rows} rows with {hole}");
            // As text, which tells -0 from 0 and says that one NaN is the other.
            assert_eq!(
                format!("{found:?}"),
                format!("{plain:?}"),
                "{rows} rows with {hole}"
            );
            assert_eq!(
                format!("{levels:?}"),
                format!("{plainly:?}"),
                "{rows} rows with {hole}"
            );
        }
    }

    #[test]
    fn twins_fold_series_to_the_same_bytes() {
        for (rows, hole) in [1, 2, 127, 128, 129, 300, 643]
            .into_iter()
            .flat_map(|rows| [0.25, -1.0, -2.0, f64::NAN, f64::INFINITY].map(|hole| (rows, hole)))
        {
            let mut values = noise(ABREAST * rows);
            values[rows + rows / 2] = hole;
            let series = std::array::from_fn(|lane| &values[lane * rows..][..rows]);
            let (mut room, mut plainly) = (Room::new(), Room::new());
            fold::<All>(series, 0.125, &mut room);
            plainly.clear(rows);
            plain::fold::<All>(series, 0.125, &mut plainly);
            // As text, as above.
            assert_eq!(
                format!("{room:?}"),
                format!("{plainly:?}"),
                "{rows} rows with {hole}"
            );
        }
    }

    #[test]
    fn twins_find_the_rows_that_a_scan_finds() {
        let before = [1.0, 0.5, 2.0, 0.75];
        for rows in 0..20 {
            let values = noise(ABREAST * rows);
            let stretches: [&[f64]; ABREAST] =
                std::array::from_fn(|lane| &values[lane * rows..][..rows]);
            let paths: [Vec<f64>; ABREAST] = std::array::from_fn(|lane| {
                let step = |value: &mut f64, row: &f64| {
                    *value *= 1.0 + row;
                    Some(*value)
                };
                stretches[lane].iter().scan(before[lane], step).collect()
            });
            // Each value of the path in turn, and one that no row reaches.
            for (at, scale) in (0..=rows).flat_map(|at| [(at, 1.0), (at, -1.0)]) {
                let least: [f64; ABREAST] = std::array::from_fn(|lane| {
                    paths[lane].get(at).map_or(1e9, |value| value * scale)
                });
                let reached = |lane: usize| {
                    let least = least[lane];
                    move |value: &f64| value * scale >= least
                };
                let first: [usize; ABREAST] = std::array::from_fn(|lane| {
                    paths[lane].iter().position(reached(lane)).unwrap_or(rows)
                });
                let last: [usize; ABREAST] = std::array::from_fn(|lane| {
                    paths[lane]
                        .iter()
                        .rev()
                        .position(reached(lane))
                        .unwrap_or(rows)
                });
                let scale = [scale; ABREAST];
                assert_eq!(find_first(stretches, before, scale, least), first);
                assert_eq!(find_last(stretches, before, scale, least), last);
                let plainly = plain::find::<false>(stretches, before, scale, least);
                assert_eq!(plainly, first);
                let plainly = plain::find::<true>(stretches, before, scale, least);
                assert_eq!(plainly, last);
            }
        }
    }
}
