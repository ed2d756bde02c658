//! A question as it goes into a URL.

use std::fmt::Write as _;

/// The version of the vendor's API that these endpoints speak.
pub const VERSION: &str = "v2";

/// The path and parameters of one GET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Below the version, without a leading slash: `daily-ohlcv`.
    pub path: String,
    /// Names and values, not yet encoded.
    pub params: Vec<(String, String)>,
}

impl Query {
    /// A question without parameters.
    pub fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            params: Vec::new(),
        }
    }

    /// With one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.push((name.to_owned(), value.into()));
        self
    }

    /// The same question at another path, such as an endpoint's fallback.
    #[must_use]
    pub fn at(&self, path: &str) -> Self {
        Self {
            path: path.to_owned(),
            params: self.params.clone(),
        }
    }

    /// The parameters as they stand after the `?`, percent-encoded; a comma becomes `%2C`, as the vendor's own
    /// examples send it.
    pub fn text(&self) -> String {
        let pairs: Vec<String> = self
            .params
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        pairs.join("&")
    }

    /// The whole address below a base such as `https://api.tokenmetrics.com/v2`. A base that does not end in a
    /// version (`/v` and digits) gets [`VERSION`].
    pub fn url(&self, base: &str) -> String {
        let base = base.trim_end_matches('/');
        let last = base.rsplit('/').next().unwrap_or_default();
        let versioned = last
            .strip_prefix('v')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
        let mut url = base.to_owned();
        if !versioned {
            url.push('/');
            url.push_str(VERSION);
        }
        url.push('/');
        url.push_str(&self.path);
        if !self.params.is_empty() {
            url.push('?');
            url.push_str(&self.text());
        }
        url
    }
}

/// Everything but unreserved characters as `%XX`.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_added_only_where_the_base_has_none() {
        let query = Query::new("tokens");
        for (base, expected) in [
            (
                "https://api.tokenmetrics.com/v2",
                "https://api.tokenmetrics.com/v2/tokens",
            ),
            (
                "https://api.tokenmetrics.com/v2/",
                "https://api.tokenmetrics.com/v2/tokens",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v2/tokens"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v2/tokens"),
            ("http://host/v", "http://host/v/v2/tokens"),
        ] {
            assert_eq!(query.url(base), expected, "{base}");
        }
    }

    #[test]
    fn values_cannot_break_out_of_their_parameter() {
        let query = Query::new("tokens")
            .with("symbol", "A&B=C,D #é")
            .with("page", "1");
        assert_eq!(query.text(), "symbol=A%26B%3DC%2CD%20%23%C3%A9&page=1");
    }
}
