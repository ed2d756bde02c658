//! Long lines thinned out: of every pixel column its lowest and highest point stay, so that no spike is lost.

/// Columns into which a long line falls; two points of each stay.
const COLUMNS: usize = 750;

/// Which points of a line to draw, ascending: all of them if they are few, else the first, the last, and the extremes
/// of each column. `place` is the horizontal place of a point, 0 to 1, not descending.
pub(crate) fn thinned(values: &[f64], place: impl Fn(usize) -> f64) -> Vec<usize> {
    if values.len() <= 2 * COLUMNS {
        return (0..values.len()).collect();
    }
    let mut kept = Vec::with_capacity(2 * COLUMNS + 2);
    let column = |index: usize| (place(index) * COLUMNS as f64) as usize;
    let mut from = 0;
    while from < values.len() {
        let own = column(from);
        let until = (from + 1..values.len())
            .find(|&index| column(index) != own)
            .unwrap_or(values.len());
        let (mut lowest, mut highest) = (None, None);
        for index in from..until {
            let value = values[index];
            // What is not finite breaks the line, and stays as a break.
            if !value.is_finite() {
                kept.push(index);
                continue;
            }
            if lowest.is_none_or(|lowest: usize| value < values[lowest]) {
                lowest = Some(index);
            }
            if highest.is_none_or(|highest: usize| value > values[highest]) {
                highest = Some(index);
            }
        }
        kept.extend(lowest);
        kept.extend(highest);
        from = until;
    }
    kept.extend([0, values.len() - 1]);
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// Stretches of equal length, at most `most` of them, that cover `0..count`.
pub(crate) fn stretches(count: usize, most: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let length = count.div_ceil(most.max(1)).max(1);
    (0..count)
        .step_by(length)
        .map(move |from| from..count.min(from + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lines_stay_whole() {
        let values = vec![1.0; 1500];
        assert_eq!(thinned(&values, |_| 0.0).len(), 1500);
    }

    #[test]
    fn long_lines_keep_their_ends_and_every_extreme() {
        let count = 100_000;
        let mut values: Vec<f64> = (0..count).map(|i| ((i * 7919) % 1013) as f64).collect();
        values[54_321] = 1e6;
        values[12_345] = -1e6;
        let kept = thinned(&values, |index| index as f64 / count as f64);
        assert!(kept.len() <= 1502, "{}", kept.len());
        assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
        for index in [0, 12_345, 54_321, count - 1] {
            assert!(kept.contains(&index), "{index}");
        }
    }

    #[test]
    fn stretches_cover_everything_once() {
        for (count, most) in [(0, 5), (1, 5), (5, 5), (11, 5), (1000, 1)] {
            let stretches: Vec<_> = stretches(count, most).collect();
            assert!(stretches.len() <= most);
            assert_eq!(stretches.concat_length(), count);
        }
    }

    trait Length {
        fn concat_length(&self) -> usize;
    }

    impl Length for Vec<std::ops::Range<usize>> {
        fn concat_length(&self) -> usize {
            let mut next = 0;
            for stretch in self {
                assert_eq!(stretch.start, next);
                next = stretch.end;
            }
            next
        }
    }
}
