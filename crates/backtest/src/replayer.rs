//! Assets that plans are replayed over, again and again.

use std::sync::OnceLock;

use rayon::prelude::*;

use crate::{
    Asset, Curves, Ending, EquityPoint, FirstTouch, Outcome, Plan, ReplayError, Scenario,
    Scenarios, Search, Searches, TradesOnly,
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
/// let bought = Signal { event: Some(Direction::Long), trend: None };
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

    fn search(&self) -> Search {
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

    /// Build the pyramids if that pays for so many further replays like one that was made.
    fn prepare(&self, engine: &Engine<'_, 'a>, made: &Replayed, replays: usize) -> Search {
        let bars = engine.bars();
        if Search::index_pays(bars, replays, made.count(), made.held(bars)) {
            self.index();
        }
        self.search()
    }

    /// Replay a plan: the chosen run, a pessimistic and an optimistic scenario.
    ///
    /// # Errors
    /// [`ReplayError`] if the assets do not fit the plan.
    pub fn run(&self, plan: &Plan) -> Result<Outcome, ReplayError> {
        let engine = self.engine(plan)?;
        let search = self.search();
        let mut chosen = engine.replay(plan, plan.exit.doubtful.into(), Wanted::Trades);
        let curve = |replayed: &mut Replayed| engine.curve(plan, replayed);
        let beside = self.beside(&engine, plan, &chosen, curve);
        let mut symbols: Vec<String> = self
            .assets
            .iter()
            .map(|asset| asset.token.symbol.clone())
            .collect();
        symbols.sort();
        Ok(Outcome {
            counts: chosen.counts().clone(),
            trades: chosen.take_trades(),
            equity: curve(&mut chosen),
            scenarios: beside.scenarios,
            curves: Curves {
                pessimistic: beside.pessimistic,
                optimistic: beside.optimistic,
            },
            timeframe: plan.timeframe,
            initial_cash: plan.cash.initial,
            symbols,
            searches: Searches {
                chosen: search,
                scenarios: beside.search,
            },
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
        let mut chosen = engine.replay(plan, plan.exit.doubtful.into(), Wanted::Trades);
        let beside = self.beside(&engine, plan, &chosen, |_| Vec::new());
        Ok(TradesOnly {
            counts: chosen.counts().clone(),
            trades: chosen.take_trades(),
            scenarios: beside.scenarios,
            searches: Searches {
                chosen: search,
                scenarios: beside.search,
            },
        })
    }

    /// The chosen run in short, without its trades, and without the scenarios beside it: for sweeps over many plans.
    ///
    /// # Errors
    /// [`ReplayError`] if the assets do not fit the plan.
    pub fn totals(&self, plan: &Plan) -> Result<Scenario, ReplayError> {
        let engine = self.engine(plan)?;
        let policy = plan.exit.doubtful;
        let replayed = engine.replay(plan, policy.into(), Wanted::Profits);
        Ok(replayed.scenario(plan, policy))
    }

    fn beside(
        &self,
        engine: &Engine<'_, 'a>,
        plan: &Plan,
        chosen: &Replayed,
        curve: impl Fn(&mut Replayed) -> Vec<EquityPoint> + Sync,
    ) -> Beside {
        let policy = plan.exit.doubtful;
        let told = chosen.scenario(plan, policy);
        // Without a doubtful exit no policy was asked, and every scenario is the same replay.
        let doubt = told.doubtful_trades > 0;
        let others = [Doubtful::StopFirst, Doubtful::TargetFirst];
        let replays = others.iter().filter(|&&other| doubt && other != policy);
        let replays = replays.count();
        let search = (replays > 0).then(|| self.prepare(engine, chosen, replays));
        let scenario = |other: Doubtful| {
            if !doubt || other == policy {
                return (
                    Scenario {
                        doubtful: other,
                        ..told
                    },
                    Vec::new(),
                );
            }
            let mut replayed = engine.replay(plan, other.into(), Wanted::Profits);
            (replayed.scenario(plan, other), curve(&mut replayed))
        };
        let worse = || scenario(Doubtful::StopFirst);
        let better = || scenario(Doubtful::TargetFirst);
        // Threads are asked for work alone.
        let ((pessimistic, worse), (optimistic, better)) = if replays > 1 {
            rayon::join(worse, better)
        } else {
            (worse(), better())
        };
        Beside {
            scenarios: Scenarios {
                pessimistic,
                chosen: told,
                optimistic,
            },
            pessimistic: worse,
            optimistic: better,
            search,
        }
    }

    /// One complete replay per seed, each doubtful bar decided by a fair coin.
    ///
    /// # Errors
    /// [`ReplayError`] if the assets do not fit the plan.
    pub fn run_seeded(&self, plan: &Plan, seeds: &[u64]) -> Result<Vec<Ending>, ReplayError> {
        let engine = self.engine(plan)?;
        let replay = |&seed: &u64| engine.replay(plan, Resolution::Seeded(seed), Wanted::Profits);
        let ending = |replayed: &Replayed| Ending {
            final_equity: replayed.end(plan),
            trades: replayed.count(),
        };
        let Some((first, others)) = seeds.split_first() else {
            return Ok(Vec::new());
        };
        // How long positions are held is known from the first, and no resolution changes much of it.
        let first = replay(first);
        self.prepare(&engine, &first, others.len());
        let others: Vec<Ending> = others
            .par_iter()
            .map(|seed| ending(&replay(seed)))
            .collect();
        Ok([ending(&first)].into_iter().chain(others).collect())
    }
}

/// What the scenarios beside the chosen run made.
struct Beside {
    scenarios: Scenarios,
    pessimistic: Vec<EquityPoint>,
    optimistic: Vec<EquityPoint>,
    search: Option<Search>,
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
