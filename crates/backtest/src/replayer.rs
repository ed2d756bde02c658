//! Assets that plans are replayed over, again and again.

use std::{cell::Cell, sync::OnceLock};

use rayon::prelude::*;

use crate::{
    Asset, Curves, Ending, EquityPoint, FirstTouch, Outcome, Plan, ReplayError, Scenario,
    Scenarios, Search, TradesOnly,
    asset::{Prepared, in_order},
    books::Wanted,
    doubt::Resolution,
    engine::{Engine, Replayed},
    plan::Doubtful,
};

/// Assets, with what depends on their bars alone: many plans over the same bars share it.
///
/// ```
/// use highwater_backtest::{Asset, NoFacts, Plan, Replayer};
/// use highwater_market::{
///     Bars, Direction, Known, Level, LevelBook, Price, PriceBar, Signal, Source, Timeframe, Timestamp, Token, TokenId,
/// };
///
/// struct NoLevels;
/// impl LevelBook for NoLevels {
///     fn levels_at(&self, _: Timestamp, _: Price) -> Vec<Level> {
///         Vec::new()
///     }
/// }
///
/// let day = |n: i64| Timestamp::from_date(2024, 1, 1).unwrap().plus_days(n);
/// let prices = [100.0, 100.0, 104.0, 107.0, 103.0];
/// let bars = Bars::new(Timeframe::D1, (0..).zip(prices).map(|(n, price)| PriceBar {
///     open_time: day(n), open: price, high: price, low: price, close: price, volume: 1.0,
/// }))?;
/// let token = Token { source: Source::simulated(), id: TokenId(1), symbol: "A".into(), name: "A".into() };
/// let bought = Signal::toward(Some(Direction::Long), None);
/// let signals = [Known { event_time: day(0), known_from: day(1), revision: false, value: bought }];
/// let asset = Asset {
///     token: &token, bars: &bars, finer: None, signals: &signals, levels: &NoLevels, facts: &NoFacts,
/// };
///
/// let replayer = Replayer::new(&[asset])?;
/// let mut gained = Vec::new();
/// for target in [3, 6] {
///     let plan = Plan::parse(&format!(
///         "name = \"sweep\"\ntimeframe = \"1d\"\nuniverse = \"all\"\n[entry]\nside = \"long\"\n[exit]\nsignal = \"none\"\n\
///          target = {{ distance = \"{target}%\" }}\n[size]\nfraction = \"100%\"\n[cost]\nfee = \"0%\"\nslippage = \"0%\"\n"
///     ))?;
///     let found = replayer.trades_only(&plan)?;
///     gained.push(found.trades[0].pnl_fraction);
/// }
/// // Bars that open beyond a target sell at the open: 104 and 107.
/// assert!((gained[0] - 0.04).abs() < 1e-12 && (gained[1] - 0.07).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Replayer<'a> {
    /// In the order in which equal things happen.
    assets: Vec<Asset<'a>>,
    touch: Vec<OnceLock<FirstTouch<'a>>>,
}

impl<'a> Replayer<'a> {
    /// Over assets of one timeframe, in any order.
    ///
    /// # Errors
    /// [`ReplayError::Twice`] if a token is given twice.
    pub fn new(assets: &[Asset<'a>]) -> Result<Self, ReplayError> {
        let assets = in_order(assets)?;
        Ok(Self {
            touch: assets.iter().map(|_| OnceLock::new()).collect(),
            assets,
        })
    }

    /// Build the pyramids of lows and highs now, one pass over all bars: for those who know that many replays follow, with
    /// positions that are held for more than some hundred bars. Without it a replay builds them itself where it can
    /// tell that they pay.
    pub fn index(&self) {
        self.assets
            .par_iter()
            .zip(&self.touch)
            .for_each(|(asset, touch)| {
                touch.get_or_init(|| FirstTouch::new(asset.bars));
            });
    }

    /// How the next replay finds the bars that end positions: a matter of speed alone.
    pub fn search(&self) -> Search {
        if self.touch.iter().all(|touch| touch.get().is_some()) {
            Search::Index
        } else {
            Search::Scan
        }
    }

    fn engine(&self, plan: &Plan) -> Result<Engine<'_, 'a>, ReplayError> {
        let prepared = Prepared::of(plan, &self.assets)?;
        Ok(Engine::new(plan, prepared, self.touch.iter().collect()))
    }

    /// Replay a plan: the chosen run, a pessimistic and an optimistic scenario.
    ///
    /// # Errors
    /// [`ReplayError`] if the assets do not fit the plan.
    pub fn run(&self, plan: &Plan) -> Result<Outcome, ReplayError> {
        let engine = self.engine(plan)?;
        let search = self.search();
        let found = replayed(&engine, plan, |replayed| engine.curve(plan, replayed));
        let mut symbols: Vec<String> = self
            .assets
            .iter()
            .map(|asset| asset.token.symbol.clone())
            .collect();
        symbols.sort();
        let mut chosen = found.chosen;
        Ok(Outcome {
            counts: chosen.counts().clone(),
            interest: chosen.interest(),
            trades: chosen.take_trades(),
            equity: found.curve,
            scenarios: found.scenarios,
            curves: found.beside,
            timeframe: plan.timeframe,
            initial_cash: plan.cash.initial,
            symbols,
            search,
        })
    }

    /// As [`Replayer::run`], without the curves: what is left takes time by trades and by the bars that positions are
    /// held, and memory by trades alone.
    ///
    /// # Errors
    /// [`ReplayError`] if the assets do not fit the plan.
    pub fn trades_only(&self, plan: &Plan) -> Result<TradesOnly, ReplayError> {
        let engine = self.engine(plan)?;
        let search = self.search();
        let mut found = replayed(&engine, plan, |_| Vec::new());
        Ok(TradesOnly {
            counts: found.chosen.counts().clone(),
            trades: found.chosen.take_trades(),
            scenarios: found.scenarios,
            search,
        })
    }

    /// The chosen run in short, without its trades, and without the scenarios beside it: for sweeps over many plans.
    ///
    /// # Errors
    /// [`ReplayError`] if the assets do not fit the plan.
    pub fn totals(&self, plan: &Plan) -> Result<Scenario, ReplayError> {
        let engine = self.engine(plan)?;
        let policy = plan.exit.doubtful;
        let replayed = engine.replay(plan, policy.into(), Wanted::Profits, &|| ());
        Ok(replayed.scenario(plan, policy))
    }

    /// One complete replay per seed, each doubtful bar decided by a fair coin.
    ///
    /// # Errors
    /// [`ReplayError`] if the assets do not fit the plan.
    pub fn run_seeded(&self, plan: &Plan, seeds: &[u64]) -> Result<Vec<Ending>, ReplayError> {
        let engine = self.engine(plan)?;
        let replay =
            |&seed: &u64| engine.replay(plan, Resolution::Seeded(seed), Wanted::Profits, &|| ());
        let ending = |replayed: &Replayed| Ending {
            final_equity: replayed.end(plan),
            trades: replayed.count(),
        };
        let Some((first, others)) = seeds.split_first() else {
            return Ok(Vec::new());
        };
        // How long positions are held is known from the first, and no resolution changes much of it.
        let first = replay(first);
        let bars = engine.bars();
        if Search::index_pays(bars, others.len(), first.count(), first.held(bars)) {
            self.index();
        }
        let others: Vec<Ending> = others
            .par_iter()
            .map(|seed| ending(&replay(seed)))
            .collect();
        Ok([ending(&first)].into_iter().chain(others).collect())
    }
}

/// The chosen run, its curve, and what the scenarios beside it made.
struct Found {
    chosen: Replayed,
    curve: Vec<EquityPoint>,
    scenarios: Scenarios,
    beside: Curves,
}

/// The chosen run, and at its first doubtful exit the scenarios beside it, on another core if one is free. Without a doubt
/// no policy is ever asked, and every scenario is the same replay.
fn replayed(
    engine: &Engine<'_, '_>,
    plan: &Plan,
    curve: impl Fn(&mut Replayed) -> Vec<EquityPoint> + Sync,
) -> Found {
    let policy = plan.exit.doubtful;
    let scenario = |other: Doubtful| {
        let mut replayed = engine.replay(plan, other.into(), Wanted::Profits, &|| ());
        (replayed.scenario(plan, other), curve(&mut replayed))
    };
    let (worse, better) = (OnceLock::new(), OnceLock::new());
    let (chosen, told, drawn) = rayon::in_place_scope(|scope| {
        let started = Cell::new(false);
        let start = || {
            if started.replace(true) {
                return;
            }
            for (other, place) in [
                (Doubtful::StopFirst, &worse),
                (Doubtful::TargetFirst, &better),
            ] {
                if other != policy {
                    let scenario = &scenario;
                    scope.spawn(move |_| {
                        place.get_or_init(|| scenario(other));
                    });
                }
            }
        };
        let mut chosen = engine.replay(plan, policy.into(), Wanted::Trades, &start);
        let told = chosen.scenario(plan, policy);
        if told.doubtful_trades > 0 {
            start();
        }
        let drawn = curve(&mut chosen);
        (chosen, told, drawn)
    });
    let of = |other: Doubtful, place: OnceLock<(Scenario, Vec<EquityPoint>)>| {
        let same = Scenario {
            doubtful: other,
            ..told
        };
        // A replay whose equity was gone starts anew, bar by bar, and may end without the doubt that it began with.
        let doubted = told.doubtful_trades > 0;
        let found = place.into_inner().filter(|_| doubted);
        found.unwrap_or_else(|| (same, Vec::new()))
    };
    let (pessimistic, worse) = of(Doubtful::StopFirst, worse);
    let (optimistic, better) = of(Doubtful::TargetFirst, better);
    Found {
        chosen,
        curve: drawn,
        scenarios: Scenarios {
            pessimistic,
            chosen: told,
            optimistic,
        },
        beside: Curves {
            pessimistic: worse,
            optimistic: better,
        },
    }
}

/// Replay a plan: the chosen run, a pessimistic and an optimistic scenario. [`Replayer`] is for many plans over the same
/// bars.
///
/// # Errors
/// [`ReplayError`] if the assets do not fit the plan.
pub fn run(plan: &Plan, assets: &[Asset<'_>]) -> Result<Outcome, ReplayError> {
    Replayer::new(assets)?.run(plan)
}

/// One complete replay per seed, each doubtful bar decided by a fair coin.
///
/// # Errors
/// [`ReplayError`] if the assets do not fit the plan.
pub fn run_seeded(
    plan: &Plan,
    assets: &[Asset<'_>],
    seeds: &[u64],
) -> Result<Vec<Ending>, ReplayError> {
    Replayer::new(assets)?.run_seeded(plan, seeds)
}
