//! Which twin runs: the one place with `unsafe`, where the processor is asked what it can do.

#![allow(
    unsafe_code,
    reason = "a function compiled for AVX2 may be called only where the processor has it"
)]

#[cfg(target_arch = "x86_64")]
use super::avx2;
use super::{ABREAST, Asked, Found, Level, Mark, Room, STRANDS, plain};

/// The sums and paths of four blocks of equal length, none of them empty. The rows needed next lie `ahead` rows further
/// on.
pub(crate) fn measure<A: Asked>(
    blocks: [&[f64]; ABREAST],
    target: f64,
    ahead: usize,
    levels: &mut [Level; ABREAST],
    marks: &mut [Mark; STRANDS],
) -> Found {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, the one feature that the function is compiled for.
        return unsafe { avx2::measure::<A>(blocks, target, ahead, levels, marks) };
    }
    plain::measure::<A>(blocks, target, ahead, levels, marks)
}

/// Folds four series of equal length into a room.
pub(crate) fn fold<A: Asked>(series: [&[f64]; ABREAST], target: f64, room: &mut Room) {
    room.clear(series[0].len());
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: as above.
        return unsafe { avx2::fold::<A>(series, target, room) };
    }
    plain::fold::<A>(series, target, room);
}

/// The first row of each stretch whose value, times `scale`, is at least `least`; the number of rows if there is none.
/// Stretches of equal length, each with a path that begins with `before`.
pub(crate) fn find_first(
    stretches: [&[f64]; ABREAST],
    before: [f64; ABREAST],
    scale: [f64; ABREAST],
    least: [f64; ABREAST],
) -> [usize; ABREAST] {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: as above.
        return unsafe { avx2::find::<false>(stretches, before, scale, least) };
    }
    plain::find::<false>(stretches, before, scale, least)
}

/// How many rows stand after the last one whose value, times `scale`, is at least `least`; all if there is none.
/// Stretches as above.
pub(crate) fn find_last(
    stretches: [&[f64]; ABREAST],
    before: [f64; ABREAST],
    scale: [f64; ABREAST],
    least: [f64; ABREAST],
) -> [usize; ABREAST] {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: as above.
        return unsafe { avx2::find::<true>(stretches, before, scale, least) };
    }
    plain::find::<true>(stretches, before, scale, least)
}

/// Work written lane by lane, worth wide registers. It is compiled twice: for every machine of the target, and for those
/// with AVX2. The operations are the same, one by one, and none is fused, so that the results are the same to the bit;
/// only how many lanes go through a register differs.
///
/// A type and not a closure, so that it can be told to be inlined.
pub(crate) trait Wide {
    /// What it gives.
    type Found;
    /// The work. To be marked `#[inline(always)]`, with all that it calls in its loops: what is not inlined is compiled
    /// for narrow registers.
    fn work(self) -> Self::Found;
}

/// Does the work, compiled for AVX2 if the processor has it.
pub(crate) fn widely<W: Wide>(work: W) -> W::Found {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: as above.
        return unsafe { avx2::work(work) };
    }
    work.work()
}

/// Asks the memory for the rows that lie `ahead` of these.
///
/// Four streams at once are more than the processor foresees: without it the kernel took a tenth longer.
#[inline(always)]
pub(crate) fn prefetch(rows: &[f64], ahead: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let next = rows.as_ptr().wrapping_add(ahead).cast();
        // SAFETY: a prefetch reads nothing and never faults, wherever it points.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(next) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (rows, ahead);
}
