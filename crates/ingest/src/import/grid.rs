//! Whether bars are spaced as their timeframe says.
//!
//! A bar of a timeframe opens on its grid: whole multiples of it since 1970, a week from a Monday. Bars may be
//! missing, so any distance that the grid allows will do, but two neighbours must stand next to each other somewhere:
//! daily bars are not hourly bars with 23 missing each day.

use highwater_market::{PriceBar, Timeframe, Timestamp};

use super::problem::ImportError;

/// The epoch was a Thursday: the first Monday is its fifth day.
const FIRST_MONDAY_MICROS: i64 = 4 * 86_400_000_000;

/// Whether a bar of this timeframe opens at this instant.
pub(crate) const fn on_grid(timeframe: Timeframe, time: Timestamp) -> bool {
    let anchor = match timeframe {
        Timeframe::W1 => FIRST_MONDAY_MICROS,
        _ => 0,
    };
    time.micros()
        .wrapping_sub(anchor)
        .rem_euclid(timeframe.micros())
        == 0
}

/// The least distance between neighbours, and the index of the first of the two; `None` below two bars.
fn closest(bars: &[PriceBar]) -> Option<(i64, usize)> {
    bars.windows(2)
        .enumerate()
        .map(|(index, pair)| (pair[1].open_time - pair[0].open_time, index))
        .min()
}

/// The timeframe of ascending bars: as asked for, if the spacing agrees, or as the spacing says.
pub(crate) fn timeframe(
    file: &str,
    bars: &[PriceBar],
    asked: Option<Timeframe>,
) -> Result<Timeframe, ImportError> {
    let closest = closest(bars);
    match (asked, closest) {
        (Some(asked), None) => Ok(asked),
        (Some(asked), Some((spacing, _))) if spacing == asked.micros() => Ok(asked),
        // A few bars with holes between them may have no neighbours: nothing shorter can be meant by them either.
        (Some(asked), Some((spacing, _)))
            if spacing % asked.micros() == 0 && named(spacing).is_none() =>
        {
            Ok(asked)
        }
        (Some(asked), Some((spacing_micros, index))) => Err(ImportError::Spacing {
            file: file.to_owned(),
            asked,
            spacing_micros,
            row: index + 1,
        }),
        (None, None) => Err(ImportError::NoTimeframe {
            file: file.to_owned(),
            reason: "a single bar has no spacing".to_owned(),
        }),
        (None, Some((spacing, index))) => named(spacing).ok_or_else(|| ImportError::NoTimeframe {
            file: file.to_owned(),
            reason: format!(
                "rows {} and {}, the closest, lie {} s apart",
                index + 1,
                index + 2,
                spacing as f64 / 1e6
            ),
        }),
    }
}

fn named(spacing_micros: i64) -> Option<Timeframe> {
    Timeframe::ALL
        .into_iter()
        .find(|timeframe| timeframe.micros() == spacing_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(minutes: &[i64]) -> Vec<PriceBar> {
        minutes
            .iter()
            .map(|&minute| PriceBar {
                open_time: Timestamp::from_seconds(60 * minute),
                open: 1.0,
                high: 1.0,
                low: 1.0,
                close: 1.0,
                volume: 1.0,
            })
            .collect()
    }

    #[test]
    fn the_closest_neighbours_name_the_timeframe() {
        use Timeframe::{D1, H1, M1, M5};
        // opens in minutes, asked for, timeframe, why
        for (minutes, asked, expected, why) in [
            (&[0, 60, 120][..], None, Some(H1), "hourly"),
            (&[0, 60, 180], None, Some(H1), "a gap is no spacing"),
            (&[0, 60], Some(H1), Some(H1), "as asked"),
            (&[0], Some(D1), Some(D1), "one bar contradicts nothing"),
            (&[0, 60], Some(D1), None, "hourly as daily"),
            (&[0, 1440], Some(H1), None, "daily as hourly"),
            (&[0, 5], Some(M1), None, "five minutes as one"),
            (&[0, 5], Some(M5), Some(M5), "as asked"),
            (
                &[0, 180],
                Some(H1),
                Some(H1),
                "two bars, two missing between them",
            ),
            (&[0], None, None, "nothing to tell it from"),
            (&[0, 7], None, None, "no timeframe is 7 minutes"),
            (&[0, 90], Some(H1), None, "off the grid"),
        ] {
            assert_eq!(
                timeframe("f", &bars(minutes), asked).ok(),
                expected,
                "{why}"
            );
        }
    }

    #[test]
    fn bars_open_on_the_grid() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (timeframe, time, expected) in [
            (Timeframe::D1, "2025-04-10", true),
            (Timeframe::D1, "2025-04-10T05:00:00Z", false),
            (Timeframe::H4, "2025-04-10T08:00:00Z", true),
            (Timeframe::H4, "2025-04-10T09:00:00Z", false),
            (Timeframe::W1, "2025-04-07", true),
            (Timeframe::W1, "2025-04-10", false),
            (Timeframe::W1, "1969-12-29", true),
        ] {
            assert_eq!(on_grid(timeframe, at(time)), expected, "{timeframe} {time}");
        }
    }
}
