//! The price of a token: candles where they are wide enough to see, else closes over the range of each stretch; with
//! levels, entries, exits, and the stop and target of every trade.

use highwater_market::{Bars, Direction, Level, LevelSide, Timeframe, Timestamp};
use maud::{Markup, html};

use crate::{
    chart::{
        PER_PIXEL, WIDTH,
        axis::TimeAxis,
        line::Path,
        marker::exit_shape,
        plot::{across, down, reading, series, stretched, time_lines, value_lines},
        scale::Scale,
        thin,
    },
    number,
    page::{Asset, Exit, Trade},
};

const HEIGHT: f64 = 280.0;

/// More bars than this are drawn as a line over their range.
const MOST_CANDLES: usize = 160;

/// Columns of the range of highs and lows.
const RANGE_COLUMNS: usize = 360;

/// Levels drawn on each side of the price: more of them hide it.
const NEAREST: usize = 4;

/// The levels worth a line: those nearest to the price on each side.
pub(crate) fn nearest(levels: &[Level]) -> impl Iterator<Item = &Level> {
    let side = |side| move |level: &&Level| level.side == side;
    let supports = levels.iter().rev().filter(side(LevelSide::Support));
    let resistances = levels.iter().filter(side(LevelSide::Resistance));
    supports.take(NEAREST).chain(resistances.take(NEAREST))
}

/// The chart, or a sentence if there are no bars.
pub(crate) fn chart(asset: &Asset, trades: &[&Trade]) -> Markup {
    let bars = &asset.bars;
    if bars.is_empty() {
        return html! { p.empty { "No bars." } };
    }
    // A bar lies from its open to its close: the last one too.
    let end = bars.close_time(bars.len() - 1);
    let axis = TimeAxis::of([bars.open_times()[0], end]);
    let marked = trades
        .iter()
        .flat_map(|trade| [trade.entry_price, trade.exit_price]);
    let scale = Scale::of(
        bars.high().iter().chain(bars.low()).copied().chain(marked),
        HEIGHT,
    );
    let closes: Vec<_> = (0..bars.len())
        .map(|index| bars.close_time(index))
        .collect();
    let candles = bars.len() <= MOST_CANDLES;
    html! {
        figure.plot data-read=(reading(axis, &scale, if candles { "" } else { "price" })) {
            svg.outer width="100%" height=(HEIGHT + 24.0) role="img" {
                title { (asset.symbol) ": price, levels and trades" }
                (time_lines(axis, HEIGHT, true))
                (value_lines(&scale, 6, |_, text| text.to_owned()))
                @for level in nearest(&asset.levels).filter(|level| scale.shows(level.price.get())) {
                    (level_line(level, axis, &scale))
                }
                (stretched(HEIGHT, html! {
                    @if candles {
                        (candle_paths(bars, axis, &scale))
                    } @else {
                        path.range d=(range_path(bars, axis, &scale)) {}
                        path.price d=(series(&closes, bars.close(), axis, &scale)) {}
                    }
                }))
                // A price that is no number has no place; the trade stays in the table.
                @for trade in trades.iter().filter(|trade| trade.entry_price.is_finite() && trade.exit_price.is_finite()) {
                    (trade_marks(trade, bars.timeframe(), axis, &scale))
                }
            }
            @if scale.is_log() { figcaption { "log scale" } }
        }
    }
}

/// A side in a word; also the class of its line.
pub(crate) const fn side_name(side: LevelSide) -> &'static str {
    match side {
        LevelSide::Support => "support",
        LevelSide::Resistance => "resistance",
    }
}

/// A level in words.
pub(crate) fn level_words(level: &Level) -> String {
    let mut words = format!(
        "{} {}",
        side_name(level.side),
        number::price(level.price.get())
    );
    if let Some(strength) = level.strength {
        words.push_str(&format!(", strength {strength:.2}"));
    }
    if let Some(touches) = level.touches {
        words.push_str(&format!(
            ", {}",
            number::counted(touches as usize, "touch", "touches")
        ));
    }
    words.push_str(&format!(", since {}", level.first_seen.date()));
    words
}

fn level_line(level: &Level, axis: TimeAxis, scale: &Scale) -> Markup {
    let y = down(scale.y(level.price.get()));
    // Weak levels fade, and stay visible.
    let opacity = format!(
        "{:.2}",
        0.3 + 0.6 * level.strength.unwrap_or(0.5).clamp(0.0, 1.0)
    );
    html! {
        line class=(side_name(level.side)) x1=(across(axis.part(level.first_seen))) x2="100%" y1=(y) y2=(y) opacity=(opacity) {
            title { (level_words(level)) }
        }
    }
}

/// Where in its bar an exit is marked: what was touched inside a bar in its middle, for when is not known; what stood
/// at the end at the last close; all else at the open.
fn exit_place(trade: &Trade, timeframe: Timeframe) -> Timestamp {
    match trade.exit {
        Exit::Stop | Exit::Target => trade.exit_time.plus_micros(timeframe.micros() / 2),
        Exit::End => trade.exit_time + timeframe,
        Exit::StopGap
        | Exit::TargetGap
        | Exit::Signal
        | Exit::LeftUniverse
        | Exit::Time
        | Exit::Liquidation => trade.exit_time,
    }
}

fn trade_marks(trade: &Trade, timeframe: Timeframe, axis: TimeAxis, scale: &Scale) -> Markup {
    let from = axis.part(trade.entry_time);
    let until = axis.part(exit_place(trade, timeframe));
    let (x1, x2) = (across(from), across(until));
    let (entry, exit) = (
        down(scale.y(trade.entry_price)),
        down(scale.y(trade.exit_price)),
    );
    let outcome = if trade.pnl > 0.0 { "won" } else { "lost" };
    let limits = [("stop", trade.stop_price), ("target", trade.target_price)];
    html! {
        @for (class, price) in limits {
            @if let Some(price) = price.filter(|&price| scale.shows(price)) {
                @let y = down(scale.y(price));
                line class=(class) x1=(x1) x2=(x2) y1=(y) y2=(y) {}
            }
        }
        line class=(outcome) x1=(x1) y1=(entry) x2=(x2) y2=(exit) {}
        use.entry href=(if trade.direction == Direction::Long { "#long" } else { "#short" }) x=(x1) y=(entry) {
            title {
                (trade.direction) " entry " (trade.entry_time.date()) " at " (number::price(trade.entry_price))
            }
        }
        @if trade.doubtful { use.doubt href="#doubt" x=(x2) y=(exit) {} }
        use.exit href=(exit_shape(trade.exit)) x=(x2) y=(exit) {
            title {
                (trade.direction) " exit by " (trade.exit.name()) " " (trade.exit_time.date()) " at "
                (number::price(trade.exit_price)) ", " (number::signed_money(trade.pnl))
                @if trade.doubtful { ", doubtful" }
            }
        }
    }
}

/// Hollow bars rose, filled ones fell.
fn candle_paths(bars: &Bars, axis: TimeAxis, scale: &Scale) -> Markup {
    let (mut rose, mut fell, mut wicks) = (Path::default(), Path::default(), Path::default());
    let y = |price: f64| scale.y(price) * PER_PIXEL;
    let step = axis.part(bars.close_time(0)) * WIDTH;
    for bar in bars.iter() {
        let from = axis.part(bar.open_time) * WIDTH;
        let middle = from + step / 2.0;
        let (top, bottom) = (y(bar.open.max(bar.close)), y(bar.open.min(bar.close)));
        let body = if bar.close >= bar.open {
            &mut rose
        } else {
            &mut fell
        };
        body.rectangle(from + step * 0.18, top, step * 0.64, bottom - top);
        // The wick stops at the body: a hollow body shows no line through it.
        wicks.upright(middle, y(bar.high), top);
        wicks.upright(middle, bottom, y(bar.low));
    }
    html! {
        path.wick d=(wicks.finish()) {}
        path.rose d=(rose.finish()) {}
        path.fell d=(fell.finish()) {}
    }
}

/// Between the highest high and the lowest low of each stretch.
fn range_path(bars: &Bars, axis: TimeAxis, scale: &Scale) -> String {
    let stretches: Vec<_> = thin::stretches(bars.len(), RANGE_COLUMNS).collect();
    let mut path = Path::default();
    let mut point = |index: usize, price: f64| {
        path.to(
            axis.part(bars.close_time(index)) * WIDTH,
            scale.y(price) * PER_PIXEL,
        );
    };
    for stretch in &stretches {
        let high = bars.high()[stretch.clone()]
            .iter()
            .copied()
            .fold(f64::MIN, f64::max);
        point(stretch.end - 1, high);
    }
    for stretch in stretches.iter().rev() {
        let low = bars.low()[stretch.clone()]
            .iter()
            .copied()
            .fold(f64::MAX, f64::min);
        point(stretch.end - 1, low);
    }
    path.close();
    path.finish()
}
