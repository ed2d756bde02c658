//! Random numbers: one independently seeded generator a replication, so that replications can be computed in any
//! order and on any number of threads.
//!
//! Replication `i` of a seed runs xoshiro256++ from the words `4 i .. 4 i + 4` of the SplitMix64 stream of that seed.
//! SplitMix64 is a counter with a mixing function, so its stream can be entered anywhere. Sources: Steele, Lea and
//! Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014; Blackman and Vigna, "Scrambled Linear
//! Pseudorandom Number Generators", ACM Transactions on Mathematical Software 47 (2021), no. 36.

/// Word `index` (from 0) of the SplitMix64 stream of a seed.
const fn split_mix_64(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(index.wrapping_add(1)));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The generator xoshiro256++.
#[derive(Clone, Debug)]
pub(super) struct Xoshiro256([u64; 4]);

impl Xoshiro256 {
    /// The generator of one replication.
    pub(super) const fn replication(seed: u64, replication: u64) -> Self {
        let word = replication.wrapping_mul(4);
        Self([
            split_mix_64(seed, word),
            split_mix_64(seed, word.wrapping_add(1)),
            split_mix_64(seed, word.wrapping_add(2)),
            split_mix_64(seed, word.wrapping_add(3)),
        ])
    }

    /// 64 bits.
    pub(super) const fn word(&mut self) -> u64 {
        let [a, b, c, d] = self.0;
        let found = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.0 = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        found
    }

    /// Evenly from 0 to `below`, not included; `below` is above 0.
    ///
    /// The high word of a product (Lemire, "Fast Random Integer Generation in an Interval", 2019); draws that would
    /// favour some numbers are drawn again.
    pub(super) const fn below(&mut self, below: u64) -> u64 {
        loop {
            let product = self.word() as u128 * below as u128;
            let low = product as u64;
            if low >= below || low >= below.wrapping_neg() % below {
                return (product >> 64) as u64;
            }
        }
    }

    /// Evenly above 0 and at most 1, in steps of 2^-53.
    #[cfg(test)]
    pub(super) const fn unit(&mut self) -> f64 {
        ((self.word() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Mean 0, deviation 1, normal.
    #[cfg(test)]
    pub(super) fn normal(&mut self) -> f64 {
        crate::normal::quantile(self.unit() - 0.5 / (1_u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_mix_64_gives_its_published_stream() {
        // The stream of seed 1234567 that the reference implementation prints.
        for (index, expected) in [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(split_mix_64(1_234_567, index as u64), expected);
        }
    }

    #[test]
    fn xoshiro256_plus_plus_gives_its_published_stream() {
        // From the state 1, 2, 3, 4: the first ten words of the reference implementation.
        let mut generator = Xoshiro256([1, 2, 3, 4]);
        for expected in [
            41_943_041,
            58_720_359,
            3_588_806_011_781_223,
            3_591_011_842_654_386,
            9_228_616_714_210_784_205,
            9_973_669_472_204_895_162,
            14_011_001_112_246_962_877,
            12_406_186_145_184_390_807,
            15_849_039_046_786_891_736,
            10_450_023_813_501_588_000,
        ] {
            assert_eq!(generator.word(), expected);
        }
        // From the state 0, 0, 0, 1.
        let mut generator = Xoshiro256([0, 0, 0, 1]);
        let words: Vec<u64> = (0..10).map(|_| generator.word()).collect();
        assert_eq!(
            (words[0], words[4], words[9]),
            (0x0080_0000, 0x0002_2000_4480_08a1, 0x8c88_ba46_80b2_0495)
        );
    }

    #[test]
    fn draws_are_even() {
        let mut generator = Xoshiro256::replication(1, 0);
        let mut seen = [0_u32; 7];
        for _ in 0..70_000 {
            seen[generator.below(7) as usize] += 1;
        }
        // Chi-square with 6 degrees of freedom: 22.5 is exceeded once in a thousand seeds.
        let spread: f64 = seen
            .iter()
            .map(|&count| (f64::from(count) - 10_000.0).powi(2) / 10_000.0)
            .sum();
        assert!(spread < 22.5, "{seen:?}");
        assert_eq!(generator.below(1), 0);
    }

    #[test]
    fn replications_differ() {
        let mut first = Xoshiro256::replication(1, 0);
        let mut second = Xoshiro256::replication(1, 1);
        let mut other = Xoshiro256::replication(2, 0);
        let words = [first.word(), second.word(), other.word()];
        assert!(words[0] != words[1] && words[0] != words[2] && words[1] != words[2]);
    }
}
