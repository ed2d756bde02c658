//! The vendor's API over HTTP, answered from a lake or from a simulation: a local stand-in for clients, dashboards and
//! tests.
//!
//! What is answered comes from a [`Vendor`](highwater_api::Vendor): a simulated market, or a [`LakeVendor`]. What
//! surrounds an answer is the server's: the key, the envelope, pages, dates, the rate limit, and [`Faults`] on request.
//! The moment of every answer is that of [`Now`], which can be set while the server runs.
//!
//! | request | answer |
//! | --- | --- |
//! | no key, or one that is not accepted | 401 |
//! | an unknown path | 404 |
//! | another method than GET | 405 |
//! | a parameter that does not parse, `limit` above 100, `page` below 1, more than 29 days between the dates | 400 |
//! | more requests than the limit in a minute | 429 with `Retry-After` |
//! | everything else | 200 and `{"success": true, "message": …, "length": rows of this page, "data": […]}` |
//!
//! Parameters that an endpoint does not know are passed over, as the vendor does, and named in the header
//! `x-highwater-ignored`; those that would have narrowed the answer are refused with 400.
//!
//! Of a simulation every answer carries the header `x-highwater-simulated: <seed>`.
//!
//! ```
//! use std::{io::{Read, Write}, net::TcpStream, sync::Arc};
//!
//! use highwater_serve::{Now, ServeOptions, Server};
//! use highwater_simulate::{Options, SimulatedMarket};
//! use tokio::sync::oneshot;
//!
//! let runtime = tokio::runtime::Runtime::new()?;
//! let options = ServeOptions { now: Now::at("2026-06-11".parse()?), ..ServeOptions::default() };
//! let market = Arc::new(SimulatedMarket::new(Options::default()));
//! let server = runtime.block_on(Server::bind("127.0.0.1:0".parse()?, market, options))?;
//! let address = server.local_addr();
//! let (stop, stopped) = oneshot::channel::<()>();
//! let served = runtime.spawn(server.run(async { drop(stopped.await) }));
//!
//! let mut client = TcpStream::connect(address)?;
//! client.write_all(
//!     b"GET /v2/tokens?symbol=ETH HTTP/1.1\r\nhost: local\r\nx-api-key: any\r\nconnection: close\r\n\r\n",
//! )?;
//! let mut answer = String::new();
//! client.read_to_string(&mut answer)?;
//! assert!(answer.starts_with("HTTP/1.1 200 OK"));
//! assert!(answer.contains("x-highwater-simulated: 7"));
//! assert!(answer.contains(r#""length":1"#));
//!
//! drop(stop);
//! runtime.block_on(served)??;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod faults;
mod lake_vendor;
mod limit;
mod now;
mod respond;
mod server;

pub use crate::{
    error::ServeError,
    faults::{Fault, Faults},
    lake_vendor::LakeVendor,
    now::Now,
    server::{ServeOptions, Server},
};

/// The header that says that what is served is simulated; its value is the seed.
pub const SIMULATED_HEADER: &str = "x-highwater-simulated";

/// The header that names the parameters which were passed over, separated by commas.
pub const IGNORED_HEADER: &str = "x-highwater-ignored";
