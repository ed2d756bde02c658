//! Laws of levels: what they never depend on, and that the fast path says what the definition says.

use highwater_levels::{BarLevels, SwingConfig, VendorLevel, VendorLevels, levels};
use highwater_market::{
    Bars, Known, Level, LevelBook, LevelSide, Price, PriceBar, Timeframe, Timestamp, judge,
    latest_known,
};
use proptest::prelude::*;

/// Generated cases per law, multiplied by `HIGHWATER_CASES`.
fn cases(base: u32) -> ProptestConfig {
    let scale = std::env::var("HIGHWATER_CASES")
        .ok()
        .and_then(|text| text.parse::<u32>().ok())
        .unwrap_or(1);
    ProptestConfig::with_cases(base.saturating_mul(scale.max(1)))
}

fn day(n: i64) -> Timestamp {
    Timestamp::from_seconds(0).plus_days(n)
}

/// Prices on a coarse grid, so that ties and equal levels are common; now and then hostile.
fn price() -> impl Strategy<Value = f64> {
    prop_oneof![
        12 => (8u32..24).prop_map(|eighths| f64::from(eighths) / 8.0),
        4 => 1.0..3.0f64,
        1 => prop_oneof![Just(1e-300), Just(1e300), Just(f64::MAX), Just(f64::MIN_POSITIVE)],
    ]
}

fn volume() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..10.0f64,
        1 => Just(0.0),
        1 => Just(f64::NAN),
        1 => Just(f64::MAX),
    ]
}

/// A valid bar.
fn sound_bar() -> impl Strategy<Value = PriceBar> {
    (prop::array::uniform4(price()), volume()).prop_map(|(mut prices, volume)| {
        prices.sort_by(f64::total_cmp);
        PriceBar {
            open_time: day(0),
            open: prices[1],
            high: prices[3],
            low: prices[0],
            close: prices[2],
            volume,
        }
    })
}

/// A row that may be no bar.
fn row() -> impl Strategy<Value = PriceBar> {
    prop_oneof![
        9 => sound_bar(),
        1 => (sound_bar(), 0..3u8).prop_map(|(bar, fault)| match fault {
            0 => PriceBar { low: 0.0, ..bar },
            1 => PriceBar { high: bar.low / 2.0, ..bar },
            _ => PriceBar { close: f64::NAN, ..bar },
        }),
    ]
}

fn sound_bars(length: std::ops::Range<usize>) -> impl Strategy<Value = Bars> {
    prop::collection::vec((sound_bar(), 1..3i64), length).prop_map(|rows| {
        let mut time = day(0);
        let rows = rows.into_iter().map(|(bar, step)| {
            time = time.plus_days(step);
            PriceBar {
                open_time: time,
                ..bar
            }
        });
        Bars::new(Timeframe::D1, rows).unwrap()
    })
}

fn config() -> impl Strategy<Value = SwingConfig> {
    (
        1..4usize,
        1..6usize,
        prop_oneof![Just(0.0), 0.0..3.0f64],
        prop::option::of(4..20usize),
        1..3u32,
    )
        .prop_map(
            |(swing_bars, volatility_bars, cluster, max_age_bars, min_touches)| SwingConfig {
                swing_bars,
                volatility_bars,
                cluster,
                max_age_bars,
                min_touches,
            },
        )
}

/// Versions of rows in order: `step` 0 appends nothing but a revision, -1 is a late row, at lags that make several
/// known at one moment, before their close, or long after it.
fn history(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Known<PriceBar>>> {
    let version = (
        row(),
        prop_oneof![8 => Just(1i64), 1 => Just(0), 1 => -5..0i64, 1 => 2..4i64],
        prop_oneof![6 => Just(1i64), 1 => Just(0), 2 => 1..6i64],
    );
    prop::collection::vec(version, length).prop_map(|rows| {
        let (mut latest, mut known_from) = (0, day(0));
        let mut seen = std::collections::BTreeSet::new();
        rows.into_iter()
            .map(|(bar, step, lag)| {
                let event = latest + step;
                latest = latest.max(event);
                known_from = known_from.max(day(event + lag));
                Known {
                    event_time: day(event),
                    known_from,
                    revision: !seen.insert(event),
                    value: PriceBar {
                        open_time: day(event),
                        ..bar
                    },
                }
            })
            .collect()
    })
}

fn seen_from() -> Price {
    Price::new(1.5).unwrap()
}

/// The definition: levels of the bars as they were known at a moment.
fn definition(versions: &[Known<PriceBar>], config: &SwingConfig, at: Timestamp) -> Vec<Level> {
    let complete = latest_known(versions, at)
        .into_iter()
        .filter(|known| known.event_time + Timeframe::D1 <= at)
        .map(|known| known.value);
    let judged = judge(Timeframe::D1, complete).unwrap();
    levels(&judged.bars, config, seen_from())
}

/// Levels as the documentation words them, by the most plain means: no shared code, logarithms of prices.
fn plain_levels(bars: &Bars, config: &SwingConfig) -> Vec<(f64, u32, f64)> {
    let (n, side) = (bars.len(), config.swing_bars);
    let rows: Vec<PriceBar> = bars.iter().collect();
    let mut turns = Vec::new();
    for bar in 0..n {
        if bar < side || bar + side >= n {
            continue;
        }
        if config.max_age_bars.is_some_and(|age| n - 1 - bar > age) {
            continue;
        }
        let earlier = &rows[bar - side..bar];
        let later = &rows[bar + 1..=bar + side];
        let own = rows[bar];
        if earlier.iter().all(|other| other.high < own.high)
            && later.iter().all(|other| other.high <= own.high)
        {
            turns.push((own.high, bar));
        }
        if earlier.iter().all(|other| other.low > own.low)
            && later.iter().all(|other| other.low >= own.low)
        {
            turns.push((own.low, bar));
        }
    }
    turns.sort_by(|a, b| a.partial_cmp(b).unwrap());

    let ranges: Vec<f64> = (0..n)
        .map(|bar| {
            let before = if bar == 0 {
                rows[0].close
            } else {
                rows[bar - 1].close
            };
            rows[bar].high.max(before).ln() - rows[bar].low.min(before).ln()
        })
        .collect();
    let last = &ranges[n - n.min(config.volatility_bars)..];
    let width = config.cluster * last.iter().sum::<f64>() / last.len().max(1) as f64;

    let mut zones: Vec<Vec<(f64, usize)>> = Vec::new();
    for turn in turns {
        match zones.last_mut() {
            Some(zone) if turn.0.ln() - zone[0].0.ln() <= width + 1e-9 => zone.push(turn),
            _ => zones.push(vec![turn]),
        }
    }
    zones
        .into_iter()
        .filter(|zone| zone.len() >= config.min_touches as usize)
        .map(|zone| {
            let mean = zone.iter().map(|turn| turn.0 / zone.len() as f64).sum();
            let weight: f64 = zone
                .iter()
                .map(|&(_, bar)| {
                    let age = (n - 1 - bar) as f64;
                    let half_life = 10.0 * config.volatility_bars as f64;
                    let from = (bar + 1).saturating_sub(config.volatility_bars);
                    let reported: Vec<f64> = rows[from..=bar]
                        .iter()
                        .map(|row| row.volume)
                        .filter(|volume| !volume.is_nan())
                        .collect();
                    let mean = reported.iter().sum::<f64>() / reported.len() as f64;
                    let own = rows[bar].volume;
                    let by_volume = if own.is_nan() || own + mean == 0.0 {
                        1.0
                    } else {
                        2.0 * own / (own + mean)
                    };
                    by_volume * half_life / (half_life + age)
                })
                .sum();
            (mean, zone.len() as u32, weight / (1.0 + weight))
        })
        .collect()
}

/// Bars on which plain arithmetic neither overflows nor meets a distance within rounding of the width.
fn tame_bars() -> impl Strategy<Value = Bars> {
    let bar = (
        prop::array::uniform4(1.0..3.0f64),
        0.0..10.0f64,
        any::<bool>(),
    );
    prop::collection::vec(bar, 0..60).prop_map(|rows| {
        let rows = (0..).zip(rows).map(|(n, (mut prices, volume, reported))| {
            prices.sort_by(f64::total_cmp);
            PriceBar {
                open_time: day(n),
                open: prices[1],
                high: prices[3],
                low: prices[0],
                close: prices[2],
                volume: if reported { volume } else { f64::NAN },
            }
        });
        Bars::new(Timeframe::D1, rows).unwrap()
    })
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn levels_are_what_the_documentation_says(bars in tame_bars(), config in config()) {
        let found = levels(&bars, &config, seen_from());
        let plain = plain_levels(&bars, &config);
        prop_assert_eq!(found.len(), plain.len());
        for (level, (price, touches, strength)) in found.iter().zip(plain) {
            // Both sides sum at most sixty terms near 1.
            prop_assert!((level.price.get() - price).abs() <= 1e-13 * price);
            prop_assert_eq!(level.touches, Some(touches));
            prop_assert!((level.strength.unwrap() - strength).abs() <= 1e-13);
        }
    }

    #[test]
    fn at_every_moment_the_book_says_what_the_definition_says(
        versions in history(0..60),
        config in config(),
        mut moments in prop::collection::vec(0..90i64, 12),
    ) {
        let book = BarLevels::new(versions.clone(), Timeframe::D1, config);
        moments.push(40_000);
        for at in moments {
            for at in [day(at).plus_micros(-1), day(at)] {
                prop_assert_eq!(
                    book.levels_at(at, seen_from()),
                    definition(&versions, &config, at),
                    "at {}", at
                );
            }
        }
    }

    #[test]
    fn what_becomes_known_later_changes_no_earlier_level(
        versions in history(1..60),
        config in config(),
        kept in 0..60usize,
        future in history(0..20),
    ) {
        let kept = kept.min(versions.len());
        let at = versions.get(kept).map_or(Timestamp::MAX, |known| known.known_from.plus_micros(-1));
        let expected = BarLevels::new(versions.clone(), Timeframe::D1, config).levels_at(at, seen_from());

        // Other rows than came, of the same and other days.
        let mut altered = versions[..kept].to_vec();
        altered.extend(future.into_iter().map(|known| Known {
            known_from: at.plus_micros(1).max(known.known_from),
            ..known
        }).filter(|known| known.known_from > at));
        let book = BarLevels::new(altered, Timeframe::D1, config);
        // Asked in between, later charts do not leak into earlier answers.
        let _ = book.levels_at(Timestamp::MAX, seen_from());
        prop_assert_eq!(book.levels_at(at, seen_from()), expected);
    }

    #[test]
    fn appending_bars_moves_no_turn(bars in sound_bars(0..60), config in config(), count in 0..60usize) {
        let prefix = bars.prefix(count);
        let early = highwater_levels::turns(&prefix, &config);
        let late = highwater_levels::turns(&bars, &config);
        let confirmed: Vec<_> = late
            .into_iter()
            .filter(|turn| turn.bar + config.swing_bars < prefix.len())
            .collect();
        prop_assert_eq!(early, confirmed);
    }

    #[test]
    fn doubling_every_price_doubles_every_level_and_nothing_else(
        bars in sound_bars(0..60).prop_filter("must not overflow", |bars| {
            bars.iter().all(|bar| bar.high < 1e200 && bar.low > 1e-200)
        }),
        config in config(),
    ) {
        let doubled = Bars::new(Timeframe::D1, bars.iter().map(|bar| PriceBar {
            open: 2.0 * bar.open,
            high: 2.0 * bar.high,
            low: 2.0 * bar.low,
            close: 2.0 * bar.close,
            ..bar
        })).unwrap();
        let expected: Vec<_> = levels(&bars, &config, seen_from())
            .into_iter()
            .map(|level| Level { price: Price::new(2.0 * level.price.get()).unwrap(), ..level })
            .collect();
        prop_assert_eq!(levels(&doubled, &config, Price::new(3.0).unwrap()), expected);
    }

    #[test]
    fn hostile_bars_give_ordered_levels_of_bounded_strength(
        bars in sound_bars(0..40),
        swing_bars in 0..50usize,
        volatility_bars in 0..50usize,
        cluster in prop_oneof![any::<f64>(), -1.0..5.0],
        max_age_bars in prop::option::of(any::<usize>()),
        min_touches in 0..3u32,
    ) {
        let config = SwingConfig { swing_bars, volatility_bars, cluster, max_age_bars, min_touches };
        let found = levels(&bars, &config, seen_from());
        for level in &found {
            let strength = level.strength.unwrap();
            prop_assert!((0.0..=1.0).contains(&strength), "{}", strength);
            prop_assert!(level.first_seen <= level.last_touch);
            prop_assert_eq!(level.side == LevelSide::Resistance, level.price > seen_from());
        }
        prop_assert!(found.windows(2).all(|pair| pair[0].price < pair[1].price));
    }

    #[test]
    fn the_vendors_levels_of_later_answers_change_nothing(
        answers in prop::collection::vec((0..40i64, prop::collection::vec((0..40i64, price()), 0..6)), 0..8),
        at in 0..40i64,
        lag in 0..10u32,
    ) {
        let all: Vec<_> = answers.into_iter().map(|(known, levels)| Known {
            event_time: day(known),
            known_from: day(known),
            revision: false,
            value: levels
                .into_iter()
                .map(|(formed, price)| VendorLevel { formed: day(formed), price })
                .collect::<Vec<_>>(),
        }).collect();
        let known: Vec<_> = all.iter().filter(|answer| answer.known_from <= day(at)).cloned().collect();
        let levels_at = |answers| VendorLevels::new(answers, lag).levels_at(day(at), seen_from());
        let found = levels_at(all);
        prop_assert!(found.iter().all(|level| level.last_touch.plus_days(i64::from(lag)) <= day(at)));
        prop_assert_eq!(found, levels_at(known));
    }
}

/// A book of one bar a day from a fixed walk, known at its close, and the nearest levels by the trait.
#[test]
fn the_nearest_levels_are_on_either_side_of_the_price() {
    let steps = [
        5.0, 6.0, 7.0, 6.0, 5.0, 4.0, 3.0, 4.0, 5.0, 6.0, 8.0, 6.0, 5.0,
    ];
    let versions = (0..).zip(steps).map(|(n, price)| Known {
        event_time: day(n),
        known_from: day(n + 1),
        revision: false,
        value: PriceBar {
            open_time: day(n),
            open: price,
            high: price,
            low: price,
            close: price,
            volume: 1.0,
        },
    });
    let config = SwingConfig {
        swing_bars: 2,
        cluster: 0.0,
        ..SwingConfig::default()
    };
    let book = BarLevels::new(versions.collect(), Timeframe::D1, config);
    for (at, price, support, resistance, why) in [
        (4, 5.0, None, None, "the top of 7 still misses a bar"),
        (5, 5.0, None, Some(7.0), "the top of 7 is confirmed"),
        (9, 5.0, Some(3.0), Some(7.0), "and the bottom of 3"),
        (
            13,
            7.0,
            Some(7.0),
            Some(8.0),
            "a level at the price is a support",
        ),
        (13, 2.0, None, Some(3.0), "all above"),
        (13, 9.0, Some(8.0), None, "all below"),
    ] {
        let price = Price::new(price).unwrap();
        let number = |level: Option<Level>| level.map(|level| level.price.get());
        assert_eq!(
            number(book.nearest_support(day(at), price)),
            support,
            "{why}"
        );
        assert_eq!(
            number(book.nearest_resistance(day(at), price)),
            resistance,
            "{why}"
        );
    }
}
