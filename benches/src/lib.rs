//! The numbers that the benchmarks run over: made from a seed, the same everywhere.

use highwater_market::{Bars, Known, PriceBar, Timeframe, Timestamp};

/// SplitMix64: one 64-bit number after another.
#[derive(Clone, Debug)]
pub struct Draws(u64);

impl Draws {
    /// The draws of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number evenly drawn from 0 (included) to 1.
    pub const fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Mean 0, standard deviation 1, nearly normal: three even draws.
    pub const fn bell(&mut self) -> f64 {
        2.0 * (self.uniform() + self.uniform() + self.uniform() - 1.5)
    }
}

/// `series` series of `rows` daily returns each, one after the other: deviation 4 % a day.
pub fn panel(series: usize, rows: usize) -> Vec<f64> {
    let mut draws = Draws::new(7);
    (0..series * rows)
        .map(|_| 0.0005 + 0.04 * draws.bell())
        .collect()
}

/// Highs and lows of a price that wanders, and its closes: 0.1 % a bar, as minutes of a large coin do.
#[derive(Clone, Debug)]
pub struct Wander {
    /// Highest price of each bar.
    pub high: Vec<f64>,
    /// Lowest price of each bar.
    pub low: Vec<f64>,
    /// Last price of each bar.
    pub close: Vec<f64>,
}

impl Wander {
    /// So many bars.
    pub fn of(bars: usize) -> Self {
        let mut draws = Draws::new(11);
        let mut wander = Self {
            high: Vec::with_capacity(bars),
            low: Vec::with_capacity(bars),
            close: Vec::with_capacity(bars),
        };
        let mut price = 100.0_f64;
        for _ in 0..bars {
            let open = price;
            // Multiplied by 1 + r and 1 / (1 + r) alike, so that the price neither grows nor fades.
            let step = 1.0 + 0.001 * draws.bell().abs();
            price = if draws.uniform() < 0.5 {
                open * step
            } else {
                open / step
            };
            wander
                .high
                .push(open.max(price) * (1.0 + 0.0003 * draws.uniform()));
            wander
                .low
                .push(open.min(price) * (1.0 - 0.0003 * draws.uniform()));
            wander.close.push(price);
        }
        wander
    }
}

/// So many valid daily bars of a price that moves 4 % a day, the first on 1 July 2023.
///
/// # Panics
/// Never: every bar made is valid.
pub fn daily_bars(seed: u64, days: usize) -> Bars {
    let mut draws = Draws::new(seed);
    let first = Timestamp::from_date(2023, 7, 1).expect("a date");
    let mut price = 100.0_f64;
    let bars = (0..days).map(|day| {
        let open = price;
        price *= 1.0 + 0.04 * draws.bell();
        PriceBar {
            open_time: first.plus_days(day as i64),
            open,
            high: open.max(price) * (1.0 + 0.01 * draws.uniform()),
            low: open.min(price) * (1.0 - 0.01 * draws.uniform()),
            close: price,
            volume: 1e6 * (0.5 + draws.uniform()),
        }
    });
    Bars::new(Timeframe::D1, bars).expect("each bar is valid and later than the last")
}

/// Bars as the clock `published` knows them: each from its close on, none ever revised.
pub fn published(bars: &Bars) -> Vec<Known<PriceBar>> {
    bars.iter()
        .map(|bar| Known {
            event_time: bar.open_time,
            known_from: bar.open_time + bars.timeframe(),
            revision: false,
            value: bar,
        })
        .collect()
}
