//! Who answers: the simulation, or a lake.

use highwater_market::Timestamp;
use serde_json::{Map, Value as Json};

use crate::{Endpoint, Request};

/// One row as it stands on the wire.
pub type WireRow = Map<String, Json>;

/// A vendor behind the vendor's API: what `serve` puts on HTTP.
///
/// Keys, envelopes, rate limits and faults are the server's. A vendor knows rows.
pub trait Vendor: Send + Sync {
    /// Every row that the request asks for, as served at `now`, newest first; nothing known later than `now` is in
    /// it. `request.page` and `request.limit` are not looked at.
    ///
    /// # Errors
    /// [`VendorError`] if the vendor cannot answer.
    fn rows(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        now: Timestamp,
    ) -> Result<Vec<WireRow>, VendorError>;

    /// The rows of the page that the request asks for. A vendor that can build one page cheaply does it here.
    ///
    /// # Errors
    /// As [`Vendor::rows`].
    fn page(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        now: Timestamp,
    ) -> Result<Vec<WireRow>, VendorError> {
        let rows = self.rows(endpoint, request, now)?;
        Ok(rows
            .into_iter()
            .skip(request.offset())
            .take(request.limit as usize)
            .collect())
    }

    /// The seed, if what is served is simulated.
    fn simulated_seed(&self) -> Option<u64>;
}

/// Why a vendor does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VendorError {
    /// The endpoint is not served here: 404.
    #[error("`{endpoint}` is not served here")]
    NotOffered {
        /// Its name.
        endpoint: String,
    },
    /// The request cannot be answered as it stands: 400.
    #[error("{message}")]
    Refused {
        /// Why.
        message: String,
    },
    /// The vendor itself failed: 500.
    #[error("{message}")]
    Failed {
        /// Why.
        message: String,
    },
}

impl VendorError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotOffered { .. } => "ask an endpoint that this server lists",
            Self::Refused { .. } => "change the parameters that the message names",
            Self::Failed { .. } => "look at the store behind the server: `highwater lake check`",
        }
    }
}
