//! Candles along a path of returns.
//!
//! A day closes where its return says. In the hourly stretch the way there is a bridge of 24 hours, which shares the
//! market's wanderings, and the day is the sum of its hours; before, high and low are drawn at the spread that such a
//! bridge would have. An open lies a little off the close before it, as the vendor's do. Prices are rounded to the
//! token's decimals, which keeps low <= open, close <= high.

use highwater_market::{PriceBar, Timestamp};

use crate::{
    calendar::{self, DAYS, FIRST_HOURLY, HOURLY_DAYS},
    cast::Part,
    draws::{Draws, rounded},
    returns::Path,
};

/// A token's bars.
pub(crate) struct Candles {
    /// The number of the first day.
    pub(crate) first_day: usize,
    /// One a day, without a gap.
    pub(crate) daily: Vec<PriceBar>,
    /// The first hour, counted from the first hour of the hourly stretch.
    pub(crate) first_hour: usize,
    /// One an hour, without a gap.
    pub(crate) hourly: Vec<PriceBar>,
}

impl Candles {
    /// The number after the last day.
    pub(crate) fn end_day(&self) -> usize {
        self.first_day + self.daily.len()
    }

    /// The bar of a day of the market.
    pub(crate) fn day(&self, day: usize) -> Option<&PriceBar> {
        self.daily.get(day.checked_sub(self.first_day)?)
    }

    /// The bar of an hour of the hourly stretch.
    pub(crate) fn hour(&self, hour: usize) -> Option<&PriceBar> {
        self.hourly.get(hour.checked_sub(self.first_hour)?)
    }
}

/// How the market wanders within each hourly day: 24 deviations from its straight way, the last 0.
pub(crate) fn wanderings(seed: u64, market: &Path) -> Vec<[f64; 24]> {
    let mut draws = Draws::new(seed, 2);
    (FIRST_HOURLY..DAYS)
        .map(|day| bridge(&mut draws, market.deviations[day]))
        .collect()
}

/// A random walk of 24 steps that ends where it began.
fn bridge(draws: &mut Draws, deviation: f64) -> [f64; 24] {
    let step = deviation / 24.0_f64.sqrt();
    let mut walk = [0.0; 24];
    let mut at = 0.0;
    for place in &mut walk {
        at += step * draws.normal();
        *place = at;
    }
    for (hour, place) in walk.iter_mut().enumerate() {
        *place -= at * (hour + 1) as f64 / 24.0;
    }
    walk[23] = 0.0;
    walk
}

/// A token's candles along its path.
pub(crate) fn candles(seed: u64, part: &Part, path: &Path, market: &[[f64; 24]]) -> Candles {
    let first_day = part.first_day();
    let mut maker = Maker {
        draws: Draws::new(seed, 1_000_000 + part.id as u64),
        part,
        close: part.price,
    };
    let mut candles = Candles {
        first_day,
        daily: Vec::with_capacity(part.end_day() - first_day),
        first_hour: 24 * first_day.saturating_sub(FIRST_HOURLY),
        hourly: Vec::new(),
    };
    if part.end_day() > FIRST_HOURLY {
        candles.hourly.reserve(24 * HOURLY_DAYS);
    }
    for day in first_day..part.end_day() {
        let (step, deviation) = (path.returns[day], path.deviations[day]);
        let open_time = calendar::midnight(day);
        let bar = match day.checked_sub(FIRST_HOURLY) {
            None => maker.bar(open_time, step, deviation, 1.0),
            Some(hourly_day) => {
                let begun = candles.hourly.len();
                let own = bridge(&mut maker.draws, deviation * 0.7);
                let common = &market[hourly_day];
                let mut before = 0.0;
                for hour in 0..24 {
                    let straight = step * (hour + 1) as f64 / 24.0;
                    let place = straight + own[hour] + 0.7 * part.beta * common[hour];
                    let open_time = calendar::hour(24 * hourly_day + hour);
                    let deviation = deviation / 24.0_f64.sqrt();
                    let bar = maker.bar(open_time, place - before, deviation, 1.0 / 24.0);
                    candles.hourly.push(bar);
                    before = place;
                }
                sum(&candles.hourly[begun..])
            }
        };
        candles.daily.push(bar);
    }
    candles
}

/// One bar of several: first open, highest high, lowest low, last close, all volume.
///
/// # Panics
/// If there is none.
pub(crate) fn sum(bars: &[PriceBar]) -> PriceBar {
    let (first, last) = (bars[0], bars[bars.len() - 1]);
    let mut whole = PriceBar {
        close: last.close,
        volume: 0.0,
        ..first
    };
    for bar in bars {
        whole.high = whole.high.max(bar.high);
        whole.low = whole.low.min(bar.low);
        whole.volume += bar.volume;
    }
    whole.volume = rounded(whole.volume, 2);
    whole
}

/// A bar of which only a share has passed, of one that is known whole: the way from open to close is straight.
pub(crate) fn partial(bar: &PriceBar, share: f64, decimals: u32) -> PriceBar {
    let close = rounded(bar.open + (bar.close - bar.open) * share, decimals);
    PriceBar {
        high: bar.open.max(close),
        low: bar.open.min(close),
        close,
        volume: rounded(bar.volume * share, 2),
        ..*bar
    }
}

struct Maker<'p> {
    draws: Draws,
    part: &'p Part,
    /// The last close, not rounded.
    close: f64,
}

impl Maker<'_> {
    fn bar(&mut self, open_time: Timestamp, step: f64, deviation: f64, share: f64) -> PriceBar {
        let smallest = self.smallest();
        let open = self.close * libm::exp(0.03 * deviation * self.draws.normal());
        let close = self.close * libm::exp(step);
        self.close = close.max(smallest);
        let mut reach = || libm::exp(0.5 * deviation * self.draws.normal().abs());
        let high = open.max(close) * reach();
        let low = open.min(close) / reach();
        let excitement = (step / deviation.max(1e-9)).abs().min(6.0);
        let volume = self.part.volume
            * share
            * libm::exp(0.30 * self.draws.normal() + 0.28 * (excitement - 0.8));
        let price = |value: f64| rounded(value, self.part.decimals).max(smallest);
        PriceBar {
            open_time,
            open: price(open),
            high: price(high),
            low: price(low),
            close: price(close),
            volume: rounded(volume, 2),
        }
    }

    /// The smallest price that the decimals can show.
    fn smallest(&self) -> f64 {
        (0..self.part.decimals).fold(1.0, |unit, _| unit / 10.0)
    }
}
