//! Four lanes as four numbers: the twin that runs everywhere, and the oracle of the other.

use super::bodies::bodies;

type Lanes = [f64; 4];
type Counts = [usize; 4];

#[inline(always)]
fn each_of(a: Lanes, b: Lanes, of: impl Fn(f64, f64) -> f64) -> Lanes {
    std::array::from_fn(|lane| of(a[lane], b[lane]))
}

#[inline(always)]
fn every(value: f64) -> Lanes {
    [value; 4]
}

#[inline(always)]
fn each(values: [f64; 4]) -> Lanes {
    values
}

#[inline(always)]
fn values(lanes: Lanes) -> [f64; 4] {
    lanes
}

#[inline(always)]
fn none() -> Counts {
    [0; 4]
}

#[inline(always)]
fn counted(counts: Counts) -> [usize; 4] {
    counts
}

#[inline(always)]
fn add(a: Lanes, b: Lanes) -> Lanes {
    each_of(a, b, |a, b| a + b)
}

#[inline(always)]
fn sub(a: Lanes, b: Lanes) -> Lanes {
    each_of(a, b, |a, b| a - b)
}

#[inline(always)]
fn mul(a: Lanes, b: Lanes) -> Lanes {
    each_of(a, b, |a, b| a * b)
}

#[inline(always)]
fn div(a: Lanes, b: Lanes) -> Lanes {
    each_of(a, b, |a, b| a / b)
}

/// `b` unless `a` is less.
#[inline(always)]
fn min(a: Lanes, b: Lanes) -> Lanes {
    each_of(a, b, |a, b| if a < b { a } else { b })
}

/// `b` unless `a` is greater.
#[inline(always)]
fn max(a: Lanes, b: Lanes) -> Lanes {
    each_of(a, b, |a, b| if a > b { a } else { b })
}

/// `then` where `a` is greater than `b`, `or` elsewhere.
#[inline(always)]
fn where_above(a: Lanes, b: Lanes, then: Lanes, or: Lanes) -> Lanes {
    std::array::from_fn(|lane| {
        if a[lane] > b[lane] {
            then[lane]
        } else {
            or[lane]
        }
    })
}

/// One more in each lane where `a` is greater than `b`.
#[inline(always)]
fn count_above(counts: Counts, a: Lanes, b: Lanes) -> Counts {
    std::array::from_fn(|lane| counts[lane] + usize::from(a[lane] > b[lane]))
}

/// Two successive rows of four blocks, a lane a block.
#[inline(always)]
fn turn(a: [f64; 2], b: [f64; 2], c: [f64; 2], d: [f64; 2]) -> [Lanes; 2] {
    [[a[0], b[0], c[0], d[0]], [a[1], b[1], c[1], d[1]]]
}

bodies!(#[inline]);
