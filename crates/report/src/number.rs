//! Numbers as people read them: grouped thousands, a fitting number of decimals, an unbroken sign.
//!
//! Rounding is for text alone. What is not finite is shown as a dash.

/// What stands where there is no number.
pub(crate) const NONE: &str = "\u{2013}";

/// Thousands in groups, with so many decimals: `12,345.68`.
pub(crate) fn grouped(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    if value.abs() >= 1e15 {
        // Beyond this, digits are made up.
        return format!("{value:.6e}");
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text.as_str(), None),
    };
    let negative = value < 0.0 && text.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
    let mut shown = String::with_capacity(text.len() + 8);
    if negative {
        shown.push('-');
    }
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    if let Some(fraction) = fraction {
        shown.push('.');
        shown.push_str(fraction);
    }
    shown
}

/// The decimal exponent: 3 for 1,234 and -2 for 0.0123; 0 for 0.
pub(crate) fn exponent(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    // Through text, since a logarithm may round 1000 down to 2.999.
    let text = format!("{value:e}");
    text.split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or(0)
}

/// A price: at least two decimals, and about six digits that count.
pub(crate) fn price(value: f64) -> String {
    let decimals = (5 - exponent(value)).clamp(2, 12);
    grouped(value, decimals as usize)
}

/// An amount of money: two decimals.
pub(crate) fn money(value: f64) -> String {
    grouped(value, 2)
}

/// An amount of money with its sign: `+12.50`.
pub(crate) fn signed_money(value: f64) -> String {
    signed(money(value), value)
}

/// A number of units: about six digits that count, no zeros behind.
pub(crate) fn quantity(value: f64) -> String {
    let decimals = (5 - exponent(value)).clamp(0, 12);
    let shown = grouped(value, decimals as usize);
    if shown.contains('.') {
        shown.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        shown
    }
}

/// A fraction as percent: 0.0123 is `1.23%`.
pub(crate) fn percent(fraction: f64) -> String {
    if fraction.is_finite() {
        format!("{}%", grouped(fraction * 100.0, 2))
    } else {
        NONE.to_owned()
    }
}

/// A fraction as percent with its sign: `+1.23%`.
pub(crate) fn signed_percent(fraction: f64) -> String {
    signed(percent(fraction), fraction)
}

/// A count with its noun: `1 trade`, `1,200 trades`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    let number = grouped(count as f64, 0);
    format!("{number} {}", if count == 1 { one } else { many })
}

/// A sign for what is above 0. What rounds to 0 has none, as below 0.
fn signed(shown: String, value: f64) -> String {
    let says_something = shown.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
    if value > 0.0 && says_something {
        format!("+{shown}")
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (shown, expected) in [
            (grouped(0.0, 2), "0.00"),
            (grouped(-0.001, 2), "0.00"),
            (grouped(999.0, 0), "999"),
            (grouped(-1_234_567.891, 2), "-1,234,567.89"),
            (grouped(f64::NAN, 2), NONE),
            (grouped(-2e300, 2), "-2.000000e300"),
            (price(73_121.354), "73,121.35"),
            (price(152.34712), "152.347"),
            (price(1.0), "1.00000"),
            (price(0.000_012_34), "0.0000123400"),
            (quantity(0.015), "0.015"),
            (quantity(1200.0), "1,200"),
            (quantity(0.0), "0"),
            (quantity(123_456_789.0), "123,456,789"),
            (percent(-0.256), "-25.60%"),
            (signed_percent(0.5), "+50.00%"),
            (signed_percent(0.0), "0.00%"),
            (signed_percent(0.000_01), "0.00%"),
            (signed_percent(-0.000_01), "0.00%"),
            (signed_money(-3.0), "-3.00"),
            (signed_money(f64::INFINITY), NONE),
            (counted(1, "trade", "trades"), "1 trade"),
            (counted(1200, "trade", "trades"), "1,200 trades"),
        ] {
            assert_eq!(shown, expected);
        }
        for (value, expected) in [(1000.0, 3), (999.9, 2), (0.01, -2), (-5.0, 0), (0.0, 0)] {
            assert_eq!(exponent(value), expected, "{value}");
        }
    }
}
