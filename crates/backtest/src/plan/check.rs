//! What the fields of a plan must hold together.

use highwater_market::Clock;

use super::{AtLevel, EntrySignal, LevelExit, LevelSource, Otherwise, Plan, PlanError, Side};

/// Refuse what parses and makes no sense. The error points to the field's line.
pub(super) fn check(plan: &Plan, text: &str) -> Result<(), PlanError> {
    let refuse =
        |field: &str, message: String| Err(PlanError::at(text, offset_of(text, field), message));
    let share = |field: &str, value: f64, least: f64, most: f64, words: &str| {
        if value >= least && value <= most {
            Ok(())
        } else {
            refuse(
                field,
                format!("`{field}` must be {words}, not {}%", value * 100.0),
            )
        }
    };

    if plan.name.trim().is_empty() {
        return refuse("name", "`name` is empty".to_owned());
    }
    if plan.period.start() >= plan.period.end() {
        return refuse("period", "the period ends before it begins".to_owned());
    }
    if plan.levels.from == LevelSource::Vendor && plan.clock == Clock::Published {
        return refuse(
            "clock",
            "the vendor's levels have no dated past, so under `published` today's levels would be used on old bars: \
             write clock = \"observed\", or [levels] from = \"bars\""
                .to_owned(),
        );
    }
    if plan.entry.lookback.is_some() && plan.entry.signal != EntrySignal::Breakout {
        return refuse(
            "lookback",
            "`lookback` goes with signal = \"breakout\" alone".to_owned(),
        );
    }
    if plan.levels.swing_bars == 0 {
        return refuse("swing_bars", "`swing_bars` must be at least 1".to_owned());
    }
    if plan.levels.volatility_bars == 0 {
        return refuse(
            "volatility_bars",
            "`volatility_bars` must be at least 1".to_owned(),
        );
    }
    if !(plan.levels.cluster.is_finite() && plan.levels.cluster >= 0.0) {
        return refuse(
            "cluster",
            format!("`cluster` must be 0 or more, not {}", plan.levels.cluster),
        );
    }
    if plan.levels.min_touches == 0 {
        return refuse("min_touches", "`min_touches` must be at least 1".to_owned());
    }
    for (field, exit, long) in [
        ("stop", plan.exit.stop, AtLevel::Support),
        ("target", plan.exit.target, AtLevel::Resistance),
    ] {
        let Some(LevelExit {
            at,
            buffer,
            otherwise,
        }) = exit
        else {
            continue;
        };
        let short = if long == AtLevel::Support {
            AtLevel::Resistance
        } else {
            AtLevel::Support
        };
        let (wanted, who) = match plan.entry.side {
            Side::Short => (short, "a short"),
            Side::Long => (long, "a long"),
            Side::Both => (long, "a long, whose levels a plan for both sides names,"),
        };
        if at != wanted {
            let word = if wanted == AtLevel::Support {
                "support"
            } else {
                "resistance"
            };
            return refuse(field, format!("the {field} of {who} lies at = \"{word}\""));
        }
        let below_one = 1.0 - f64::EPSILON;
        if !(0.0..=below_one).contains(&buffer.get()) {
            return refuse(
                field,
                format!(
                    "the buffer of the {field} must be at least 0% and below 100%, not {buffer}"
                ),
            );
        }
        if let Otherwise::Distance(distance) = otherwise
            && !(f64::MIN_POSITIVE..=below_one).contains(&distance.get())
        {
            return refuse(
                field,
                format!(
                    "the distance of the {field} must be above 0% and below 100%, not {distance}"
                ),
            );
        }
    }
    share(
        "fraction",
        plan.size.fraction.get(),
        f64::MIN_POSITIVE,
        1.0,
        "above 0% and at most 100%",
    )?;
    share("fee", plan.cost.fee.get(), 0.0, 0.5, "from 0% to 50%")?;
    share(
        "slippage",
        plan.cost.slippage.get(),
        0.0,
        0.5,
        "from 0% to 50%",
    )?;
    if !(plan.cash.initial.is_finite() && plan.cash.initial > 0.0) {
        return refuse(
            "initial",
            format!("`initial` must be above 0, not {}", plan.cash.initial),
        );
    }
    Ok(())
}

/// Where a field is written: the first line that begins with it, or holds it as a key.
fn offset_of(text: &str, field: &str) -> usize {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or_default();
        let found = code.match_indices(field).find(|(at, _)| {
            let before = code[..*at].chars().next_back();
            let after = code[at + field.len()..].trim_start().chars().next();
            before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == '"'))
                && matches!(after, Some('=' | ']' | '.'))
        });
        if let Some((at, _)) = found {
            return offset + at;
        }
        offset += line.len();
    }
    0
}
