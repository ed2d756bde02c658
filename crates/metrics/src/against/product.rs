//! The products of every two of many rows: `A A^T`, the work behind a correlation matrix.
//!
//! Rows are packed in strips of [`STRIP`], interleaved, so that a kernel reads eight numbers of one strip at a time. The
//! kernel keeps a tile of [`TALL`] by [`STRIP`] sums in registers and goes down the rows' length, [`DEPTH`] at a time,
//! so that both strips stay in the nearest cache. Tiles are spread over threads; each sum is computed by one thread in one
//! order, `(DEPTH`-long parts are added in order), so that the bytes depend on neither threads nor registers. Products are
//! rounded before they are added: no operation is fused.
//!
//! Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008.

use rayon::prelude::*;

use crate::kernel::{Wide, widely};

/// Rows of a strip: two registers of four doubles.
const STRIP: usize = 8;

/// Rows of the other side of a tile: with two registers each, and those of the operands, all that AVX2 has.
const TALL: usize = 4;

/// Numbers of each row that a tile takes in at a time.
const DEPTH: usize = 256;

/// Strips of the square of tiles that one task computes: as many as the second cache holds of [`DEPTH`] numbers, and
/// twice as many would leave too few tasks for a thousand rows.
const TASK: usize = 16;

/// `products[i * rows + j] = sum(row_i * row_j)` for rows of one length, both halves.
pub(super) fn products(rows: &[Vec<f64>]) -> Vec<f64> {
    let n = rows.len();
    let length = rows.first().map_or(0, Vec::len);
    let strips = pack(rows, length);
    let count = strips.len();
    let blocks = count.div_ceil(TASK);
    let tasks: Vec<(usize, usize)> = (0..blocks)
        .flat_map(|i| (i..blocks).map(move |j| (i, j)))
        .collect();
    let done: Vec<((usize, usize), Vec<f64>)> = tasks
        .into_par_iter()
        .map(|(i, j)| {
            let some = |i: usize| &strips[i * TASK..((i + 1) * TASK).min(count)];
            let square = Square {
                i: some(i),
                j: some(j),
                length,
                diagonal: i == j,
            };
            ((i, j), widely(square))
        })
        .collect();
    let mut found = vec![0.0; n * n];
    place(&mut found, n, &done);
    found
}

/// Strips of rows, interleaved: eight numbers of one position, then of the next. Missing rows are zeros.
fn pack(rows: &[Vec<f64>], length: usize) -> Vec<Strip> {
    rows.par_chunks(STRIP)
        .map(|rows| {
            let mut strip = vec![[0.0; STRIP]; length];
            for (lane, row) in rows.iter().enumerate() {
                for (at, value) in strip.iter_mut().zip(row) {
                    at[lane] = *value;
                }
            }
            strip
        })
        .collect()
}

/// Rows of one length, interleaved.
type Strip = Vec<[f64; STRIP]>;

/// The products of every row of some strips with every row of others, `[strip i][strip j][row i][row j]`.
struct Square<'a> {
    i: &'a [Strip],
    j: &'a [Strip],
    length: usize,
    /// Both are the same strips: tiles left of the diagonal are not computed, since they mirror those right of it.
    diagonal: bool,
}

impl Wide for Square<'_> {
    type Found = Vec<f64>;

    #[inline(always)]
    fn work(self) -> Vec<f64> {
        const TILE: usize = STRIP * STRIP;
        let mut found = vec![0.0; self.i.len() * self.j.len() * TILE];
        for from in (0..self.length).step_by(DEPTH) {
            let to = (from + DEPTH).min(self.length);
            for (row, i) in self.i.iter().enumerate() {
                let first = if self.diagonal { row } else { 0 };
                for (column, j) in self.j.iter().enumerate().skip(first) {
                    let at = (row * self.j.len() + column) * TILE;
                    let (upper, lower) = found[at..at + TILE].split_at_mut(TALL * STRIP);
                    kernel::<0>(&i[from..to], &j[from..to], upper);
                    kernel::<TALL>(&i[from..to], &j[from..to], lower);
                }
            }
        }
        found
    }
}

/// Adds to a tile the products of [`TALL`] rows of one strip, from row `FIRST`, with the rows of another.
#[inline(always)]
fn kernel<const FIRST: usize>(a: &[[f64; STRIP]], b: &[[f64; STRIP]], tile: &mut [f64]) {
    let mut sums = [[0.0_f64; STRIP]; TALL];
    for (a, b) in a.iter().zip(b) {
        for (row, sums) in sums.iter_mut().enumerate() {
            let factor = a[FIRST + row];
            for (sum, value) in sums.iter_mut().zip(b) {
                *sum += factor * value;
            }
        }
    }
    for (tile, sums) in tile.chunks_exact_mut(STRIP).zip(&sums) {
        for (found, sum) in tile.iter_mut().zip(sums) {
            *found += sum;
        }
    }
}

/// Puts the squares in their place, and in the mirrored one.
fn place(found: &mut [f64], n: usize, done: &[((usize, usize), Vec<f64>)]) {
    let side = TASK * STRIP;
    let count = n.div_ceil(STRIP);
    // One band of rows a task: each number of it comes from a square, or from the mirror of one.
    found
        .par_chunks_mut((side * n).max(1))
        .enumerate()
        .for_each(|(band, found)| {
            for ((i, j), square) in done {
                let strips_j = ((j + 1) * TASK).min(count) - j * TASK;
                for (mirrored, rows, columns) in [(false, *i, *j), (true, *j, *i)] {
                    if rows != band || (mirrored && i == j) {
                        continue;
                    }
                    for (row, found) in found.chunks_mut(n).enumerate() {
                        let first = columns * side;
                        let row_of = &mut found[first..(first + side).min(n)];
                        for (column, found) in row_of.iter_mut().enumerate() {
                            let left = i == j && column / STRIP < row / STRIP;
                            let (y, x) = if mirrored || left {
                                (column, row)
                            } else {
                                (row, column)
                            };
                            let tile = y / STRIP * strips_j + x / STRIP;
                            *found = square[tile * STRIP * STRIP + y % STRIP * STRIP + x % STRIP];
                        }
                    }
                }
            }
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_whole_numbers_are_exact_at_every_shape() {
        for (n, length) in [
            (0, 0),
            (1, 1),
            (1, 700),
            (7, 3),
            (8, 256),
            (9, 257),
            (70, 31),
            (130, 600),
        ] {
            let rows: Vec<Vec<f64>> = (0..n)
                .map(|i| {
                    (0..length)
                        .map(|at| ((i * 31 + at * 17) % 23) as f64 - 11.0)
                        .collect()
                })
                .collect();
            let found = products(&rows);
            for i in 0..n {
                for j in 0..n {
                    let plain: f64 = rows[i].iter().zip(&rows[j]).map(|(a, b)| a * b).sum();
                    assert_eq!(found[i * n + j], plain, "{i}, {j} of {n} x {length}");
                }
            }
        }
    }
}
