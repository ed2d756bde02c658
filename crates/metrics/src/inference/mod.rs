//! What a number that was measured on a sample says about the truth behind it.
//!
//! A Sharpe ratio of three years is an estimate with an error that is often as large as the ratio; the best of a
//! thousand backtests is an estimate with a bias besides. The functions here put figures to both:
//!
//! | question | answer |
//! | --- | --- |
//! | how far off may this Sharpe ratio be? | [`sharpe_error_normal`], [`sharpe_error_mertens`], [`sharpe_error_hac`], [`normal_interval`] |
//! | what is it over a year, if months depend on each other? | [`lo_sharpe`] |
//! | does it exceed a benchmark? how long until that shows? | [`probabilistic_sharpe`], [`min_track_record_length`] |
//! | do two Sharpe ratios differ? | [`sharpe_difference_bootstrap`], [`sharpe_difference_hac`], [`sharpe_difference_memmel`] |
//! | how far off may any metric be? | [`Bootstrap::run`], [`block_lengths`] |
//! | is it more than the luck of many trials? | [`expected_maximum_sharpe`], [`deflated_sharpe`], [`haircut_sharpes`] |
//! | is the best of many strategies better than the benchmark? | [`superior_ability`], [`reality_check`] |
//! | does choosing the best backtest choose a good strategy? | [`overfitting`], [`overfitting_sharpe`] |
//!
//! All are pure functions on slices. Ratios are per period unless a name says otherwise. Missing rows (NaN) are left
//! out, and the rows that remain are taken to follow each other; an infinite row is refused. What does not exist is
//! an [`Undefined`](crate::Undefined), and an argument outside its domain is one too: [`Argument`].

mod annualisation;
mod argument;
mod block_length;
mod blocks;
mod bootstrap;
mod difference;
mod estimate;
mod haircut;
mod long_run;
mod overfitting;
mod probabilistic;
mod random;
mod reality_check;
mod rows;
mod sharpe_error;
mod sum;

pub use crate::normal::{normal_cdf, normal_pdf, normal_quantile};

pub use self::{
    annualisation::{lo_factor, lo_sharpe},
    argument::Argument,
    block_length::{BlockLengths, block_lengths},
    blocks::BlockLength,
    bootstrap::{Bootstrap, Bootstrapped},
    difference::{
        SharpeDifference, sharpe_difference_bootstrap, sharpe_difference_hac,
        sharpe_difference_memmel,
    },
    estimate::SharpeEstimate,
    haircut::{Adjustment, Haircut, adjusted_p_values, haircut_best_sharpe, haircut_sharpes},
    long_run::Lags,
    overfitting::{Degradation, Overfitting, Split, overfitting, overfitting_sharpe},
    probabilistic::{
        Trials, deflated_sharpe, expected_maximum_sharpe, min_track_record_length,
        probabilistic_sharpe,
    },
    reality_check::{RealityCheck, SuperiorAbility, reality_check, superior_ability},
    sharpe_error::{
        HacError, Interval, normal_interval, sharpe_error_hac, sharpe_error_mertens,
        sharpe_error_normal,
    },
};
