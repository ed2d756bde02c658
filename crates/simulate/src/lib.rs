//! A simulated market in the vendor's wire form, for the demo and the tests.
//!
//! [`SimulatedMarket`] makes 24 tokens from a seed and answers for them as the vendor does, through
//! [`highwater_api::Vendor`], as of any `now`: nothing known later than `now` is in an answer. It is no forecast and
//! no history; wherever its data are shown, they are called simulated.
//!
//! # What there is
//! | what | which |
//! | --- | --- |
//! | days | 2023-07-01 to 2026-06-30; hourly bars over the last 90 days, which add up to the daily ones |
//! | returns | a market with regimes and jumps, five sectors, each token's own; fat tails; volatility with memory |
//! | well-known tickers | BTC 3375, ETH 3306, LTC 3377, SOL 3988; every other name, and every price, is invented |
//! | listed later | REEDN 2024-02-12, FLOES 2024-11-05, MOSSA 2025-04-22, NEWTS 2026-05-25 |
//! | delisted | HERON after 2025-11-14 |
//! | worth a dollar | TLUSD, but for three days |
//! | loses 95 % | TALLO, from 2025-01-20 |
//! | two under one symbol | BRINE: Brine Swap 42077 and Brine Arcade 48120 |
//! | hourly signals | the same rule over hours, of the last 30 days: what was not asked for in time is gone |
//! | opinions | signals from a plain trend rule, grades, levels, risk metrics, moonshots, each from the bars up to its day |
//! | corrected later | [`SimulatedMarket::revisions`]: some bars, grades and signals of the last weeks |
//!
//! # What is wrong with it, as with the vendor
//! A day that still runs is served as far as it has come. With [`Options::defects`], which is the default, also:
//! TOADY has no bar on 2025-08-17 and a low of 0 on 2024-10-03, LOAMY's high is below its low on 2025-03-11, HERON has
//! no volume on 2025-02-02, PUFFN's bar of 2026-05-20 comes twice, TOADY's list of levels holds a string, a 0 and an
//! element without a date, and daily bars are dated by `DATE` or `TIMESTAMP`, with and without a time and a `Z`.
//!
//! ```
//! use highwater_api::{Request, Vendor, endpoint};
//! use highwater_simulate::{Options, SimulatedMarket};
//!
//! let market = SimulatedMarket::new(Options::default());
//! let daily = endpoint("daily-ohlcv").unwrap();
//! let request = Request::parse(daily, [("symbol", "BTC"), ("startDate", "2026-06-01")]).unwrap();
//! let rows = market.rows(daily, &request, "2026-06-11".parse().unwrap()).unwrap();
//! assert_eq!(rows.len(), 10, "ten days are over, none has begun since");
//! ```

mod calendar;
mod candles;
mod cast;
mod defects;
mod draws;
mod hourly_signals;
mod market;
mod moonshots;
mod opinion;
mod quant;
mod returns;
mod revisions;
mod trend;
mod turns;
mod vendor;
mod wire;

pub use crate::{
    market::{Options, SimulatedMarket},
    revisions::{RevisedTable, Revision},
};
