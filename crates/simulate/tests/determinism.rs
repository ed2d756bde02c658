//! The same seed gives the same bytes, on every platform.

use highwater_api::{ENDPOINTS, Endpoint, Filter, Request, Vendor, endpoint};
use highwater_market::{Timeframe, Timestamp};
use highwater_simulate::{Options, SimulatedMarket};

/// They came later than the rest of the market, and changed none of it: they have a fingerprint of their own.
const HOURLY_SIGNALS: &str = "hourly-trading-signals";

/// FNV-1a over every bar, and over what every endpoint but the hourly signals serves of the last weeks at two moments.
fn fingerprint(options: Options) -> u64 {
    let market = SimulatedMarket::new(options);
    let served = |endpoint: &&Endpoint| endpoint.name != HOURLY_SIGNALS;
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for token in market.tokens() {
        for timeframe in [Timeframe::D1, Timeframe::H1] {
            for bar in market.bars(token.id, timeframe) {
                for number in [bar.open, bar.high, bar.low, bar.close, bar.volume] {
                    take(&number.to_bits().to_le_bytes());
                }
            }
        }
    }
    for now in ["2026-05-31T13:20:00Z", "2026-07-01"] {
        let now: Timestamp = now.parse().unwrap();
        for endpoint in ENDPOINTS.iter().filter(served) {
            let lists = match endpoint.filter {
                Filter::Tokens => vec![None],
                Filter::Lists(lists) => lists.iter().map(|list| Some(*list)).collect(),
            };
            let days = if endpoint.name == "hourly-ohlcv" {
                2
            } else {
                40
            };
            for list in lists {
                let request = Request {
                    list,
                    from: Some(now.plus_days(-days)),
                    ..Request::default()
                };
                for row in market.rows(endpoint, &request, now).unwrap() {
                    take(serde_json::to_string(&row).unwrap().as_bytes());
                }
            }
        }
    }
    hash
}

#[test]
fn the_default_market_is_this_one() {
    // A change of this number changes every simulated figure that anybody has written down.
    assert_eq!(fingerprint(Options::default()), 9_075_843_415_494_198_309);
}

#[test]
fn another_seed_is_another_market_and_defects_are_a_choice() {
    let default = Options::default();
    let clean = Options {
        defects: false,
        ..default
    };
    let other = Options { seed: 8, ..default };
    let prints = [fingerprint(default), fingerprint(clean), fingerprint(other)];
    assert!(prints[0] != prints[1] && prints[0] != prints[2] && prints[1] != prints[2]);
}

#[test]
fn the_hourly_signals_of_the_default_market_are_these() {
    let served = |seed: u64| {
        let market = SimulatedMarket::new(Options {
            seed,
            ..Options::default()
        });
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let endpoint = endpoint(HOURLY_SIGNALS).unwrap();
        for now in ["2026-05-31T13:20:00Z", "2026-07-01"] {
            let now: Timestamp = now.parse().unwrap();
            for row in market.rows(endpoint, &Request::default(), now).unwrap() {
                for byte in serde_json::to_string(&row).unwrap().bytes() {
                    hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
                }
            }
        }
        hash
    };
    assert_eq!(served(7), 2_113_018_796_049_653_743);
    assert_ne!(served(7), served(8));
}
