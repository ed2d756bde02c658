//! The HTTP client: one question in, rows out, or an error that says why not.
//!
//! The key goes to the configured host only, over https, or over http to this machine. Redirects are not followed:
//! the library would carry a header of our own name to another host. One layer asks again, this one, as
//! [`RetryPolicy`] says; every request has timeouts and a body limit.

use std::{
    error::Error as _,
    num::NonZeroU32,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use highwater_api::{Query, WireError, WireRow, envelope, failure_message};
use highwater_market::Timestamp;
use reqwest::{
    Response, StatusCode, Url,
    header::{DATE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER},
    redirect,
};

use crate::{
    clock::Clock,
    error::IngestError,
    key::Key,
    pace::{MINUTE, Pace},
    retry::{Action, Attempt, Failure, Jitter, RetryPolicy, http_date, retry_after},
};

/// Where the vendor's API is.
pub const VENDOR_URL: &str = "https://api.tokenmetrics.com/v2";
/// The header that carries the key.
pub const KEY_HEADER: &str = "x-api-key";
/// The header by which a server says that it simulates, with its seed.
pub const SIMULATED_HEADER: &str = "x-highwater-simulated";
/// Requests a minute of the vendor's smallest plan.
const VENDOR_PER_MINUTE: u32 = 20;
/// Requests a minute to this machine: no limit that is felt.
const LOCAL_PER_MINUTE: u32 = 6_000;
/// What the pace adds to the vendor's minute: calls do not all travel equally fast.
const TRAVEL: Duration = Duration::from_secs(1);

/// How a server is asked.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Where the API is, the version included or not.
    pub base_url: String,
    /// The key; a server on this machine may need none.
    pub key: Option<Key>,
    /// Most requests in any minute. `None`: 20, the vendor's smallest plan; 6000 to this machine.
    pub requests_per_minute: Option<NonZeroU32>,
    /// When to ask again.
    pub retry: RetryPolicy,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest silence in the middle of an answer.
    pub read_timeout: Duration,
    /// Longest time for one try.
    pub total_timeout: Duration,
    /// Largest answer, in bytes.
    pub body_limit_bytes: usize,
    /// Where the jitter of the waits begins.
    pub seed: u64,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            base_url: VENDOR_URL.to_owned(),
            key: None,
            requests_per_minute: None,
            retry: RetryPolicy::default(),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(60),
            body_limit_bytes: 32 << 20,
            seed: u64::from(std::process::id()),
        }
    }
}

/// Asks one server.
pub struct Client {
    http: reqwest::Client,
    base: Url,
    key: Option<Key>,
    clock: Arc<dyn Clock>,
    pace: Pace,
    retry: RetryPolicy,
    body_limit_bytes: usize,
    /// How long to wait for a connection, in silence, and in all.
    patience: (Duration, Duration, Duration),
    jitter: Mutex<Jitter>,
    requests: AtomicU64,
    retries: AtomicU64,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("host", &host(&self.base))
            .finish_non_exhaustive()
    }
}

/// One page of rows.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) rows: Vec<WireRow>,
    /// The seed of a simulation, as the server states it.
    pub(crate) simulated: Option<String>,
    /// When the try that succeeded was sent.
    pub(crate) sent: Timestamp,
    /// When its last byte had come.
    pub(crate) received: Timestamp,
}

/// A try that failed: how, and what to say if it was the last.
struct Failed {
    failure: Failure,
    retry_after: Option<Duration>,
    error: IngestError,
}

impl From<IngestError> for Failed {
    fn from(error: IngestError) -> Self {
        Self {
            failure: Failure::Final,
            retry_after: None,
            error,
        }
    }
}

impl Client {
    /// A client for a server. Nothing is sent yet.
    ///
    /// # Errors
    /// [`IngestError`] if the base URL is not one to send a key to, or there is no key where one is needed.
    pub fn new(options: ClientOptions, clock: Arc<dyn Clock>) -> Result<Self, IngestError> {
        let (base, is_local) = checked(&options.base_url)?;
        if options.key.is_none() && !is_local {
            return Err(IngestError::NoKey { host: host(&base) });
        }
        let mut headers = HeaderMap::new();
        headers.insert("accept", HeaderValue::from_static("application/json"));
        if let Some(value) = options.key.as_ref().and_then(Key::header) {
            headers.insert(KEY_HEADER, value);
        }
        let standard = if is_local {
            LOCAL_PER_MINUTE
        } else {
            VENDOR_PER_MINUTE
        };
        let per_minute = options
            .requests_per_minute
            .or(NonZeroU32::new(standard))
            .unwrap_or(NonZeroU32::MIN);
        Ok(Self {
            http: http(&options, headers, is_local)?,
            base,
            key: options.key,
            clock,
            pace: Pace::new(per_minute, MINUTE + TRAVEL),
            retry: options.retry,
            body_limit_bytes: options.body_limit_bytes,
            patience: (
                options.connect_timeout,
                options.read_timeout,
                options.total_timeout,
            ),
            jitter: Mutex::new(Jitter::seeded(options.seed)),
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        })
    }

    /// Requests sent so far, repeated ones included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Requests that were repetitions.
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// The clock it goes by.
    pub(crate) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// A text without the key, wherever it came from.
    pub(crate) fn redact(&self, text: &str) -> String {
        match &self.key {
            Some(key) => key.redact(text),
            None => text.to_owned(),
        }
    }

    /// The rows of one page, asked for until they come or the policy gives up.
    pub(crate) async fn page(&self, query: &Query) -> Result<Page, IngestError> {
        let mut waited = Duration::ZERO;
        let mut tries = 0;
        loop {
            tries += 1;
            self.pace.permit(self.clock.as_ref()).await;
            self.requests.fetch_add(1, Ordering::Relaxed);
            if tries > 1 {
                self.retries.fetch_add(1, Ordering::Relaxed);
            }
            let failed = match self.try_once(query, tries).await {
                Ok(page) => return Ok(page),
                Err(failed) => failed,
            };
            let draw = self
                .jitter
                .lock()
                .unwrap_or_else(|held| held.into_inner())
                .draw();
            let attempt = Attempt {
                tries,
                waited,
                failure: failed.failure,
                retry_after: failed.retry_after,
            };
            match self.retry.decide(attempt, draw) {
                Action::GiveUp(why) => {
                    tracing::debug!(endpoint = query.path, tries, ?why, "gave up");
                    return Err(failed.error);
                }
                Action::Retry { after } => {
                    tracing::debug!(endpoint = query.path, tries, ?after, error = %failed.error, "asking again");
                    if failed.failure == Failure::Status(429) {
                        // One caller's limit is everybody's: they share the key.
                        self.pace.hold(self.clock.as_ref(), after);
                    }
                    self.clock.sleep(after).await;
                    waited += after;
                }
            }
        }
    }

    async fn try_once(&self, query: &Query, tries: u32) -> Result<Page, Failed> {
        let endpoint = &query.path;
        let url =
            Url::parse(&query.url(self.base.as_str())).map_err(|error| IngestError::BaseUrl {
                reason: error.to_string(),
            })?;
        let sent = self.clock.now();
        let response = self
            .http
            .get(url)
            .send()
            .await
            .map_err(|error| self.transport(endpoint, error, tries))?;
        let simulated = response
            .headers()
            .get(SIMULATED_HEADER)
            .and_then(|value| value.to_str().ok())
            .map(|seed| self.redact(seed));
        let status = response.status();
        if !status.is_success() {
            return Err(self.refused(endpoint, response, tries).await);
        }
        let body = self.body(endpoint, response, tries).await?;
        if self.key.as_ref().is_some_and(|key| key.is_echoed_in(&body)) {
            return Err(IngestError::KeyEchoed {
                endpoint: endpoint.clone(),
            }
            .into());
        }
        let rows = envelope(&body).map_err(|error| Failed {
            failure: match error {
                WireError::Failed { .. } => Failure::Final,
                _ => Failure::Body,
            },
            retry_after: None,
            error: IngestError::Body {
                endpoint: endpoint.clone(),
                source: self.redacted(error),
                tries,
            },
        })?;
        Ok(Page {
            rows,
            simulated,
            sent,
            received: self.clock.now(),
        })
    }

    /// The whole body, or an error if it is cut short or too large.
    async fn body(
        &self,
        endpoint: &str,
        mut response: Response,
        tries: u32,
    ) -> Result<Vec<u8>, Failed> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.transport(endpoint, error, tries))?
        {
            if body.len() + chunk.len() > self.body_limit_bytes {
                return Err(IngestError::TooLarge {
                    endpoint: endpoint.to_owned(),
                    limit_bytes: self.body_limit_bytes,
                }
                .into());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// What a status outside the 200s means.
    async fn refused(&self, endpoint: &str, response: Response, tries: u32) -> Failed {
        let endpoint = endpoint.to_owned();
        let status = response.status();
        let asked = self.asked_wait(response.headers());
        if status.is_redirection() {
            let target = response
                .headers()
                .get(LOCATION)
                .and_then(|location| location.to_str().ok())
                .and_then(|location| self.base.join(location).ok())
                .map_or_else(|| "an unknown place".to_owned(), |url| host(&url));
            return IngestError::Redirected {
                endpoint,
                status: status.as_u16(),
                target: self.redact(&target),
            }
            .into();
        }
        // What the server says to a refusal is a help, not a need: if it cannot be read, the status stands alone.
        let message = self
            .body(&endpoint, response, tries)
            .await
            .ok()
            .and_then(|body| failure_message(&body))
            .map(|message| self.redact(&message));
        let error = match status {
            StatusCode::UNAUTHORIZED => IngestError::KeyRefused { endpoint, message },
            StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN => IngestError::NotInPlan {
                endpoint,
                status: status.as_u16(),
                message,
            },
            StatusCode::NOT_FOUND => IngestError::NotOffered { endpoint },
            _ => IngestError::Status {
                endpoint,
                status: status.as_u16(),
                message,
                tries,
            },
        };
        Failed {
            failure: Failure::Status(status.as_u16()),
            retry_after: asked,
            error,
        }
    }

    /// The wait that the answer asks for; a date is compared with the server's own clock, if it shows one.
    fn asked_wait(&self, headers: &HeaderMap) -> Option<Duration> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let now = text(DATE).and_then(http_date);
        retry_after(text(RETRY_AFTER)?, now.unwrap_or_else(|| self.clock.now()))
    }

    fn transport(&self, endpoint: &str, error: reqwest::Error, tries: u32) -> Failed {
        // The library's own text holds the URL: it is taken away, and the causes below it are told.
        let error = error.without_url();
        let what = if error.is_connect() {
            "no connection"
        } else if error.is_timeout() {
            "the answer took too long"
        } else if error.is_body() || error.is_decode() {
            "the answer was cut short"
        } else {
            "the connection broke"
        };
        let mut reason = what.to_owned();
        if error.is_timeout() {
            let (connect, silence, total) = self.patience;
            let seconds = |limit: Duration| limit.as_secs_f64();
            reason = if error.is_connect() {
                format!("no connection within {} s", seconds(connect))
            } else {
                format!(
                    "{what}: longer than {} s of silence, or {} s in all",
                    seconds(silence),
                    seconds(total)
                )
            };
        }
        let mut cause = error.source();
        while let Some(inner) = cause {
            reason = format!("{reason}: {inner}");
            cause = inner.source();
        }
        Failed {
            failure: Failure::Transport,
            retry_after: None,
            error: IngestError::Transport {
                endpoint: endpoint.to_owned(),
                reason: self.redact(&reason),
                tries,
            },
        }
    }

    fn redacted(&self, error: WireError) -> WireError {
        match error {
            WireError::NotJson { problem, excerpt } => WireError::NotJson {
                problem,
                excerpt: self.redact(&excerpt),
            },
            WireError::NoData { excerpt } => WireError::NoData {
                excerpt: self.redact(&excerpt),
            },
            WireError::Failed { message } => WireError::Failed {
                message: self.redact(&message),
            },
            other => other,
        }
    }
}

/// The base URL, and whether it is on this machine.
fn checked(base_url: &str) -> Result<(Url, bool), IngestError> {
    let refuse = |reason: &str| IngestError::BaseUrl {
        reason: reason.to_owned(),
    };
    let base =
        Url::parse(base_url).map_err(|error| refuse(&format!("it is not a URL ({error})")))?;
    if !base.username().is_empty() || base.password().is_some() {
        return Err(refuse("it holds a user name or password"));
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err(refuse("it holds parameters"));
    }
    let Some(name) = base.host_str() else {
        return Err(refuse("it names no host"));
    };
    let address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let is_local = name == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match base.scheme() {
        "https" => Ok((base, is_local)),
        "http" if is_local => Ok((base, true)),
        "http" => Err(refuse(&format!(
            "http to {name} would send the key in the clear: use https"
        ))),
        other => Err(refuse(&format!("{other} is not spoken here: use https"))),
    }
}

/// Host and port: all of a URL that a message may show.
fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or("nowhere");
    match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    }
}

fn http(
    options: &ClientOptions,
    headers: HeaderMap,
    is_local: bool,
) -> Result<reqwest::Client, IngestError> {
    // The first to install a provider wins; whoever it was, there is one now.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("highwater/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        .timeout(options.total_timeout);
    if is_local {
        // A proxy would see the key in the clear; and a machine without root certificates can ask itself.
        builder = builder.no_proxy();
        if options.base_url.starts_with("http:") {
            builder = builder.tls_certs_only([]);
        }
    } else {
        builder = builder.https_only(true);
    }
    builder.build().map_err(|error| IngestError::Setup {
        reason: error.without_url().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SimulatedClock;

    fn client(base_url: &str, key: Option<&str>) -> Result<Client, IngestError> {
        let options = ClientOptions {
            base_url: base_url.to_owned(),
            key: key.map(|key| Key::new(key).unwrap()),
            ..ClientOptions::default()
        };
        let clock = Arc::new(SimulatedClock::at(Timestamp::from_seconds(0)));
        Client::new(options, clock)
    }

    #[test]
    fn the_key_goes_nowhere_in_the_clear() {
        // base URL, accepted, why
        for (base, accepted, why) in [
            (VENDOR_URL, true, "the vendor"),
            ("https://example.org:8443/v2", true, "any host over https"),
            ("http://127.0.0.1:8080", true, "this machine"),
            ("http://127.9.9.9:8080", true, "this machine too"),
            ("http://[::1]:8080", true, "this machine in IPv6"),
            ("http://localhost:8080", true, "this machine by name"),
            ("http://api.tokenmetrics.com/v2", false, "in the clear"),
            ("http://localhost.example.org", false, "not this machine"),
            ("http://127.0.0.1.example.org", false, "not this machine"),
            ("http://192.168.0.2", false, "another machine"),
            (
                "https://user:hunter2@example.org",
                false,
                "a password in a URL",
            ),
            ("https://user@example.org", false, "a user in a URL"),
            ("https://example.org/v2?key=1", false, "a parameter"),
            ("ftp://example.org", false, "no HTTP"),
            ("example.org", false, "no URL"),
        ] {
            let judged = checked(base);
            assert_eq!(judged.is_ok(), accepted, "{base}: {why}");
            if let Err(refused) = judged {
                assert!(matches!(refused, IngestError::BaseUrl { .. }), "{refused}");
                assert!(!refused.to_string().contains("hunter2"), "{refused}");
            }
        }
    }

    #[test]
    fn only_this_machine_is_asked_without_a_key() {
        assert!(client("http://127.0.0.1:1", None).is_ok());
        let refused = client(VENDOR_URL, None).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "there is no API key for api.tokenmetrics.com"
        );
        assert!(refused.hint().contains("HIGHWATER_API_KEY"));
    }

    #[test]
    fn a_client_shows_its_host_and_nothing_else() {
        let made = client("http://127.0.0.1:8080/v2", Some("tm-canary")).unwrap();
        assert_eq!(
            format!("{made:?}"),
            "Client { host: \"127.0.0.1:8080\", .. }"
        );
    }
}
