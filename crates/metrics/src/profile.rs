//! A summary, and beside it what skewness, kurtosis, Pain and Ulcer index are read from: one pass for all.

use crate::{
    Convention, Depths, HigherMoments, Panel, PeriodsPerYear, Push, Summary, Terms, drive,
    kernel::{ABREAST, Room},
    panel::{each_group, fill},
};

/// The summary of a series, and the folds that it has no use for itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// Every metric of the catalogue's summary.
    pub summary: Summary,
    /// Third and fourth moments.
    pub shape: HigherMoments,
    /// Depths below the running peak.
    pub depths: Depths,
}

impl Profile {
    fn of(rows: &[f64], terms: &Terms) -> Self {
        let mut depths = Depths::new(terms.convention().returns);
        rows.iter().for_each(|&row| depths.push(row));
        Self {
            summary: Summary::of(&drive::whole(rows, terms), terms, None),
            shape: HigherMoments::of(rows),
            depths,
        }
    }

    fn empty(terms: &Terms) -> Self {
        Self {
            summary: Summary::EMPTY,
            shape: HigherMoments::default(),
            depths: Depths::new(terms.convention().returns),
        }
    }
}

/// The profile of one series of returns. NaN is a missing row.
///
/// ```
/// use highwater_metrics::{Convention, profile};
/// let crypto = Convention::crypto();
/// let daily = crypto.periods_per_year(1.0).unwrap();
/// let found = profile(&[0.5, -0.5, 0.25, f64::NAN], &crypto, daily);
/// assert_eq!(found.summary.max_drawdown, Ok(-0.5));
/// assert_eq!(found.depths.pain_index(), Ok((0.5 + 0.375) / 3.0));
/// assert!(found.shape.skewness().unwrap() < 0.0);
/// ```
pub fn profile(returns: &[f64], convention: &Convention, per_year: PeriodsPerYear) -> Profile {
    Profile::of(returns, &Terms::new(convention, per_year))
}

/// One [`Profile`] a series of a panel, in their order, computed in parallel. Each has the bytes of [`profile`] of that
/// series alone.
pub fn panel_profiles(
    panel: &Panel<'_>,
    convention: &Convention,
    per_year: PeriodsPerYear,
) -> Vec<Profile> {
    let terms = Terms::new(convention, per_year);
    fill(panel, Profile::empty(&terms), |series, found, room| {
        each_group(series, found, |series, found| {
            side_by_side(series, found, &terms, room)
        });
    })
}

/// Up to [`ABREAST`] series, in lanes if they fill them.
fn side_by_side(series: &[&[f64]], found: &mut [Profile], terms: &Terms, room: &mut Room) {
    let folded = <[&[f64]; ABREAST]>::try_from(series)
        .ok()
        .and_then(|full| drive::fold_alike(full, terms, true, room));
    for (lane, (found, rows)) in found.iter_mut().zip(series).enumerate() {
        let run = folded
            .as_ref()
            .and_then(|folded| Some((folded, folded.run(lane, terms)?)));
        match run {
            Some((folded, run)) => {
                found.summary.fill(&run, terms, None);
                found.shape = folded.shape(lane);
                found.depths = folded.depths(lane, terms);
            }
            None => *found = Profile::of(rows, terms),
        }
    }
}
