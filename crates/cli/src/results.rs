//! The files of a backtest's result: trades, orders, positions and equity as tables, summary and manifest as documents.

use std::path::Path;

use highwater_backtest::{EquityPoint, Holding, Order, Trade, holdings, orders};

use crate::{
    failure::{self, Outcome},
    replay::Replayed,
    sheet::{Cell, Holds, Sheet},
    terminal::{Terminal, json_bytes},
};

const NAMES: [&str; 6] = [
    "trades.parquet",
    "orders.parquet",
    "positions.parquet",
    "equity.parquet",
    "summary.json",
    "manifest.json",
];

/// The names of the files, in words.
pub(crate) fn names() -> String {
    let [all @ .., last] = &NAMES;
    format!("{} and {last}", all.join(", "))
}

/// The files of a result, by name.
pub(crate) fn files(replayed: &Replayed) -> Outcome<[(&'static str, Vec<u8>); 6]> {
    let trades = &replayed.outcome.trades;
    let orders = orders(trades, &replayed.manifest.plan_hash);
    let [trade, order, position, equity, summary, manifest] = NAMES;
    Ok([
        (trade, trades_sheet(trades).parquet()?),
        (order, orders_sheet(&orders).parquet()?),
        (position, positions_sheet(&holdings(trades)).parquet()?),
        (equity, equity_sheet(&replayed.outcome.equity).parquet()?),
        (summary, json_bytes(&replayed.summary)?),
        (manifest, json_bytes(&replayed.manifest)?),
    ])
}

/// Write the files of a result.
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

fn float(value: Option<f64>) -> Cell {
    Cell::option(value, Cell::Float)
}

fn count(number: usize) -> Cell {
    Cell::Int(number as i64)
}

fn trades_sheet(trades: &[Trade]) -> Sheet {
    let mut sheet = Sheet::typed(&[
        ("position", Holds::Int),
        ("symbol", Holds::Text),
        ("token_id", Holds::Int),
        ("source", Holds::Text),
        ("side", Holds::Text),
        ("decision_time", Holds::Time),
        ("entry_time", Holds::Time),
        ("entry_raw_price", Holds::Float),
        ("entry_price", Holds::Float),
        ("exit_time", Holds::Time),
        ("exit_raw_price", Holds::Float),
        ("exit_price", Holds::Float),
        ("exit_reason", Holds::Text),
        ("stop_price", Holds::Float),
        ("stop_at_exit", Holds::Float),
        ("stop_by", Holds::Text),
        ("target_price", Holds::Float),
        ("stop_level", Holds::Float),
        ("stop_level_strength", Holds::Float),
        ("target_level", Holds::Float),
        ("target_level_strength", Holds::Float),
        ("quantity", Holds::Float),
        ("position_quantity", Holds::Float),
        ("fees", Holds::Float),
        ("entry_fee", Holds::Float),
        ("exit_fee", Holds::Float),
        ("carry", Holds::Float),
        ("slippage", Holds::Float),
        ("entry_slippage", Holds::Float),
        ("exit_slippage", Holds::Float),
        ("pnl", Holds::Float),
        ("pnl_fraction", Holds::Float),
        ("r_multiple", Holds::Float),
        ("mae", Holds::Float),
        ("mfe", Holds::Float),
        ("mae_r", Holds::Float),
        ("mfe_r", Holds::Float),
        ("bars_held", Holds::Int),
        ("entered_inside", Holds::Bool),
        ("doubtful", Holds::Bool),
    ]);
    for trade in trades {
        let (stop, target) = (trade.stop_level, trade.target_level);
        let excursion = &trade.excursion;
        sheet.push(vec![
            count(trade.position),
            Cell::text(&trade.symbol),
            Cell::Int(trade.token_id.0),
            Cell::text(trade.source.as_str()),
            Cell::text(trade.side.to_string()),
            Cell::Time(trade.decision_time),
            Cell::Time(trade.entry_time),
            Cell::Float(trade.entry_raw_price),
            Cell::Float(trade.entry_price),
            Cell::Time(trade.exit_time),
            Cell::Float(trade.exit_raw_price),
            Cell::Float(trade.exit_price),
            Cell::text(trade.exit_reason.name()),
            float(trade.stop_price),
            float(trade.stop_at_exit),
            Cell::text(trade.stop_by.name()),
            float(trade.target_price),
            float(stop.map(|level| level.price.get())),
            float(stop.and_then(|level| level.strength)),
            float(target.map(|level| level.price.get())),
            float(target.and_then(|level| level.strength)),
            Cell::Float(trade.quantity),
            Cell::Float(trade.position_quantity),
            Cell::Float(trade.fees),
            Cell::Float(trade.entry_fee),
            Cell::Float(trade.exit_fee),
            Cell::Float(trade.carry),
            Cell::Float(trade.slippage),
            Cell::Float(trade.entry_slippage),
            Cell::Float(trade.exit_slippage),
            Cell::Float(trade.pnl),
            Cell::Float(trade.pnl_fraction),
            float(trade.r_multiple),
            Cell::Float(excursion.mae),
            Cell::Float(excursion.mfe),
            float(excursion.mae_r),
            float(excursion.mfe_r),
            count(trade.bars_held),
            Cell::Bool(trade.entered_inside),
            Cell::Bool(trade.doubtful),
        ]);
    }
    sheet
}

/// The columns of a sheet of orders.
pub(crate) const ORDER_COLUMNS: [(&str, Holds); 13] = [
    ("key", Holds::Text),
    ("position", Holds::Int),
    ("time", Holds::Time),
    ("symbol", Holds::Text),
    ("token_id", Holds::Int),
    ("source", Holds::Text),
    ("side", Holds::Text),
    ("quantity", Holds::Float),
    ("raw_price", Holds::Float),
    ("price", Holds::Float),
    ("fee", Holds::Float),
    ("slippage", Holds::Float),
    ("reason", Holds::Text),
];

fn orders_sheet(orders: &[Order]) -> Sheet {
    let mut sheet = Sheet::typed(&ORDER_COLUMNS);
    for order in orders {
        sheet.push(vec![
            Cell::text(&order.key),
            count(order.position),
            Cell::Time(order.time),
            Cell::text(&order.symbol),
            Cell::Int(order.token_id.0),
            Cell::text(order.source.as_str()),
            Cell::text(order.side.name()),
            Cell::Float(order.quantity),
            Cell::Float(order.raw_price),
            Cell::Float(order.price),
            Cell::Float(order.fee),
            Cell::Float(order.slippage),
            Cell::text(order.reason),
        ]);
    }
    sheet
}

fn positions_sheet(holdings: &[Holding]) -> Sheet {
    let mut sheet = Sheet::typed(&[
        ("position", Holds::Int),
        ("symbol", Holds::Text),
        ("token_id", Holds::Int),
        ("source", Holds::Text),
        ("side", Holds::Text),
        ("decision_time", Holds::Time),
        ("entry_time", Holds::Time),
        ("entry_price", Holds::Float),
        ("quantity", Holds::Float),
        ("open_quantity", Holds::Float),
        ("parts_closed", Holds::Int),
        ("first_exit_time", Holds::Time),
        ("last_exit_time", Holds::Time),
        ("exit_reason", Holds::Text),
        ("fees", Holds::Float),
        ("carry", Holds::Float),
        ("slippage", Holds::Float),
        ("pnl", Holds::Float),
        ("pnl_fraction", Holds::Float),
        ("r_multiple", Holds::Float),
        ("mae", Holds::Float),
        ("mfe", Holds::Float),
        ("doubtful", Holds::Bool),
    ]);
    let time = |value| Cell::option(value, Cell::Time);
    for one in holdings {
        sheet.push(vec![
            count(one.position),
            Cell::text(&one.symbol),
            Cell::Int(one.token_id.0),
            Cell::text(one.source.as_str()),
            Cell::text(one.side.to_string()),
            Cell::Time(one.decision_time),
            Cell::Time(one.entry_time),
            Cell::Float(one.entry_price),
            Cell::Float(one.quantity),
            Cell::Float(one.open_quantity),
            count(one.parts_closed),
            time(one.first_exit_time),
            time(one.last_exit_time),
            Cell::text(one.exit_reason.name()),
            Cell::Float(one.fees),
            Cell::Float(one.carry),
            Cell::Float(one.slippage),
            Cell::Float(one.pnl),
            Cell::Float(one.pnl_fraction),
            float(one.r_multiple),
            Cell::Float(one.mae),
            Cell::Float(one.mfe),
            Cell::Bool(one.doubtful),
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

#[cfg(test)]
mod tests {
    use arrow_array::{RecordBatch, cast::AsArray, types::Float64Type};
    use highwater_backtest::{Asset, Plan, run};
    use highwater_market::{
        Bars, Direction, Known, Level, LevelBook, Price, PriceBar, Signal, Source, Timeframe,
        Timestamp, Token, TokenId,
    };
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    struct NoLevels;

    impl LevelBook for NoLevels {
        fn levels_at(&self, _: Timestamp, _: Price) -> Vec<Level> {
            Vec::new()
        }
    }

    /// A long from day 1 at 100, with a target at 110 that day 3 reaches.
    fn trades() -> Vec<Trade> {
        let plan = "name = \"one\"\ntimeframe = \"1d\"\nuniverse = \"all\"\n[entry]\nside = \"long\"\n[exit]\n\
                    target = { at = \"resistance\", otherwise = \"10%\" }\n[size]\nfraction = \"50%\"\n\
                    [cost]\nfee = \"1%\"\nslippage = \"0%\"\n";
        let day = |n| Timestamp::from_seconds(0).plus_days(n);
        let bars = (0..5).map(|n| PriceBar {
            open_time: day(n),
            open: 100.0,
            high: if n == 3 { 120.0 } else { 101.0 },
            low: 98.0,
            close: 100.0,
            volume: 1.0,
        });
        let bars = Bars::new(Timeframe::D1, bars).unwrap();
        let token = Token {
            source: Source::import(),
            id: TokenId(5),
            symbol: "ONE".to_owned(),
            name: "One".to_owned(),
        };
        let signals = [Known {
            event_time: day(0),
            known_from: day(1),
            revision: false,
            value: Signal::toward(Some(Direction::Long), None),
        }];
        let asset = Asset {
            token: &token,
            bars: &bars,
            finer: None,
            signals: &signals,
            levels: &NoLevels,
            facts: &highwater_backtest::NoFacts,
        };
        run(&Plan::parse(plan).unwrap(), &[asset]).unwrap().trades
    }

    fn read_back(sheet: &Sheet) -> RecordBatch {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sheet.parquet");
        std::fs::write(&file, sheet.parquet().unwrap()).unwrap();
        let file = std::fs::File::open(file).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        reader.build().unwrap().next().unwrap().unwrap()
    }

    #[test]
    fn files_hold_what_their_columns_say() {
        let trades = trades();
        let float = |batch: &RecordBatch, name: &str, row: usize| {
            let column = batch
                .column_by_name(name)
                .unwrap_or_else(|| panic!("{name}"));
            column.as_primitive::<Float64Type>().value(row)
        };
        let text = |batch: &RecordBatch, name: &str, row: usize| {
            let column = batch
                .column_by_name(name)
                .unwrap_or_else(|| panic!("{name}"));
            column.as_string::<i32>().value(row).to_owned()
        };
        let trade = read_back(&trades_sheet(&trades));
        assert_eq!(trade.num_rows(), 1);
        for (name, expected) in [
            ("entry_raw_price", 100.0),
            ("exit_raw_price", trades[0].exit_price),
            ("mae", -0.02),
            ("entry_fee", trades[0].quantity),
            ("exit_slippage", 0.0),
            ("pnl", trades[0].pnl),
        ] {
            assert_eq!(float(&trade, name, 0), expected, "{name}");
        }
        assert!((float(&trade, "mfe", 0) - 0.1).abs() < 1e-12);

        let order = read_back(&orders_sheet(&orders(&trades, "plan")));
        assert_eq!(order.num_rows(), 2);
        for (row, side, reason, price) in [
            (0, "buy", "entry", 100.0),
            (1, "sell", "target", trades[0].exit_price),
        ] {
            assert_eq!(text(&order, "side", row), side);
            assert_eq!(text(&order, "reason", row), reason);
            assert_eq!(float(&order, "price", row), price);
            assert_eq!(float(&order, "raw_price", row), price);
            assert_eq!(float(&order, "quantity", row), trades[0].quantity);
        }
        assert_ne!(text(&order, "key", 0), text(&order, "key", 1));

        let position = read_back(&positions_sheet(&holdings(&trades)));
        assert_eq!(position.num_rows(), 1);
        assert_eq!(float(&position, "pnl", 0), trades[0].pnl);
        assert_eq!(float(&position, "open_quantity", 0), 0.0);
        assert_eq!(text(&position, "exit_reason", 0), "target");
    }

    #[test]
    fn every_file_is_named() {
        assert_eq!(
            names(),
            "trades.parquet, orders.parquet, positions.parquet, equity.parquet, summary.json and manifest.json"
        );
    }
}
