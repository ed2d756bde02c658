//! `highwater levels`: support and resistance of a token, as known at a moment.

use highwater_levels::SwingConfig;
use highwater_market::{LevelSide, Price, Timestamp};

use crate::{
    args::{self, LevelSource},
    books,
    failure::{Failure, Outcome},
    left_out,
    session::Session,
    settings::Settings,
    sheet::{Cell, Format, Sheet, rounded, short_time},
    terminal::Terminal,
};

pub(crate) fn run(args: &args::Levels, settings: &Settings, terminal: &Terminal) -> Outcome {
    let config = SwingConfig {
        swing_bars: args.swing_bars.unwrap_or(SwingConfig::default().swing_bars),
        cluster: args.cluster.unwrap_or(SwingConfig::default().cluster),
        ..SwingConfig::default()
    };
    let config = config
        .checked()
        .map_err(|error| Failure::usage(error.to_string()))?;
    if args.nearest == Some(0) {
        return Err(Failure::usage("`--nearest 0` would show no level")
            .hint("give a number from 1 on, or leave it out for all"));
    }
    let session = Session::open(settings, &args.as_of)?;
    let token = session.token(&args.symbol)?;
    let (bars, left_out) = session.bars(&token, args.timeframe, None)?;
    if let Some(words) = left_out::words_of([(token.symbol.as_str(), &left_out)]) {
        terminal.warn(words);
    }
    let Some(last) = bars.len().checked_sub(1) else {
        return Err(Failure::data(format!(
            "{token} has no bars of {} that were known at this moment",
            args.timeframe
        ))
        .hint("levels are seen from a price: choose another `--timeframe` or `--as-of`; `highwater lake ls` shows which bars there are"));
    };
    let price = Price::new(bars.close()[last]).map_err(|error| Failure::data(error.to_string()))?;
    let at = args.as_of.as_of.unwrap_or(Timestamp::MAX);
    let book = match args.from {
        LevelSource::Bars => {
            let versions = session.reader.bar_versions(&token, args.timeframe, None)?;
            books::from_versions(versions.versions, args.timeframe, config)
        }
        LevelSource::Vendor => books::from_answers(books::vendor_answers(&session, &token)?),
    };
    let mut levels = book.levels_at(at, price);
    // Read downwards, as on a chart: resistance above, support below.
    levels.reverse();
    if let Some(nearest) = args.nearest {
        let supports_from = levels.partition_point(|level| level.side == LevelSide::Resistance);
        let keep =
            supports_from.saturating_sub(nearest)..(supports_from + nearest).min(levels.len());
        levels = levels[keep].to_vec();
    }
    let mut sheet = Sheet::new([
        "side",
        "price",
        "distance",
        "strength",
        "touches",
        "first_seen",
        "last_touch",
    ]);
    for level in &levels {
        sheet.push(vec![
            Cell::text(match level.side {
                LevelSide::Support => "support",
                LevelSide::Resistance => "resistance",
            }),
            Cell::Float(level.price.get()),
            Cell::Fraction(level.price.get() / price.get() - 1.0),
            Cell::option(level.strength, Cell::Float),
            Cell::option(level.touches, |touches| Cell::Int(i64::from(touches))),
            Cell::Time(level.first_seen),
            Cell::Time(level.last_touch),
        ]);
    }
    sheet.write(args.output.format, args.output.output.as_deref(), terminal)?;
    if levels.is_empty() {
        let (all, sides) = (bars.len(), config.swing_bars);
        terminal.say(match args.from {
            LevelSource::Bars if all <= sides.saturating_mul(2) => format!(
                "{token}: no level, since a turn needs {sides} bars on each side (`--swing-bars`) and there are {all} in all"
            ),
            LevelSource::Bars => format!(
                "{token}: no level, since none of {all} bars stands out among the {sides} on each side (`--swing-bars`)"
            ),
            LevelSource::Vendor => {
                format!("{token}: the vendor had given no level that was known at this moment")
            }
        });
    } else if args.output.format == Format::Table {
        terminal.say(format_args!(
            "{token}: close {} of the bar of {}, {} levels from {}",
            rounded(price.get()),
            short_time(bars.open_times()[last]),
            levels.len(),
            match args.from {
                LevelSource::Bars => "bars",
                LevelSource::Vendor => "the vendor, which gives neither side nor strength",
            },
        ));
    }
    Ok(())
}
