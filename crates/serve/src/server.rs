//! A listening socket, and how it is served.

use std::{
    future::{Future, IntoFuture},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use highwater_api::{VERSION, Vendor};
use tokio::net::TcpListener;

use crate::{
    Faults, Now, ServeError,
    limit::Limit,
    respond::{Desk, respond},
};

/// How long requests on their way are waited for once the server is to stop.
const GRACE: Duration = Duration::from_secs(5);

/// How a vendor is served. Its debug form shows no key.
pub struct ServeOptions {
    /// Keys that are accepted; empty accepts any key that is not empty.
    pub keys: Vec<String>,
    /// Requests that a key may make in a minute.
    pub requests_per_minute: u32,
    /// The moment of the answers.
    pub now: Now,
    /// Misbehaviour on purpose.
    pub faults: Option<Faults>,
    /// Whether an address may be listened on that other machines can reach.
    pub allow_remote: bool,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            requests_per_minute: 6_000,
            now: Now::system(),
            faults: None,
            allow_remote: false,
        }
    }
}

impl std::fmt::Debug for ServeOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServeOptions")
            .field("keys", &self.keys.len())
            .field("requests_per_minute", &self.requests_per_minute)
            .field("now", &self.now)
            .field("faults", &self.faults)
            .field("allow_remote", &self.allow_remote)
            .finish()
    }
}

/// A server that listens, and answers once it runs.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    desk: Arc<Desk>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Listen on an address; port 0 takes any that is free.
    ///
    /// # Errors
    /// [`ServeError::NotLoopback`] if other machines could reach it and that is not allowed, [`ServeError::Bind`] if
    /// the address is taken.
    pub async fn bind(
        address: SocketAddr,
        vendor: Arc<dyn Vendor>,
        options: ServeOptions,
    ) -> Result<Self, ServeError> {
        if !address.ip().is_loopback() && !options.allow_remote {
            return Err(ServeError::NotLoopback { address });
        }
        let bind = |source| ServeError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        Ok(Self {
            listener,
            address,
            desk: Arc::new(Desk {
                vendor,
                now: options.now,
                keys: options.keys,
                limit: Limit::new(options.requests_per_minute),
                faults: options.faults,
            }),
        })
    }

    /// Where it listens.
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The base URL that a client is given, the version included.
    pub fn url(&self) -> String {
        format!("http://{}/{VERSION}", self.address)
    }

    /// Answer requests until `shutdown` is done. Requests on their way are answered first; a connection that is still
    /// busy five seconds later, such as one whose request never ends, is given up.
    ///
    /// # Errors
    /// [`ServeError::Stopped`] if the socket fails.
    pub async fn run(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let told = |mut stopped: tokio::sync::watch::Receiver<bool>| async move {
            // An error means that the sender is gone, which it is only when the server is.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        let router = Router::new().fallback(respond).with_state(self.desk);
        let serving = axum::serve(self.listener, router)
            .with_graceful_shutdown(told(stopped))
            .into_future();
        let given_up = async {
            shutdown.await;
            stop.send_replace(true);
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            served = serving => served.map_err(|source| ServeError::Stopped { source }),
            () = given_up => Ok(()),
        }
    }
}
