//! Random draws that are the same on every platform.
//!
//! ChaCha gives the bits; uniforms take the upper 53 of 64; everything transcendental comes from `libm`, and the rest
//! is arithmetic that IEEE 754 fixes to the last bit.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

/// The generator's version: a part of every seed. Another one makes another market of the same seed.
const VERSION: u8 = 3;

/// A stream of draws. Streams of one seed are independent, so that one token more changes no other.
pub(crate) struct Draws {
    bits: ChaCha8Rng,
    spare: Option<f64>,
}

impl Draws {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8] = VERSION;
        let mut bits = ChaCha8Rng::from_seed(key);
        bits.set_stream(stream);
        Self { bits, spare: None }
    }

    /// In `[0, 1)`.
    pub(crate) fn uniform(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.bits.next_u64() >> 11) as f64 * STEP
    }

    /// In `[low, high)`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// One of `low..=high`.
    pub(crate) fn whole(&mut self, low: usize, high: usize) -> usize {
        low + (self.uniform() * (high - low + 1) as f64) as usize
    }

    /// +1 or -1.
    pub(crate) fn sign(&mut self) -> f64 {
        if self.uniform() < 0.5 { -1.0 } else { 1.0 }
    }

    /// A point of the unit disk, and its squared distance from the centre, above 0.
    fn disk(&mut self) -> (f64, f64, f64) {
        loop {
            let (u, v) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let w = u * u + v * v;
            if w > 0.0 && w < 1.0 {
                return (u, v, w);
            }
        }
    }

    /// Standard normal, by the polar method.
    pub(crate) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let (u, v, w) = self.disk();
        let scale = (-2.0 * libm::log(w) / w).sqrt();
        self.spare = Some(v * scale);
        u * scale
    }

    /// Student's t of `degrees` (above 2), scaled to variance 1 and cut at 9 deviations, by Bailey's polar method
    /// (Mathematics of Computation 62, 1994).
    pub(crate) fn fat(&mut self, degrees: f64) -> f64 {
        let (u, _, w) = self.disk();
        let t = u * (degrees * (libm::pow(w, -2.0 / degrees) - 1.0) / w).sqrt();
        (t * ((degrees - 2.0) / degrees).sqrt()).clamp(-9.0, 9.0)
    }
}

/// Rounded to some decimals, half away from zero.
pub(crate) fn rounded(value: f64, decimals: u32) -> f64 {
    // Powers of ten are exact in a double up to 10^22.
    let scale = (0..decimals).fold(1.0, |scale, _| scale * 10.0);
    // Adding 0 turns a negative zero into a plain one.
    (value * scale).round() / scale + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_moments_they_claim() {
        let mut draws = Draws::new(1, 0);
        let moments = |sample: &[f64]| {
            let n = sample.len() as f64;
            let mean = sample.iter().sum::<f64>() / n;
            let central =
                |power: i32| sample.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n;
            (mean, central(2), central(4) / (central(2) * central(2)))
        };
        let normal: Vec<f64> = (0..100_000).map(|_| draws.normal()).collect();
        let (mean, variance, kurtosis) = moments(&normal);
        assert!(
            mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02,
            "{mean} {variance}"
        );
        assert!((kurtosis - 3.0).abs() < 0.1, "{kurtosis}");
        let fat: Vec<f64> = (0..100_000).map(|_| draws.fat(5.0)).collect();
        let (mean, variance, kurtosis) = moments(&fat);
        assert!(
            mean.abs() < 0.02 && (variance - 1.0).abs() < 0.05,
            "{mean} {variance}"
        );
        assert!(kurtosis > 5.0, "{kurtosis}");
    }

    #[test]
    fn streams_differ_and_repeat() {
        let first = |seed, stream| Draws::new(seed, stream).uniform();
        assert_eq!(first(7, 1), first(7, 1));
        assert_ne!(first(7, 1), first(7, 2));
        assert_ne!(first(7, 1), first(8, 1));
        let mut draws = Draws::new(7, 1);
        assert!((0..1_000).all(|_| (3..=5).contains(&draws.whole(3, 5))));
    }

    #[test]
    fn rounding_is_to_the_nearest_decimal() {
        for (value, decimals, expected) in [
            (1.25, 1, 1.3),
            (-1.25, 1, -1.3),
            (-0.001, 2, 0.0),
            (30_512.344_9, 2, 30_512.34),
            (0.000_041_234_567, 10, 0.000_041_234_6),
        ] {
            assert_eq!(rounded(value, decimals), expected);
        }
        assert!(rounded(-0.001, 2).is_sign_positive());
    }
}
