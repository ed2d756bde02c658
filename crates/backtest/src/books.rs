//! What a replay in leaps writes down as it goes.

use highwater_market::Timestamp;

use crate::{
    Counts, Excursion, Trade,
    asset::Tradable,
    costs::Costs,
    draw::{Ledger, Stretch},
    equity::equity,
    position::{Closed, Exit, Position},
    search::Searched,
    trade,
};

/// Trades for which there is room from the beginning.
const FEW: usize = 256;

/// What a replay wants of its trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of them, with how far price went against them and for them.
    Trades,
    /// Their profits alone.
    Profits,
}

/// Trades in the order in which they were closed, then in that of their entries.
#[derive(Debug)]
pub(crate) enum Made {
    Trades(Vec<Trade>),
    /// The profit of each, and whether it is doubtful.
    Profits(Vec<(f64, bool)>),
}

/// The books of a replay.
pub(crate) struct Books {
    pub(crate) cash: f64,
    /// Fractional profit of every trade closed so far; kept only if the plan's sizes ask for it.
    pub(crate) closed: Option<Vec<f64>>,
    pub(crate) counts: Counts,
    pub(crate) costs: Costs,
    /// The assets that hold something, ascending.
    holders: Vec<usize>,
    /// Cash after each moment.
    pub(crate) ledger: Ledger,
    stretches: Vec<Stretch>,
    made: Made,
    /// Of each trade, the open of its entry bar and its asset.
    entered: Vec<(Timestamp, usize)>,
}

/// What a replay in leaps wrote down.
pub(crate) struct Leaps {
    pub(crate) made: Made,
    /// By their beginnings.
    pub(crate) stretches: Vec<Stretch>,
    pub(crate) ledger: Ledger,
    pub(crate) counts: Counts,
    /// Equity after the last bar.
    pub(crate) end: f64,
}

/// An open position in the books: since which bar its coins are what they are.
#[derive(Clone, Copy)]
pub(crate) struct Since(usize);

impl Since {
    /// A position that was entered in a bar.
    pub(crate) const fn entry(position: &Position) -> Self {
        Self(position.entry_bar)
    }
}

impl Made {
    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::Trades(trades) => trades.len(),
            Self::Profits(profits) => profits.len(),
        }
    }

    fn sort(&mut self, entered: &[(Timestamp, usize)]) {
        if entered.is_sorted() {
            return;
        }
        let mut order: Vec<usize> = (0..entered.len()).collect();
        order.sort_by_key(|&place| entered[place]);
        match self {
            Self::Trades(trades) => *trades = permuted(std::mem::take(trades), &order),
            Self::Profits(profits) => *profits = permuted(std::mem::take(profits), &order),
        }
    }
}

fn permuted<T>(values: Vec<T>, order: &[usize]) -> Vec<T> {
    let mut values: Vec<Option<T>> = values.into_iter().map(Some).collect();
    order
        .iter()
        .filter_map(|&place| values[place].take())
        .collect()
}

impl Books {
    pub(crate) fn open(
        cash: f64,
        closed: Option<Vec<f64>>,
        counts: Counts,
        costs: Costs,
        wanted: Wanted,
    ) -> Self {
        Self {
            cash,
            closed,
            counts,
            costs,
            holders: Vec::new(),
            ledger: Vec::new(),
            stretches: Vec::new(),
            made: match wanted {
                // Records are large, and moving them as their number doubles takes longer than some memory is worth.
                Wanted::Trades => Made::Trades(Vec::with_capacity(FEW)),
                Wanted::Profits => Made::Profits(Vec::new()),
            },
            entered: Vec::new(),
        }
    }

    /// Book the entry of an asset.
    pub(crate) fn enter(&mut self, asset: usize, position: &Position) {
        self.cash -= position.entry_cash(self.costs);
        let place = self.holders.partition_point(|&holder| holder < asset);
        self.holders.insert(place, asset);
    }

    /// The assets that hold something, ascending.
    pub(crate) fn holders(&self) -> &[usize] {
        &self.holders
    }

    /// Book exits of an asset's position in their order, until nothing is left.
    pub(crate) fn settle(
        &mut self,
        asset: usize,
        tradable: &Tradable<'_>,
        searched: Searched<'_, '_>,
        (position, since): (&mut Position, &mut Since),
        exits: Vec<Exit>,
    ) {
        for exit in exits {
            if position.is_closed() {
                break;
            }
            let coins = position.left;
            let closed = position.close(exit);
            self.counts.decided_by_finer += usize::from(exit.by_finer);
            self.cash += position.exit_cash(tradable, closed, self.costs);
            self.end_stretch(asset, tradable, position, *since, coins, Some(exit.bar));
            *since = Since(exit.bar);
            self.made(asset, tradable, searched, position, closed, exit.bar);
        }
        if position.is_closed() {
            self.holders.retain(|&holder| holder != asset);
        }
    }

    /// Write down a position that stood at the end.
    pub(crate) fn stood(
        &mut self,
        asset: usize,
        tradable: &Tradable<'_>,
        searched: Searched<'_, '_>,
        (position, since): (&mut Position, Since),
        exit: Exit,
    ) {
        let closed = position.close(exit);
        self.end_stretch(asset, tradable, position, since, closed.quantity, None);
        self.made(asset, tradable, searched, position, closed, exit.bar + 1);
    }

    fn end_stretch(
        &mut self,
        asset: usize,
        tradable: &Tradable<'_>,
        position: &Position,
        Since(from): Since,
        coins: f64,
        until: Option<usize>,
    ) {
        if until != Some(from) {
            self.stretches.push(Stretch {
                asset,
                basis: position.basis(),
                coins,
                from,
                begins: tradable.asset.bars.open_times()[from],
                until,
            });
        }
    }

    /// A part of a position was closed, before which the bars up to `until` count in full.
    fn made(
        &mut self,
        asset: usize,
        tradable: &Tradable<'_>,
        searched: Searched<'_, '_>,
        position: &Position,
        closed: Closed,
        until: usize,
    ) {
        self.entered.push((position.entry_time, asset));
        let fraction = match &mut self.made {
            Made::Trades(trades) => {
                let mut trade = position.trade(tradable, closed, self.costs);
                // A scan finds the extremes now, while their bars are near.
                let extremes = searched.extremes(position.entry_bar..until);
                trade.excursion = Excursion::between(&trade, tradable.asset.bars, extremes);
                let fraction = trade.pnl_fraction;
                trades.push(trade);
                fraction
            }
            Made::Profits(profits) => {
                let profit = position.profit(tradable, closed, self.costs);
                profits.push((profit.pnl, position.doubts(&closed.exit)));
                profit.fraction
            }
        };
        if let Some(closed) = &mut self.closed {
            closed.push(fraction);
        }
    }

    /// Close the books.
    pub(crate) fn close(mut self, assets: &[Tradable<'_>]) -> Leaps {
        self.made.sort(&self.entered);
        if let Made::Trades(trades) = &mut self.made {
            trade::number(trades);
        }
        let mut standing: Vec<&Stretch> = self
            .stretches
            .iter()
            .filter(|stretch| stretch.until.is_none())
            .collect();
        standing.sort_by_key(|stretch| stretch.asset);
        let worth = standing.into_iter().map(|stretch| {
            let tradable = &assets[stretch.asset];
            let (last, bars) = (tradable.end - 1, tradable.asset.bars);
            let (close, seen) = (bars.close()[last], bars.open_times()[last]);
            stretch.basis.worth(stretch.coins, close, seen, self.costs)
        });
        let end = equity(self.cash, worth);
        self.stretches.sort_by_key(|stretch| stretch.begins);
        Leaps {
            made: self.made,
            stretches: self.stretches,
            ledger: self.ledger,
            counts: self.counts,
            end,
        }
    }
}
