//! The same instructions on wider registers, where the machine has them.
//!
//! Work that is written lane by lane is compiled twice: for every machine of the target, and for those with AVX2. The
//! operations are the same, one by one, and none is fused, so the results are the same to the bit; only how many lanes
//! go through a register differs.

/// Runs `work`, compiled for AVX2 if this machine has it. The work must be inlined to gain from it: closures that call
/// `#[inline(always)]` functions.
#[inline(always)]
pub(crate) fn widely<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return with_avx2(work);
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[allow(
    unsafe_code,
    reason = "a function compiled for AVX2 may be called only where AVX2 is, which the caller has asked"
)]
#[inline(always)]
fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    #[target_feature(enable = "avx2")]
    fn compiled<R>(work: impl FnOnce() -> R) -> R {
        work()
    }
    // SAFETY: called from `widely` alone, after the machine said that it has AVX2.
    unsafe { compiled(work) }
}
