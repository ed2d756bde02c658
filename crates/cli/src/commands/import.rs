//! `highwater import`: a user's own bars or returns into the lake.

use highwater_ingest::{
    Clock as _, ColumnNames, ImportError, ImportOptions, ImportTarget, SystemClock, import_bars,
    import_into, import_returns_into, read_returns_with,
};
use highwater_lake::{Lake, Stored};
use highwater_market::{PriceBar, Source, Timeframe};

use crate::{
    args::{self, ImportKind},
    failure::{Exit, Failure, Outcome},
    settings::Settings,
    terminal::Terminal,
};

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        Self::caused(Exit::Usage, &error).hint(error.hint())
    }
}

pub(crate) fn run(args: &args::Import, settings: &Settings, terminal: &Terminal) -> Outcome {
    let (columns, value) = columns(&args.columns)?;
    let options = ImportOptions {
        timeframe: args.timeframe,
        columns,
        sort: args.sort,
        ..ImportOptions::default()
    };
    let target = ImportTarget {
        source: args.source.clone().unwrap_or_else(Source::import),
        revise: args.revise,
        ..ImportTarget::new(&args.symbol)
    };
    match args.kind {
        ImportKind::Bars => bars(args, &options, &target, settings, terminal),
        ImportKind::Returns => returns(
            args,
            &options,
            value.as_deref(),
            &target,
            settings,
            terminal,
        ),
    }
}

fn bars(
    args: &args::Import,
    options: &ImportOptions,
    target: &ImportTarget,
    settings: &Settings,
    terminal: &Terminal,
) -> Outcome {
    if options.timeframe.is_none() {
        return Err(Failure::usage("bars need a length").hint("say it with `--timeframe 1d`"));
    }
    // A file that is wrong makes no lake.
    if !settings.lake.value.exists() {
        import_bars(&args.file, options)?;
    }
    let lake = Lake::create(&settings.lake.value)?;
    let imported = import_into(&lake, &args.file, options, target, SystemClock::new().now())?;
    let span = imported.file.period().map_or_else(String::new, |period| {
        format!(
            " from {} to {}",
            period.from().date(),
            period.until().date()
        )
    });
    terminal.say(format_args!(
        "{}: {} bars of {}{span}: {}",
        args.file.display(),
        imported.file.bars.len(),
        imported.file.timeframe,
        became(&imported.stored),
    ));
    terminal.say(format_args!("stored as {}", imported.token));
    tell_missing_volume(&imported.file.bars, terminal);
    if !imported.file.ignored_columns.is_empty() {
        terminal.say(format_args!(
            "columns not read: {}",
            imported.file.ignored_columns.join(", ")
        ));
    }
    Ok(())
}

/// Count the bars without a volume: prices may not be missing, a volume may.
fn tell_missing_volume(bars: &[PriceBar], terminal: &Terminal) {
    let missing = bars.iter().filter(|bar| bar.volume.is_nan()).count();
    const UNANSWERED: &str = "what a plan asks of volume (`max_volume`, `impact`, a universe by volume) is kept out there";
    if missing == bars.len() {
        terminal.say(format_args!("the bars have no volume: {UNANSWERED}"));
    } else if missing > 0 {
        let has = if missing == 1 { "has" } else { "have" };
        let first = bars.iter().find(|bar| bar.volume.is_nan());
        let first = first.map_or_else(String::new, |bar| {
            format!(", the first of {}", bar.open_time)
        });
        terminal.warn(format_args!(
            "{missing} of {} bars {has} no volume (empty or not a number){first}: {UNANSWERED}",
            bars.len()
        ));
    }
}

fn returns(
    args: &args::Import,
    options: &ImportOptions,
    column: Option<&str>,
    target: &ImportTarget,
    settings: &Settings,
    terminal: &Terminal,
) -> Outcome {
    if args
        .timeframe
        .is_some_and(|timeframe| timeframe != Timeframe::D1)
    {
        return Err(Failure::usage("the lake keeps daily returns alone")
            .hint("leave `--timeframe` out; `highwater metrics --returns FILE` measures returns of any length"));
    }
    let options = ImportOptions {
        timeframe: None,
        ..options.clone()
    };
    if !settings.lake.value.exists() {
        read_returns_with(&args.file, &options)?;
    }
    let lake = Lake::create(&settings.lake.value)?;
    let now = SystemClock::new().now();
    let imported = import_returns_into(&lake, &args.file, column, &options, target, now)?;
    terminal.say(format_args!(
        "{}: {} rows of returns: {}",
        args.file.display(),
        imported.file.values.len(),
        became(&imported.stored),
    ));
    terminal.say(format_args!("stored as {}", imported.token));
    Ok(())
}

fn became(stored: &Stored) -> String {
    let mut became = vec![
        format!("{} new", stored.new),
        format!("{} unchanged", stored.unchanged),
    ];
    if stored.revised > 0 {
        became.push(format!(
            "{} revised (the lake held other values for those times, and keeps both)",
            stored.revised
        ));
    }
    if stored.partial > 0 {
        became.push(format!("{} not yet closed", stored.partial));
    }
    became.join(", ")
}

/// Column names by role, and the name of the column of returns.
fn columns(stated: &[String]) -> Outcome<(ColumnNames, Option<String>)> {
    let mut names = ColumnNames::default();
    let mut value = None;
    for text in stated {
        let Some((role, name)) = text.split_once('=') else {
            return Err(Failure::usage(format!("`--column {text}` has no `=`"))
                .hint("write it as `--column close=adj_close`"));
        };
        let place = match role {
            "time" => &mut names.time,
            "open" => &mut names.open,
            "high" => &mut names.high,
            "low" => &mut names.low,
            "close" => &mut names.close,
            "volume" => &mut names.volume,
            "value" => &mut value,
            _ => {
                return Err(Failure::usage(format!(
                    "`--column {text}`: there is no role `{role}`"
                ))
                .hint("roles are time, open, high, low, close and volume; value for returns"));
            }
        };
        *place = Some(name.to_owned());
    }
    Ok((names, value))
}
