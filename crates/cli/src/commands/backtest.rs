//! `highwater backtest`: a plan replayed over the lake; trades, equity, summary and manifest into a folder.

use std::path::Path;

use highwater_backtest::{EquityPoint, Plan, Trade};

use crate::{
    args,
    failure::{self, Failure, Outcome},
    figures, proof,
    recorded::Recorded,
    replay::{self, Replayed},
    session,
    settings::Settings,
    sheet::{Cell, Format, Holds, Sheet},
    terminal::{Terminal, json_bytes},
};

pub(crate) fn run(args: &args::Backtest, settings: &Settings, terminal: &Terminal) -> Outcome {
    if let Some(args::BacktestCommand::Init) = args.command {
        return terminal.data(None, Plan::template().as_bytes());
    }
    if let Some(manifest) = &args.run.from {
        let within = manifest.join("manifest.json");
        let manifest = if manifest.is_dir() { &within } else { manifest };
        return reproduce(manifest, settings, terminal);
    }
    let (Some(plan), Some(out)) = (&args.run.plan, &args.run.out) else {
        return Err(Failure::usage("a plan and `--out DIR` are needed"));
    };
    let convention = session::convention(settings, None)?;
    let replayed = Replayed::over_lake(
        replay::plan_of(plan, &args.run.overrides)?,
        settings,
        args.run.as_of,
        &args.run.sources,
        &convention,
    )?;
    write(&replayed, out, terminal)?;
    match args.run.format {
        Format::Json => terminal.json(None, &replayed.summary)?,
        format @ (Format::Table | Format::Markdown) => {
            figures::for_people(&replayed).write(format, None, terminal)?;
        }
        format => figures::for_machines(&replayed).write(format, None, terminal)?,
    }
    replayed.warn_of_left_out(terminal);
    terminal.say(format_args!(
        "{}: {}",
        replayed.plan.name, replayed.summary.verdict
    ));
    if replayed.is_simulated() {
        terminal.say("these prices and signals are simulated");
    }
    terminal.say(format_args!(
        "wrote trades.parquet, equity.parquet, summary.json and manifest.json to {}",
        out.display()
    ));
    if args.run.prove {
        let proof = proof::of(&replayed, terminal)?;
        let publication = proof::publication(&replayed);
        terminal.json(
            Some(&out.join("proof.json")),
            &proof::Document::new(&replayed, &proof, publication.as_deref()),
        )?;
        // Both are told before either fails.
        let told = publication.map_or(Ok(()), |found| proof::tell_publication(&found, terminal));
        proof::tell(&proof, terminal)?;
        told?;
    }
    Ok(())
}

/// The four files of a result, by name.
fn files(replayed: &Replayed) -> Outcome<[(&'static str, Vec<u8>); 4]> {
    Ok([
        (
            "trades.parquet",
            trades_sheet(&replayed.outcome.trades).parquet()?,
        ),
        (
            "equity.parquet",
            equity_sheet(&replayed.outcome.equity).parquet()?,
        ),
        ("summary.json", json_bytes(&replayed.summary)?),
        ("manifest.json", json_bytes(&replayed.manifest)?),
    ])
}

/// Write the four files of a result.
pub(crate) fn write(replayed: &Replayed, out: &Path, terminal: &Terminal) -> Outcome {
    std::fs::create_dir_all(out).map_err(failure::io("make the folder", out))?;
    // A proof of an earlier result says nothing of this one.
    let stale = out.join("proof.json");
    match std::fs::remove_file(&stale) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(failure::io("remove", &stale)(error));
        }
        _ => {}
    }
    for (name, bytes) in files(replayed)? {
        terminal.data(Some(&out.join(name)), &bytes)?;
    }
    Ok(())
}

/// Replay what a manifest says, and compare with the files beside it.
fn reproduce(path: &Path, settings: &Settings, terminal: &Terminal) -> Outcome {
    let recorded = Recorded::read(path)?;
    let replayed = Replayed::over_lake(
        recorded.plan.clone(),
        settings,
        recorded.moment,
        &recorded.sources,
        &recorded.convention,
    )?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut differing = Vec::new();
    for (name, bytes) in files(&replayed)? {
        let beside = match name {
            "manifest.json" => path.to_owned(),
            name => folder.join(name),
        };
        let found = std::fs::read(&beside).map_err(failure::io("read", &beside))?;
        if found != bytes {
            differing.push(name);
        }
    }
    if differing.is_empty() {
        terminal.say(format_args!(
            "equal: trades, equity, summary and manifest come out as they are in {}, byte for byte",
            folder.display()
        ));
        return Ok(());
    }
    let now = serde_json::to_value(&replayed.manifest)
        .map_err(|error| Failure::usage(format!("cannot write JSON: {error}")))?;
    for (field, then, now) in recorded.differences(&now) {
        terminal.warn(format_args!("{field}: {then} there, {now} here"));
    }
    Err(Failure::data(format!("not equal: {} differ", differing.join(", "))).hint(
        "`view_hash` differs if the lake holds other rows now, `version` if another program wrote the result",
    ))
}

fn trades_sheet(trades: &[Trade]) -> Sheet {
    let mut sheet = Sheet::typed(&[
        ("symbol", Holds::Text),
        ("token_id", Holds::Int),
        ("source", Holds::Text),
        ("side", Holds::Text),
        ("decision_time", Holds::Time),
        ("entry_time", Holds::Time),
        ("entry_price", Holds::Float),
        ("exit_time", Holds::Time),
        ("exit_price", Holds::Float),
        ("exit_reason", Holds::Text),
        ("stop_price", Holds::Float),
        ("target_price", Holds::Float),
        ("stop_level", Holds::Float),
        ("stop_level_strength", Holds::Float),
        ("target_level", Holds::Float),
        ("target_level_strength", Holds::Float),
        ("quantity", Holds::Float),
        ("fees", Holds::Float),
        ("slippage", Holds::Float),
        ("pnl", Holds::Float),
        ("pnl_fraction", Holds::Float),
        ("r_multiple", Holds::Float),
        ("bars_held", Holds::Int),
        ("doubtful", Holds::Bool),
    ]);
    let float = |value: Option<f64>| Cell::option(value, Cell::Float);
    for trade in trades {
        let (stop, target) = (trade.stop_level, trade.target_level);
        sheet.push(vec![
            Cell::text(&trade.symbol),
            Cell::Int(trade.token_id.0),
            Cell::text(trade.source.as_str()),
            Cell::text(trade.side.to_string()),
            Cell::Time(trade.decision_time),
            Cell::Time(trade.entry_time),
            Cell::Float(trade.entry_price),
            Cell::Time(trade.exit_time),
            Cell::Float(trade.exit_price),
            Cell::text(trade.exit_reason.name()),
            float(trade.stop_price),
            float(trade.target_price),
            float(stop.map(|level| level.price.get())),
            float(stop.and_then(|level| level.strength)),
            float(target.map(|level| level.price.get())),
            float(target.and_then(|level| level.strength)),
            Cell::Float(trade.quantity),
            Cell::Float(trade.fees),
            Cell::Float(trade.slippage),
            Cell::Float(trade.pnl),
            Cell::Float(trade.pnl_fraction),
            float(trade.r_multiple),
            Cell::Int(trade.bars_held as i64),
            Cell::Bool(trade.doubtful),
        ]);
    }
    sheet
}

fn equity_sheet(equity: &[EquityPoint]) -> Sheet {
    let mut sheet = Sheet::typed(&[
        ("time", Holds::Time),
        ("cash", Holds::Float),
        ("equity", Holds::Float),
        ("exposure", Holds::Float),
        ("drawdown", Holds::Float),
    ]);
    for point in equity {
        sheet.push(vec![
            Cell::Time(point.time),
            Cell::Float(point.cash),
            Cell::Float(point.equity),
            Cell::Float(point.exposure),
            Cell::Float(point.drawdown),
        ]);
    }
    sheet
}
