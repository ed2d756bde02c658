//! Which known names a misspelt one may have meant.

/// How many names are suggested at most.
const SUGGESTED: usize = 3;

/// The known names near to `name`, the nearest first: within a third of its letters, or containing it.
pub(crate) fn misses<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let name = name.to_ascii_lowercase().replace(['-', ' '], "_");
    let allowed = name.chars().count() / 3 + 1;
    let mut near: Vec<(usize, &str)> = known
        .filter_map(|known| {
            let distance = distance(&name, known);
            let part = name.len() >= 3 && known.contains(&name);
            (distance <= allowed || part).then_some((distance, known))
        })
        .collect();
    near.sort_unstable();
    near.truncate(SUGGESTED);
    near.into_iter().map(|(_, known)| known).collect()
}

/// The letters to insert, drop or replace on the way from one word to the other (Levenshtein, 1966).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (from, to, expected) in [
            ("", "omega", 5),
            ("omega", "omega", 0),
            ("omga", "omega", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(
                (distance(from, to), distance(to, from)),
                (expected, expected)
            );
        }
    }

    #[test]
    fn the_nearest_come_first_and_few() {
        let known = ["sharpe", "smart_sharpe", "sortino", "omega"];
        assert_eq!(
            misses("Sharpe", known.into_iter()),
            ["sharpe", "smart_sharpe"]
        );
        assert_eq!(misses("sortina", known.into_iter()), ["sortino"]);
        assert!(misses("zzz", known.into_iter()).is_empty());
        assert!(misses("", known.into_iter()).is_empty());
    }
}
