//! `highwater backtest`: a plan replayed over the lake; trades, equity, summary and manifest into a folder.

use std::path::Path;

use highwater_backtest::{EquityPoint, Plan, Trade};

use crate::{
    args,
    failure::{self, Failure, Outcome},
    figures,
    replay::{self, Replayed},
    session,
    settings::Settings,
    sheet::{Cell, Format, Holds, Sheet},
    terminal::Terminal,
};

pub(crate) fn run(args: &args::Backtest, settings: &Settings, terminal: &Terminal) -> Outcome {
    if let Some(args::BacktestCommand::Init) = args.command {
        return terminal.data(None, Plan::template().as_bytes());
    }
    let (Some(plan), Some(out)) = (&args.run.plan, &args.run.out) else {
        return Err(Failure::usage("a plan and `--out DIR` are needed"));
    };
    let convention = session::convention(settings, None)?;
    let replayed = Replayed::over_lake(
        replay::plan_of(plan)?,
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
    Ok(())
}

/// Write the four files of a result.
pub(crate) fn write(replayed: &Replayed, out: &Path, terminal: &Terminal) -> Outcome {
    std::fs::create_dir_all(out).map_err(failure::io("make the folder", out))?;
    let file = |name: &str| out.join(name);
    let trades = trades_sheet(&replayed.outcome.trades).parquet()?;
    terminal.data(Some(&file("trades.parquet")), &trades)?;
    let equity = equity_sheet(&replayed.outcome.equity).parquet()?;
    terminal.data(Some(&file("equity.parquet")), &equity)?;
    terminal.json(Some(&file("summary.json")), &replayed.summary)?;
    terminal.json(Some(&file("manifest.json")), &replayed.manifest)
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
