//! The vendor's endpoints as data: paths, parameters, wire rows, paging rules. No I/O.
//!
//! [`ENDPOINTS`] says how each endpoint is asked and what its rows look like; everything else reads that:
//! [`Endpoint::query`] writes a question, [`Request::parse`] reads one, [`envelope`] and [`Endpoint::decode`] read
//! an answer whatever its quirks, [`Endpoint::encode`] writes one, [`after_page`] says whether to ask on. A
//! [`Vendor`] is whoever answers.
//!
//! ```
//! use highwater_api::{endpoint, envelope};
//! use highwater_market::{Scope, TokenId, Value};
//!
//! let daily = endpoint("daily-ohlcv").unwrap();
//! let body = br#"{"success":true,"message":"","length":1,"data":[{"TOKEN_ID":"3306","DATE":"2025-03-04",
//!     "OPEN":2149.5,"HIGH":2222.5,"LOW":2002.25,"CLOSE":"2171.0","VOLUME":null,"RANK":2}]}"#;
//! let decoded = daily.decode(&envelope(body).unwrap(), None);
//! let (scope, row) = &decoded.rows[0];
//! assert_eq!(*scope, Scope::Token(TokenId(3306)));
//! assert_eq!(row.values[3], Value::Float(2171.0));
//! assert_eq!(row.extra.as_deref(), Some(r#"{"RANK":2}"#), "what no column knows is kept");
//! ```

mod cell;
mod decode;
mod encode;
mod endpoint;
mod envelope;
mod field;
mod paging;
mod query;
mod request;
mod vendor;

pub use crate::{
    cell::iso,
    decode::{Decoded, Reason, Rejected, UNDATED},
    endpoint::{ENDPOINTS, Endpoint, Filter, MAX_DAYS, endpoint},
    envelope::{WireError, envelope, failure_message, wrap, wrap_failure},
    paging::{DEFAULT_LIMIT, FIRST_PAGE, MAX_LIMIT, Next, Seen, Stop, after_page},
    query::{Query, VERSION},
    request::{Request, RequestError},
    vendor::{Vendor, VendorError, WireRow},
};
