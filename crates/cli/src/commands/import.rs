//! `highwater import`: a user's own bars into the lake.

use highwater_ingest::{
    Clock as _, ColumnNames, ImportError, ImportOptions, ImportTarget, SystemClock, import_bars,
    import_into,
};
use highwater_lake::Lake;
use highwater_market::Source;

use crate::{
    args,
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
    let options = ImportOptions {
        timeframe: Some(args.timeframe),
        columns: columns(&args.columns)?,
        sort: args.sort,
        ..ImportOptions::default()
    };
    let target = ImportTarget {
        source: args.source.clone().unwrap_or_else(Source::import),
        ..ImportTarget::new(&args.symbol)
    };
    // A file that is wrong makes no lake.
    if !settings.lake.value.exists() {
        import_bars(&args.file, &options)?;
    }
    let lake = Lake::create(&settings.lake.value)?;
    let imported = import_into(
        &lake,
        &args.file,
        &options,
        &target,
        SystemClock::new().now(),
    )?;
    let span = imported.file.period().map_or_else(String::new, |period| {
        format!(
            " from {} to {}",
            period.from().date(),
            period.until().date()
        )
    });
    let stored = imported.stored;
    let mut became = vec![
        format!("{} new", stored.new),
        format!("{} unchanged", stored.unchanged),
    ];
    if stored.revised > 0 {
        became.push(format!(
            "{} revised: the lake held other values for those times, and keeps both",
            stored.revised
        ));
    }
    if stored.partial > 0 {
        became.push(format!("{} not yet closed", stored.partial));
    }
    terminal.say(format_args!(
        "{}: {} bars of {}{span}: {}",
        args.file.display(),
        imported.file.bars.len(),
        imported.file.timeframe,
        became.join(", "),
    ));
    terminal.say(format_args!("stored as {}", imported.token));
    if !imported.file.ignored_columns.is_empty() {
        terminal.say(format_args!(
            "columns not read: {}",
            imported.file.ignored_columns.join(", ")
        ));
    }
    Ok(())
}

fn columns(stated: &[String]) -> Outcome<ColumnNames> {
    let mut names = ColumnNames::default();
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
            _ => {
                return Err(Failure::usage(format!(
                    "`--column {text}`: there is no role `{role}`"
                ))
                .hint("roles are time, open, high, low, close and volume"));
            }
        };
        *place = Some(name.to_owned());
    }
    Ok(names)
}
