//! What a backtest is measured against: a token of the lake, or all of the universe.

use highwater_backtest::{Asset, Benchmark, Outcome as Replay, Plan};

use crate::{
    failure::{Failure, Outcome},
    left_out::LeftOut,
    session::Session,
};

/// The benchmark of a plan, and what was read of the lake for it alone: its name and the rows that were no bars.
pub(crate) fn of(
    session: &Session,
    plan: &Plan,
    assets: &[Asset<'_>],
    outcome: &Replay,
) -> Outcome<(Benchmark, Option<(String, LeftOut)>)> {
    let Some(symbol) = &plan.benchmark else {
        return Ok((Benchmark::of_universe(plan, assets, outcome)?, None));
    };
    let token = session.token(symbol)?;
    let traded = assets.iter().find(|asset| asset.token == &token);
    let (benchmark, read) = match traded {
        Some(asset) => {
            let found = Benchmark::of_bars(&token.symbol, asset.bars, outcome);
            (found, None)
        }
        None => {
            let (bars, left_out) = session.bars(&token, plan.timeframe, None)?;
            let found = Benchmark::of_bars(&token.symbol, &bars, outcome);
            (found, Some((token.symbol.clone(), left_out)))
        }
    };
    if benchmark.is_empty() {
        return Err(Failure::data(format!(
            "the benchmark {token} has no bar of {} in the days of the replay",
            plan.timeframe
        ))
        .hint("name another token in the plan's `benchmark`, or leave it out to measure against all tokens in equal parts"));
    }
    Ok((benchmark, read))
}
