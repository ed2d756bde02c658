//! Which bars make a difference that later words on bars explain, and what else follows from them.
//!
//! A single bar that was revised changes the equity, and with it the size of every entry from there on: a hundred
//! differences, and one cause. So the first difference is traced to the fewest bars found that undo it, those are taken
//! as they were said last, and every difference that is gone then follows from them; the first that is left is the next.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{AtInstant, Disagreement, Later, LaterBar, Place, Proving, Seen};
use crate::ReplayError;

/// So many causes are traced; each takes as many replays as there are differences left.
const CAUSES: usize = 8;

/// So many bars may make one difference together.
const TOGETHER: usize = 6;

/// Every difference with the bars that make it, by time as it came.
pub(super) fn traced(
    proving: &Proving<'_>,
    found: Vec<AtInstant>,
) -> Result<Vec<Disagreement>, ReplayError> {
    let mut because: Vec<Option<Vec<LaterBar>>> = found
        .iter()
        .map(|one| one.is_explained.then(Vec::new))
        .collect();
    let explained = found.iter().enumerate();
    let mut open: Vec<usize> = explained
        .filter(|(_, one)| one.is_explained)
        .map(|(place, _)| place)
        .collect();
    let mut admitted = BTreeSet::new();
    for _ in 0..CAUSES {
        let Some(&first) = open.first() else { break };
        let one = &found[first];
        let Some(bars) = bars_behind(proving, one, &admitted)? else {
            open.remove(0);
            continue;
        };
        let cause: Vec<LaterBar> = bars
            .iter()
            .map(|&place| later(proving, place, one.instant))
            .collect();
        admitted.extend(bars);
        let left = still_there(proving, &found, &open, &admitted)?;
        for place in open.drain(..).filter(|place| !left.contains(place)) {
            because[place] = Some(cause.clone());
        }
        open = left;
    }
    Ok(found
        .into_iter()
        .zip(because)
        .map(|(one, because)| Disagreement {
            at: proving.instants[one.instant],
            symbol: one.found.0,
            what: one.found.1,
            because,
        })
        .collect())
}

/// Of some differences those that some bars, as they were said last, do not undo.
fn still_there(
    proving: &Proving<'_>,
    found: &[AtInstant],
    open: &[usize],
    admitted: &BTreeSet<Place>,
) -> Result<Vec<usize>, ReplayError> {
    let mut by_instant: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &place in open {
        by_instant
            .entry(found[place].instant)
            .or_default()
            .push(place);
    }
    let left = by_instant
        .into_par_iter()
        .map(|(instant, places)| {
            let (_, stands) = proving.compare_at(instant, Seen::But(admitted))?;
            let stays = |place: &usize| stands.contains(&found[*place].found);
            Ok(places.into_iter().filter(stays).collect())
        })
        .collect::<Result<Vec<Vec<usize>>, ReplayError>>()?;
    Ok(left.concat())
}

/// The bars that undo a difference once they are taken as they were said last, beside those that were found before: few,
/// though not for sure the fewest. `None` if too many would have to be.
fn bars_behind(
    proving: &Proving<'_>,
    AtInstant { instant, found, .. }: &AtInstant,
    admitted: &BTreeSet<Place>,
) -> Result<Option<Vec<Place>>, ReplayError> {
    let mut candidates = proving.later_bars(*instant);
    candidates.retain(|place| !admitted.contains(place));
    let undone = |needed: &[Place], first: usize| -> Result<bool, ReplayError> {
        let mut places = admitted.clone();
        places.extend(needed.iter().chain(&candidates[..first]));
        let (_, stands) = proving.compare_at(*instant, Seen::But(&places))?;
        Ok(!stands.contains(found))
    };
    let (mut needed, mut end) = (Vec::new(), candidates.len());
    if !undone(&needed, end)? {
        return Ok(None);
    }
    while needed.len() < TOGETHER {
        // The first `end` bars undo it beside those that are needed, the first `short` do not.
        if undone(&needed, 0)? {
            return Ok(Some(needed));
        }
        let mut short = 0;
        while end - short > 1 {
            let middle = short + (end - short) / 2;
            if undone(&needed, middle)? {
                end = middle;
            } else {
                short = middle;
            }
        }
        end -= 1;
        needed.insert(0, candidates[end]);
    }
    Ok(undone(&needed, 0)?.then_some(needed))
}

/// A bar, and how it was not known at an instant as it was said last.
fn later(proving: &Proving<'_>, place: Place, instant: usize) -> LaterBar {
    let at = proving.instants[instant];
    let asset = &proving.assets[place.asset];
    let (timeframe, versions) = match asset.finer.filter(|_| place.is_finer) {
        Some(finer) => finer,
        None => (proving.plan.timeframe, asset.bars),
    };
    let its = || {
        versions
            .iter()
            .filter(|version| version.event_time == place.open)
    };
    let known_from = its().map(|version| version.known_from).max();
    let was_known = its().any(|version| version.known_from <= at);
    LaterBar {
        symbol: asset.token.symbol.clone(),
        timeframe,
        open: place.open,
        known_from: known_from.unwrap_or(at),
        how: if was_known {
            Later::Revised
        } else {
            Later::Late
        },
    }
}
