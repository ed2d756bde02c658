//! Resampling in blocks: rows are drawn in runs that keep their neighbours, from the series closed to a circle.
//!
//! - stationary (Politis and Romano, "The Stationary Bootstrap", JASA 89 (1994), pp. 1303-1313): each block begins
//!   anywhere and has a geometric length, so that the resampled series is stationary. A length is drawn at once
//!   rather than by a coin a row.
//! - circular (Politis and Romano 1992): each block begins anywhere, all have the same length.

use serde::{Deserialize, Serialize};

use super::{Argument, block_length, random::Xoshiro256};
use crate::Undefined;

/// How long the blocks of a bootstrap are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockLength {
    /// As [`block_lengths`](super::block_lengths) finds for the series.
    #[default]
    Automatic,
    /// So many rows: on average for stationary blocks, rounded up for circular ones. 1 resamples rows as independent.
    Fixed(f64),
}

impl BlockLength {
    /// The mean length of stationary blocks for finite rows.
    pub(super) fn stationary(self, rows: &[f64]) -> Result<f64, Undefined> {
        match self {
            Self::Automatic => Ok(block_length::of_rows(rows)?.stationary),
            Self::Fixed(length) => inside(length, rows.len()),
        }
    }

    /// The length of circular blocks for finite rows.
    pub(super) fn circular(self, rows: &[f64]) -> Result<usize, Undefined> {
        let length = match self {
            Self::Automatic => block_length::of_rows(rows)?.circular,
            Self::Fixed(length) => inside(length, rows.len())?,
        };
        Ok(length.ceil() as usize)
    }
}

/// A length that `rows` rows have room for.
pub(super) fn inside(length: f64, rows: usize) -> Result<f64, Undefined> {
    Argument::BlockLength.require(length >= 1.0 && length <= rows as f64)?;
    Ok(length)
}

/// The blocks of a stationary bootstrap.
#[derive(Clone, Debug)]
pub(super) struct Stationary {
    rows: usize,
    lengths: Option<Lengths>,
}

impl Stationary {
    /// For `rows` rows in blocks of `mean` rows, at least 1.
    pub(super) fn new(rows: usize, mean: f64) -> Self {
        Self {
            rows,
            lengths: (mean > 1.0).then(|| Lengths::of_mean(mean)),
        }
    }

    /// Calls `block(start, length)` until the lengths add up to the rows. The last block is cut to fit.
    pub(super) fn draw(&self, draws: &mut Xoshiro256, mut block: impl FnMut(usize, usize)) {
        let mut left = self.rows;
        while left > 0 {
            let start = draws.below(self.rows as u64) as usize;
            let length = match &self.lengths {
                None => 1,
                Some(lengths) => lengths.draw(draws, left),
            };
            block(start, length);
            left -= length;
        }
    }

    /// A resampled series, in a buffer of [`Circle::buffer`]: the same rows as [`Stationary::draw`] gives blocks.
    pub(super) fn resample<'a>(
        &self,
        circle: &Circle,
        draws: &mut Xoshiro256,
        buffer: &'a mut [f64],
    ) -> &'a [f64] {
        if self.lengths.is_none() {
            for row in &mut buffer[..self.rows] {
                *row = circle.twice[draws.below(self.rows as u64) as usize];
            }
        } else {
            let mut at = 0;
            self.draw(draws, |start, length| {
                // Whole chunks, since most blocks are too short to be worth a call: what is copied beyond the block,
                // the next one covers, and the buffer has room beyond the last.
                let mut copied = 0;
                while copied < length {
                    buffer[at + copied..][..CHUNK]
                        .copy_from_slice(&circle.twice[start + copied..][..CHUNK]);
                    copied += CHUNK;
                }
                at += length;
            });
        }
        &buffer[..self.rows]
    }
}

/// Rows that are copied at once. Of blocks of ten rows on average few are longer: how often to copy is foreseen.
const CHUNK: usize = 16;

/// Geometric lengths: `P(length > k) = (1 - 1 / mean)^k`, by looking a random word up in a table of these.
#[derive(Clone, Debug)]
struct Lengths {
    /// At `k`, the probability that a block is longer than `k + 1`, in units of 2^-64.
    longer: Vec<u64>,
    /// For the high bits of a word, the first place that the word may end at.
    guide: Vec<u16>,
}

impl Lengths {
    /// Lengths beyond are drawn in parts: what remains of a geometric length is geometric again.
    const LONGEST: usize = 1024;

    /// High bits of a word that the guide looks at: enough that hardly a word is looked up further.
    const GUIDE: u32 = 11;

    fn of_mean(mean: f64) -> Self {
        let goes_on = 1.0 - 1.0 / mean;
        let mut longer = Vec::new();
        for k in 1..=Self::LONGEST {
            // 2^64 itself, where a mean is so large that a block never ends, becomes the largest word.
            let share = (libm::pow(goes_on, k as f64) * 2.0_f64.powi(64)) as u64;
            longer.push(share);
            if share == 0 {
                break;
            }
        }
        let first = |high: u64| {
            let largest = high << (64 - Self::GUIDE) | (u64::MAX >> Self::GUIDE);
            longer.partition_point(|&share| share > largest) as u16
        };
        let guide = (0..1 << Self::GUIDE).map(first).collect();
        Self { longer, guide }
    }

    /// A length, cut to `most`.
    fn draw(&self, draws: &mut Xoshiro256, most: usize) -> usize {
        let mut length = 1;
        loop {
            let word = draws.word();
            let mut at = usize::from(self.guide[(word >> (64 - Self::GUIDE)) as usize]);
            while at < self.longer.len() && word < self.longer[at] {
                at += 1;
            }
            length += at;
            if at < self.longer.len() || length >= most {
                return length.min(most);
            }
        }
    }
}

/// A series and once more the same, so that a block that passes the end is one slice; and a chunk of nothing.
#[derive(Clone, Debug)]
pub(super) struct Circle {
    twice: Vec<f64>,
}

impl Circle {
    pub(super) fn of(rows: &[f64]) -> Self {
        let mut twice = rows.repeat(2);
        twice.extend_from_slice(&[0.0; CHUNK]);
        Self { twice }
    }

    /// The rows of a block, at most as many as the series has.
    pub(super) fn block(&self, start: usize, length: usize) -> &[f64] {
        &self.twice[start..][..length]
    }

    /// Room for a resampled series.
    pub(super) fn buffer(rows: usize) -> Vec<f64> {
        vec![0.0; rows + CHUNK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The textbook's way: at each row a coin decides whether the block goes on.
    fn by_coins(rows: usize, mean: f64, draws: &mut Xoshiro256) -> Vec<usize> {
        let mut at = draws.below(rows as u64) as usize;
        let mut found = vec![at];
        while found.len() < rows {
            at = if draws.unit() <= 1.0 / mean {
                draws.below(rows as u64) as usize
            } else {
                (at + 1) % rows
            };
            found.push(at);
        }
        found
    }

    fn by_blocks(rows: usize, mean: f64, draws: &mut Xoshiro256) -> Vec<usize> {
        let mut found = Vec::new();
        Stationary::new(rows, mean).draw(draws, |start, length| {
            found.extend((start..start + length).map(|at| at % rows));
        });
        found
    }

    /// How often a row follows its predecessor, and how often each quarter of the series is drawn.
    fn shape(found: &[usize], rows: usize) -> (f64, [f64; 4]) {
        let follows = found
            .windows(2)
            .filter(|pair| pair[1] == (pair[0] + 1) % rows)
            .count();
        let mut quarters = [0.0; 4];
        for at in found {
            quarters[at * 4 / rows] += 1.0 / found.len() as f64;
        }
        (follows as f64 / (found.len() - 1) as f64, quarters)
    }

    #[test]
    fn whole_lengths_drawn_at_once_have_the_law_of_coins() {
        let (rows, mean) = (5000, 8.0);
        let mut draws = Xoshiro256::replication(2, 0);
        for way in [by_coins, by_blocks] {
            let (mut follows, mut quarters) = (0.0, [0.0; 4]);
            for _ in 0..40 {
                let found = way(rows, mean, &mut draws);
                assert_eq!(found.len(), rows);
                let (share, parts) = shape(&found, rows);
                follows += share / 40.0;
                for (sum, part) in quarters.iter_mut().zip(parts) {
                    *sum += part / 40.0;
                }
            }
            // 7/8 of 200,000 pairs: four standard errors are 0.003. A quarter is less sure by sqrt(2 x 8).
            assert!((follows - 0.875).abs() < 0.003, "{follows}");
            for part in quarters {
                assert!((part - 0.25).abs() < 0.016, "{quarters:?}");
            }
        }
    }

    #[test]
    fn the_law_of_a_length() {
        // P(length = k) = (1 - p)^(k - 1) p with p = 1/4, over blocks that no end cuts.
        let blocks = Stationary::new(1_000_000, 4.0);
        let mut counts = [0.0; 6];
        let mut all = 0.0;
        blocks.draw(&mut Xoshiro256::replication(4, 0), |_, length| {
            all += 1.0;
            if let Some(count) = counts.get_mut(length) {
                *count += 1.0;
            }
        });
        for (length, count) in counts.iter().enumerate().skip(1) {
            let expected = 0.75_f64.powi(length as i32 - 1) * 0.25;
            assert!((count / all - expected).abs() < 0.004, "{length}");
        }
    }

    #[test]
    fn lengths_beyond_the_table_are_geometric_too() {
        // A mean of 3,000 rows: most draws take several turns. The mean of 20,000 lengths is sure to 0.7 %.
        let lengths = Lengths::of_mean(3000.0);
        let mut draws = Xoshiro256::replication(4, 1);
        let (mut total, mut long) = (0.0, 0.0);
        for _ in 0..20_000 {
            let length = lengths.draw(&mut draws, usize::MAX) as f64;
            total += length / 20_000.0;
            long += f64::from(u8::from(length > 6000.0)) / 20_000.0;
        }
        assert!((total / 3000.0 - 1.0).abs() < 0.03, "{total}");
        assert!((long - (-2.0_f64).exp()).abs() < 0.01, "{long}");
        // One that never ends is cut.
        assert_eq!(Lengths::of_mean(1e300).draw(&mut draws, 7), 7);
        assert_eq!(Lengths::of_mean(1.0 + 1e-15).draw(&mut draws, 7), 1);
    }

    #[test]
    fn resampled_rows_are_those_of_the_blocks() {
        let rows: Vec<f64> = (0..103).map(f64::from).collect();
        let circle = Circle::of(&rows);
        let mut buffer = Circle::buffer(rows.len());
        for mean in [1.0, 1.5, 9.0, 80.0, 103.0] {
            let blocks = Stationary::new(rows.len(), mean);
            for replication in 0..50 {
                let mut expected = Vec::new();
                let mut draws = Xoshiro256::replication(8, replication);
                blocks.draw(&mut draws, |start, length| {
                    expected.extend_from_slice(circle.block(start, length));
                });
                let mut draws = Xoshiro256::replication(8, replication);
                assert_eq!(blocks.resample(&circle, &mut draws, &mut buffer), expected);
            }
        }
    }

    #[test]
    fn blocks_of_one_row_are_independent_draws() {
        let mut lengths = 0;
        Stationary::new(100, 1.0).draw(&mut Xoshiro256::replication(4, 0), |start, length| {
            assert!(start < 100 && length == 1);
            lengths += 1;
        });
        assert_eq!(lengths, 100);
    }

    #[test]
    fn a_block_goes_on_past_the_end() {
        let circle = Circle::of(&[1.0, 2.0, 3.0]);
        assert_eq!(circle.block(2, 3), [3.0, 1.0, 2.0]);
    }

    #[test]
    fn lengths_outside_the_series() {
        let outside = Err(Undefined::Argument {
            argument: Argument::BlockLength,
        });
        for length in [0.0, 0.99, 4.1, f64::NAN, f64::INFINITY] {
            assert_eq!(BlockLength::Fixed(length).stationary(&[0.0; 4]), outside);
        }
        assert_eq!(BlockLength::Fixed(2.5).circular(&[0.0; 4]), Ok(3));
    }
}
