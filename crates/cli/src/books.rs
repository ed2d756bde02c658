//! Level books of a token: recomputed from bars, or as the vendor gave them.

use highwater_levels::{BarLevels, SwingConfig, VendorLevel, VendorLevels};
use highwater_market::{Known, LevelBook, PriceBar, Timeframe, Token};

use crate::{failure::Outcome, session::Session};

/// Days before a vendor's level counts as confirmed: the vendor does not say, so this is the cautious end of what
/// swing points need.
const VENDOR_LAG_DAYS: u32 = 7;

/// Levels from the versions of a token's bars.
pub(crate) fn from_versions(
    versions: Vec<Known<PriceBar>>,
    timeframe: Timeframe,
    config: SwingConfig,
) -> Box<dyn LevelBook + Send> {
    Box::new(BarLevels::new(versions, timeframe, config))
}

/// Every answer of the vendor about a token's levels that was snapshot. Refused under the clock `published`.
pub(crate) fn vendor_answers(
    session: &Session,
    token: &Token,
) -> Outcome<Vec<Known<Vec<VendorLevel>>>> {
    let answers = session.reader.level_answers(token)?;
    Ok(answers
        .into_iter()
        .map(|answer| Known {
            event_time: answer.event_time,
            known_from: answer.known_from,
            revision: answer.revision,
            value: answer
                .value
                .into_iter()
                .map(|(formed, price)| VendorLevel { formed, price })
                .collect(),
        })
        .collect())
}

/// Levels from answers of the vendor.
pub(crate) fn from_answers(answers: Vec<Known<Vec<VendorLevel>>>) -> Box<dyn LevelBook + Send> {
    Box::new(VendorLevels::new(answers, VENDOR_LAG_DAYS))
}
