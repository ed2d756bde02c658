//! The same instructions on wider registers, where the machine has them.
//!
//! Work that is written lane by lane is compiled twice: for every machine of the target, and for those with AVX2. The
//! operations are the same, one by one, and none is fused, so the results are the same to the bit; only how many lanes
//! go through a register differs.

/// Work worth wide registers. A type and not a closure, so that it can be told to be inlined.
pub(crate) trait Wide {
    /// What it gives.
    type Found;
    /// The work. To be marked `#[inline(always)]`, with all that it calls in its loops: what is not inlined is compiled
    /// for narrow registers.
    fn work(self) -> Self::Found;
}

/// Does the work, compiled for AVX2 if this machine has it.
pub(crate) fn widely<W: Wide>(work: W) -> W::Found {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return with_avx2(work);
    }
    work.work()
}

#[cfg(target_arch = "x86_64")]
#[allow(
    unsafe_code,
    reason = "a function compiled for AVX2 may be called only where AVX2 is, which the caller has asked"
)]
fn with_avx2<W: Wide>(work: W) -> W::Found {
    #[target_feature(enable = "avx2")]
    fn compiled<W: Wide>(work: W) -> W::Found {
        work.work()
    }
    // SAFETY: called from `widely` alone, after the machine said that it has AVX2.
    unsafe { compiled(work) }
}
