//! One request to one response: the server's rules around a vendor's rows.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use highwater_api::{
    ENDPOINTS, Endpoint, Filter, Request, VERSION, Vendor, VendorError, WireRow, wrap, wrap_failure,
};
use http_body::Frame;

use crate::{Fault, Faults, IGNORED_HEADER, Now, SIMULATED_HEADER, limit::Limit};

/// What every request is answered from.
pub(crate) struct Desk {
    pub(crate) vendor: Arc<dyn Vendor>,
    pub(crate) now: Now,
    /// Accepted keys; empty accepts any.
    pub(crate) keys: Vec<String>,
    pub(crate) limit: Limit,
    pub(crate) faults: Option<Faults>,
}

/// The key travels in `x-api-key`; older clients send `api_key`.
const KEY_HEADERS: [&str; 2] = ["x-api-key", "api_key"];

struct Refusal {
    status: StatusCode,
    message: String,
    retry_after_s: Option<u64>,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            retry_after_s: None,
        }
    }
}

/// Answer any request.
pub(crate) async fn respond(
    State(desk): State<Arc<Desk>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    parameters: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Infallible> {
    let parameters = parameters.map(|Query(parameters)| parameters);
    let ignored = ignored(&uri, parameters.as_deref().unwrap_or_default());
    let answer = answer(&desk, &method, &uri, &headers, parameters).await;
    let seed = desk.vendor.simulated_seed();
    let mut response = match answer {
        Ok((rows, None)) => json(StatusCode::OK, &wrap(rows)),
        Ok((rows, Some(fault))) => misbehave(fault, rows),
        Err(refusal) => {
            tracing::debug!(path = uri.path(), status = %refusal.status, message = refusal.message);
            let mut response = json(refusal.status, &wrap_failure(&refusal.message));
            if let Some(seconds) = refusal.retry_after_s {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            if refusal.status == StatusCode::METHOD_NOT_ALLOWED {
                response
                    .headers_mut()
                    .insert(header::ALLOW, HeaderValue::from_static("GET"));
            }
            response
        }
    };
    if let Some(ignored) = ignored {
        response.headers_mut().insert(IGNORED_HEADER, ignored);
    }
    if let Some(seed) = seed {
        response
            .headers_mut()
            .insert(SIMULATED_HEADER, HeaderValue::from(seed));
    }
    Ok(response)
}

async fn answer(
    desk: &Arc<Desk>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    parameters: Result<Vec<(String, String)>, QueryRejection>,
) -> Result<(Vec<WireRow>, Option<Fault>), Refusal> {
    let endpoint = endpoint_of(uri.path())?;
    if method != Method::GET {
        return Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("{method} is not answered, only GET"),
        ));
    }
    let key = key_of(headers, &desk.keys)?;
    if let Err(wait) = desk.limit.count(key, Instant::now()) {
        return Err(Refusal {
            // Rounded up: who waits as long as told is let through.
            retry_after_s: Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)),
            ..Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too many requests in a minute",
            )
        });
    }
    let parameters =
        parameters.map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    let pairs = parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let request = Request::parse(endpoint, pairs)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    let fault = desk.faults.as_ref().and_then(Faults::next);
    let asked = Arc::clone(desk);
    // A lake reads files: not on the threads that serve the network.
    let rows =
        tokio::task::spawn_blocking(move || asked.vendor.page(endpoint, &request, asked.now.get()))
            .await
            .map_err(|_| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer failed"))?
            .map_err(|error| {
                let status = match error {
                    VendorError::NotOffered { .. } => StatusCode::NOT_FOUND,
                    VendorError::Refused { .. } => StatusCode::BAD_REQUEST,
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                Refusal::new(status, error.to_string())
            })?;
    Ok((rows, fault))
}

/// The parameters that the endpoint passes over, as the vendor does; names that no header can carry are left out.
fn ignored(uri: &Uri, parameters: &[(String, String)]) -> Option<HeaderValue> {
    let endpoint = endpoint_of(uri.path()).ok()?;
    let takes = |name: &str| match name {
        "limit" | "page" => endpoint.paged,
        "startDate" | "endDate" => endpoint.max_days.is_some(),
        "token_id" => endpoint.filter == Filter::Tokens,
        "type" => endpoint.filter != Filter::Tokens,
        _ => endpoint.narrowed_by.contains(&name),
    };
    let sayable = |name: &str| {
        (1..=64).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    };
    let names: Vec<&str> = parameters
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| sayable(name) && !takes(name))
        .take(16)
        .collect();
    (!names.is_empty())
        .then(|| HeaderValue::from_str(&names.join(",")).ok())
        .flatten()
}

fn endpoint_of(path: &str) -> Result<&'static Endpoint, Refusal> {
    path.strip_prefix('/')
        .and_then(|path| path.strip_prefix(VERSION))
        .and_then(|path| path.strip_prefix('/'))
        .and_then(|name| {
            ENDPOINTS
                .iter()
                .find(|endpoint| endpoint.name == name || endpoint.fallbacks.contains(&name))
        })
        .ok_or_else(|| {
            let known: Vec<_> = ENDPOINTS.iter().map(|endpoint| endpoint.name).collect();
            Refusal::new(
                StatusCode::NOT_FOUND,
                format!(
                    "nothing is served at {path}; /{VERSION}/ has {}",
                    known.join(", ")
                ),
            )
        })
}

fn key_of<'h>(headers: &'h HeaderMap, accepted: &[String]) -> Result<&'h str, Refusal> {
    let key = KEY_HEADERS
        .iter()
        .find_map(|name| headers.get(*name))
        .and_then(|value| value.to_str().ok())
        .filter(|key| !key.is_empty());
    match key {
        None => Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            "no API key: send it in the header x-api-key",
        )),
        Some(key) if accepted.is_empty() || accepted.iter().any(|other| other == key) => Ok(key),
        Some(_) => Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            "this API key is not accepted",
        )),
    }
}

fn json(status: StatusCode, document: &serde_json::Value) -> Response {
    with_body(status, "application/json", Body::from(document.to_string()))
}

fn with_body(status: StatusCode, kind: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn misbehave(fault: Fault, rows: Vec<WireRow>) -> Response {
    let failed = |status| json(status, &wrap_failure("a fault on purpose"));
    let half = |rows| {
        let text = wrap(rows).to_string();
        let mut middle = text.len() / 2;
        while !text.is_char_boundary(middle) {
            middle -= 1;
        }
        text[..middle].to_owned()
    };
    match fault {
        Fault::ServerError => failed(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::TooMany => failed(StatusCode::TOO_MANY_REQUESTS),
        Fault::TooManyWithRetryAfter => {
            let mut response = failed(StatusCode::TOO_MANY_REQUESTS);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(0));
            response
        }
        Fault::BadGateway => with_body(
            StatusCode::BAD_GATEWAY,
            "text/html",
            Body::from("<html><body>bad gateway</body></html>"),
        ),
        Fault::Malformed => with_body(StatusCode::OK, "application/json", Body::from(half(rows))),
        Fault::Cut => with_body(
            StatusCode::OK,
            "application/json",
            Body::new(CutShort {
                half: Some(Bytes::from(half(rows))),
                flushed: false,
            }),
        ),
    }
}

/// A body that breaks off: the connection goes with it.
struct CutShort {
    half: Option<Bytes>,
    flushed: bool,
}

impl HttpBody for CutShort {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !self.flushed {
            // A pause, in which the connection sends what it has: else the half would be lost with it.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("cut short on purpose"))))
    }
}
