//! A series against a benchmark: alpha, beta, captures, timing, co-moments, and correlation matrices.
//!
//! [`Against`] pairs the rows of both series once; every metric is a method of it, and a number or the reason why
//! there is none. [`CoMoments`] is the fold underneath, for those who merge stretches themselves.
//! [`correlation_matrix`] and [`covariance_matrix`] serve thousands of series.
//!
//! ```
//! use highwater_metrics::{Convention, against::{Against, AnnualAlpha}};
//! let crypto = Convention::crypto();
//! let daily = crypto.periods_per_year(1.0).unwrap();
//! let bitcoin = [0.5, -0.25, 0.25, f64::NAN, -0.5];
//! let token = [1.0, -0.5, 0.5, 0.125, -1.0];
//! let against = Against::new(&token, &bitcoin, &crypto, daily).unwrap();
//! assert_eq!(against.beta(), Ok(2.0));
//! assert_eq!(against.alpha(AnnualAlpha::TimesYear), Ok(0.0));
//! assert_eq!((against.count().observations, against.count().skipped), (4, 1));
//! ```

mod annual;
mod comoments;
mod higher;
mod least_squares;
mod markets;
mod matrices;
mod outperformance;
mod pairs;
mod product;
mod ratios;
mod regression;
mod risk;
mod student;
mod symmetric;
mod timing;

pub use {
    comoments::CoMoments,
    markets::{Capture, Market},
    matrices::{correlation_matrix, covariance_matrix},
    pairs::{Against, PairError},
    regression::AnnualAlpha,
    symmetric::Symmetric,
    timing::Timing,
};
