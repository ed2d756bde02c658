//! Where a paper account stands: what the journal says of it, what it is worth, and each position that stands open.

use highwater_backtest::{AccountNow, OpenPosition, Plan};
use highwater_market::Timestamp;
use highwater_research::{Account, Event};
use serde::Serialize;

use crate::{
    args::OutputArgs,
    failure::Outcome,
    sheet::{Cell, Format, Holds, Sheet, exact, rounded},
    terminal::Terminal,
};

/// A paper account as of its last advance. What cannot be said is `None`.
#[derive(Serialize)]
pub(crate) struct Status {
    account: String,
    plan: String,
    plan_hash: String,
    /// First and last day of the plan's period.
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    advanced_to: Option<Timestamp>,
    /// Whether the plan's period was over then.
    period_over: bool,
    orders: usize,
    restated: usize,
    lines: usize,
    /// Open of the last bar that was replayed; the figures below are of its close.
    last_bar: Option<Timestamp>,
    equity: Option<f64>,
    cash: Option<f64>,
    /// Value of everything held or owed, without sign.
    exposure: Option<f64>,
    drawdown: Option<f64>,
    /// Sum over what stands open.
    unrealised: Option<f64>,
    /// What stands open; `None` if that cannot be told.
    positions: Option<Vec<OpenPosition>>,
}

impl Status {
    /// `now` is the account as of its last advance, if it can be told.
    pub(crate) fn of(account: &Account, plan: &Plan, now: Option<AccountNow>) -> Self {
        let restated = |line: &&highwater_research::Line| matches!(line.event, Event::Restated(_));
        let advanced_to = account.last_advance();
        let point = now.as_ref().and_then(|now| now.equity);
        // An account without a bar yet holds its cash.
        let initial = now.as_ref().map(|_| plan.cash.initial);
        let nothing = now.as_ref().map(|_| 0.0);
        let positions = now.map(|now| now.positions);
        Self {
            account: account.name().to_owned(),
            plan: plan.name.clone(),
            plan_hash: account.start().plan_hash.clone(),
            from: plan.period.from,
            until: plan.period.to,
            advanced_to,
            period_over: advanced_to.is_some_and(|moment| moment >= plan.period.end()),
            orders: account.orders().len(),
            restated: account.lines().iter().filter(restated).count(),
            lines: account.lines().len(),
            last_bar: point.map(|point| point.time),
            equity: point.map(|point| point.equity).or(initial),
            cash: point.map(|point| point.cash).or(initial),
            exposure: point.map(|point| point.exposure).or(nothing),
            drawdown: point.map(|point| point.drawdown).or(nothing),
            unrealised: positions
                .as_ref()
                .map(|all| all.iter().fold(0.0, |sum, one| sum + one.unrealised)),
            positions,
        }
    }

    /// The first instant after the plan's period, if that was over at the last advance.
    pub(crate) fn period_over(&self) -> Option<Timestamp> {
        self.until
            .filter(|_| self.period_over)
            .map(|last| last.day().plus_days(1))
    }

    /// How many positions stand open.
    pub(crate) fn open_positions(&self) -> usize {
        self.positions.as_ref().map_or(0, Vec::len)
    }

    /// Write it: tables for people, a document, or one row a position that repeats what is said of the account.
    pub(crate) fn write(&self, output: &OutputArgs, terminal: &Terminal) -> Outcome {
        let file = output.output.as_deref();
        match output.format {
            // A list, as every command that looks into something gives one.
            Format::Json => terminal.json(file, &[self]),
            format @ (Format::Table | Format::Markdown) => {
                let (figures, positions) = (self.figures(), self.positions_for_people());
                let mut sheets = vec![&figures];
                sheets.extend(positions.as_ref());
                Sheet::write_text(&sheets, format, file, terminal)
            }
            format => self.rows().write(format, file, terminal),
        }
    }

    fn figures(&self) -> Sheet {
        let count = |number: usize| Cell::Int(number as i64);
        let time = |value| Cell::option(value, Cell::Time);
        let money = |value: Option<f64>| Cell::option(value, |value| Cell::text(rounded(value)));
        let mut sheet = Sheet::new(["figure", "value"]);
        for (figure, cell) in [
            ("account", Cell::text(&self.account)),
            ("plan", Cell::text(&self.plan)),
            ("plan hash", Cell::text(&self.plan_hash)),
            ("from", time(self.from)),
            ("until", time(self.until)),
            ("advanced to", time(self.advanced_to)),
            ("plan's period is over", Cell::Bool(self.period_over)),
            ("orders filled", count(self.orders)),
            ("orders restated", count(self.restated)),
            ("lines of the journal", count(self.lines)),
            ("last bar", time(self.last_bar)),
            ("equity", money(self.equity)),
            ("cash", money(self.cash)),
            ("exposure", money(self.exposure)),
            ("drawdown", Cell::option(self.drawdown, Cell::Fraction)),
            ("unrealised profit", money(self.unrealised)),
            (
                "positions open",
                Cell::option(self.positions.as_ref().map(Vec::len), count),
            ),
        ] {
            // One kind of cell keeps the column to the left.
            sheet.push(vec![Cell::text(figure), Cell::text(cell.for_people())]);
        }
        sheet
    }

    fn positions_for_people(&self) -> Option<Sheet> {
        let positions = self.positions.as_ref().filter(|all| !all.is_empty())?;
        let mut sheet = Sheet::new([
            "token",
            "side",
            "quantity",
            "entered",
            "entry",
            "last close",
            "unrealised",
            "stop",
            "targets",
        ]);
        for one in positions {
            let targets: Vec<String> = one.targets.iter().copied().map(rounded).collect();
            sheet.push(vec![
                Cell::text(&one.symbol),
                Cell::text(one.side.to_string()),
                Cell::Float(one.quantity),
                Cell::Time(one.entry_time),
                Cell::Float(one.entry_price),
                Cell::Float(one.last_close),
                Cell::Float(one.unrealised),
                Cell::option(one.stop, Cell::Float),
                Cell::option(
                    (!targets.is_empty()).then(|| targets.join(", ")),
                    Cell::Text,
                ),
            ]);
        }
        Some(sheet)
    }

    /// One row a position; one without a position if none stands open.
    fn rows(&self) -> Sheet {
        let columns = [
            ("account", Holds::Text),
            ("plan", Holds::Text),
            ("plan_hash", Holds::Text),
            ("from", Holds::Time),
            ("until", Holds::Time),
            ("advanced_to", Holds::Time),
            ("period_over", Holds::Bool),
            ("orders", Holds::Int),
            ("restated", Holds::Int),
            ("lines", Holds::Int),
            ("last_bar", Holds::Time),
            ("equity", Holds::Float),
            ("cash", Holds::Float),
            ("exposure", Holds::Float),
            ("drawdown", Holds::Float),
            ("unrealised", Holds::Float),
            ("position", Holds::Int),
            ("symbol", Holds::Text),
            ("token_id", Holds::Int),
            ("source", Holds::Text),
            ("side", Holds::Text),
            ("quantity", Holds::Float),
            ("entry_time", Holds::Time),
            ("entry_price", Holds::Float),
            ("position_last_bar", Holds::Time),
            ("last_close", Holds::Float),
            ("position_unrealised", Holds::Float),
            ("stop", Holds::Float),
            ("stop_by", Holds::Text),
            ("targets", Holds::Text),
        ];
        let mut sheet = Sheet::typed(&columns);
        let count = |number: usize| Cell::Int(number as i64);
        let time = |value| Cell::option(value, Cell::Time);
        let float = |value| Cell::option(value, Cell::Float);
        let account = vec![
            Cell::text(&self.account),
            Cell::text(&self.plan),
            Cell::text(&self.plan_hash),
            time(self.from),
            time(self.until),
            time(self.advanced_to),
            Cell::Bool(self.period_over),
            count(self.orders),
            count(self.restated),
            count(self.lines),
            time(self.last_bar),
            float(self.equity),
            float(self.cash),
            float(self.exposure),
            float(self.drawdown),
            float(self.unrealised),
        ];
        let positions = self.positions.as_deref().unwrap_or_default();
        for one in positions {
            let targets: Vec<String> = one.targets.iter().copied().map(exact).collect();
            let mut row = account.clone();
            row.extend([
                count(one.position),
                Cell::text(&one.symbol),
                Cell::Int(one.token_id.0),
                Cell::text(one.source.as_str()),
                Cell::text(one.side.to_string()),
                Cell::Float(one.quantity),
                Cell::Time(one.entry_time),
                Cell::Float(one.entry_price),
                Cell::Time(one.last_bar),
                Cell::Float(one.last_close),
                Cell::Float(one.unrealised),
                float(one.stop),
                Cell::option(one.stop, |_| Cell::text(one.stop_by.name())),
                Cell::text(targets.join(" ")),
            ]);
            sheet.push(row);
        }
        if positions.is_empty() {
            let mut row = account;
            row.resize(columns.len(), Cell::None);
            sheet.push(row);
        }
        sheet
    }
}
