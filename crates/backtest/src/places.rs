//! The places of a portfolio: how many positions stand at one time, and how many of one sector.
//!
//! A token stands in every sector that the vendor lists it in, and takes a place in each. One of which no sector is
//! known takes none.

use std::collections::BTreeMap;

use highwater_market::Timestamp;

use crate::{
    Counts, Plan,
    asset::Tradable,
    count::KeptOut,
    size::{Account, Order},
};

/// How many positions each sector holds, and how many it may.
pub(crate) struct Sectors {
    most: usize,
    taken: BTreeMap<String, usize>,
}

impl Sectors {
    /// No position yet; `None` if the plan does not ask.
    pub(crate) fn of(plan: &Plan) -> Option<Self> {
        Some(Self {
            most: plan.portfolio.max_per_sector?,
            taken: BTreeMap::new(),
        })
    }

    /// Give a token its place in each of its sectors, full or not.
    pub(crate) fn hold(&mut self, tradable: &Tradable<'_>, at: Timestamp) {
        for sector in tradable.asset.facts.sectors(at) {
            *self.taken.entry(sector).or_default() += 1;
        }
    }

    /// The first sector of a token, by name, that has no place left.
    pub(crate) fn full(&self, tradable: &Tradable<'_>, at: Timestamp) -> Option<String> {
        let taken = |sector: &String| self.taken.get(sector).copied().unwrap_or(0);
        let mut sectors = tradable.asset.facts.sectors(at);
        sectors.sort();
        sectors
            .into_iter()
            .find(|sector| taken(sector) >= self.most)
    }
}

/// The orders of one instant that find a place; the others are counted. Whoever was decided first comes first, and the
/// assets' order breaks ties. What a full sector keeps out takes no place from the others.
pub(crate) fn placed(
    plan: &Plan,
    assets: &[Tradable<'_>],
    account: Account<'_>,
    mut orders: Vec<Order>,
    counts: &mut Counts,
) -> Vec<Order> {
    let mut sectors = Sectors::of(plan);
    let most = plan.portfolio.max_positions;
    let places = most.map_or(usize::MAX, |most| most.saturating_sub(account.held.len()));
    if sectors.is_none() && orders.len() <= places {
        return orders;
    }
    if let Some(sectors) = &mut sectors {
        for &asset in account.held {
            sectors.hold(&assets[asset], account.instant);
        }
    }
    orders.sort_by_key(|order| (order.event.known, order.asset));
    let mut placed: Vec<Order> = Vec::with_capacity(orders.len().min(places));
    for order in orders {
        let tradable = &assets[order.asset];
        let full = sectors
            .as_ref()
            .and_then(|sectors| sectors.full(tradable, account.instant));
        if let Some(sector) = full {
            order.keep_out(KeptOut::SectorFull, counts);
            if order.is_decided() {
                counts.pass_over(sector);
            }
        } else if placed.len() == places {
            order.keep_out(KeptOut::NoPlace, counts);
        } else {
            if let Some(sectors) = &mut sectors {
                sectors.hold(tradable, account.instant);
            }
            placed.push(order);
        }
    }
    placed.sort_by_key(|order| order.asset);
    placed
}
