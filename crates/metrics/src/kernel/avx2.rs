//! Four lanes in a register of AVX2. No operation is fused, so that each lane has the bytes of the plain twin.

use std::arch::x86_64::{
    __m256d, __m256i, _CMP_GT_OQ, _mm_cvtsd_f64, _mm_setr_pd, _mm_unpackhi_pd, _mm256_add_pd,
    _mm256_blendv_pd, _mm256_castpd_si256, _mm256_castpd128_pd256, _mm256_castpd256_pd128,
    _mm256_cmp_pd, _mm256_div_pd, _mm256_extract_epi64, _mm256_extractf128_pd,
    _mm256_insertf128_pd, _mm256_max_pd, _mm256_min_pd, _mm256_mul_pd, _mm256_set1_pd,
    _mm256_setr_pd, _mm256_setzero_si256, _mm256_sub_epi64, _mm256_sub_pd, _mm256_unpackhi_pd,
    _mm256_unpacklo_pd,
};

use super::{Wide, bodies::bodies};

type Lanes = __m256d;
type Counts = __m256i;

#[inline]
#[target_feature(enable = "avx2")]
fn every(value: f64) -> Lanes {
    _mm256_set1_pd(value)
}

#[inline]
#[target_feature(enable = "avx2")]
fn each(values: [f64; 4]) -> Lanes {
    let [a, b, c, d] = values;
    _mm256_setr_pd(a, b, c, d)
}

#[inline]
#[target_feature(enable = "avx2")]
fn values(lanes: Lanes) -> [f64; 4] {
    let low = _mm256_castpd256_pd128(lanes);
    let high = _mm256_extractf128_pd::<1>(lanes);
    [
        _mm_cvtsd_f64(low),
        _mm_cvtsd_f64(_mm_unpackhi_pd(low, low)),
        _mm_cvtsd_f64(high),
        _mm_cvtsd_f64(_mm_unpackhi_pd(high, high)),
    ]
}

#[inline]
#[target_feature(enable = "avx2")]
fn none() -> Counts {
    _mm256_setzero_si256()
}

#[inline]
#[target_feature(enable = "avx2")]
fn counted(counts: Counts) -> [usize; 4] {
    [
        _mm256_extract_epi64::<0>(counts) as usize,
        _mm256_extract_epi64::<1>(counts) as usize,
        _mm256_extract_epi64::<2>(counts) as usize,
        _mm256_extract_epi64::<3>(counts) as usize,
    ]
}

#[inline]
#[target_feature(enable = "avx2")]
fn add(a: Lanes, b: Lanes) -> Lanes {
    _mm256_add_pd(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn sub(a: Lanes, b: Lanes) -> Lanes {
    _mm256_sub_pd(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn mul(a: Lanes, b: Lanes) -> Lanes {
    _mm256_mul_pd(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn div(a: Lanes, b: Lanes) -> Lanes {
    _mm256_div_pd(a, b)
}

/// `b` unless `a` is less.
#[inline]
#[target_feature(enable = "avx2")]
fn min(a: Lanes, b: Lanes) -> Lanes {
    _mm256_min_pd(a, b)
}

/// `b` unless `a` is greater.
#[inline]
#[target_feature(enable = "avx2")]
fn max(a: Lanes, b: Lanes) -> Lanes {
    _mm256_max_pd(a, b)
}

/// `then` where `a` is greater than `b`, `or` elsewhere.
#[inline]
#[target_feature(enable = "avx2")]
fn where_above(a: Lanes, b: Lanes, then: Lanes, or: Lanes) -> Lanes {
    _mm256_blendv_pd(or, then, _mm256_cmp_pd::<_CMP_GT_OQ>(a, b))
}

/// One more in each lane where `a` is greater than `b`.
#[inline]
#[target_feature(enable = "avx2")]
fn count_above(counts: Counts, a: Lanes, b: Lanes) -> Counts {
    // A lane where it holds is all ones, which is -1.
    let above = _mm256_castpd_si256(_mm256_cmp_pd::<_CMP_GT_OQ>(a, b));
    _mm256_sub_epi64(counts, above)
}

/// Two successive rows of four blocks, a lane a block.
#[inline]
#[target_feature(enable = "avx2")]
fn turn(a: [f64; 2], b: [f64; 2], c: [f64; 2], d: [f64; 2]) -> [Lanes; 2] {
    let ac = _mm256_insertf128_pd::<1>(
        _mm256_castpd128_pd256(_mm_setr_pd(a[0], a[1])),
        _mm_setr_pd(c[0], c[1]),
    );
    let bd = _mm256_insertf128_pd::<1>(
        _mm256_castpd128_pd256(_mm_setr_pd(b[0], b[1])),
        _mm_setr_pd(d[0], d[1]),
    );
    [_mm256_unpacklo_pd(ac, bd), _mm256_unpackhi_pd(ac, bd)]
}

bodies!(#[target_feature(enable = "avx2")]);

/// Work compiled for AVX2.
#[target_feature(enable = "avx2")]
pub(super) fn work<W: Wide>(work: W) -> W::Found {
    work.work()
}
